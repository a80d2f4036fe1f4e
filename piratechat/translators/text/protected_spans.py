"""What no translator may touch: code, addresses, mentions, shortcodes, emoji, and the marks that format words.

What is code, a link, an emoji or a mark of formatting on the page is found by the functions of piratechat.model
that the page is made with; who is mentioned was found when it was said.  The rest is found by one pattern: addresses
that are no links there, mentions of nobody in the room, and shortcodes.

Every alternative of the pattern is deterministic (possessive where it has to
be), and what may start anywhere in a run of characters starts only at its
beginning: texts come from strangers, and time must grow with their length only.
"""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import zip_longest
from typing import Literal, NamedTuple

from piratechat.model import formatting
from piratechat.model.emoji import EMOJI, SHORTCODES
from piratechat.model.links import links, may_have_links
from piratechat.model.scripts import LATIN, SCRIPTS, SPACELESS

#: What a piece of a text is: words and what is between them, a mark among the words, or one that formats them.
Kind = Literal["words", "mark", "format"]

#: Characters behind the @ of a name that nobody in the room has.
MAX_NAME_LENGTH = 40

# What an address may end in, and what belongs to it only if more follows: "see ftp://x.org/a."  All of it is ASCII.
_TAIL = r"""(?: [.,;:!?'\]]*+ (?: [!#$%&*+/0-9=@A-Z\[\\^_a-z{|}~-]++ | \([!#-')*-;=?-_a-z{-~]*+\) ) )+"""
# A host; in a name of small letters a capital begins the next sentence: "ada@localhost.example.Then"
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
_MARKS_OF_ASCII = re.compile(f"{_OF_ASCII} | {_MENTION_IN_ASCII}", re.VERBOSE)  # a third quicker
# Wider than it need be, to be quick
_MAY_BE_MARK = re.compile("[\u20e3-\u2bff\ufe0f\uff20\U0001f000-\U0001faff]")
# Behind these a colon begins no name, and behind letters if more letters follow: 10:30:, std::is, C:/b, note:key:a.
_BINDING = re.compile(r"[0-9_:/\\]")
_LETTER = re.compile(rf"[{LATIN}0-9_]")
# What a link of linkify does not have: "?subject=..."
_QUERY = re.compile(rf"(?=\?){_TAIL}", re.VERBOSE)


class Span(NamedTuple):
    """What must stay: where it begins and ends, and what it formats if it is a mark of formatting."""

    start: int
    end: int
    #: Whether what comes after it, or what comes before it; None if it formats nothing.
    opens: bool | None = None


class Mentioning(str):
    """A text in which names are mentioned: no translator may touch those, whatever they look like."""

    __slots__ = ("names",)

    #: Where each of them begins and ends, with its sign; ascending.
    names: tuple[tuple[int, int], ...]


#: Characters of a text of which no more than what it is about is wanted.
GIST_LENGTH = 300


def without_marks(text: str) -> str:
    """Return the beginning of `text` with a dot in the place of all that no translator is to see."""
    return "".join(["…" if is_mark else words for is_mark, words in split(text)])[:GIST_LENGTH]


def mentioning(text: str, mentions: Sequence[tuple[int, int, str]]) -> str:
    """Return `text` for a translator, who is not to touch the names in `mentions`: (start, end, name)."""
    if not mentions:
        return text
    found = Mentioning(text)
    found.names = tuple((start, end) for start, end, _name in mentions)
    return found


def names_in(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the names are that are mentioned in `text`."""
    return text.names if isinstance(text, Mentioning) else ()


def may_have_marks(text: str) -> bool:
    """Whether it is worth looking for marks at all; most messages have none."""
    if _may_have_others(text) or formatting.may_be_formatted(text):
        return True
    return may_have_links(text) and bool(links(text))  # which are remembered: the page asks for them, too


def _may_have_others(text: str) -> bool:
    if ":" in text and ("://" in text or text.count(":") > 1 or "magnet:" in text.lower()):
        return True
    if "@" in text or "ww." in text or "WW." in text:
        return True
    return not text.isascii() and _MAY_BE_MARK.search(text) is not None


def spans(text: str) -> list[Span]:
    """Return what must stay of `text`, in its order."""
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
    """Return what is code, a link, or a mark of formatting on the page, and the `names`, which come first.

    They are in their order, and none begins within another.
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
    """Yield what was `found`, with the query of each address of `mail`, by its start; it ends where the next begins."""
    for span, after in zip_longest(found, found[1:]):
        query = None
        if span.start in mail:
            query = _QUERY.match(text, span.end, len(text) if after is None else after.start)
        yield span if query is None else span._replace(end=query.end())


def _others(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield what must stay of `text` from `start` to `end` and is none of what the model finds."""
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
    """Whether what is around `shortcode` makes something else of it."""
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
    """Cut `text` into (is_mark, piece); the pieces, none of them empty, concatenate to `text`."""
    if text and not names_in(text) and not may_have_marks(text):
        return [(False, text)]
    return [(kind != "words", piece) for kind, piece in pieces(text)]


def marks(text: str) -> list[str]:
    """All marks of `text`, in their order."""
    return [piece for is_mark, piece in split(text) if is_mark]
