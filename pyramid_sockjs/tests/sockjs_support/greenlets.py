"""Waiting for greenlets, in tests where nothing else keeps their loop going."""

import gevent

from sockjs_support.waiting import TIMEOUT


def join_all(greenlets):
    """Wait until all of `greenlets` have ended; raise what one of them has raised.

    The timeout of gevent.joinall counts from when the loop last looked at the
    clock: where no greenlet has run for a while, it is over before it begins.
    """
    with gevent.Timeout(TIMEOUT, AssertionError("they do not end")):
        gevent.joinall(greenlets, raise_error=True)
