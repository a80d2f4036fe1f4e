"""What a translator is given and gives back: outcomes, errors, and a class to begin with.

A translator promises `piratechat.interfaces.ITranslator`.  Packages import
these names from `piratechat.plugin`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from zope.interface import implementer

from piratechat.interfaces import ITranslator
from piratechat.texts import Text

#: How far what is said travels, the shortest way first.
REACHES = ("none", "host", "third-party")


@dataclass(frozen=True, slots=True)
class Translated:
    """The text as readers read it."""

    text: str
    #: What the text was written in, if the translator found out: a BCP 47 tag.
    source: str | None = None
    #: Whether the same text may be answered from memory the next time.
    cacheable: bool = True
    #: The title of the translator, where the chat asked another one than the reader chose: the chat sets it.
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to translate; the original is what is read."""

    #: Fit for readers: "it is in this language already"; "" if there is nothing to be said about it.
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The translation failed, for now or for good."""

    error: "TranslationError"


class TranslationError(Exception):
    """Why a text could not be translated.

    The message is fit to be shown to readers: it names no address, no key and
    nothing of what was said.  A translator raises an error for all of a
    batch, or answers with `Failed(error)` for single texts.
    """

    #: What it is counted as.
    kind: ClassVar[str] = "error"
    #: Whether the same text may do better later.
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        #: Seconds after which to try again, if the translator knows.
        self.retry_after = retry_after if retry_after is not None and math.isfinite(retry_after) else None

    @property
    def message(self) -> str:
        """What readers are told: a Text, unless a plug-in has its own words."""
        return self.args[0] if self.args and isinstance(self.args[0], Text) else str(self)

    def __copy__(self) -> Self:
        """Return a copy, whatever the constructor of a plug-in's own error asks for."""
        copied = type(self).__new__(type(self), *self.args)
        vars(copied).update(vars(self))
        return copied


class Unavailable(TranslationError):
    """There is no answer: no connection, no answer in time, or a failure at the other end (HTTP 5xx)."""

    kind = "unavailable"
    retryable = True


class RateLimited(TranslationError):
    """Too many requests (HTTP 429)."""

    kind = "rate-limited"
    retryable = True


class QuotaExceeded(TranslationError):
    """What may be translated in a day or a month is used up (HTTP 456 of DeepL)."""

    kind = "quota-exceeded"
    retryable = True


class Misconfigured(TranslationError):
    """The service does not let us in: a wrong key, or none (HTTP 401, 403)."""

    kind = "misconfigured"


class UnsupportedLanguage(TranslationError):
    """The translator does not know one of the two languages, or not the way from one to the other."""

    kind = "unsupported-language"


class TooLong(TranslationError):
    """The text is longer than the translator takes (HTTP 413)."""

    kind = "too-long"


class BadRequest(TranslationError):
    """The service does not understand what it was asked (HTTP 400)."""

    kind = "bad-request"


class BadResponse(TranslationError):
    """The answer is none: not what the service promises, or not as many texts as were sent."""

    kind = "bad-response"
    retryable = True


Outcome = Translated | Skipped | Failed


@implementer(ITranslator)
class Translator:
    """A translator to begin with: set `name` and `title`, and write `translate`.

    All else has a default that is good for a style of speaking which is made
    in the chat's own process.
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
        """There is nothing that could be out of reach."""

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> Sequence[Outcome]:
        raise NotImplementedError
