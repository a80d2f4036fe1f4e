"""Links and code in what was said.

The server finds the links and tells clients where they are, so that everybody
has the same.  Code is told apart first, by the rule that static/text.js has as
well: tests/pages_js/parts.json holds the cases for both.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from linkify_it import LinkifyIt

#: Characters in which links are looked for in one text: the library takes about 2 us for each, and the server waits.
EXAMINED = 2_000


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


_CODE = re.compile(r"(```[\s\S]+?```\n?)|(?<!`)`[^`\n]+`(?!`)")
_WORD = re.compile(r"\S+")
# From where the library looks on to the end of the word, ...
_OPENING = re.compile(r"""://|[(\[{"']""")
# ... and from where to the end of what could be a host name.
_SYMBOL = re.compile(r"[$+<=>^`|\uff5c]")
_HOST = re.compile(r"""[^\s!"#%-*,/:;?@\[-\]_{}]+""")
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


def links(text: str) -> Sequence[Link]:
    """Return the links of `text`, in their order: http, https and mailto only, and none within code."""
    return _links(text) if _may_have_links(text) else ()


def links_of_view(text: str, said: str) -> Sequence[Link]:
    """Return the links of `text`, as which a translator reads what was `said`: no other than its author's."""
    wanted = {link.href for link in links(said)}
    return [link for link in links(text) if link.href in wanted] if wanted else ()


def parts(text: str, found: Sequence[Link] = ()) -> Iterator[Part]:
    """Yield the parts of `text`, in which the links `found` are; joined together they are the text."""
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
    examined = 0.0
    for start, word in _words(text):
        examined += _cost(word)
        if examined > EXAMINED:
            break
        found += [
            Link(start + match.index, start + match.last_index, match.url)
            for match in _LINKIFIER.match(word) or ()
            if not _TURNING.search(match.url)
        ]
    return tuple(found)


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words of `text` in which there may be a link, and where they begin; no link goes beyond its word."""
    start = 0
    for part in parts(text):
        if part.kind == "text":
            for word in _WORD.finditer(part.value):
                if _may_have_links(word[0]):
                    yield start + word.start(), word[0]
        start += len(part.value)


def _cost(word: str) -> float:
    """Return as how many characters `word` counts: more than it has, where the library looks at them again and again.

    The factors are measured, as is the cost of the call.
    """
    openings = len(_OPENING.findall(word)) * len(word)
    symbols = 0
    for host in _HOST.findall(word):
        symbols += len(_SYMBOL.findall(host)) * (len(host) if "." in host else min(len(host), 64))
    return 30 + len(word) + openings / 25 + symbols / 3
