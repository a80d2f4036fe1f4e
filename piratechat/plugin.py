"""All that a package with a translator needs to import; its tests also need `piratechat.testing`.

These names are public: they stay as they are, or CHANGES.md tells what to
write instead.  Everything else in piratechat may change with any release.
docs/plugins.md is the guide.
"""

from piratechat.interfaces import IOnlineRoom, IRoom, ITranslator, ITranslatorBackend
from piratechat.translation import (
    BadRequest,
    BadResponse,
    Failed,
    Misconfigured,
    Outcome,
    QuotaExceeded,
    RateLimited,
    Skipped,
    TooLong,
    Translated,
    TranslationError,
    Translator,
    Unavailable,
    UnsupportedLanguage,
)
from piratechat.translators.backend import version_of
from piratechat.translators.batches import one_by_one, within
from piratechat.translators.http_client import Client
from piratechat.translators.languages import closest, is_same, tag_of
from piratechat.translators.options import Options, Secret

__all__ = [
    "BadRequest",
    "BadResponse",
    "Client",
    "Failed",
    "IOnlineRoom",
    "IRoom",
    "ITranslator",
    "ITranslatorBackend",
    "Misconfigured",
    "Options",
    "Outcome",
    "QuotaExceeded",
    "RateLimited",
    "Secret",
    "Skipped",
    "TooLong",
    "Translated",
    "TranslationError",
    "Translator",
    "Unavailable",
    "UnsupportedLanguage",
    "closest",
    "is_same",
    "one_by_one",
    "tag_of",
    "version_of",
    "within",
]
