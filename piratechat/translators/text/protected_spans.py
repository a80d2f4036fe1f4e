"""Spans that translators must not change: code, URLs, mentions, shortcodes, emoji, and formatting marks.

Code, links, emoji and formatting marks are found by the functions of piratechat.model that also render pages; mentions
of participants were found when the message was sent.  A single pattern finds the rest: URLs that are not links on
pages, other mentions, and shortcodes.

Every alternative of the pattern is deterministic (possessive where necessary), and an alternative that could match
anywhere in a run of characters matches only at its beginning: input is untrusted, and the time must be linear.
"""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import zip_longest
from typing import Literal, NamedTuple

from piratechat.model import formatting
from piratechat.model.emoji import EMOJI, SHORTCODES
from piratechat.model.links import links, may_have_links
from piratechat.model.scripts import LATIN, SCRIPTS, SPACELESS

#: The kind of a piece of text: words and what is between them, a mark among words, or a formatting mark.
Kind = Literal["words", "mark", "format"]

#: Maximum length of a name after @ that nobody in the room has.
MAX_NAME_LENGTH = 40

# The end of a URL, and characters that belong to it only if more follow: "see ftp://x.org/a."  All of it is ASCII.
_TAIL = r"""(?: [.,;:!?'\]]*+ (?: [!#$%&*+/0-9=@A-Z\[\\^_a-z{|}~-]++ | \([!#-')*-;=?-_a-z{-~]*+\) ) )+"""
# A host; after a lowercase name an uppercase letter begins the next sentence: "ada@localhost.example.Then"
_HOST = r"(?: [a-z0-9-]++ (?:\.[a-z0-9-]++)++ (?![A-Za-z]) | [A-Za-z0-9-]++ (?:\.[A-Za-z0-9-]++)*+ )"
_OTHER_SCRIPTS = "|".join(
    rf"(?=[{letters}])[{letters}0-9_]{{1,{MAX_NAME_LENGTH}}}+" for name, letters in SCRIPTS.items() if name != "Latn"
)
_MENTION_IN_ASCII = rf"(?<!\w) @ [A-Za-z0-9_]{{1,{MAX_NAME_LENGTH}}}+"
_MENTION = rf"""
    (?:(?<!\w)|(?<=[{SPACELESS}])) [@\uff20]
    (?: [{LATIN}0-9_]{{1,{MAX_NAME_LENGTH}}}+ | {_OTHER_SCRIPTS} | \w{{1,{MAX_NAME_LENGTH}}}+ )
"""
_OF_ASCII = rf"""
      (?<!\w) @ [A-Za-z0-9_]++ (?:[.-][A-Za-z0-9_]++)*+ @ {_HOST}           # a mention of the kind @who@where.org
    | : (?= (?P<name>[a-z0-9_+-]{{2,80}}+) : )                              # a shortcode, if it is a known one
    | (?=[FfGgHhIiMmSsWw])                                                  # what begins so, to be quick:
      (?: (?i:https?|s?ftps?|wss?|ssh|git|file|ircs?)://                    # an address, also where there are too many
        | (?i:magnet):(?=\?)
        | (?<![\w.]) (?i:www)\. (?=[A-Za-z0-9])
      ) {_TAIL}
    | (?<![A-Za-z0-9_.%+-]) [A-Za-z0-9_.%+-]++ @ {_HOST}                    # an e-mail address within a network
"""
_MARKS = re.compile(f"{_OF_ASCII} | {_MENTION} | {EMOJI}", re.VERBOSE)
_MARKS_OF_ASCII = re.compile(f"{_OF_ASCII} | {_MENTION_IN_ASCII}", re.VERBOSE)  # a third faster
# Broader than necessary, for speed
_MAY_BE_MARK = re.compile("[\u20e3-\u2bff\ufe0f\uff20\U0001f000-\U0001faff]")
# After these a colon does not begin a shortcode, and after letters only if no letters follow: 10:30:, std::is, C:/b,
# note:key:a.
_BINDING = re.compile(r"[0-9_:/\\]")
_LETTER = re.compile(rf"[{LATIN}0-9_]")
# A part that linkify does not include: "?subject=..."
_QUERY = re.compile(rf"(?=\?){_TAIL}", re.VERBOSE)


class Span(NamedTuple):
    """A protected span: its start and end, and what it formats if it is a formatting mark."""

    start: int
    end: int
    #: Whether it formats the text after it, rather than before it; None if it formats nothing.
    opens: bool | None = None


class Mentioning(str):
    """A text with mentions, which no translator may change."""

    __slots__ = ("names",)

    #: The start and end of each, including its sign; ascending.
    names: tuple[tuple[int, int], ...]


