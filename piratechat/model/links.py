"""Links and code in what was said.

The server finds the links and tells clients where they are, so that everybody
has the same.  Code is told apart first, by the rule that static/scripts/log/text.js
has as well: tests/pages_js/parts.json holds the cases for both.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from linkify_it import LinkifyIt

from piratechat.model.bidi import begins_rtl, has_rtl

#: Characters of the longest word without a scheme in which links are looked for.  The library takes time by the square
#: of a word's length, at worst 0.15 us for each pair of its characters; and what it may take for such a word, 3 ms, is
#: all that a text is given, for the server waits.
MAX_WORD_LENGTH = 140
#: What it takes to look at a character once, at most, in pairs of characters; and to begin with a word, in characters.
_CHARACTER_COST = 10


class Link(NamedTuple):
    """A link: where it begins and ends, in characters (code points) of its text, and where it leads."""

    start: int
    end: int
    href: str


class Part(NamedTuple):
    """A stretch of a text: "text", "code", "block" (of code) or "link"."""

    kind: str
    value: str
    href: str | None = None
    #: Whether it is a link, or code, in a line whose other letters run from right to left.
    in_rtl: bool = False


_CODE = re.compile(r"(```[\s\S]+?```\n?)|(?<!`)`[^`\n]+`(?!`)")
_WORD = re.compile(r"\S+")
_INNER_DOT = re.compile(r"\.\w")
# What turns the direction of letters could show another address than that of the link.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _linkifier() -> LinkifyIt:
    """Return what finds http:, https: and mailto: links, e-mail addresses, and domains without a scheme."""
    linkifier = LinkifyIt()
    for other in ("ftp:", "//"):
        linkifier.add(other, None)
    return linkifier


_LINKIFIER: Final = _linkifier()
_SCHEME: Final = re.compile(_LINKIFIER.re["schema_search"], re.IGNORECASE)


def links(text: str) -> Sequence[Link]:
    """Return the links of `text`, in their order: http, https and mailto only, and none within code."""
    return _links(text) if _may_have_links(text) else ()


def links_of_view(text: str, said: str) -> Sequence[Link]:
    """Return the links of `text`, as which a translator reads what was `said`: no other than its author's."""
    wanted = {link.href for link in links(said)}
    return [link for link in links(text) if link.href in wanted] if wanted else ()


def parts(text: str, found: Sequence[Link] = ()) -> Iterator[Part]:
    """Yield the parts of `text`, in which the links `found` are; joined together they are the text."""
    cut = _cut(text, found)
    return _with_directions(list(cut)) if has_rtl(text) else cut


def _with_directions(cut: Sequence[Part]) -> Iterator[Part]:
    """Yield parts of a text with the direction of their lines: that of the first letter outside of links and code."""
    line, lines = 0, []
    directions: dict[int, bool | None] = {}
    for part in cut:
        lines.append(line)
        if part.kind == "text":
            for number, stretch in enumerate(part.value.split("\n")):
                line += number > 0
                if directions.get(line) is None:
                    directions[line] = begins_rtl(stretch)
        elif part.kind == "block":
            line += 1
    for part, line in zip(cut, lines, strict=True):
        yield part._replace(in_rtl=bool(directions.get(line))) if part.kind in ("link", "code") else part


def _cut(text: str, found: Sequence[Link]) -> Iterator[Part]:
    marks: list[tuple[int, int, str, str | None]] = [(link.start, link.end, "link", link.href) for link in found]
    marks += [(code.start(), code.end(), "block" if code[1] else "code", None) for code in _CODE.finditer(text)]
    done = 0
    for start, end, kind, href in sorted(marks):
        if start > done:
            yield Part("text", text[done:start])
        yield Part(kind, text[start:end], href)
        done = end
    if done < len(text):
        yield Part("text", text[done:])


def _may_have_links(text: str) -> bool:
    """Whether it is worth looking for links at all; most messages have none."""
    if "://" in text or _INNER_DOT.search(text) is not None:
        return True
    # Other than "@Ada", an address without a dot is a link only by its scheme.
    return "@" in text and "mailto:" in text.lower()


@lru_cache(maxsize=512)  # the last of them are read by many, and each time that a page is shown
def _links(text: str) -> tuple[Link, ...]:
    found: list[Link] = []
    left = MAX_WORD_LENGTH**2
    for start, word in _words(text):
        left -= _CHARACTER_COST * (_CHARACTER_COST + len(word))
        matches = _only_link(word) if left >= 0 else None
        if matches is None:
            left -= len(word) ** 2
            if left < 0:
                break
            matches = [(match.index, match) for match in _LINKIFIER.match(word) or ()]
        found += [
            Link(start + begin, start + begin + len(match.raw), match.url)
            for begin, match in matches
            if not _TURNING.search(match.url)
        ]
    return tuple(found)


def _only_link(word: str) -> list[tuple[int, Any]] | None:
    """Return where a link with a scheme begins in `word`, and the library's match; None if there may be others.

    This takes time by the length of the word only, and most links are alone in a word.
    """
    scheme = _SCHEME.search(word)
    if scheme is None or _may_have_links(word[: scheme.start(2)]):
        return None
    match = _LINKIFIER.match_at_start(word[scheme.start(2) :])
    if match is None or _may_have_links(word[scheme.start(2) + match.last_index :]):
        return None
    return [(scheme.start(2), match)]


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words of `text` in which there may be a link, and where they begin; no link goes beyond its word."""
    start = 0
    for part in _cut(text, ()):
        if part.kind == "text":
            for word in _WORD.finditer(part.value):
                if _may_have_links(word[0]):
                    yield start + word.start(), word[0]
        start += len(part.value)
