"""Latency of messages in one room while clients export, join, search and load another room.

bin/python bench/beside.py [--messages 200000] [--folder FOLDER]

The measurement begins when all messages are in the search index, which takes minutes for a million.
"""

import argparse
import contextlib
import multiprocessing
import os
import sys
import tempfile
import urllib.parse
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "bench"))

from client import Session  # noqa: E402
from search import ROOM, at, build, indexed, print_row, server, talk  # noqa: E402

#: The number of addresses that join concurrently, and the maximum number of missed messages sent at a rejoin.
ADDRESSES, MISSED = 10, 199


def fetch(port, path, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=600) as answer:
        while answer.read(1 << 20):
            pass


def export(port, _messages):
    fetch(port, f"/rooms/{ROOM}/export.txt")


def search(port, _messages):
    fetch(port, f"/rooms/{ROOM}/search?" + urllib.parse.urlencode({"q": "sail boat"}), Accept="application/json")


def page(port, _messages):
    fetch(port, f"/rooms/{ROOM}", Accept="text/html")


def join_from_the_beginning(port, _messages):
    join(port, 0)


def join_after_a_while(port, messages):
    join(port, messages - MISSED)


def join(port, after):
    """Join from several addresses, wait until each client has received the room, and leave."""
    path, query = f"/rooms/{ROOM}/sockjs", f"?join&as=pirate&after={after}&since=0"
    sessions = [
        Session(("127.0.0.1", port), path, number, source=f"127.0.3.{number + 1}", query=query)
        for number in range(ADDRESSES)
    ]
    for session in sessions:
        told = b""
        while b"current" not in told and b"reset" not in told:
            told = told[-100:] + session.sock.recv(1 << 20)
        session.sock.close()


@contextlib.contextmanager
def beside(work, port, messages):
    """Repeat `work` in another process; yield its counter."""
    stop, count = multiprocessing.Event(), multiprocessing.Value("i", 0)

    def run():
        while not stop.is_set():
            work(port, messages)
            count.value += 1

    process = multiprocessing.Process(target=run, daemon=True)
    process.start()
    try:
        yield count
    finally:
        stop.set()
        process.join(60)
        process.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--folder", help="keep the database and its index there, for other runs")
    options = parser.parse_args()
    messages, kept = options.messages, options.folder
    with contextlib.nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="piratechat-bench-") as folder:
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(os.path.join(folder, "chat.fs")):
            build(folder, messages)
        print_row("talking beside", "p50 ms", "p99 ms", "longest ms", "and")
        print_row("---", "--:", "--:", "--:", "---")
        with server(folder, "search.ini") as port:
            talk(port, 5, until=lambda: indexed(folder) >= messages)
            for work in (None, export, None, join_from_the_beginning, join_after_a_while, None, search, page):
                with beside(work, port, messages) if work else contextlib.nullcontext() as count:
                    found = talk(port, 10)
                name = work.__name__.replace("_", " ") if work else "nothing"
                print_row(name, *(f"{each:.1f}" for each in (at(0.5, found), at(0.99, found), found[-1])),
                          f"{count.value} times" if work else "")  # fmt: skip


if __name__ == "__main__":
    main()
