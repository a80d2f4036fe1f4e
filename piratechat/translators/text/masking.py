"""A text as translators are given it, without what they may not touch, and put together again.

Nothing is trusted to come back: what must stay is kept here, or verified.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from piratechat.texts import Text
from piratechat.translation import BadResponse
from piratechat.translators.text import protected_spans as marks
from piratechat.translators.text.sentence_splitter import LINE_BREAKS, cut, has_letters, outlined

# Whether a segment is a mark, or another thing that must stay whole; and its text
_Segment = tuple[bool, str]

_LINE_BREAK = re.compile(f"([{LINE_BREAKS}]+)")

# XML 1.0, section 2.2: what no document may contain, not even as a character reference
_NO_XML = r"\x00-\x08\x0B\x0C\x0E-\x1F\uD800-\uDFFF\uFFFE\uFFFF"
_TO_ENCODE = re.compile(rf"([&<>\r]|[{_NO_XML}]+)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# A tag, or a reference, or a run of text.  No comments, no CDATA, no other tags and no other entities:
# what else there is in an answer was not in what had been sent.
_XML = re.compile(
    rf"""
      <x [ \t\r\n]+ id [ \t\r\n]* = [ \t\r\n]* (?: "(0|[1-9][0-9]{{0,8}})" | '(0|[1-9][0-9]{{0,8}})' ) [ \t\r\n]*
      (?: /> | > [ \t\r\n]* </x [ \t\r\n]* > )
    | & (?: (amp|lt|gt|quot|apos) | \#([0-9]{{1,7}}) | \#x([0-9A-Fa-f]{{1,6}}) ) ;
    | ([^&<{_NO_XML}]+)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Masked:
    """What is given to a translator of a text, and what stays."""

    #: The texts to translate, in their order: each within the limit, with letters, without white space around it.
    pieces: tuple[str, ...]
    #: What stays before, between and after the pieces: one more than those.
    between: tuple[str, ...]

    def restore(self, translated: Sequence[str]) -> str:
        """Return the whole with `translated` for the pieces.

        Raises BadResponse if that is not one text for each piece, or if
        marks were given away and did not all come back once and in order.
        """
        if len(translated) != len(self.pieces):
            raise BadResponse(Text("translation.wrong_number"))
        whole = [self.between[0]]
        for piece, text, after in zip(self.pieces, translated, self.between[1:], strict=True):
            whole += (self._read(piece, text.strip()), after)
        return "".join(whole)

    def _read(self, piece: str, translated: str) -> str:
        return translated


@dataclass(frozen=True, slots=True)
class _Own(Masked):
    """The translator saw the marks, and lets them be."""

    marks: tuple[str, ...]

    def restore(self, translated: Sequence[str]) -> str:
        whole = Masked.restore(self, translated)
        if tuple(marks.marks(whole)) != self.marks:
            raise BadResponse(Text("translation.changed_marks"))
        return whole


@dataclass(frozen=True, slots=True)
class _Tagged(Masked):
    """The translator saw tags for the marks."""

    #: By their ids.
    marks: tuple[str, ...]

    def _read(self, piece: str, translated: str) -> str:
        ids = [number for number, _text in _parsed(piece) if number is not None]
        return _decoded(translated, self.marks, ids)


def mask(text: str, masking: str = "split", max_item_length: int = 4000) -> Masked:
    """Return the pieces of `text` to be translated, each of at most `max_item_length` characters.

    `masking` is as in `ITranslator`: "split", "tags" or "own".  Text without
    words has no pieces.  Raises ValueError for another masking or length.
    """
    if max_item_length < 1:
        raise ValueError(f"max_item_length must be 1 or more, not {max_item_length}")
    if masking == "own" and marks.names_in(text):
        masking = "split"  # it would not know where names end
    if masking == "split":
        return Masked(*_framed(_apart(marks.split(text), max_item_length)))
    if masking == "own":
        segments = marks.split(text)
        kept = tuple(segment for is_mark, segment in segments if is_mark)
        return _Own(*_framed(_fitting(segments, max_item_length)), kept)
    if masking == "tags":
        return _tagged(text, max_item_length)
    raise ValueError(f'masking must be "split", "tags" or "own", not {masking!r}')


def has_words(text: str) -> bool:
    """Whether there is anything for a translator in `text`: a letter outside the marks."""
    return any(has_letters(segment) for is_mark, segment in marks.split(text) if not is_mark)


def _apart(segments: Iterable[_Segment], limit: int) -> Iterator[tuple[bool, str]]:
    """Yield (is_given, text) for every line between the marks."""
    for is_mark, segment in segments:
        if is_mark:
            yield False, segment
        else:
            for line in _LINE_BREAK.split(segment):
                yield from _fitting([(False, line)], limit)


def _fitting(segments: Sequence[_Segment], limit: int) -> Iterator[tuple[bool, str]]:
    """Yield (is_given, text), all of `segments` at once or, if that is too long, in pieces."""
    text = "".join([segment for _is_kept, segment in segments])
    if len(text) <= limit or len(text.strip()) <= limit:
        yield any(has_letters(segment) for is_kept, segment in segments if not is_kept), text
        return
    outline = outlined(segments)
    for start, end, fits in cut(outline, limit):
        yield fits and has_letters(outline[start:end]), text[start:end]


def _framed(parts: Iterable[tuple[bool, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts of the (is_given, text) to give, stripped, and all that stays between those."""
    pieces: list[str] = []
    between: list[str] = []
    staying = ""
    for is_given, text in parts:
        if not is_given:
            staying += text
            continue
        piece = text.strip()
        start = len(text) - len(text.lstrip())
        pieces.append(piece)
        between.append(staying + text[:start])
        staying = text[start + len(piece) :]
    return tuple(pieces), (*between, staying)


def _tagged(text: str, limit: int) -> Masked:
    """Return `text` as XML, in which marks, and what XML cannot hold, are empty tags."""
    segments: list[_Segment] = []
    kept: list[str] = []
    for is_mark, segment in marks.split(text):
        # what the pattern splits by comes at the odd places
        for place, part in enumerate([segment] if is_mark else _TO_ENCODE.split(segment)):
            if place % 2 and part in _ENTITIES:
                segments.append((True, _ENTITIES[part]))
            elif is_mark or place % 2:
                segments.append((True, f'<x id="{len(kept)}"/>'))
                kept.append(part)
            else:
                segments.append((False, part))
    found = tuple(kept)
    pieces, between = _framed(_fitting(segments, limit))
    return _Tagged(pieces, tuple(_decoded(xml, found) for xml in between), found)


def _parsed(xml: str) -> Iterator[tuple[int | None, str]]:
    """Yield (id, "") for each tag of `xml`, and (None, text) for what lies between.  Raises BadResponse."""
    at = 0
    while at < len(xml):
        found = _XML.match(xml, at)
        if not found:
            raise BadResponse(Text("translation.broken_xml"))
        at = found.end()
        quoted, single, name, decimal, hexadecimal, text = found.groups()
        if text:
            yield None, text
        elif name:
            yield None, _NAMED[name]
        elif decimal or hexadecimal:
            yield None, _character(int(decimal) if decimal else int(hexadecimal, 16))
        else:
            yield int(quoted or single), ""


def _character(number: int) -> str:
    if number <= 0x10FFFF and not re.match(f"[{_NO_XML}]", chr(number)):
        return chr(number)
    raise BadResponse(Text("translation.invalid_character"))


def _decoded(xml: str, kept: Sequence[str], ids: Sequence[int] | None = None) -> str:
    """Return the text of `xml` with what was `kept` in the place of its tags.

    Raises BadResponse if its tags are not those of `ids`, if given, or if it is no XML.
    """
    parsed = list(_parsed(xml))
    if ids is not None and [number for number, _text in parsed if number is not None] != list(ids):
        raise BadResponse(Text("translation.lost_marks"))
    return "".join([text if number is None else kept[number] for number, text in parsed])
