"""Compiles lookup tables from the lexicon: the spellings of each entry, and its meaning in each.

So no work for case and apostrophes is left when messages arrive.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from piratechat.translators.builtin.pirate import contexts
from piratechat.translators.builtin.pirate.contexts import Context
from piratechat.translators.builtin.pirate.lexicon import Section
from piratechat.translators.builtin.pirate.tokens import cut

#: In capitals, these are other words: IS departments, AM radio, OR gates.
_STRESSED_ELSEWHERE = frozenset(("is", "am", "are", "of", "for", "and", "u", "ur", "im"))
_ARTICLES = {"a": "an", "A": "An", "an": "a", "An": "A", "AN": "A"}
_VOWELS = frozenset("aeiouAEIOU")


class Sense(NamedTuple):
    """A meaning of an entry, and its context."""

    meanings: tuple[str, ...]
    context: Context | None


class Entry(NamedTuple):
    """The entries that begin with one word."""

    #: The meanings of the word alone.
    senses: Sequence[Sense]
    #: By the second word: the number of tokens in phrases, including separators, and their meanings; longest first.
    phrases: Mapping[str, Sequence[tuple[int, Mapping[str, Sequence[Sense]]]]]


#: For each word: its only meaning, or an entry to check.
Table = Mapping[str, str | Entry]


def capital(said: str) -> str:
    """Return `said` with its first letter in upper case: 'twas becomes 'Twas."""
    start = 1 if said[:1] == "'" else 0
    return said[:start] + said[start : start + 1].upper() + said[start + 1 :]


def begins_with_vowel(meant: str) -> bool:
    """Whether "an" precedes it: an inn, an hour."""
    return meant.lstrip("'")[:1] in _VOWELS or meant[:4].lower() == "hour"


def with_article(article: str, meant: str) -> str:
    """Return the form of `article` that fits `meant`."""
    other = _ARTICLES.get(article)
    return article if other is None or begins_with_vowel(meant) == (article.lower() == "an") else other


def _written(said: str, section: Section) -> Iterator[tuple[str, Context | None, str]]:
    """Yield the spellings of `said`, each with its context, and the case of its meaning: "", "capital" or "upper"."""
    context = section.context
    yield said, context, ""
    if section.capitals == "small":
        return
    if said != said.lower():  # with an I
        yield said.lower(), context, "lower"
    begins = contexts.no_name if section.capitals == "thing" else contexts.no_part_of_a_name
    if capital(said) != said:
        yield capital(said), contexts.both(context, begins), "capital"
    titled = " ".join(map(capital, said.split(" ")))
    if section.capitals == "call" and titled != capital(said):
        yield titled, context, "capital"
    if said.upper() != said:
        yield said.upper(), contexts.both(context, _loud(said, section)), "upper"


def _loud(said: str, section: Section) -> Context:
    if section.capitals == "grammar" and len(said) > 1:
        if said in ("is", "are"):
            return contexts.stressed_or_shouted
        if said not in _STRESSED_ELSEWHERE:
            return contexts.anywhere
    return contexts.shouted


_CASES: Mapping[str, Callable[[str], str]] = {"": str, "lower": str.lower, "capital": capital, "upper": str.upper}


def _meanings(value: str | tuple[str, ...], case: str, typographic: bool) -> tuple[str, ...]:
    meanings = tuple(_CASES[case](meant) for meant in ((value,) if isinstance(value, str) else value))
    return tuple(meant.replace("'", "\u2019") for meant in meanings) if typographic else meanings


def _senses(sections: Iterable[Section]) -> dict[str, list[Sense]]:
    """Return the meanings of all spellings; those of later sections come first."""
    found: dict[str, list[Sense]] = {}
    for section in sections:
        for said, value in section.entries.items():
            for written, context, case in _written(said, section):
                found.setdefault(written, []).insert(0, Sense(_meanings(value, case, False), context))
                if "'" in written:
                    curly = written.replace("'", "\u2019")
                    found.setdefault(curly, []).insert(0, Sense(_meanings(value, case, True), context))
    return found


def _said_again(senses: Mapping[str, list[Sense]]) -> dict[str, list[Sense]]:
    """Return the meanings that contain an entry, to be kept.

    For example, in "welcome back aboard" the entry "welcome back" must not be replaced again.
    """
    return {
        meant: [Sense((meant,), None)]
        for said, found in senses.items()
        for sense in found
        for meant in sense.meanings
        if _has_within(meant.lower(), said.lower())
    }


def _has_within(meant: str, said: str) -> bool:
    """Whether `meant` contains `said` as whole words; both are in lower case."""
    # False for nearly all: compiling a pattern for each entry would take a third of a second at each start.
    return said != meant and said in meant and re.search(rf"\b{re.escape(said)}\b", meant) is not None


def table_of(sections: Iterable[Section]) -> Table:
    """Return the table of `sections`."""
    senses = _senses(sections)
    senses.update(_said_again(senses))
    alone: dict[str, list[Sense]] = {}
    phrases: dict[str, dict[str, dict[int, dict[str, list[Sense]]]]] = {}
    for written, found in senses.items():
        words = cut(written)[1::2]
        if len(words) == 1:
            alone[written] = found
        else:
            span = 2 * len(words) - 1
            phrases.setdefault(words[0], {}).setdefault(words[1], {}).setdefault(span, {})[written] = found
    return {
        first: _entry(first, alone.get(first, ()), phrases.get(first, {})) for first in alone.keys() | phrases.keys()
    }


def _entry(
    first: str, senses: Sequence[Sense], phrases: Mapping[str, Mapping[int, Mapping[str, Sequence[Sense]]]]
) -> str | Entry:
    """Return the entry for a first word: only its meaning if there is nothing to check."""
    if not phrases:
        (meaning, *others), context = senses[0]
        if context is None and not others and begins_with_vowel(first) == begins_with_vowel(meaning):
            return meaning
    return Entry(senses, {second: sorted(spans.items(), reverse=True) for second, spans in phrases.items()})
