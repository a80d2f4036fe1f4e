"""Where words touch a mark: what a translator has put there must not become part of the mark, nor the mark of it.

In 「https://example.orgを見て」 the address ends where the other script begins; "see it" would go on with it.
"""

import re
import unicodedata

from piratechat.model.scripts import SPACELESS

_SPACELESS = re.compile(f"[{SPACELESS}]")
_JOINERS = "\u200c\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
# What an address would go on with: a letter, what stands within addresses, and more after punctuation that may end one.
_GOES_ON = re.compile(
    rf"""[.,;:!?'")\]}}]*+ (?: (?![{SPACELESS}])\w | (?<=[.,;:!?'")\]}}])\w | [/#&=_~%@+*$^|\\(\[{{`-] )""", re.VERBOSE
)
# What an address, or a name, would be no more after.
_BINDS_ADDRESS, _BINDS_NAME = frozenset(".:/\\-_@+%~$"), frozenset("@/\\:_")


def needs_space_after(mark: str, words: str, original: str) -> bool:
    """Whether `words` must be kept apart from the `mark` before them; the `original` ones were not."""
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
    """Whether `words` must be kept apart from the `mark` after them; the `original` ones were not."""
    if not words or words[-1].isspace() or words == original:
        return False
    last, was = words[-1], original[-1:]
    if _is_solid(mark):
        return last in _JOINERS or _goes_on(mark, last, was)
    binding = _BINDS_NAME if _is_name(mark) else _BINDS_ADDRESS
    return last != was and (_is_of_word(last) or last in binding or _combines(last))


def _is_solid(mark: str) -> bool:
    """Whether `mark` ends by itself: code, an emoji, or a mark of formatting."""
    return mark[0] in "`*_~" or mark[-1] == "\u20e3" or not (mark[0].isalnum() or mark[0] in "@\uff20:")


def _is_name(mark: str) -> bool:
    """Whether `mark` is a mention or a shortcode, and no address."""
    return mark[0] in "@\uff20:" and "@" not in mark[1:]


def _goes_on(mark: str, beside: str, was: str) -> bool:
    if beside == "`" == mark[0]:
        return was != "`"
    return _is_of_word(beside) and not _is_of_word(was)


def _is_of_word(character: str) -> bool:
    """Whether `character` is part of a word that is written without spaces in it."""
    return (character.isalnum() or character == "_") and not _SPACELESS.match(character)


def _combines(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character)[0] == "M"
