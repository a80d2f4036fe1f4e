"""Folding of words for search: ignores case, accents and other unimportant differences.

Each character is folded separately, so that matches can be reported as positions in the original text.  A token is a
word; each character of scripts without spaces, and each emoji, is a token of its own.  A sequence of these matches as a
phrase.
"""

import unicodedata
from typing import NamedTuple

#: Maximum length of a token; the rest of a longer word is ignored.
MAX_TOKEN = 64

#: Letters that Unicode does not decompose, and their ASCII equivalents.
_PLAIN = str.maketrans(
    {"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}  # \u0131: without a dot
)

#: First and last characters of scripts without spaces between words: Han, kana, Thai, Lao, Khmer, Myanmar.
_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3038, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFD),
)
#: Combining classes of accents and vowel points, which are ignored.  Other marks are part of their letters: vowel signs
#: in India and South-East Asia, viramas, and the mark that changes ka to ga in kana.
_ACCENTS = frozenset((1, *range(10, 37), *range(200, 241)))
_TATWEEL = "\u0640"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


class Token(NamedTuple):
    """A token and its position: `start` and `end` in code points of the text."""

    text: str
    start: int
    end: int


class _Folds(dict[int, str]):
    """The folding of each character: single-character tokens are between spaces, and non-word characters become one."""

    def __missing__(self, code: int) -> str:
        folded = "".join(map(_shown, _taken_apart(chr(code))))
        self[code] = folded
        return folded


def _taken_apart(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).casefold().translate(_PLAIN)
    return unicodedata.normalize("NFD", plain)


def _shown(character: str) -> str:
    code, category = ord(character), unicodedata.category(character)
    if category == "Cf" or character == _TATWEEL or code in _SKIN_TONES or 0xFE00 <= code <= 0xFE0F:
        return ""
    if category[0] == "M" and unicodedata.combining(character) in _ACCENTS:
        return ""
    if category[0] in "LNM" or category == "Co":
        return f" {character} " if _stands_alone(code) else character
    return f" {character} " if category == "So" and code > 0x7F else " "


def _stands_alone(code: int) -> bool:
    return any(first <= code <= last for first, last in _WITHOUT_SPACES)


_FOLDS = _Folds()


def folded(text: str) -> str:
    """Return the tokens of `text`, separated by spaces.

    ASCII characters in a token are only letters and digits, so that SQLite's tokenizer "ascii" finds the same tokens.
    """
    words = text.translate(_FOLDS).split()
    return " ".join(word if len(word) <= MAX_TOKEN else word[:MAX_TOKEN] for word in words)


def tokens(text: str) -> list[Token]:
    """Return the tokens of `text` with their positions; their texts are those of `folded`."""
    found: list[Token] = []
    word, start, end = "", 0, 0
    for place, character in enumerate(text):
        for piece in _FOLDS[ord(character)]:
            if piece.isspace():
                if word:
                    found.append(Token(word[:MAX_TOKEN], start, end))
                word = ""
            else:
                if not word:
                    start = place
                word += piece
                end = place + 1
        if word and not _FOLDS[ord(character)]:
            end = place + 1  # an accent belongs to its letter
    if word:
        found.append(Token(word[:MAX_TOKEN], start, end))
    return found
