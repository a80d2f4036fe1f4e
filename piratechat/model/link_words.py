"""Splits text into words that may contain a link; a link ends where another script begins.

The link library ends links at white space and at some ASCII punctuation, which is not sufficient for scripts without
spaces between words and for Unicode punctuation.
"""

import re
import unicodedata
from collections.abc import Iterator

from piratechat.model.scripts import LATIN

# Punctuation that is part of a path if it is between two letters: apostrophes, hyphens in names, ジョン・レノン, צה״ל.
_INNER_LATIN = "\xb7\u2010\u2011\u2013\u2019\u2027"
_INNER = f"{_INNER_LATIN}\u05be\u05f3\u05f4\u0f0b\u30fb"
_PUNCTUATION = frozenset({"Ps", "Pe", "Pi", "Pf", "Pd", "Po"})
_BLOCKS = (range(0xA1, 0x3200), range(0xA600, 0xAC00), range(0xFE10, 0x10000))
_ENDING = "".join(
    re.escape(character)
    for block in _BLOCKS
    for character in map(chr, block)
    if unicodedata.category(character) in _PUNCTUATION and character not in _INNER
)
_END = re.compile(rf"[{_ENDING}\uff5c]+|(?<!\w)[{_INNER}]+|[{_INNER}]+(?!\w)")

# Neither ASCII nor a related letter.
_OTHER = rf"[^\x00-\x7f{LATIN}{_INNER_LATIN}]"
# What determines the end of a link: its scheme, the start of its path, and changes between ASCII letters and another
# script (also after a full stop or similar without a space).
_TURN = re.compile(
    rf"(?P<scheme>(?i:https?)://)|(?P<path>[/?#])|(?P<left>(?<={_OTHER})(?=[\x00-\x7f]))"
    rf"|(?P<right>(?<=[A-Za-z0-9])(?=[{_INNER_LATIN}]?{_OTHER}))|(?P<stop>(?<=[A-Za-z0-9][.,!])(?={_OTHER}))"
)
_PATH = re.compile(r"[^:/?#](?=[/?#])")
# The rest of a label in another script that another label follows: hosts such as abc日本.jp.
_LABEL = re.compile(rf"{_OTHER}{{1,63}}\.\w")
# A sentence that begins immediately after an address: "ada@example.org.Then"
_SENTENCE = re.compile(r"[a-z0-9-]\.[a-z]{2,24}(?=\.[A-Z])")


def link_words(word: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of the parts of `word` (no white space) that links cannot cross.

    Takes linear time.
    """
    start = 0
    if not word.isascii():
        for punctuation in _END.finditer(word):
            yield from _by_script(word, start, punctuation.start())
            start = punctuation.end()
    yield from _by_script(word, start, len(word))


def _by_script(word: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of `word` from `start` to `end`, split where the script changes and where a scheme begins."""
    if word.isascii() and "://" not in word:  # the common case
        yield from _by_sentence(word, start, end)
        return
    has_scheme = in_path = is_mixed = False
    for turn in _TURN.finditer(word, start, end):
        kind, at = turn.lastgroup, turn.start()
        if kind == "path":
            in_path, is_cut = True, False
        elif kind == "scheme":
            is_cut = not in_path and not has_scheme and at > start and _is_letter(word[at - 1])
        elif kind == "left":
            is_mixed = is_mixed or in_path  # "/wiki/日本語Wiki": the path is not only ASCII
            is_cut = not in_path and not has_scheme and word[at].isalnum()
        elif kind == "right":
            is_cut = not is_mixed and (in_path or _LABEL.match(word, at, end) is None)
        else:
            is_cut = in_path and not is_mixed
        if is_cut:
            yield from _by_sentence(word, start, at)
            start, has_scheme, in_path, is_mixed = at, False, False, False
        has_scheme = has_scheme or kind == "scheme"
    yield from _by_sentence(word, start, end)


def _is_letter(character: str) -> bool:
    """Whether `character` is part of a word, including combining marks; links begin after any other character."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _by_sentence(word: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of `word` from `start` to `end`, split where a sentence begins after a host.

    In a path it is not split.
    """
    host_end: int | None = None  # searched for once, and only if needed
    for host in _SENTENCE.finditer(word, start, end):
        if host_end is None:
            path = _PATH.search(word, start, end)
            host_end = end if path is None else path.end()
        if host.end() > host_end:
            break
        yield start, host.end()
        start = host.end()
    yield start, end
