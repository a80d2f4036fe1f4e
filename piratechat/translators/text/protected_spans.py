"""What no translator may touch: code, addresses, mentions, shortcodes, emoji, and the marks that format words.

Every alternative of the pattern is deterministic (possessive where it has to
be), and what may start anywhere in a run of characters starts only at its
beginning: texts come from strangers, and time must grow with their length only.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from piratechat.model import formatting
from piratechat.model.emoji import EMOJI
from piratechat.model.links import links
from piratechat.translators.text.scripts import SPACELESS, run

#: What a piece of a text is: words and what is between them, a mark among the words, or one that formats them.
Kind = Literal["words", "mark", "format"]

# What a URL may end in, and what belongs to it only if more follows: "see http://x.org/a."
_INSIDE_URL = r"""[^\s<>"`().,;:!?'\u2019\]]"""
_BEFORE_MORE = r"""[.,;:!?'\u2019\]]"""

# Wider than it need be, to be quick
_MAY_BE_EMOJI = re.compile("[\u20e3-\u2bff\ufe0f\U0001f000-\U0001faff]")
#: Characters of a mention that nobody is called by.
_LONGEST_MENTION = 40


def _pattern(word: str, local: str, run: str) -> str:
    """Return the pattern of marks, of patterns.

    `word`: a letter before which no mark begins; `local`: a character of the first half of an e-mail address; `run`: a
    name that nobody has.
    """
    return rf"""
      (?=[`@:])
      (?: ```[\s\S]*?```                                    # a fenced block
        | ``(?!`)[^\n]+?``                                  # a code span with backticks in it
        | `[^`\n]+`                                         # a code span
        | (?<!{word}) @ {run} (?: @ {run} )?                # a mention, also of the kind @who@where.org
        | (?<!\d) : [\w+-]++ :                              # a shortcode, and no time of day
      )
    | (?=[FfGgHhMmSsWw])                                    # what schemes and www begin with, to be quick
      (?: (?i:https?|ftps?|wss?|ssh|git|file)://            # a URL; brackets belong to it in pairs
        | (?i:mailto): (?=\w)
        | (?<![\w.]) (?:[Ww]ww|WWW)\. (?=\w)
      ) (?: {_BEFORE_MORE}*+ (?: {_INSIDE_URL}++ | \([^\s<>"`()]*+\) ) )+
    | (?<!{word}) (?<![.%+-]) {local}++ @ [\w-]++ (?:\.[\w-]++)*     # an e-mail address
    """


_SPACED = rf"[^\W{SPACELESS}]"  # a letter of words that have spaces between them
_RUN_OF_ASCII = rf"(?=\w) (?: \w | [.-](?=\w) ){{1,{_LONGEST_MENTION}}}+"
_MARKS = re.compile(
    _pattern(_SPACED, rf"(?: {_SPACED} | [.%+-] )", run(_LONGEST_MENTION)) + f"| {EMOJI}",
    re.VERBOSE,
)
_MARKS_OF_ASCII = re.compile(_pattern(r"\w", r"[\w.%+-]", _RUN_OF_ASCII), re.VERBOSE)  # a third quicker


class Mentioning(str):
    """A text in which names are mentioned: no translator may touch those, whatever they look like."""

    __slots__ = ("names",)

    #: Where each of them begins and ends, with its sign; ascending.
    names: tuple[tuple[int, int], ...]


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
    if ":" in text and ("://" in text or text.count(":") > 1 or "mailto:" in text.lower()):
        return True
    if "@" in text or "ww." in text or "WW." in text or formatting.may_be_formatted(text):
        return True
    return not text.isascii() and _MAY_BE_EMOJI.search(text) is not None


def pieces(text: str) -> Iterator[tuple[Kind, str]]:
    """Yield (kind, piece) for all of `text`; no piece is empty."""
    names = names_in(text)
    if not names and not may_have_marks(text):
        if text:
            yield "words", text
        return
    at = 0
    for start, end in formatting.marks(text, links(text)):
        yield from _around_names(text, at, start, names)
        yield "format", text[start:end]
        at = end
    yield from _around_names(text, at, len(text), names)


def _around_names(text: str, at: int, end: int, names: Sequence[tuple[int, int]]) -> Iterator[tuple[Kind, str]]:
    """Yield the pieces of `text` from `at` to `end`, where nothing is formatted."""
    for first, last in names:
        if at <= first and last <= end:
            yield from _unformatted(text[at:first])
            yield "mark", text[first:last]
            at = last
    yield from _unformatted(text[at:end])


def _unformatted(text: str) -> Iterator[tuple[Kind, str]]:
    end = 0
    for found in (_MARKS_OF_ASCII if text.isascii() else _MARKS).finditer(text):
        if found.start() > end:
            yield "words", text[end : found.start()]
        yield "mark", found[0]
        end = found.end()
    if end < len(text):
        yield "words", text[end:]


def split(text: str) -> list[tuple[bool, str]]:
    """Cut `text` into (is_mark, piece); the pieces, none of them empty, concatenate to `text`."""
    return [(kind != "words", piece) for kind, piece in pieces(text)]


def marks(text: str) -> list[str]:
    """All marks of `text`, in their order."""
    return [piece for is_mark, piece in split(text) if is_mark]