#: Number of characters of a text that are sufficient to determine its subject.
GIST_LENGTH = 300


def without_marks(text: str) -> str:
    """Return the beginning of `text` with a dot in place of each protected span."""
    return "".join(["…" if is_mark else words for is_mark, words in split(text)])[:GIST_LENGTH]


def mentioning(text: str, mentions: Sequence[tuple[int, int, str]]) -> str:
    """Return `text` for a translator, with the mentions (start, end, name)."""
    if not mentions:
        return text
    found = Mentioning(text)
    found.names = tuple((start, end) for start, end, _name in mentions)
    return found


def names_in(text: str) -> tuple[tuple[int, int], ...]:
    """Return the positions of the mentions in `text`."""
    return text.names if isinstance(text, Mentioning) else ()


def may_have_marks(text: str) -> bool:
    """Whether to look for marks at all; most messages have none."""
    if _may_have_others(text) or formatting.may_be_formatted(text):
        return True
    return may_have_links(text) and bool(links(text))  # which are cached: pages need them, too


def _may_have_others(text: str) -> bool:
    if ":" in text and ("://" in text or text.count(":") > 1 or "magnet:" in text.lower()):
        return True
    if "@" in text or "ww." in text or "WW." in text:
        return True
    return not text.isascii() and _MAY_BE_MARK.search(text) is not None


def spans(text: str) -> list[Span]:
    """Return the protected spans of `text`, in order."""
    names = names_in(text)
    if not names and not may_have_marks(text):
        return []
    found: list[Span] = []
    at = 0
    for span in (*_found_by_the_model(text, names), None):
        found += _others(text, at, len(text) if span is None else span.start)
        if span is not None:
            found.append(span)
            at = span.end
    return found


def _found_by_the_model(text: str, names: Sequence[tuple[int, int]]) -> Sequence[Span]:
    """Return the code, links and formatting marks of `text`, and the mentions `names`, which take precedence.

    They are in order, and none begins within another.
    """
    addresses = links(text)
    found = [Span(code.start, code.end) for code in formatting.code_spans(text)]
    found += [Span(link.start, link.end) for link in addresses]
    found += [Span(*mark) for mark in formatting.marks(text, addresses)]
    if names:
        found = [span for span in found if not any(span.start < end and start < span.end for start, end in names)]
        found += [Span(start, end) for start, end in names]
    found.sort()
    mail = {link.start for link in addresses if link.href.lower().startswith("mailto:")}
    return [*_with_queries(text, found, mail)] if mail else found


def _with_queries(text: str, found: Sequence[Span], mail: Set[int]) -> Iterator[Span]:
    """Yield `found`, extending each e-mail address that starts in `mail` by its query.

    A query ends where the next span begins.
    """
    for span, after in zip_longest(found, found[1:]):
        query = None
        if span.start in mail:
            query = _QUERY.match(text, span.end, len(text) if after is None else after.start)
        yield span if query is None else span._replace(end=query.end())


def _others(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield protected spans of `text` from `start` to `end` that the model does not find."""
    if not _may_have_others(text[start:end]):
        return
    for found in (_MARKS_OF_ASCII if text.isascii() else _MARKS).finditer(text, start, end):
        if found["name"] is None:
            span = Span(*found.span())
        else:
            span = Span(found.start(), found.end() + len(found["name"]) + 1)
            if found["name"] not in SHORTCODES or (span.start > start and _is_bound(text, span)):
                continue
        yield span
        start = span.end


def _is_bound(text: str, shortcode: Span) -> bool:
    """Whether the surrounding characters show that `shortcode` is something else."""
    before = shortcode.start - 1
    if _BINDING.match(text, before):
        return True
    return _LETTER.match(text, before) is not None and _LETTER.match(text, shortcode.end) is not None


def pieces(text: str) -> Iterator[tuple[Kind, str]]:
    """Yield (kind, piece) for all of `text`; no piece is empty."""
    at = 0
    for span in spans(text):
        if span.start > at:
            yield "words", text[at : span.start]
        yield "mark" if span.opens is None else "format", text[span.start : span.end]
        at = span.end
    if at < len(text):
        yield "words", text[at:]


def split(text: str) -> list[tuple[bool, str]]:
    """Split `text` into (is_mark, piece); the pieces are not empty, and their concatenation is `text`."""
    if text and not names_in(text) and not may_have_marks(text):
        return [(False, text)]
    return [(kind != "words", piece) for kind, piece in pieces(text)]


def marks(text: str) -> list[str]:
    """Return all marks of `text`, in order."""
    return [piece for is_mark, piece in split(text) if is_mark]
