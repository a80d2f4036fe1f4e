"""Latency of messages in one room while the database is packed, and while its search index is filled again.

bin/python bench/packing.py [--messages 200000] [--folder FOLDER]

The chat uses a ZEO server.  "pack --forget" deletes the index, and the chat's indexer fills a new one.  FOLDER is one
of bench/beside.py; it is packed.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from functools import partial

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "bench"))

from search import at, build, indexed, print_row, server, talk  # noqa: E402

#: Timeout in seconds for the ZEO server to start.
STARTING = 60
#: Minimum duration of a measurement in seconds.
TALKING = 15


@contextlib.contextmanager
def zeo(folder):
    """Serve the database in `folder` at `folder`/zeo.sock."""
    path = os.path.join(folder, "zeo.sock")
    command = ["bin/piratechat-zeo", "-a", path, "-f", os.path.join(folder, "chat.fs")]
    with open(os.path.join(folder, "zeo.log"), "wb") as log:
        process = subprocess.Popen(command, cwd=TOP, stdout=log, stderr=log)
    try:
        end = time.monotonic() + STARTING
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def pack(folder, *options):
    """Start the command, and return its process."""
    command = ["bin/piratechat", "--config", "bench/packing.ini", "--paste-global", f"var={folder}", "pack", "--yes"]
    return subprocess.Popen([*command, *options], cwd=TOP, stdout=subprocess.DEVNULL)


def row(name, port, until=lambda: True):
    begun = time.monotonic()
    found = talk(port, TALKING, until)
    seconds = time.monotonic() - begun
    print_row(name, *(f"{each:.1f}" for each in (at(0.5, found), at(0.99, found), found[-1], seconds)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--folder", help="keep the database and its index there, for other runs")
    options = parser.parse_args()
    kept = options.folder
    with contextlib.nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="piratechat-bench-") as folder:
        if not os.path.exists(os.path.join(folder, "chat.fs")):
            build(folder, options.messages)
        print_row("talking beside", "p50 ms", "p99 ms", "longest ms", "s")
        print_row("---", "--:", "--:", "--:", "--:")
        with zeo(folder), server(folder, "packing.ini") as port:
            talk(port, 5, until=lambda: indexed(folder) >= options.messages)
            row("nothing", port)
            for name, words in (
                ("pack", ["--days", "0"]),
                ("pack --forget", ["--forget", "--beside", os.path.join(folder, "chat.fs")]),
            ):
                packing = pack(folder, *words)
                row(name, port, until=partial(lambda one: one.poll() is not None, packing))
                if packing.returncode:
                    sys.exit(f"{name} failed: {packing.returncode}")
            row("filling the index", port, until=lambda: indexed(folder) >= options.messages)
            row("nothing", port)


if __name__ == "__main__":
    main()
