"""Links in messages.

The server finds them and sends their positions, so that all clients have the same links.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from linkify_it import LinkifyIt

from piratechat.model.formatting import Link, code_spans
from piratechat.model.link_words import link_words

#: Maximum length of a word without a scheme in which links are searched.  The library takes quadratic time, at worst
#: 0.15 us for each pair of characters; the time for such a word, 3 ms, is the limit for a whole text, because the
#: server blocks meanwhile.
MAX_WORD_LENGTH = 140
#: The cost of examining a character once, in pairs of characters, and the cost of starting with a word, in characters.
_CHARACTER_COST = 10

# No URL contains angle brackets (RFC 3986, appendix C), but the library accepts them in front of an @.
_WORD = re.compile(r"[^\s<>]+")
# Emphasis marks around a link are not part of it: those before it are skipped, so that it is found at all, and those at
# its end if the same mark begins something earlier.
_MARKS_BEFORE = re.compile(r"[*_~]+(?=(?i:https?://|mailto:|www\.))|[*~]+")
_BEGINS = {mark: re.compile(rf"(?<![A-Za-z0-9/.:=?&%#+*_~-])[*_~]*\{mark}(?=\S)") for mark in "*_~"}
_INNER_DOT = re.compile(r"\.\w")
# Bidirectional controls could display a different address than that of the link.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _linkifier() -> LinkifyIt:
    """Return the linkifier for http:, https: and mailto: links, e-mail addresses, and domains without a scheme."""
    linkifier = LinkifyIt()
    for other in ("ftp:", "//"):
        linkifier.add(other, None)
    return linkifier


_LINKIFIER: Final = _linkifier()
_SCHEME: Final = re.compile(_LINKIFIER.re["schema_search"], re.IGNORECASE)


def links(text: str) -> Sequence[Link]:
    """Return the links of `text` in order: only http, https and mailto, and none in code."""
    return _links(text) if may_have_links(text) else ()


def links_of_view(text: str, said: str) -> Sequence[Link]:
    """Return the links of `text`, a translation of `said`: only those that the original has as well."""
    wanted = {link.href for link in links(said)}
    return [link for link in links(text) if link.href in wanted] if wanted else ()


def may_have_links(text: str) -> bool:
    """Whether to look for links at all; most messages have none."""
    if "://" in text or _INNER_DOT.search(text) is not None:
        return True
    # Unlike "@Ada", an address without a dot is a link only with a scheme.
    return "@" in text and "mailto:" in text.lower()


@lru_cache(maxsize=512)  # recent texts have many readers, and every page shows them
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
        for begin, match in matches:
            if not _TURNING.search(match.url):
                length = _length_without_marks(text, start + begin, match.raw)
                href = match.url[: length - len(match.raw) or None]
                found.append(Link(start + begin, start + begin + length, href))
    return tuple(found)


def _only_link(word: str) -> list[tuple[int, Any]] | None:
    """Return the start of a link with a scheme in `word`, and the library's match; None if there may be others.

    This takes linear time, and most words contain only one link.
    """
    scheme = _SCHEME.search(word)
    if scheme is None or may_have_links(word[: scheme.start(2)]):
        return None
    match = _LINKIFIER.match_at_start(word[scheme.start(2) :])
    if match is None or may_have_links(word[scheme.start(2) + match.last_index :]):
        return None
    return [(scheme.start(2), match)]


def _length_without_marks(text: str, start: int, link: str) -> int:
    """Return the length of `link`, at `start` of `text`, without marks at its end that begin before it."""
    kept = link.rstrip("*_~")
    if kept == link or not _BEGINS[link[len(kept)]].search(text, 0, start + 1):
        return len(link)
    return len(kept.rstrip(".,;:!?'\""))


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words of `text` that may contain a link, with their start; no link crosses a word."""
    at = 0
    for code in (*code_spans(text), None):
        end = len(text) if code is None else code.start
        for found in _WORD.finditer(text, at, end):
            if not may_have_links(found[0]):
                continue
            for start, stop in link_words(found[0]):
                word = found[0][start:stop]
                if may_have_links(word):
                    marks = _MARKS_BEFORE.match(word)
                    begin = marks.end() if marks else 0
                    yield found.start() + start + begin, word[begin:]
        at = len(text) if code is None else code.end
