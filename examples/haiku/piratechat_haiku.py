"""A back end that lets a language model rewrite messages as haiku, by its own prompt and a check of the results."""

from pyramid.config import Configurator

from piratechat.plugin import LanguageModel


class Haiku(LanguageModel):
    """A language model that answers in three lines; the ini file configures it like `openai`."""

    style = (
        "as haiku: three short lines of about five, seven and five syllables, separated by line breaks, "
        "which keep what the message says"
    )

    def accepts(self, said: str, read: str) -> bool:
        return len([line for line in read.splitlines() if line.strip()]) == 3


def includeme(config: Configurator) -> None:
    """Register the back end "haiku"."""
    config.add_translator_backend("haiku", Haiku)
