"""Outcomes and errors of translators, and a base class.

The interface is `piratechat.interfaces.ITranslator`.  Packages import these names from `piratechat.plugin`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from zope.interface import implementer

from piratechat.interfaces import ITranslator
from piratechat.texts import Text

#: The values of `reach`, nearest first.
REACHES = ("none", "host", "third-party")


@dataclass(frozen=True, slots=True)
class Translated:
    """The translated text."""

    text: str
    #: The language that the translator detected: a BCP 47 tag, or None.
    source: str | None = None
    #: Whether the result may be cached.
    cacheable: bool = True
    #: The title of a fallback translator, set by the chat if another translator was used than the reader chose.
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to translate; readers see the original."""

    #: A text for readers, such as "it is in this language already", or "".
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The translation failed, temporarily or permanently."""

    error: "TranslationError"


class TranslationError(Exception):
    """The reason why a text could not be translated.

    The message is shown to readers, so it must not contain URLs, keys, or text of messages.  A translator raises an
    error for a whole batch, or returns `Failed(error)` for single texts.
    """

    #: Its label in metrics.
    kind: ClassVar[str] = "error"
    #: Whether a later attempt with the same text may succeed.
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        #: Seconds before the next attempt, if known.
        self.retry_after = retry_after if retry_after is not None and math.isfinite(retry_after) else None

    @property
    def message(self) -> str:
        """The message for readers: a Text, unless a plug-in uses its own string."""
        return self.args[0] if self.args and isinstance(self.args[0], Text) else str(self)

    def __copy__(self) -> Self:
        """Return a copy, regardless of the constructor of a plug-in's subclass."""
        copied = type(self).__new__(type(self), *self.args)
        vars(copied).update(vars(self))
        return copied


class Unavailable(TranslationError):
    """There is no response: no connection, a timeout, or a failure of the service (HTTP 5xx)."""

    kind = "unavailable"
    retryable = True


class RateLimited(TranslationError):
    """Too many requests (HTTP 429)."""

    kind = "rate-limited"
    retryable = True


class QuotaExceeded(TranslationError):
    """The daily or monthly quota is exhausted (HTTP 456 of DeepL)."""

    kind = "quota-exceeded"
    retryable = True


class Misconfigured(TranslationError):
    """The service rejects the login: a wrong or missing key (HTTP 401, 403)."""

    kind = "misconfigured"


class UnsupportedLanguage(TranslationError):
    """The translator does not support one of the languages, or their combination."""

    kind = "unsupported-language"


class TooLong(TranslationError):
    """The text exceeds the translator's limit (HTTP 413)."""

    kind = "too-long"


class BadRequest(TranslationError):
    """The service rejects the request as invalid (HTTP 400)."""

    kind = "bad-request"


class BadResponse(TranslationError):
    """The response is invalid: not what the service documents, or a wrong number of texts."""

    kind = "bad-response"
    retryable = True


Outcome = Translated | Skipped | Failed


@implementer(ITranslator)
class Translator:
    """A base class for translators: set `name` and `title`, and implement `translate`.

    The other attributes have defaults for a style that is produced in the chat's own process.
    """

    name = ""
    title = ""
    version = "1"
    kind = "style"
    reach = "none"
    recipient: str | None = None
    source: str | None = None
    target: str | None = None
    masking = "split"
    max_items = 50
    max_item_length = 4_000
    max_length = 20_000
    mixes_rooms = True
    context = 0
    counts_tokens = False
    timeout = 10.0

    def targets(self) -> Sequence[str]:
        return () if self.target is None else (self.target,)

    def supports(self, source: str | None, target: str | None) -> bool:
        return True

    def check(self, deadline: float) -> None:
        """Do nothing: there is no service to check."""

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> Sequence[Outcome]:
        raise NotImplementedError
