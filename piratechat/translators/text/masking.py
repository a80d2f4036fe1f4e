"""Masking: hides protected text from translators, and reassembles the result.

Translators are not trusted to return protected text: it is stored here, or verified.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from piratechat.model.bidi import without_stray_controls
from piratechat.model.emoji import is_few_emoji
from piratechat.model.text import visible
from piratechat.texts import Text
from piratechat.translation import BadResponse
from piratechat.translators.text import protected_spans as marks
from piratechat.translators.text.joints import needs_space_after, needs_space_before
from piratechat.translators.text.placeholders import SLOTS, TAGS, Kept, Style, plain, put_back, tokens, written
from piratechat.translators.text.sentence_splitter import LINE_BREAKS, cut, has_letters, outlined

#: Whether a segment is a mark or otherwise indivisible; and its text
_Segment = tuple[bool, str]

_LINE_BREAK = re.compile(f"([{LINE_BREAKS}]+)")

#: The ways in which translators receive marks: `ITranslator.masking`.
MASKINGS = ("split", "tags", "slots", "own")
_STYLES = {"tags": TAGS, "slots": SLOTS}
#: Maximum number of emoji that a translator may add: examining each takes 30 us.
MAX_ADDED = 100


class _Part(NamedTuple):
    """A part of a text, to be translated or kept; it may be a mark."""

    text: str
    is_given: bool = False
    mark: Kept | None = None


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked text: the pieces for a translator, and the rest."""

    #: The texts to translate, in order: each within the limit, with letters, and without surrounding white space.
    pieces: tuple[str, ...]
    #: The text before, between and after the pieces: one more than there are pieces.
    between: tuple[str, ...]

    def restore(self, translated: Sequence[str], in_words: bool = False) -> str:
        """Return the whole text with `translated` in place of the pieces.

        Raises BadResponse unless there is one text for each piece, with visible characters (with letters or digits if
        `in_words`), and with each of the marks exactly once; a translator that has received them may add other emoji.
        """
        if len(translated) != len(self.pieces):
            raise BadResponse(Text("translation.wrong_number"))
        whole = [self.between[0]]
        for number, (piece, text) in enumerate(zip(self.pieces, translated, strict=True)):
            answer = without_stray_controls(text, piece).strip()
            whole += (self._read(number, answer, in_words), self.between[number + 1])
        return "".join(whole)

    def _read(self, number: int, answer: str, in_words: bool) -> str:
        """Return the plain text of the `answer` for a piece.  Raises BadResponse."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _Split(Masked):
    """The translator received no marks."""

    #: The marks adjacent to a piece: before and after it.
    beside: tuple[tuple[Kept | None, Kept | None], ...]
    #: Whether the pieces are XML.
    is_xml: bool

    def _read(self, number: int, answer: str, in_words: bool) -> str:
        piece = self.pieces[number]
        if self.is_xml:
            piece, answer = plain(TAGS, piece, ()), _without_tags(answer)
        check_words(answer, in_words)
        before, after = self.beside[number]
        if before is not None and before.opens is not True and needs_space_after(before.text, answer, piece):
            answer = f" {answer}"
        if after is not None and after.opens is not False and needs_space_before(after.text, answer, piece):
            answer += " "
        return answer


@dataclass(frozen=True, slots=True)
class _Own(Masked):
    """The translator received the marks, and must preserve them."""

    marks: tuple[str, ...]

    def restore(self, translated: Sequence[str], in_words: bool = False) -> str:
        whole = Masked.restore(self, translated)
        segments = marks.split(whole)
        if not _has_only(self.marks, [text for is_mark, text in segments if is_mark]):
            raise BadResponse(Text("translation.changed_marks"))
        if self.pieces:
            check_words("".join([text for is_mark, text in segments if not is_mark]), in_words)
        return whole

    def _read(self, number: int, answer: str, in_words: bool) -> str:
        return answer


def _has_only(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Whether `found` has all `wanted` marks in order, each once, and otherwise only some emoji."""
    if len(found) > len(wanted) + MAX_ADDED:
        return False
    left = list(reversed(wanted))
    for mark in found:
        if left and mark == left[-1]:
            left.pop()
        elif mark in wanted or not is_few_emoji(mark):
            return False
    return not left


@dataclass(frozen=True, slots=True)
class _Placed(Masked):
    """The translator received placeholders for the marks."""

    style: Style
    #: By the numbers of their placeholders.
    kept: tuple[Kept, ...]

    def _read(self, number: int, answer: str, in_words: bool) -> str:
        read = tokens(self.style, answer)
        check_words("".join(read[0]), in_words)
        return put_back(tokens(self.style, self.pieces[number]), read, self.kept)


