"""Waiting for greenlets in tests where nothing else runs the hub."""

import gevent

from sockjs_support.waiting import TIMEOUT


def join_all(greenlets):
    """Wait until all of `greenlets` have finished; raise the exception of one that failed.

    The timeout of gevent.joinall counts from the last update of the loop's time.  If no greenlet has run for a while,
    it expires immediately.
    """
    with gevent.Timeout(TIMEOUT, AssertionError("the greenlets did not finish")):
        gevent.joinall(greenlets, raise_error=True)
