"""What comes of a text that was given to a translator."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Translated:
    """The text as readers read it."""

    text: str
    #: What the text was written in, if the translator found out: a BCP 47 tag.
    source: str | None = None
    #: Whether the same text may be answered from memory the next time.
    cacheable: bool = True


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to translate; the original is what is read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The translation failed, for now or for good."""

    error: "TranslationError"


class TranslationError(Exception):
    """Why a text could not be translated; its message is fit to be shown to readers."""

    #: Whether the same text may do better later.
    retryable = False

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        #: Seconds after which to try again, if the translator knows.
        self.retry_after = retry_after


Outcome = Translated | Skipped | Failed