def mask(text: str, masking: str = "split", max_item_length: int = 4000, is_xml: bool = False) -> Masked:
    """Return the pieces of `text` to be translated, each of at most `max_item_length` characters.

    `masking` is as in `ITranslator`: "split", "tags", "slots" or "own".  A text without words has no pieces.  `is_xml`:
    the translator of "split" pieces takes XML.  Raises ValueError for another masking or length.
    """
    if max_item_length < 1:
        raise ValueError(f"max_item_length must be 1 or more, not {max_item_length}")
    if masking == "own" and marks.names_in(text):
        masking = "split"  # it would not know where names end
    if masking == "split":
        return _split(text, max_item_length, is_xml)
    if masking == "own":
        segments = marks.split(text)
        pieces, between, _beside = _framed(_fitting(segments, max_item_length))
        return _Own(pieces, between, tuple(segment for is_mark, segment in segments if is_mark))
    if masking in _STYLES:
        return _placed(text, _STYLES[masking], max_item_length)
    raise ValueError(f"masking must be one of {', '.join(MASKINGS)}, not {masking!r}")


def has_words(text: str) -> bool:
    """Whether `text` contains letters outside marks."""
    return any(has_letters(segment) for is_mark, segment in marks.split(text) if not is_mark)


def check_words(text: str, in_words: bool) -> None:
    """Raise BadResponse unless `text` has visible characters, or a letter or a digit if `in_words`."""
    seen = visible(text)
    if not (any(map(str.isalnum, seen)) if in_words else seen):
        raise BadResponse(Text("translation.came_back_empty"))


def _segments(text: str) -> Iterator[Kept | str]:
    """Yield the marks of `text`, and the texts between them."""
    at = 0
    for span in marks.spans(text):
        if span.start > at:
            yield text[at : span.start]
        yield Kept(text[span.start : span.end], span.opens)
        at = span.end
    if at < len(text):
        yield text[at:]


def _split(text: str, limit: int, is_xml: bool) -> Masked:
    def parts() -> Iterator[_Part]:
        for segment in _segments(text):
            if isinstance(segment, Kept):
                yield _Part(segment.text, mark=segment)
                continue
            for line in _LINE_BREAK.split(segment):
                yield from _of_xml(line, limit) if is_xml else _fitting([(False, line)], limit)

    return _Split(*_framed(parts()), is_xml)


def _of_xml(line: str, limit: int) -> Iterator[_Part]:
    """Yield the parts of `line`; those to be translated as XML, without characters that XML cannot contain."""
    segments: list[_Segment] = []
    escaped, kept = written(TAGS, [line])
    raw = iter(kept)
    for is_whole, text in escaped:
        if is_whole and text not in TAGS.escapes.values():
            yield from _plain_unless_given(_fitting(segments, limit))
            segments = []
            yield _Part(next(raw).text)
        else:
            segments.append((is_whole, text))
    yield from _plain_unless_given(_fitting(segments, limit))


def _plain_unless_given(parts: Iterable[_Part]) -> Iterator[_Part]:
    for part in parts:
        yield part if part.is_given else part._replace(text=plain(TAGS, part.text, ()))


def _fitting(segments: Sequence[_Segment], limit: int) -> Iterator[_Part]:
    """Yield `segments` as one piece, or as several if it would be too long."""
    text = "".join([segment for _is_kept, segment in segments])
    if len(text) <= limit or len(text.strip()) <= limit:
        yield _Part(text, any(has_letters(segment) for is_kept, segment in segments if not is_kept))
        return
    outline = outlined(segments)
    for start, end, fits in cut(outline, limit):
        yield _Part(text[start:end], fits and has_letters(outline[start:end]))


def _framed(
    parts: Iterable[_Part],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[Kept | None, Kept | None], ...]]:
    """Return the stripped pieces of `parts`, the text between them, and the marks adjacent to them."""
    pieces: list[str] = []
    between: list[str] = []
    beside: list[tuple[Kept | None, Kept | None]] = []
    staying = ""
    last: Kept | None = None  # the mark at the end of the kept text
    touched = False  # by the last piece
    for text, is_given, mark in parts:
        if not is_given:
            if touched and text:
                beside[-1] = beside[-1][0], mark
            staying += text
            last, touched = (mark, False) if text else (last, touched)
            continue
        piece = text.strip()
        start = len(text) - len(text.lstrip())
        pieces.append(piece)
        between.append(staying + text[:start])
        beside.append((None if start else last, None))
        staying = text[start + len(piece) :]
        last, touched = None, not staying
    return tuple(pieces), (*between, staying), tuple(beside)


def _placed(text: str, style: Style, limit: int) -> Masked:
    """Return `text` with placeholders for its marks, and for characters that `style` cannot contain."""
    segments, kept = written(style, _segments(text))
    pieces, between, _beside = _framed(_fitting(segments, limit))
    return _Placed(pieces, tuple(plain(style, part, kept) for part in between), style, tuple(kept))


def _without_tags(xml: str) -> str:
    """Return the text of `xml`.  Raises BadResponse if it contains tags."""
    texts, numbers = tokens(TAGS, xml)
    if numbers:
        raise BadResponse(Text("translation.lost_marks"))
    return texts[0]
