"""Detects the language of short texts by their letters and by frequent words."""

import re

from piratechat.model.scripts import SCRIPTS
from piratechat.translators.engine.frequent_words import WORDS

#: Maximum length of a text for this; for longer ones statistical detection is reliable.
MAX_LENGTH = 80

_TOKEN = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(f"[{SCRIPTS['Cyrl']}]")
_COMMON = "абвгдежзклмнопрстуфхцчш"
#: All lowercase letters of languages in Cyrillic.
_ALPHABETS = {
    language: frozenset(_COMMON + letters)
    for language, letters in {
        "ru": "ёийщъыьэюя",
        "uk": "ґєиіїйщьюя",
        "be": "ёійўыьэюя",
        "bg": "ийщъьюя",
        "sr": "ђијљњћџ",
        "mk": "ѓѕијљњќџѐѝ",
    }.items()
}
#: Letters that no other language uses, if the other letters fit; a text that fits Russian may be Mongolian.
_OWN_LETTERS = {"uk": "ґєї", "be": "ў", "sr": "ђћ", "mk": "ѓѕќѐ"}
_IN_LATIN = frozenset(WORDS) - frozenset(_ALPHABETS)


def language_by_words(text: str) -> str | None:
    """Return the language of a short `text` by its frequent words, as a BCP 47 tag, or None.

    At least a third of the words must be frequent in it, and fewer in any other.  In Cyrillic this is certain, and so
    is a letter of only one language; in the Latin script, which a hundred more languages use, it only supports another
    detection.
    """
    words = _TOKEN.findall(text.lower()) if len(text) <= MAX_LENGTH else []
    letters = frozenset("".join(words))
    candidates = _IN_LATIN
    if is_cyrillic(text):
        candidates = frozenset(language for language, alphabet in _ALPHABETS.items() if letters <= alphabet)
        own = next(
            (language for language in candidates if not letters.isdisjoint(_OWN_LETTERS.get(language, ""))), None
        )
        if own is not None:
            return own
    found = {language: sum(word in WORDS[language] for word in words) for language in candidates}
    most = max(found.values(), default=0)
    best = [language for language, count in found.items() if count == most]
    return best[0] if len(best) == 1 and most and 3 * most >= len(words) else None


def is_cyrillic(text: str) -> bool:
    """Whether `text` contains Cyrillic letters."""
    return not text.isascii() and _CYRILLIC.search(text) is not None
