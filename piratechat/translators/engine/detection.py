"""What language something was said in: BCP 47 tags, and a guess where nobody says."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from piratechat.model.text import checked_tag
from piratechat.translators.text import protected_spans as marks

log = logging.getLogger(__name__)

#: A guess from a text: the language and how sure it is, from 0 to 1.
Detector = Callable[[str], tuple[str, float]]

#: How sure a guess must be.
MIN_CONFIDENCE = 0.7
#: Letters below which nothing can be guessed: "hello handsome" was taken for Bengali.
MIN_LETTERS = 16
#: Characters that a guess is made from.
SAMPLE_LENGTH = 500
#: Guesses that are remembered: a text is read in several ways, and more than once.
MAX_CACHED_GUESSES = 2_000


@functools.cache  # it takes two seconds to load
def found_detector() -> Detector | None:
    """Return the detector by py3langid, or None where that is not installed."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        return None
    return _Identifier(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


class _Identifier:
    def __init__(self, identifier: Any) -> None:
        self._identifier = identifier

    def __call__(self, text: str) -> tuple[str, float]:
        language, sure = self._identifier.classify(text)
        return str(language), float(sure)


class Languages:
    """Finds out languages, where a detector is to be had."""

    def __init__(self, detector: Detector | None) -> None:
        self.detector = detector
        self._guess = functools.lru_cache(MAX_CACHED_GUESSES)(self._guessed)

    def of(self, text: str, declared: str | None) -> str | None:
        """Return the language of `text`: what its author declared, else a guess that is sure enough, else None."""
        if declared is not None:
            return declared
        return None if self.detector is None or is_short(text) else self._guess(_words(text))

    def _guessed(self, words: str) -> str | None:
        assert self.detector is not None
        try:
            language, sure = self.detector(words)
            return checked_tag(language) if sure >= MIN_CONFIDENCE else None
        except Exception:
            log.exception("The language of a text cannot be guessed")
            return None


def is_short(text: str) -> bool:
    """Whether `text` has too few letters for a guess; those of code, addresses and names are none."""
    return sum(map(str.isalpha, _words(text))) < MIN_LETTERS


def _words(text: str) -> str:
    return "".join([" " if is_mark else piece for is_mark, piece in marks.split(text)])[:SAMPLE_LENGTH]
