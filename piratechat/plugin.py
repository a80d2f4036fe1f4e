"""The public API for packages that add a translator or a relay; their tests also use `piratechat.testing`.

These names are stable; CHANGES.md announces any change.  Everything else in piratechat may change with any release.
docs/plugins.md is the guide.
"""

from piratechat.interfaces import IRelay, IRelayBackend, IRoom, IThirdPartyRoom, ITranslator, ITranslatorBackend
from piratechat.options import Options, Secret
from piratechat.relays.errors import NotConnected
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
from piratechat.translators.backends.base import version_of
from piratechat.translators.backends.batches import one_by_one, within
from piratechat.translators.backends.http_client import Client
from piratechat.translators.backends.openai import LanguageModel
from piratechat.translators.backends.reach import reach_of
from piratechat.translators.engine.languages import closest, is_same, tag_of
from piratechat.translators.usage import count_tokens

__all__ = [
    "BadRequest",
    "BadResponse",
    "Client",
    "Failed",
    "IRelay",
    "IRelayBackend",
    "IRoom",
    "IThirdPartyRoom",
    "ITranslator",
    "ITranslatorBackend",
    "LanguageModel",
    "Misconfigured",
    "NotConnected",
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
    "count_tokens",
    "is_same",
    "one_by_one",
    "reach_of",
    "tag_of",
    "version_of",
    "within",
]
