"""A part of an application that never finishes loading: it waits, or computes if ENDLESS is "computing"."""

import os
import sys
import time

from gevent import monkey

SECONDS = 3_600


def includeme(_config):
    sys.stderr.write("Loading\n")
    if os.environ.get("ENDLESS") == "computing":
        monkey.get_original("time", "sleep")(SECONDS)
    else:
        time.sleep(SECONDS)
