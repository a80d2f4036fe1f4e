"""What language a text of few words is in, by its letters and by words that are frequent in one language."""

import re

from piratechat.model.scripts import SCRIPTS
from piratechat.translators.engine.frequent_words import WORDS

#: Characters of a text in which it is words that tell; of longer ones a guess is sure.
MAX_LENGTH = 80

_TOKEN = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(f"[{SCRIPTS['Cyrl']}]")
_COMMON = "абвгдежзклмнопрстуфхцчш"
#: All small letters of a language that is written in Cyrillic.
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
#: What no other language is written with, if the other letters fit; what fits Russian may be Mongolian.
_OWN_LETTERS = {"uk": "ґєї", "be": "ў", "sr": "ђћ", "mk": "ѓѕќѐ"}
_IN_LATIN = frozenset(WORDS) - frozenset(_ALPHABETS)


def language_by_words(text: str) -> str | None:
    """Return the language of a short `text` that its frequent words tell, as a BCP 47 tag, or None.

    A third of the words must be frequent in it, and fewer in any other.  In Cyrillic that is certain, and so is a
    letter of one language; in Latin letters, which a hundred more languages are written in, it supports a guess.
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
    """Whether there is Cyrillic in `text`."""
    return not text.isascii() and _CYRILLIC.search(text) is not None
