"""A plug-in with translators that offer several languages: one of the operator's own, and one of a third party."""

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
    """Says the language before what was said."""

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
