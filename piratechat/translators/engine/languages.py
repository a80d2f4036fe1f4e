"""Language tags (BCP 47), and what services call the same languages."""

import functools
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import langcodes

from piratechat.model.text import forget_parsed_tags
from piratechat.texts import Text
from piratechat.translation import UnsupportedLanguage

#: Seconds that what a service knows is not asked again.
LANGUAGES_TTL = 300.0
#: Pairs of languages that are taken from one service, and different codes in them.
MAX_PAIRS = 10_000
MAX_CODES = 400

# How far two tags may be apart (CLDR's distance) for the one to do in place of the other: en-GB and
# en-US are 5, Bokmål and Danish 12, the two ways to write Chinese 54.
_NEAR = 9


@functools.lru_cache(1000)
def is_same(one: str, other: str) -> bool:
    """Whether there is nothing to translate between two tags: one language, written in one script."""
    first, second = (langcodes.Language.get(tag).maximize() for tag in (one, other))
    return (first.language, first.script) == (second.language, second.script)


def tag_of(code: str) -> str | None:
    """Return the tag for a service's code such as EN, por_BR or zh-Hans; None if it is none."""
    tag = code.replace("_", "-")
    return langcodes.standardize_tag(tag) if len(code) < 36 and langcodes.tag_is_valid(tag) else None


def closest(tag: str, tags: Sequence[str]) -> str | None:
    """Return which of `tags` does for `tag`, the same one first; None if none does."""
    return tag if tag in tags else _closest(tag, tuple(tags))


@functools.lru_cache(1000)
def _closest(tag: str, tags: tuple[str, ...]) -> str | None:
    forget_parsed_tags()
    found, distance = langcodes.closest_match(tag, sorted(tags, key=len), max_distance=_NEAR)
    return found if distance <= _NEAR else None


def distinct(tags: Iterable[str]) -> list[str]:
    """Return `tags` without those that say less of the same: zh where there is zh-Hans."""
    found: dict[str, str] = {}
    for tag in sorted(tags, key=len):
        found[langcodes.Language.get(tag).maximize().to_tag()] = tag
    return sorted(found.values())


class Pairs:
    """Which languages a service translates into which.

    `codes`: pairs of the service's own codes, source and target; `tag`: the
    tag of a code.  Codes that are none are left out, and so is what is more
    than any service has.
    """

    def __init__(self, codes: Iterable[tuple[str, str]], tag: Callable[[str], str | None] = tag_of) -> None:
        self._codes: dict[str, dict[str, tuple[str, str]]] = {}
        tags: dict[str, str | None] = {}
        for pair in islice(codes, MAX_PAIRS):
            for code in pair:
                if code not in tags and len(tags) < MAX_CODES:
                    tags[code] = tag(code)
            source, target = (tags.get(code) for code in pair)
            if source and target and source != target:
                self._codes.setdefault(source, {}).setdefault(target, pair)

    def find(self, source: str, target: str) -> tuple[str, str] | None:
        """Return the service's codes for two tags, or for what does in their place; None if there is no way."""
        start = closest(source, tuple(self._codes))
        if start is None:
            return None
        end = closest(target, tuple(self._codes[start]))
        return None if end is None else self._codes[start][end]

    @functools.cached_property
    def targets(self) -> list[str]:
        """The tags that something can be translated into."""
        return sorted({target for targets in self._codes.values() for target in targets})

    def has_target(self, target: str) -> bool:
        """Whether anything can be translated into `target`."""
        return closest(target, self.targets) is not None


class Atlas:
    """The pairs that a service has, fetched when somebody wants to know, and remembered for five minutes."""

    def __init__(self, title: str, fetch: Callable[[float | None], Pairs]) -> None:
        self._title = title
        self._fetch = fetch
        self._fetched = 0.0
        #: What is known without asking: old pairs, perhaps, or None.
        self.known: Pairs | None = None

    def fetch(self, deadline: float | None) -> Pairs:
        """Return the pairs as they are now.  Raises TranslationError."""
        self.known = self._fetch(deadline)
        self._fetched = time.monotonic()
        return self.known

    def codes(self, source: str, target: str, deadline: float | None) -> tuple[str, str]:
        """Return the service's codes for two tags.  Raises UnsupportedLanguage, and what else asking may raise."""
        pairs = self.known
        if pairs is None or time.monotonic() - self._fetched > LANGUAGES_TTL:
            pairs = self.fetch(deadline)
        codes = pairs.find(source, target)
        if codes is None:
            raise UnsupportedLanguage(
                Text("translation.unsupported_pair", {"title": self._title, "source": source, "target": target})
            )
        return codes

    def targets(self) -> Sequence[str]:
        """Return the tags that are known to be targets; none as long as nobody has asked."""
        return () if self.known is None else self.known.targets

    def supports(self, source: str | None, target: str) -> bool:
        """Whether it translates so, as far as is known."""
        if self.known is None:
            return True
        return self.known.has_target(target) if source is None else self.known.find(source, target) is not None
