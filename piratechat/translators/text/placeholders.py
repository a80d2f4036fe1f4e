"""Texts in which something stands for each mark, so that a translator sees whole sentences: tags of XML, or slots.

What comes back is read strictly: each placeholder once, in any order, and nothing that had not been sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from piratechat.texts import Text
from piratechat.translation import BadResponse
from piratechat.translators.text.joints import needs_space_after, needs_space_before


class Kept(NamedTuple):
    """What a placeholder stands for."""

    text: str
    #: What it formats, if it does: what comes after it, or what comes before it.
    opens: bool | None = None
    #: Whether it is a mark, and no character that cannot be sent.
    is_mark: bool = True

    @property
    def begins_line(self) -> bool:
        """Whether it formats a line: it makes a quote or a list of it."""
        return self.opens is True and self.text[-1] == " "


#: What a text is read as: texts, and between them the numbers of placeholders; one text more than numbers.
Tokens = tuple[list[str], list[int]]


@dataclass(frozen=True, slots=True)
class Style:
    """How placeholders are written."""

    #: Cuts a text; at the odd places is what cannot stay as it is.
    unfit: re.Pattern[str]
    #: What stands for some of that.
    escapes: dict[str, str]
    #: Returns the placeholder of a number.
    write: Callable[[int], str]
    #: Yields the numbers of placeholders, and the texts between them.  Raises BadResponse.
    read: Callable[[str], Iterator[int | str]]


# XML 1.0, section 2.2: what no document may contain, not even as a character reference
_NO_XML = r"\x00-\x08\x0B\x0C\x0E-\x1F\uD800-\uDFFF\uFFFE\uFFFF"
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


#: Tags of XML, <x id="0"/>, in text that is escaped.
TAGS = Style(re.compile(rf"([&<>\r]|[{_NO_XML}]+)"), _ENTITIES, '<x id="{}"/>'.format, _read_xml)
#: Slots, \u27e61\u27e7, in plain text.
SLOTS = Style(re.compile("([\u27e6\u27e7]+)"), {}, lambda number: f"\u27e6{number + 1}\u27e7", _read_slots)


def written(style: Style, segments: Iterable[Kept | str]) -> tuple[list[tuple[bool, str]], list[Kept]]:
    """Return `segments` as (must stay whole, text) in `style`, and what its placeholders stand for."""
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
    """Return the plain text of what was `written`, with what was `kept` in the place of its placeholders."""
    return "".join(kept[token].text if isinstance(token, int) else token for token in style.read(text))


def tokens(style: Style, text: str) -> Tokens:
    """Return what `text` is read as.  Raises BadResponse."""
    texts, numbers = [""], []
    for token in style.read(text):
        if isinstance(token, int):
            numbers.append(token)
            texts.append("")
        else:
            texts[-1] += token
    return texts, numbers


def put_back(said: Tokens, read: Tokens, kept: Sequence[Kept]) -> str:
    """Return the plain text of what was `read` of what was `said`, with what was `kept` in its places.

    Raises BadResponse unless each placeholder is there once, and what formats words does so still.
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
    """Return the texts before and after `mark`, which touched those that were `said`, with the spaces that it needs."""
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
    """Raises BadResponse unless marks of formatting are in pairs as they were, and those of lines where lines begin."""
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
    """Yield which mark of formatting ends what another has begun; -1 for none."""
    begun: list[int] = []
    for number in numbers:
        mark = kept[number]
        if mark.opens is True and not mark.begins_line:
            begun.append(number)
        elif mark.opens is False:
            yield number, begun.pop() if begun else -1
