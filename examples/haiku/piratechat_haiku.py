"""Each message as a haiku, by a language model: a style of its own, and a check of what the model says."""

from pyramid.config import Configurator

from piratechat.plugin import LanguageModel


class Haiku(LanguageModel):
    """A language model that may only speak in three lines; where it is, the ini file says as for `openai`."""

    style = (
        "as haiku: three short lines of about five, seven and five syllables, separated by line breaks, "
        "which keep what the message says"
    )

    def accepts(self, said: str, read: str) -> bool:
        return len([line for line in read.splitlines() if line.strip()]) == 3


def includeme(config: Configurator) -> None:
    """Let the ini file name a translator "haiku", or say "use = haiku"."""
    config.add_translator_backend("haiku", Haiku)
