"""A plug-in with two translators for several languages: a self-hosted and a third-party one."""

from piratechat.interfaces import IThirdPartyRoom
from piratechat.translation import Translated, Translator

TAGS = (
    "ar",
    "cs",
    "da",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "it",
    "ja",
    "nl",
    "pl",
    "pt-BR",
    "ru",
    "sv",
    "tr",
    "uk",
    "zh-Hans",
)


class Tongues(Translator):
    """Prefixes the text with the language."""

    name = "tongues"
    title = "Tongues"
    kind = "language"
    reach = "host"
    recipient = "the tests"

    def targets(self):
        return TAGS

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(f"{target}: {text}", source) for text in batch]


class Abroad(Tongues):
    name = "abroad"
    title = "Abroad"
    reach = "third-party"
    recipient = "Parrots Ltd., a company in Tortuga"

    def targets(self):
        return (*TAGS, "fi", "ga", "th")


def includeme(config):
    config.add_translator("tongues", lambda _room: Tongues())
    config.add_translator("abroad", lambda _room: Abroad(), for_=IThirdPartyRoom)
