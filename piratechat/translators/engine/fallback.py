"""Fallback to a second translator when the first one fails."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from piratechat.translation import REACHES, Failed, Outcome, Translated
from piratechat.translators.engine.languages import closest
from piratechat.translators.engine.outcomes import Callback, Pending

#: Translates one text: returns its outcome, or PENDING and calls back later, once.
Read = Callable[[Callback], Outcome | Pending]


def may_stand_in(fallback: Any, translator: Any) -> bool:
    """Whether `fallback` may replace `translator`: it has the same language, and does not send texts any further."""
    targets = fallback.target, translator.target
    same = targets[0] == targets[1] or (None not in targets and closest(targets[1], (targets[0],)) is not None)
    return same and REACHES.index(fallback.reach) <= REACHES.index(translator.reach)


class WithFallback:
    """The translation of one text by a primary translator, and by the fallback if that fails.

    Each of the two may answer immediately or later.  If both fail, the outcome is that of the primary, because readers
    can act on its reason.  `title` is that of the fallback, for readers.  `on_done`, if given, is called once with an
    outcome that was PENDING.
    """

    __slots__ = ("_failed", "_on_done", "_read_fallback", "_read_primary", "_title")

    def __init__(self, read_primary: Read, read_fallback: Read, title: str, on_done: Callback | None) -> None:
        self._title = title
        self._read_primary = read_primary
        self._read_fallback = read_fallback
        self._on_done = on_done
        self._failed: Failed | None = None

    def read(self) -> Outcome | Pending:
        """Return the outcome, or PENDING."""
        return self._after_primary(self._read_primary(self._on_primary))

    def _on_primary(self, outcome: Outcome) -> None:
        self._tell(self._after_primary(outcome))

    def _on_fallback(self, outcome: Outcome) -> None:
        self._tell(self._after_fallback(outcome))

    def _after_primary(self, outcome: Outcome | Pending) -> Outcome | Pending:
        if not isinstance(outcome, Failed):
            return outcome
        self._failed = outcome
        return self._after_fallback(self._read_fallback(self._on_fallback))

    def _after_fallback(self, outcome: Outcome | Pending) -> Outcome | Pending:
        if isinstance(outcome, Translated):
            return replace(outcome, by=self._title)
        return self._failed if self._failed is not None and isinstance(outcome, Failed) else outcome

    def _tell(self, outcome: Outcome | Pending) -> None:
        if self._on_done is not None and not isinstance(outcome, Pending):
            self._on_done(outcome)
