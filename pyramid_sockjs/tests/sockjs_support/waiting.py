"""Waiting for conditions, with a timeout."""

import time

#: Timeout in seconds for expected events, long enough for a busy machine.
TIMEOUT = 30.0
#: Maximum duration in seconds of operations that must be fast.
QUICK = 10.0


def wait_until(happened, what="it", seconds=TIMEOUT):
    """Wait until `happened()` is true.  Raises AssertionError after `seconds`; `what` describes the condition."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"{what} did not happen in {seconds} s"
        time.sleep(0.01)
