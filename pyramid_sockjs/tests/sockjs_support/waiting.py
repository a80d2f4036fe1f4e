"""Waiting for conditions, for a bounded time."""

import time

#: Seconds after which a test stops waiting for what should have come: long, for a busy machine is slow.
TIMEOUT = 30.0
#: Seconds that something may take which is promised to be quick.
QUICK = 10.0


def wait_until(happened, what="it", seconds=TIMEOUT):
    """Wait until `happened()` is true.  Raises AssertionError when that takes longer than `seconds`."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"{what} did not happen in {seconds} s"
        time.sleep(0.01)
