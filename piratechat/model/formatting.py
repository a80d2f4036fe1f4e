"""Message formatting: code, emphasis, quotes and lists; docs/formatting.md has the rules.

The text itself is not changed: formatting marks are parts as well, and the concatenation of all parts is the text.
static/scripts/log/formatting.js has the same rules, and tests/pages_js/formatting.json has test cases for both.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from piratechat.model.bidi import begins_rtl, has_rtl


class Link(NamedTuple):
    """A link: its start and end in code points of the text, and its URL."""

    start: int
    end: int
    href: str


class Part(NamedTuple):
    """A part of a text; it has parts of its own, unless it is a "text" or a "mark" (which is not shown).

    Inline parts: "code", "link", "em", "strong", "both" (of these) and "strike".  Block parts: a "block" of code, a
    "quote", the lists "bullets" and "numbers", and the "item" of a list.
    """

    kind: str
    #: The characters of a "text" or "mark"; the language of a "block"; the number of an "item", if it has one.
    value: str = ""
    parts: "tuple[Part, ...]" = ()
    href: str | None = None
    #: Whether it is a link or code in a line whose other letters are right-to-left.
    in_rtl: bool = False


class Code(NamedTuple):
    """Code: its start and end, and whether it is a block."""

    start: int
    end: int
    is_block: bool


class _Line(NamedTuple):
    start: int
    #: The end of the line's marks.
    content: int
    end: int
    is_quoted: bool = False
    #: The number of an item, "" for a bullet, or None without a list.
    item: str | None = None
    #: Spaces before the mark of an item.
    indent: int = 0


#: The start and end of a link or of inline code, and the link's URL.
_Atom = tuple[int, int, str | None]

_CODE = re.compile(r"(```[\s\S]+?```\n?)|(?<!`)``(?!`)[^\n]+?(?<!`)``(?!`)|(?<!`)`[^`\n]+`(?!`)")
_FENCE = re.compile(r"```(?:([\w+#.-]{0,20})[ \t]*\n)?")
_CLOSING_FENCE = re.compile(r"```\n?\Z")
_QUOTE = re.compile(r"> (?=[ \t]*[^ \t\n])")
_EMPTY_QUOTE = re.compile(r">[ \t]*(?=\n|\Z)")
_ITEM = re.compile(r"( {0,8})(?:-|(0|[1-9][0-9]{0,5})\.) (?=[^ \t\n])")
_RUN = re.compile(r"\*+|_+|~+|\n")
_LINE_MARK = re.compile(r"^>? {0,8}(?:> |- |[0-9]{1,6}\. )", re.MULTILINE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

_KINDS = {"*": "em", "_": "em", "**": "strong", "***": "both", "~~": "strike"}
_PAIRED = frozenset(_KINDS.values())
# Scripts without spaces between words, or with particles attached to words (Hangul): there a mark may touch a letter.
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
# Characters that may surround marked words, and that these may begin and end with: by Unicode category (one or both
# letters of it; "Po+" is for non-ASCII characters), and single ones.
_BESIDE = frozenset({"Z", "Ps", "Pe", "Pi", "Pf", "Pd", "Po+", "So", "unspaced"})
_BEFORE = _BESIDE, frozenset({"", *"\t\n\r\"',;!?*_~"})
_BEHIND = _BESIDE, frozenset({"", *"\t\n\r\"',;!?*_~:."})
_FIRST = frozenset({"L", "N", "Ps", "Pi", "Sc", "So"}), frozenset("\"'@#&:<`¿¡*_~")
_LAST = frozenset({"L", "M", "N", "Pe", "Pf", "Po+", "Sc", "So"}), frozenset(".,!?:;\"'%>`/*_~")
_HAS_WORD = re.compile(r"[^\W_]|[\U0001f000-\U0001faff]")


def may_be_formatted(text: str) -> bool:
    """Whether to look for formatting at all; most messages have none."""
    if "*" in text or "_" in text or "`" in text or "~~" in text:
        return True
    return (_LINE_MARK.search if "\n" in text else _LINE_MARK.match)(text) is not None


def code_spans(text: str) -> Iterator[Code]:
    """Yield the code in `text`."""
    if "`" in text:
        for found in _CODE.finditer(text):
            yield Code(found.start(), found.end(), found[1] is not None)


def parts(text: str, links: Sequence[Link] = ()) -> Iterator[Part]:
    """Yield the parts of `text`, which has the `links`, none of them in code."""
    if not links and not may_be_formatted(text):
        if text:
            yield Part("text", text)
        return
    yield from _Formatted(text, links).parts()


class Mark(NamedTuple):
    """A mark: its start and end, and whether the marked text comes after it rather than before."""

    start: int
    end: int
    opens: bool


def marks(text: str, links: Sequence[Link] = ()) -> Iterator[Mark]:
    """Yield the marks of `text`, which has the `links`, in order, except those of code."""
    if not may_be_formatted(text):
        return
    at = 0

    def within(found: Iterable[Part], is_pair: bool) -> Iterator[Mark]:
        nonlocal at
        for number, part in enumerate(found):
            start = at
            if part.parts:
                inner = list(within(part.parts, part.kind in _PAIRED))
                if part.kind not in ("code", "block"):
                    yield from inner
            else:
                at += len(part.value)
                if part.kind == "mark":
                    yield Mark(start, at, not is_pair or number == 0)

    yield from within(parts(text, links), False)


class _Formatted:
    """A text that is being parsed."""

    def __init__(self, text: str, links: Sequence[Link]) -> None:
        self.text = text
        code = list(code_spans(text))
        self.blocks = [(span.start, span.end) for span in code if span.is_block]
        atoms = [(link.start, link.end, link.href) for link in links]
        #: Parts that contain no emphasis, in order: links, and inline code, which has no URL.
        self.atoms: list[_Atom] = sorted(
            [*atoms, *((span.start, span.end, None) for span in code if not span.is_block)]
        )
        self.atom = 0
        self.in_rtl = self._atoms_in_rtl() if self.atoms and has_rtl(text) else frozenset()

    def parts(self) -> Iterator[Part]:
        at = 0
        for start, end in self.blocks:
            yield from self._lines(at, start)
            yield self._block(start, end)
            at = end
        yield from self._lines(at, len(self.text))

    def _atoms_in_rtl(self) -> frozenset[int]:
        """Return the starts of links and code in right-to-left lines, by the first letter of the line outside these."""
        outside: list[str] = []
        at = 0
        spans = [(start, end, " ") for start, end, _href in self.atoms]
        for start, end, blank in sorted([*spans, *((start, end, "\n") for start, end in self.blocks)]):
            outside += (self.text[at:start], blank * (end - start))
            at = end
        starts, rtl = [0], []
        for line in "".join([*outside, self.text[at:]]).split("\n"):
            rtl.append(bool(begins_rtl(line)))
            starts.append(starts[-1] + len(line) + 1)
        return frozenset(start for start, _end, _href in self.atoms if rtl[bisect_right(starts, start) - 1])

    def _block(self, start: int, end: int) -> Part:
        block = self.text[start:end]
        opening = _FENCE.match(block)
        closing = _CLOSING_FENCE.search(block, 3)
        assert opening is not None
        assert closing is not None
        middle = block[opening.end() : closing.start()]
        inner = (Part("mark", opening[0]), *([Part("text", middle)] if middle else []), Part("mark", closing[0]))
        return Part("block", opening[1] or "", inner)

    def _lines(self, start: int, end: int) -> Iterator[Part]:
        """Yield the parts of the lines from `start` to `end`, which contain no block."""
        lines: list[_Line] = []
        for found in _LINE.finditer(self.text, start, end):
            lines.append(self._line(found.start(), found.end(), bool(lines) and lines[-1].is_quoted))
        for is_quoted, quoted in groupby(lines, lambda line: line.is_quoted):
            if is_quoted:
                yield Part("quote", parts=tuple(self._listed(quoted)))
            else:
                yield from self._listed(quoted)

    def _line(self, start: int, end: int, goes_on: bool) -> _Line:
        """Return the line from `start` to `end`; `goes_on`: the line above is quoted."""
        if start and self.text[start - 1] != "\n":  # it begins with a code block
            return _Line(start, start, end)
        quote = _QUOTE.match(self.text, start, end) or (goes_on and _EMPTY_QUOTE.match(self.text, start, end)) or None
        content = quote.end() if quote else start
        item = _ITEM.match(self.text, content, end)
        if item is None:
            return _Line(start, content, end, quote is not None)
        return _Line(start, item.end(), end, quote is not None, item[2] or "", len(item[1]))

    def _listed(self, lines: Iterable[_Line]) -> Iterator[Part]:
        for is_list, listed in groupby(lines, lambda line: line.item is not None):
            if is_list:
                yield from self._lists(listed)
            else:
                yield from self._inline(list(listed))

    def _lists(self, lines: Iterable[_Line]) -> Iterator[Part]:
        items: list[tuple[_Line, list[_Line]]] = []
        for line in lines:
            if items and line.indent > items[0][0].indent + 1:
                items[-1][1].append(line._replace(indent=0))  # which has no nested list
            else:
                items.append((line, []))
        for is_numbered, group in groupby(items, lambda item: bool(item[0].item)):
            kind = "numbers" if is_numbered else "bullets"
            yield Part(kind, parts=tuple(self._item(line, inner) for line, inner in group))

    def _item(self, line: _Line, inner: Sequence[_Line]) -> Part:
        return Part("item", line.item or "", (*self._inline([line]), *self._lists(inner)))

    def _inline(self, lines: Sequence[_Line]) -> tuple[Part, ...]:
        """Return the parts of consecutive `lines`."""
        end = lines[-1].end
        first = self.atom
        while self.atom < len(self.atoms) and self.atoms[self.atom][0] < end:
            self.atom += 1
        atoms = self.atoms[first : self.atom]
        marks = {line.start: (line.content, "mark") for line in lines if line.content > line.start}
        marks |= {start: (stop, "atom") for start, stop, _href in atoms}
        marks |= self._emphasis(lines[0].start, end, atoms)
        hrefs = {start: href for start, _stop, href in atoms}
        found: list[list[Part]] = [[]]
        at = lines[0].start
        for start in sorted(marks):
            stop, what = marks[start]
            if start > at:
                found[-1].append(Part("text", self.text[at:start]))
            at = stop
            value = self.text[start:stop]
            if what == "atom":
                found[-1].append(self._atom(start, value, hrefs[start]))
            elif what == "mark":
                found[-1].append(Part("mark", value))
            elif what == "begin":
                found.append([Part("mark", value)])
            else:
                inner = (*found.pop(), Part("mark", value))
                found[-1].append(Part(_KINDS[value], parts=inner))
        if end > at:
            found[-1].append(Part("text", self.text[at:end]))
        return tuple(found[0])

    def _atom(self, start: int, value: str, href: str | None) -> Part:
        in_rtl = start in self.in_rtl
        if href is not None:
            return Part("link", parts=(Part("text", value),), href=href, in_rtl=in_rtl)
        mark = "``" if value.startswith("``") else "`"
        inner = (Part("mark", mark), Part("text", value[len(mark) : -len(mark)]), Part("mark", mark))
        return Part("code", parts=inner, in_rtl=in_rtl)

    def _emphasis(self, start: int, end: int, atoms: Sequence[_Atom]) -> dict[int, tuple[int, str]]:
        """Return the starts of emphasis marks, each with its end, and whether the marked text begins or ends there."""
        found: dict[int, tuple[int, str]] = {}
        begun: dict[str, tuple[int, int]] = {}  # the last is the innermost
        for at, stop in self._runs(start, end, atoms):
            value = self.text[at:stop]
            if value == "\n":
                begun.clear()
            if value not in _KINDS:
                continue
            before, after = self.text[at - 1 : at], self.text[stop : stop + 1]
            if before == after and before:
                continue
            if value in begun and _is(_LAST, before) and _is(_BEHIND, after):
                other, content = begun[value]
                if _HAS_WORD.search(self.text, content, at):
                    found[other] = (content, "begin")
                    found[at] = (stop, "end")
                    while begun.popitem()[0] != value:
                        pass
                    continue
            begun.pop(value, None)
            if _is(_FIRST, after) and _is(_BEFORE, before):
                begun[value] = (at, stop)
        return found

    def _runs(self, start: int, end: int, atoms: Sequence[_Atom]) -> Iterator[tuple[int, int]]:
        for stop, then, _href in (*atoms, (end, end, None)):
            for found in _RUN.finditer(self.text, start, stop):
                yield found.span()
            start = then


def _is(kinds: tuple[frozenset[str], frozenset[str]], character: str) -> bool:
    """Whether `character`, or "" for the end of the text, is one of the `kinds`."""
    categories, characters = kinds
    if character in characters:
        return True
    if not character:
        return False
    category = unicodedata.category(character)
    if category == "Po" and not character.isascii():
        return "Po+" in categories
    return (
        category in categories
        or category[0] in categories
        or ("unspaced" in categories and _UNSPACED.match(character) is not None)
    )
