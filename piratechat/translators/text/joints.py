"""Spaces between words and protected marks: a translation must not become part of a mark, nor a mark part of it.

In 「https://example.orgを見て」 the URL ends where the other script begins; "see it" would continue it.
"""

import re
import unicodedata

from piratechat.model.scripts import SPACELESS

_SPACELESS = re.compile(f"[{SPACELESS}]")
_JOINERS = "\u200c\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
# Characters that would continue a URL: a letter, characters within URLs, and more after punctuation that may end one.
_GOES_ON = re.compile(
    rf"""[.,;:!?'")\]}}]*+ (?: (?![{SPACELESS}])\w | (?<=[.,;:!?'")\]}}])\w | [/#&=_~%@+*$^|\\(\[{{`-] )""", re.VERBOSE
)
# Characters after which a URL, or a name, would no longer be recognized.
_BINDS_ADDRESS, _BINDS_NAME = frozenset(".:/\\-_@+%~$"), frozenset("@/\\:_")


def needs_space_after(mark: str, words: str, original: str) -> bool:
    """Whether a space is needed between `mark` and the following `words`, which the `original` did not need."""
    if not words or words[0].isspace() or words == original:
        return False
    if _combines(words[0]):
        return words[0] != original[:1]
    if _is_solid(mark):
        return _goes_on(mark, words[0], original[:1])
    if _is_name(mark):
        return words[0] != original[:1] and (_is_of_word(words[0]) or words[0] == "@")
    more = _GOES_ON.match(words)
    return more is not None and not original.startswith(more[0])


def needs_space_before(mark: str, words: str, original: str) -> bool:
    """Whether a space is needed between `words` and the following `mark`, which the `original` did not need."""
    if not words or words[-1].isspace() or words == original:
        return False
    last, was = words[-1], original[-1:]
    if _is_solid(mark):
        return last in _JOINERS or _goes_on(mark, last, was)
    binding = _BINDS_NAME if _is_name(mark) else _BINDS_ADDRESS
    return last != was and (_is_of_word(last) or last in binding or _combines(last))


def _is_solid(mark: str) -> bool:
    """Whether `mark` delimits itself: code, an emoji, or a formatting mark."""
    return mark[0] in "`*_~" or mark[-1] == "\u20e3" or not (mark[0].isalnum() or mark[0] in "@\uff20:")


def _is_name(mark: str) -> bool:
    """Whether `mark` is a mention or a shortcode, rather than a URL."""
    return mark[0] in "@\uff20:" and "@" not in mark[1:]


def _goes_on(mark: str, beside: str, was: str) -> bool:
    if beside == "`" == mark[0]:
        return was != "`"
    return _is_of_word(beside) and not _is_of_word(was)


def _is_of_word(character: str) -> bool:
    """Whether `character` is part of a word in a script with spaces between words."""
    return (character.isalnum() or character == "_") and not _SPACELESS.match(character)


def _combines(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character)[0] == "M"
