"""Retries failed translations while somebody reads them."""

from collections.abc import Callable, Sequence

import gevent
from gevent.event import Event

from piratechat.translation import Failed, Outcome

#: Seconds before the first attempt; doubled each time, up to the second number.
SHORTEST, LONGEST = 5.0, 300.0
#: Maximum number of messages to retry for each view: the newest.
MOST = 200


class Healing:
    """Retries temporary failures automatically.

    After a pause it retries the newest message of a view; when that is translated, it retries all others.  `again(view,
    seqs)` translates messages again, calls `note` with each outcome, and returns those that still exist.
    `is_read(view)` tells whether the room has readers with that view.
    """

    def __init__(self, again: Callable[[str, Sequence[int]], Sequence[int]], is_read: Callable[[str], bool]) -> None:
        self._again = again
        self._is_read = is_read
        #: By view, then by message number: the retry delay requested by the translator, in seconds.
        self._failed: dict[str, dict[int, float]] = {}
        self._answers: dict[tuple[str, int], Event] = {}

    def note(self, view: str, seq: int, outcome: Outcome) -> None:
        """Record the `outcome` of message `seq` through `view`."""
        failed = self._failed.get(view)
        if isinstance(outcome, Failed) and outcome.error.retryable:
            if failed is None:
                failed = self._failed[view] = {}
                gevent.spawn(self._heal, view, failed)
            failed[seq] = outcome.error.retry_after or 0.0
            if len(failed) > MOST:
                del failed[min(failed)]
        elif failed is not None:
            failed.pop(seq, None)
        if (view, seq) in self._answers:
            self._answers[view, seq].set()

    def forget(self, seq: int) -> None:
        """Forget failed translations of the message `seq`, which has changed."""
        for failed in self._failed.values():
            failed.pop(seq, None)

    def _heal(self, view: str, failed: dict[int, float]) -> None:
        pause = SHORTEST
        try:
            while failed:
                gevent.sleep(min(LONGEST, max(pause, failed[max(failed)])))
                if not failed or not self._is_read(view):
                    return
                if self._is_answered(view, failed):
                    pause = SHORTEST
                    self._read(view, failed, sorted(failed, reverse=True))
                else:
                    pause = min(LONGEST, 2 * pause)
        finally:
            if self._failed.get(view) is failed:
                del self._failed[view]

    def _is_answered(self, view: str, failed: dict[int, float]) -> bool:
        """Retry the newest of `failed`, wait for its outcome, and return whether the translator works again."""
        newest = max(failed)
        answer = self._answers[view, newest] = Event()
        try:
            if newest in self._read(view, failed, [newest]):
                answer.wait(LONGEST)
        finally:
            del self._answers[view, newest]
        return newest not in failed

    def _read(self, view: str, failed: dict[int, float], seqs: Sequence[int]) -> Sequence[int]:
        """Retry `seqs`, and return those that exist; the others are removed from `failed`."""
        found = self._again(view, seqs)
        for seq in set(seqs).difference(found):
            failed.pop(seq, None)
        return found
