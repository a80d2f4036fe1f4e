"""Placeholders for marks, so that a translator receives whole sentences: XML tags, or slots.

Results are parsed strictly: each placeholder must occur exactly once, in any order, with nothing that was not sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from piratechat.texts import Text
from piratechat.translation import BadResponse
from piratechat.translators.text.joints import needs_space_after, needs_space_before


class Kept(NamedTuple):
    """The text that a placeholder stands for."""

    text: str
    #: For a formatting mark, whether it formats the text after it, or the text before it; else None.
    opens: bool | None = None
    #: Whether it is a mark, rather than a character that cannot be sent.
    is_mark: bool = True

    @property
    def begins_line(self) -> bool:
        """Whether it formats a line: as a quote, or as a list item."""
        return self.opens is True and self.text[-1] == " "


#: A parsed text: texts, and the numbers of the placeholders between them; one more text than numbers.
Tokens = tuple[list[str], list[int]]


@dataclass(frozen=True, slots=True)
class Style:
    """The syntax of placeholders."""

    #: Splits a text; the odd items cannot be sent unchanged.
    unfit: re.Pattern[str]
    #: The escapes of some of these.
    escapes: dict[str, str]
    #: Returns the placeholder with a number.
    write: Callable[[int], str]
    #: Yields the numbers of placeholders, and the texts between them.  Raises BadResponse.
    read: Callable[[str], Iterator[int | str]]


# XML 1.0 section 2.2: characters that no document may contain, not even as a reference
_NO_XML = r"\x00-\x08\x0B\x0C\x0E-\x1F\uD800-\uDFFF\uFFFE\uFFFF"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# A tag, a reference, or text.  Comments, CDATA, and other tags and entities are invalid, because they were not sent.
_XML = re.compile(
    rf"""
      <x [ \t\r\n]+ id [ \t\r\n]* = [ \t\r\n]* (?: "(0|[1-9][0-9]{{0,8}})" | '(0|[1-9][0-9]{{0,8}})' ) [ \t\r\n]*
      (?: /> | > [ \t\r\n]* </x [ \t\r\n]* > )
    | & (?: (amp|lt|gt|quot|apos) | \#([0-9]{{1,7}}) | \#x([0-9A-Fa-f]{{1,6}}) ) ;
    | ([^&<{_NO_XML}]+)
    """,
    re.VERBOSE,
)
_SLOT = re.compile("\u27e6[ \xa0]?([1-9][0-9]{0,8})[ \xa0]?\u27e7|([^\u27e6\u27e7]+)")


def _read_xml(xml: str) -> Iterator[int | str]:
    at = 0
    while at < len(xml):
        found = _XML.match(xml, at)
        if not found:
            raise BadResponse(Text("translation.broken_xml"))
        at = found.end()
        quoted, single, name, decimal, hexadecimal, text = found.groups()
        if text:
            yield text
        elif name:
            yield _NAMED[name]
        elif decimal or hexadecimal:
            yield _character(int(decimal) if decimal else int(hexadecimal, 16))
        else:
            yield int(quoted or single)


def _character(number: int) -> str:
    if number <= 0x10FFFF and not re.match(f"[{_NO_XML}]", chr(number)):
        return chr(number)
    raise BadResponse(Text("translation.invalid_character"))


def _read_slots(text: str) -> Iterator[int | str]:
    at = 0
    while at < len(text):
        found = _SLOT.match(text, at)
        if not found:
            raise BadResponse(Text("translation.lost_marks"))
        at = found.end()
        yield found[2] or int(found[1]) - 1


#: XML tags, <x id="0"/>, in escaped text.
TAGS = Style(re.compile(rf"([&<>\r]|[{_NO_XML}]+)"), _ENTITIES, '<x id="{}"/>'.format, _read_xml)
#: Slots, \u27e61\u27e7, in plain text.
SLOTS = Style(re.compile("([\u27e6\u27e7]+)"), {}, lambda number: f"\u27e6{number + 1}\u27e7", _read_slots)


def written(style: Style, segments: Iterable[Kept | str]) -> tuple[list[tuple[bool, str]], list[Kept]]:
    """Return `segments` as (is indivisible, text) in `style`, and the texts of the placeholders."""
    found: list[tuple[bool, str]] = []
    kept: list[Kept] = []

    def keep(what: Kept) -> None:
        found.append((True, style.write(len(kept))))
        kept.append(what)

    for segment in segments:
        if isinstance(segment, Kept):
            keep(segment)
            continue
        for place, part in enumerate(style.unfit.split(segment)):
            if place % 2 == 0:
                found.append((False, part))
            elif part in style.escapes:
                found.append((True, style.escapes[part]))
            else:
                keep(Kept(part, is_mark=False))
    return found, kept


def plain(style: Style, text: str, kept: Sequence[Kept]) -> str:
    """Return the plain text of a text in `style`, with `kept` in place of its placeholders."""
    return "".join(kept[token].text if isinstance(token, int) else token for token in style.read(text))


def tokens(style: Style, text: str) -> Tokens:
    """Parse `text`.  Raises BadResponse."""
    texts, numbers = [""], []
    for token in style.read(text):
        if isinstance(token, int):
            numbers.append(token)
            texts.append("")
        else:
            texts[-1] += token
    return texts, numbers


def put_back(said: Tokens, read: Tokens, kept: Sequence[Kept]) -> str:
    """Return the plain text of `read`, a translation of `said`, with `kept` in place of the placeholders.

    Raises BadResponse unless each placeholder occurs once, and formatting marks are still valid.
    """
    if sorted(read[1]) != said[1]:  # which are ascending
        raise BadResponse(Text("translation.lost_marks"))
    texts, numbers = read
    _check_formats(said[1], texts, numbers, kept)
    beside = {number: said[0][at : at + 2] for at, number in enumerate(said[1])}
    whole: list[str] = []
    texts = list(texts)
    for at, number in enumerate(numbers):
        mark = kept[number]
        texts[at : at + 2] = _apart(mark, texts[at : at + 2], beside[number])
        if texts[at] == "" and at and beside[number][0] and mark.opens is None and kept[numbers[at - 1]].opens is None:
            texts[at] = " "  # two marks that did not touch
        whole += (texts[at], mark.text)
    return "".join([*whole, texts[-1]])


def _apart(mark: Kept, texts: Sequence[str], said: Sequence[str]) -> tuple[str, str]:
    """Return the texts before and after `mark`, with spaces if needed; `said` are the original ones."""
    before, after = texts
    if not mark.is_mark or mark.begins_line:
        return before, after
    if mark.opens is True:
        inner = after.lstrip()
        if inner != after and before and not before[-1].isspace():
            before += " "
        after = inner
    elif needs_space_after(mark.text, after, said[1]):
        after = f" {after}"
    if mark.opens is False:
        inner = before.rstrip()
        if inner != before and after and after[0].isalnum():
            after = f" {after}"
        before = inner
    elif needs_space_before(mark.text, before, said[0]):
        before += " "
    return before, after


def _check_formats(said: Sequence[int], texts: Sequence[str], numbers: Sequence[int], kept: Sequence[Kept]) -> None:
    """Raise BadResponse unless formatting marks are paired as before.

    Those of lines must be at the beginning of lines.
    """
    if all(mark.opens is None for mark in kept):
        return
    pairs = dict(_pairs(said, kept))
    if dict(_pairs(numbers, kept)) != pairs:
        raise BadResponse(Text("translation.lost_marks"))
    for at, number in enumerate(numbers):
        before = "".join((*(kept[other].text for other in numbers[at - 1 : at]), texts[at]))
        if kept[number].begins_line and (at or before) and not before.endswith(("\n", "> ")):
            raise BadResponse(Text("translation.lost_marks"))


def _pairs(numbers: Sequence[int], kept: Sequence[Kept]) -> Iterator[tuple[int, int]]:
    """Yield the index of the opening mark for each closing one, or -1."""
    begun: list[int] = []
    for number in numbers:
        mark = kept[number]
        if mark.opens is True and not mark.begins_line:
            begun.append(number)
        elif mark.opens is False:
            yield number, begun.pop() if begun else -1
