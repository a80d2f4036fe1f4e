"""Splits long texts after a sentence, or else between words."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

#: Stands for the first character of an indivisible span, and for its other characters.
KEPT, KEPT_ON = "\ufffc", "\u0301"

#: Line breaks, as in str.splitlines().
LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"

_ZERO_WIDTH_JOINER = "\u200d"
_CLOSING = r"""["'”’»)\]」』】）]*+"""  # noqa: RUF001 - quotation marks and brackets of many scripts
# A run of full stops is matched only from its beginning, so that the time is linear. Chinese and Japanese have no space
# after theirs.
_SENTENCE_END = re.compile(
    rf"""(?<![.!?…؟۔।॥]) [.!?…؟۔।॥]++ {_CLOSING} (?=\s) | [。！？｡]++ {_CLOSING} | [{LINE_BREAKS}]++""",  # noqa: RUF001 - likewise
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+")
_MAY_BE_SPACE = re.compile(r"\s*")


def outlined(segments: Sequence[tuple[bool, str]]) -> str:
    """Return the text of (is_kept, text), with the same length, but without places to split in kept spans.

    A kept span becomes one character followed by combining marks, before which no text is split.
    """
    return "".join(KEPT + KEPT_ON * (len(text) - 1) if is_kept else text for is_kept, text in segments)


def has_letters(text: str) -> bool:
    """Whether `text`, which may be outlined, contains a letter of any script."""
    return any(map(str.isalpha, text))


def cut(outline: str, limit: int) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, fits) for the pieces of `outline`, which are contiguous.

    Without surrounding white space, a piece that fits has at most `limit` characters.  A piece that does not fit is a
    single character with its combining marks, or an indivisible span.
    """
    sentences = [found.end() for found in _SENTENCE_END.finditer(outline)]
    words = [found.start() for found in _SPACE.finditer(outline)]
    last = len(outline.rstrip())
    start = 0
    while start < len(outline):
        begin = _after_space(outline, start)
        most = begin + limit
        if last <= most:
            end = len(outline)
        else:
            end = _last(sentences, begin, most) or _last(words, begin, most) or _character_end(outline, begin, most)
        yield start, end, end - begin <= limit or last <= most
        start = end


def _after_space(text: str, at: int) -> int:
    found = _MAY_BE_SPACE.match(text, at)
    return found.end() if found else at


def _last(places: Sequence[int], after: int, until: int) -> int:
    """Return the last of `places` greater than `after` and up to `until`, else 0."""
    index = bisect_right(places, until)
    return places[index - 1] if index and places[index - 1] > after else 0


def _character_end(text: str, begin: int, most: int) -> int:
    """Return the last end of a character, with its combining marks, up to `most`; else the first end after that."""
    end = most
    while end > begin and _combines(text, end):
        end -= 1
    if end == begin:
        end = most + 1
        while end < len(text) and _combines(text, end):
            end += 1
    return end


def _combines(text: str, at: int) -> bool:
    """Whether the character at `at` combines with the previous one, roughly as UAX 29's grapheme clusters."""
    if text[at - 1] == _ZERO_WIDTH_JOINER or text[at] == _ZERO_WIDTH_JOINER:
        return True
    return unicodedata.category(text[at])[0] == "M"
