"""Batching helpers for back ends: white space, grouping, and retries in smaller batches."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from piratechat.model.text import clean
from piratechat.texts import Text
from piratechat.translation import (
    BadResponse,
    Failed,
    Misconfigured,
    Outcome,
    QuotaExceeded,
    RateLimited,
    Skipped,
    TranslationError,
    Unavailable,
)

#: Errors that would affect the other texts as well.
OF_THE_SERVICE = (Misconfigured, QuotaExceeded, RateLimited, Unavailable)

NOTHING_TO_SAY = Skipped(Text("translation.no_words"))
ALREADY = Skipped(Text("translation.already"))

#: Maximum length of a translation in characters: a constant, and a multiple of the original's.
MAX_ADDED, MAX_EXPANSION = 1_000, 10

Item = TypeVar("Item", bound=Hashable)


def around(text: str) -> tuple[str, str, str]:
    """Return the white space before `text`, the text, and the white space after it, which services lose."""
    inner = text.strip()
    start = text.find(inner) if inner else len(text)
    return text[:start], inner, text[start + len(inner) :]


def within(text: str, inner: object, title: str) -> str:
    """Return `text` with `inner`, a service's response, between its surrounding white space.

    Raises BadResponse unless the response is text, not empty, and of a plausible length.
    """
    if not isinstance(inner, str) or not inner.strip() or len(inner) > MAX_ADDED + MAX_EXPANSION * len(text):
        raise BadResponse(Text("translation.bad_response", {"title": title}))
    before, _said, after = around(text)
    return f"{before}{clean(inner).strip()}{after}"


def in_groups(
    groups: Iterable[Sequence[Item]], translate: Callable[[Sequence[Item]], Sequence[Outcome]]
) -> dict[Item, Outcome]:
    """Return the outcomes of the items of all `groups`; each group is translated with one call.

    An error counts for its group; an error of the service itself stops the loop, and is raised if nothing was done
    before.
    """
    outcomes: dict[Item, Outcome] = {}
    broken: TranslationError | None = None
    for group in groups:
        failure = broken
        if failure is None:
            try:
                outcomes.update(zip(group, translate(group), strict=True))
                continue
            except OF_THE_SERVICE as error:
                if not outcomes:
                    raise
                failure = broken = error
            except TranslationError as error:
                failure = error
        outcomes.update(dict.fromkeys(group, Failed(failure)))
    return outcomes


def halving(
    items: Sequence[Item], translate: Callable[[Sequence[Item]], Sequence[Outcome]], most: Callable[[], int]
) -> dict[Item, Outcome]:
    """Return the outcomes of `items`; each call translates at most `most()` of them.

    If a call fails because of its content, each half is tried again, down to single items; a single item that failed in
    a call for several gets its own call.  An error of the service itself stops this, and is raised if nothing was done
    before.
    """
    outcomes: dict[Item, Outcome] = {}
    groups = [list(items)] if items else []
    while groups:
        group = groups.pop(0)
        if len(group) > most():
            groups[:0] = [group[: most()], group[most() :]]
            continue
        try:
            found = translate(group)
        except OF_THE_SERVICE as error:
            if not outcomes:
                raise
            left = [item for each in (group, *groups) for item in each]
            return {**dict.fromkeys(left, Failed(error)), **outcomes}
        except TranslationError as error:
            if len(group) > 1:
                half = len(group) // 2
                groups[:0] = [group[:half], group[half:]]
                continue
            found = [Failed(error)]
        outcomes.update(zip(group, found, strict=True))
        if len(group) > 1:
            groups += [[item] for item in group if isinstance(outcomes[item], Failed)]  # maybe because of another item
    return outcomes


def one_by_one(texts: Sequence[str], translate: Callable[[str], Outcome]) -> list[Outcome]:
    """Return the outcomes of `texts`, translated one by one; texts without words are skipped."""
    asked = [(number,) for number, text in enumerate(texts) if text.strip()]
    outcomes = in_groups(asked, lambda group: [translate(texts[group[0]])])
    return [outcomes.get(number, NOTHING_TO_SAY) for number in range(len(texts))]
