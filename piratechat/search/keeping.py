"""Keeps an index process running as long as this process serves."""

import json
import logging
import os
import sys
from collections.abc import Mapping

import gevent
from gevent import subprocess

from piratechat.search.indexer import locked

log = logging.getLogger(__name__)

#: Seconds before the first start, so that the server starts first; seconds between two checks whether another process
#: does it; maximum pause after a failure.
FIRST, LOOK, LONGEST = 1.0, 5.0, 60.0
PROGRAM = "from piratechat.commands.main import main; main()"


def keep_indexing(var: str, options: Mapping[str, str]) -> None:
    """Run `piratechat index` with the `options` of the ini file, and restart it as needed, unless another process does.

    It reads the options from its standard input, and ends when that closes, which happens when this process ends.
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
            process.wait(LOOK)  # nothing is written into the folder after this
        wait = 1.0 if lasted > LONGEST else min(2 * wait, LONGEST)
        log.warning(
            "The process that fills the search index exited with status %s: restarting it in %s s", status, wait
        )
        gevent.sleep(wait)


def _started(options: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, "index", "--served"],
        stdin=subprocess.PIPE,
        env=environ,
        start_new_session=True,  # Ctrl+C is for the server, whose end also ends the indexer
    )
    process.stdin.write(json.dumps(dict(options)).encode() + b"\n")
    process.stdin.flush()
    return process
