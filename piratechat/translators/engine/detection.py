"""Language detection: BCP 47 tags by script, by frequent words, or by a statistical detector."""

import functools
import logging
import re
from collections.abc import Callable
from typing import Any

from piratechat.model.scripts import HAN, HANGUL, KANA, SCRIPTS
from piratechat.model.text import checked_tag
from piratechat.translators.engine.short_texts import is_cyrillic, language_by_words
from piratechat.translators.text import protected_spans as marks

log = logging.getLogger(__name__)

#: Detects the language of a text: its tag, and the confidence from 0 to 1.
Detector = Callable[[str], tuple[str, float]]

#: Minimum confidence.
MIN_CONFIDENCE = 0.7
#: Letters below which a text is short, and below which nothing is detected; a letter that is a syllable or a word
#: counts as three.
MIN_LETTERS, LEAST_LETTERS = 16, 6
SYLLABLE_WEIGHT = 3
#: Number of characters to use for detection.
SAMPLE_LENGTH = 500
#: Maximum number of cached results: each text is translated in several ways, and repeatedly.
MAX_CACHED_GUESSES = 2_000

# Minimum letters for detection by script: a single one may be part of an emoticon, or of a formula.
_ENOUGH = 2
# Scripts that only one language uses, or nearly so.
_OF_ONE_LANGUAGE = {
    "Grek": "el",
    "Armn": "hy",
    "Hebr": "he",
    "Beng": "bn",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th",
    "Laoo": "lo",
    "Tibt": "bo",
    "Mymr": "my",
    "Geor": "ka",
    "Ethi": "am",
    "Khmr": "km",
    "Hira": "ja",
    "Kana": "ja",
    "Hang": "ko",
}
# Kana, without \u306e, which Chinese uses as an ornament
_KANA = re.compile(f"(?!\u306e)[{KANA}]")
_SCRIPTS = [
    (_KANA if language == "ja" else re.compile(f"[{SCRIPTS[script]}]"), language)
    for script, language in _OF_ONE_LANGUAGE.items()
]
_ANY_SCRIPT = re.compile(f"[{''.join(SCRIPTS[script] for script in (*_OF_ONE_LANGUAGE, 'Hani'))}]")
_JAPANESE, _DEVANAGARI = re.compile(f"[{HAN}{KANA}]"), re.compile(f"[{SCRIPTS['Deva']}]")
_HAN = re.compile(f"[{HAN}]")
# Characters that are frequent in Chinese and absent from Japanese: you, she, who, this, very, plurals, and particles.
_CHINESE = re.compile(
    "[\u4f60\u60a8\u5979\u8c01\u8fd9\u9019\u5f88\u4eec\u5011\u5417\u55ce\u5427\u5462\u554a\u54e6\u54ea\u600e\u4e48\u9ebc\u6ca1\u6c92]"
)
_SYLLABLE = re.compile(f"[{HAN}{KANA}{HANGUL}]")
# The most common languages.  The detector knows a hundred more, and each has a small probability; its confidence for
# one of these is computed among these only.
_COMMON = frozenset(
    """
    af ar be bg bn ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hr hu id is it ja kk ko ky la lt lv mk mn mr ms
    mt nb ne nl no pl ps pt ro ru sk sl sq sr sv sw th tl tr uk ur vi zh
    """.split()  # noqa: SIM905 - easier to read
)


@functools.cache  # it takes two seconds to load
def found_detector() -> Detector | None:
    """Return the py3langid detector, or None if it is not installed."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        return None
    return _Identifier(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


class _Identifier:
    def __init__(self, identifier: Any) -> None:
        self._identifier = identifier

    def __call__(self, text: str) -> tuple[str, float]:
        ranked = self._identifier.rank(text)
        language, chance = ranked[0]
        if language in _COMMON:
            chance /= sum(other for each, other in ranked if each in _COMMON)
        return str(language), float(chance)


class Languages:
    """Detects languages, with a statistical detector if available."""

    def __init__(self, detector: Detector | None) -> None:
        self.detector = detector
        self._guess = functools.lru_cache(MAX_CACHED_GUESSES)(self._guessed)
        self._by_words = functools.lru_cache(MAX_CACHED_GUESSES)(language_by_words)

    def of(self, text: str, declared: str | None) -> str | None:
        """Return the language of `text`: declared, by script, by words, or detected with confidence; else None."""
        if declared is not None:
            return declared
        words = _words(text)
        by_script = _of_script(words)
        if by_script is not None:
            return by_script
        if is_cyrillic(words) and (by_words := self._by_words(words)):
            return by_words
        # For a few Han letters the detector returns Chinese, even if they are a whole Japanese sentence.
        least = MIN_LETTERS if _is_mostly(_HAN, words) else LEAST_LETTERS
        language, sure = self._guess(words) if _weight(words) >= least else (None, 0.0)
        if language is not None and (sure >= MIN_CONFIDENCE or language == self._by_words(words)):
            return language
        return "hi" if _is_mostly(_DEVANAGARI, words) else None

    def seems(self, text: str) -> str | None:
        """Return the most likely language of `text`, regardless of confidence."""
        return self._guess(_words(text))[0]

    def _guessed(self, words: str) -> tuple[str | None, float]:
        if self.detector is None:
            return None, 0.0
        try:
            language, sure = self.detector(words)
            return checked_tag(language), sure
        except Exception:
            log.exception("Language detection failed")
            return None, 0.0


def is_short(text: str) -> bool:
    """Whether `text` has too few letters for a service to detect its language; code, URLs and names are not counted."""
    return _weight(_words(text)) < MIN_LETTERS


def _words(text: str) -> str:
    return "".join([" " if is_mark else piece for is_mark, piece in marks.split(text)])[:SAMPLE_LENGTH]


def _weight(words: str) -> int:
    """Return the weighted number of letters in `words`."""
    letters = sum(map(str.isalpha, words))
    return letters if words.isascii() else letters + (SYLLABLE_WEIGHT - 1) * len(_SYLLABLE.findall(words))


def _of_script(words: str) -> str | None:
    """Return the only language of the script that most of `words` uses, or None."""
    if words.isascii() or not _ANY_SCRIPT.search(words):
        return None
    found = next((language for script, language in _SCRIPTS if _is_mostly(script, words)), None)
    return _of_han("".join(_HAN.findall(words))) if found is None and _is_mostly(_HAN, words) else found


def _of_han(letters: str) -> str | None:
    """Return the only language whose national character sets have all of `letters`, which are Han, or None."""
    if _CHINESE.search(letters):
        return "zh"
    is_japanese, is_chinese = _is_in("euc_jp", letters), _is_in("gb2312", letters) or _is_in("big5", letters)
    if is_japanese == is_chinese:
        return None
    return "ja" if is_japanese else "zh"


def _is_in(charset: str, letters: str) -> bool:
    try:
        letters.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _is_mostly(script: re.Pattern[str], words: str) -> bool:
    """Whether at least half of `words`, by weight, is in `script`; Han counts as kana if there is kana."""
    found = [letter for letter in script.findall(words) if letter.isalpha()]
    if found and script is _KANA:
        found = _JAPANESE.findall(words)
    return len(found) >= _ENOUGH and 2 * _weight("".join(found)) >= _weight(words)
