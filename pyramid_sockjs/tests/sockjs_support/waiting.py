"""Waiting for conditions, with a timeout."""

import time

#: Timeout in seconds for expected events, long enough for a busy machine.
TIMEOUT = 30.0
#: Maximum duration in seconds of operations that must be fast.
QUICK = 10.0
#: Seconds between the first two checks of a condition, and at most; each check of a page takes a hundredth of a second
#: of CPU time, and other tests run at the same time.
SHORTEST, LONGEST = 0.01, 0.1
#: How much longer each interval is than the one before.
GROWTH = 1.2


def wait_until(happened, what="it", seconds=TIMEOUT):
    """Wait until `happened()` is true.  Raises AssertionError after `seconds`; `what` describes the condition."""
    end = time.monotonic() + seconds
    interval = SHORTEST
    while not happened():
        assert time.monotonic() < end, f"{what} did not happen in {seconds} s"
        time.sleep(interval)
        interval = min(interval * GROWTH, LONGEST)
