"""Parsing of search queries: words, "phrases", from:NAME, before:DAY and after:DAY."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from piratechat.errors import CommandRejected
from piratechat.search.folding import Token, folded, tokens
from piratechat.texts import plural, text

#: Maximum length of a query, and maximum numbers of words and phrases.
MAX_LENGTH, MAX_WORDS, MAX_PHRASES = 200, 8, 4
#: Maximum number of tokens in a word or phrase, for example in Chinese.
MAX_TOKENS = 64
#: Minimum length for the last word to match as a prefix.
MIN_PREFIX = 3

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_PART = re.compile(r'(?:(from|before|after):)?(?:"([^"]*)(?:"|$)|(\S+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """Consecutive tokens; the last one matches as a prefix if `is_prefix`."""

    tokens: tuple[str, ...]
    is_prefix: bool = False

    def is_in(self, words: str) -> bool:
        """Whether it matches in `words`, a result of `folded`."""
        end = "" if self.is_prefix else " "
        return f" {' '.join(self.tokens)}{end}" in f" {words} "

    def places(self, among: Sequence[Token]) -> list[tuple[int, int]]:
        """Return the matches in a text with these tokens, as start and end positions."""
        size = len(self.tokens)
        return [
            (among[first].start, among[first + size - 1].end)
            for first in range(len(among) - size + 1)
            if all(self._fits(number, among[first + number].text) for number in range(size))
        ]

    def _fits(self, number: int, token: str) -> bool:
        wanted = self.tokens[number]
        return token == wanted or (self.is_prefix and number == len(self.tokens) - 1 and token.startswith(wanted))


@dataclass(frozen=True, slots=True)
class Query:
    """A query: a message must match all of `terms`."""

    terms: tuple[Term, ...]
    #: The author's name, or "" for any.
    author: str = ""
    #: Milliseconds since 1970, UTC: sent at that time or later, and sent before.
    since: int | None = None
    until: int | None = None

    def is_by(self, author: str) -> bool:
        """Whether messages of `author` can match."""
        return not self.author or folded(author) == folded(self.author)

    def found(self, said: str) -> list[tuple[int, int]]:
        """Return the matches of all terms in a text, in code points: ascending, disjoint; empty unless all match."""
        words = folded(said)
        if not all(term.is_in(words) for term in self.terms):
            return []
        among = tokens(said)
        places = [place for term in self.terms for place in term.places(among)]
        return _joined(places)


def parsed(typed: str, author: str = "") -> Query:
    """Parse a query; `author` is the author's name from another field.

    Raises CommandRejected for a query that is too long or empty.
    """
    if len(typed) > MAX_LENGTH or len(author) > MAX_LENGTH:
        raise CommandRejected("bad-message", plural("error.search_too_long", MAX_LENGTH))
    words: list[Term] = []
    phrases: list[Term] = []
    days: dict[str, int] = {}
    last: Term | None = None
    for operator, quoted, word in _PART.findall(typed.translate(_QUOTES)):
        name, value = operator.lower(), quoted or word
        if name == "from":
            author = value
        elif name:
            days[name] = _day(name, value)
        elif term := _term(value):
            (words if word else phrases).append(term)
            last = term if word else None
    if last is not None and len(last.tokens[-1]) >= MIN_PREFIX:
        words[-1] = Term(last.tokens, is_prefix=True)
    if len(words) > MAX_WORDS or len(phrases) > MAX_PHRASES:
        raise CommandRejected("bad-message", text("error.search_too_many", words=MAX_WORDS, phrases=MAX_PHRASES))
    if not words and not phrases:
        raise CommandRejected("bad-message", text("error.search_nothing"))
    return Query((*words, *phrases), author, days.get("after"), days.get("before"))


def matching(query: Query) -> str:
    """Return `query` as an SQLite FTS5 expression: user input appears only in quoted strings."""
    found = [f"{{text}} : {_quoted(' '.join(term.tokens))}{' *' if term.is_prefix else ''}" for term in query.terms]
    author = folded(query.author)
    return " AND ".join([*found, f"{{author}} : {_quoted(author)}"] if author else found)


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'


def _term(value: str) -> Term | None:
    found = folded(value).split()[:MAX_TOKENS]
    return Term(tuple(found)) if found else None


def _day(name: str, value: str) -> int:
    """Return the beginning of the day `value` (UTC) in milliseconds since 1970."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise CommandRejected("bad-message", text("error.search_day", name=name)) from None
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return `places` in ascending order, with adjacent or overlapping ones joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
