"""A batch of texts on its way through a service: what is sent of each, in which groups, and what becomes of it."""

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

#: Errors that the other texts would meet as well.
OF_THE_SERVICE = (Misconfigured, QuotaExceeded, RateLimited, Unavailable)

NOTHING_TO_SAY = Skipped(Text("translation.no_words"))
ALREADY = Skipped(Text("translation.already"))

#: Characters of a translation: so many, and so many for each of what was said.
MAX_ADDED, MAX_EXPANSION = 1_000, 10

Item = TypeVar("Item", bound=Hashable)


def around(text: str) -> tuple[str, str, str]:
    """Return the white space before `text`, the text, and the white space after it: services lose it."""
    inner = text.strip()
    start = text.find(inner) if inner else len(text)
    return text[:start], inner, text[start + len(inner) :]


def within(text: str, inner: object, title: str) -> str:
    """Return `text` with `inner`, the answer of a service, in place of what is within its white space.

    Raises BadResponse unless it is text, not empty, and not out of all proportion.
    """
    if not isinstance(inner, str) or not inner.strip() or len(inner) > MAX_ADDED + MAX_EXPANSION * len(text):
        raise BadResponse(Text("translation.bad_response", {"title": title}))
    before, _said, after = around(text)
    return f"{before}{clean(inner).strip()}{after}"


def in_groups(
    groups: Iterable[Sequence[Item]], translate: Callable[[Sequence[Item]], Sequence[Outcome]]
) -> dict[Item, Outcome]:
    """Return what becomes of the items of all `groups`, each of which is translated with one call.

    An error counts for its group; one of the service itself ends all, and is
    raised if nothing was done before.
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
    """Return what becomes of `items`, of which `most()` or fewer are translated with one call.

    A call that fails because of what is in it is made again for each half of
    it, down to single items, and a single item that failed in a call for
    several has one for itself.  An error of the service itself ends all, and
    is raised if nothing was done before.
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
            groups += [[item] for item in group if isinstance(outcomes[item], Failed)]  # others may have spoilt it
    return outcomes


def one_by_one(texts: Sequence[str], translate: Callable[[str], Outcome]) -> list[Outcome]:
    """Return what becomes of each of `texts`; those without words are skipped."""
    asked = [(number,) for number, text in enumerate(texts) if text.strip()]
    outcomes = in_groups(asked, lambda group: [translate(texts[group[0]])])
    return [outcomes.get(number, NOTHING_TO_SAY) for number in range(len(texts))]
