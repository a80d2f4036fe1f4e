"""Language tags (BCP 47), and the codes that services use for languages."""

import functools
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import langcodes

from piratechat.model.text import forget_parsed_tags
from piratechat.texts import Text
from piratechat.translation import UnsupportedLanguage

#: Seconds for which a service's languages are cached.
LANGUAGES_TTL = 300.0
#: Maximum number of language pairs of a service, and of different codes.
MAX_PAIRS = 10_000
MAX_CODES = 400

# Maximum CLDR distance between two tags that can replace each other: en-GB and en-US have 5, Bokmål and Danish 12, the
# two Chinese scripts 54.
_NEAR = 9


@functools.lru_cache(1000)
def is_same(one: str, other: str) -> bool:
    """Whether two tags are the same language in the same script, so that no translation is needed."""
    first, second = (langcodes.Language.get(tag).maximize() for tag in (one, other))
    return (first.language, first.script) == (second.language, second.script)


def tag_of(code: str) -> str | None:
    """Return the tag for a service's code such as EN, por_BR or zh-Hans, or None if it is invalid."""
    tag = code.replace("_", "-")
    return langcodes.standardize_tag(tag) if len(code) < 36 and langcodes.tag_is_valid(tag) else None


def closest(tag: str, tags: Sequence[str]) -> str | None:
    """Return the best match for `tag` among `tags`, preferring an identical one, or None."""
    return tag if tag in tags else _closest(tag, tuple(tags))


@functools.lru_cache(1000)
def _closest(tag: str, tags: tuple[str, ...]) -> str | None:
    forget_parsed_tags()
    found, distance = langcodes.closest_match(tag, sorted(tags, key=len), max_distance=_NEAR)
    return found if distance <= _NEAR else None


def distinct(tags: Iterable[str]) -> list[str]:
    """Return `tags` without less specific duplicates: no zh if there is zh-Hans."""
    found: dict[str, str] = {}
    for tag in sorted(tags, key=len):
        found[langcodes.Language.get(tag).maximize().to_tag()] = tag
    return sorted(found.values())


class Pairs:
    """The pairs of languages that a service supports.

    `codes`: pairs of the service's own codes, source and target; `tag`: converts a code to a tag.  Invalid codes are
    omitted, and so are pairs beyond a limit that no service reaches.
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
        """Return the service's codes for two tags or their best matches, or None if the pair is not supported."""
        start = closest(source, tuple(self._codes))
        if start is None:
            return None
        end = closest(target, tuple(self._codes[start]))
        return None if end is None else self._codes[start][end]

    @functools.cached_property
    def targets(self) -> list[str]:
        """The tags of target languages."""
        return sorted({target for targets in self._codes.values() for target in targets})

    def has_target(self, target: str) -> bool:
        """Whether `target` is a target language."""
        return closest(target, self.targets) is not None


class Atlas:
    """The pairs of a service, fetched when needed, and cached for five minutes."""

    def __init__(self, title: str, fetch: Callable[[float | None], Pairs]) -> None:
        self._title = title
        self._fetch = fetch
        self._fetched = 0.0
        #: The last known pairs, possibly outdated, or None.
        self.known: Pairs | None = None

    def fetch(self, deadline: float | None) -> Pairs:
        """Return the current pairs.  Raises TranslationError."""
        self.known = self._fetch(deadline)
        self._fetched = time.monotonic()
        return self.known

    def codes(self, source: str, target: str, deadline: float | None) -> tuple[str, str]:
        """Return the service's codes for two tags.  Raises UnsupportedLanguage, and errors of the request."""
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
        """Return the known target tags; empty before the first request."""
        return () if self.known is None else self.known.targets

    def supports(self, source: str | None, target: str) -> bool:
        """Whether the pair is supported, as far as is known."""
        if self.known is None:
            return True
        return self.known.has_target(target) if source is None else self.known.find(source, target) is not None
