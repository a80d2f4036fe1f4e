"""Has a process fill the index for as long as this one serves."""

import json
import logging
import os
import sys
from collections.abc import Mapping

import gevent
from gevent import subprocess

from piratechat.search.indexer import locked

log = logging.getLogger(__name__)

#: Seconds until the first start, as the server opens first, and between two looks whether another process does it;
#: seconds to wait when it has failed, at most.
FIRST, LOOK, LONGEST = 1.0, 5.0, 60.0
PROGRAM = "from piratechat.commands.main import main; main()"


def keep_indexing(var: str, options: Mapping[str, str]) -> None:
    """Start `piratechat index` with the `options` of the ini file, again and again, unless another process has.

    It reads them, and then ends with this process: both by its standard input.
    """
    wait = 1.0
    gevent.sleep(FIRST)
    while True:
        lock = locked(var)
        if lock is None:
            gevent.sleep(LOOK)
            continue
        lock.close()
        process = _started(options)
        try:
            began = gevent.get_hub().loop.now()
            status = process.wait()
            lasted = gevent.get_hub().loop.now() - began
        finally:
            process.kill()
            process.wait(LOOK)  # nothing is written into the folder from here on
        wait = 1.0 if lasted > LONGEST else min(2 * wait, LONGEST)
        log.warning("The process that fills the search index has ended with %s: it starts again in %s s", status, wait)
        gevent.sleep(wait)


def _started(options: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, "index", "--served"],
        stdin=subprocess.PIPE,
        env=environ,
        start_new_session=True,  # Ctrl+C is for the server, which this one ends with
    )
    process.stdin.write(json.dumps(dict(options)).encode() + b"\n")
    process.stdin.flush()
    return process
