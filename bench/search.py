"""Cost of search: filling the index, latency of messages meanwhile, its size, and queries.

bin/python bench/search.py [--messages 1000000]
"""

import argparse
import contextlib
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import transaction
from ZODB import DB
from ZODB.FileStorage import FileStorage

from piratechat.model.chat import chat_of, make_chat

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "bench"))

from client import Crowd  # noqa: E402

ROOM, TALK = "history", "talk"
HELLO = '{"type": "join", "name": "Bench", "as": "original"}'
#: Timeouts in seconds: for the server to start, and for filling the index.
STARTING, FILLING = 120, 3600
#: Sessions that receive messages, messages per second, and the minimum duration of a measurement in seconds.
SESSIONS, PACE, TALKING = 20, 20, 20
#: Repetitions of each query.
TIMES = 20
#: Text in each result.
FOUND = b'"found"'
COMMON = ["the", "boat", "is", "ready", "and", "we", "sail", "to", "an", "island"]
HAN = "我们明天去岛上航海船很大天气好你来吗谢谢朋友"
QUERIES = {
    "rare word": "zanzibar",
    "in every second message": "sail",
    "two of these, and a rare one": "sail boat zanzibar",
    "two that never meet": "sail 我们明天",
    "phrase": '"ready and we"',
    "beginning of 111 words": "word199",
    "beginning of 20,000 words": "wor",
    "Chinese, two characters": "明天",
    "nowhere": "nowhereatall",
    "from somebody": "sail from:bo",
}


def build(folder, messages):
    """Write a database with so many `messages` in one room."""
    chance = random.Random(1)
    words = [f"word{number}" for number in range(20_000)]
    db = DB(FileStorage(os.path.join(folder, "chat.fs")))
    connection = db.open()
    make_chat(connection)
    rooms = chat_of(connection).rooms
    for name in (ROOM, TALK):
        rooms.open(name, f"id of {name}")
    room = rooms[ROOM]
    room.names.claim("Bo", "bo")
    for number in range(messages):
        said = chance.choices(words, k=6)
        if number % 2:
            said += COMMON
        if number % 10 == 0:
            said.append("".join(chance.choices(HAN, k=12)))
        if number % (messages // 10) == 7:
            said.append("zanzibar")
        room.say("bo" if number % 1000 == 1 else f"id of {ROOM}", " ".join(said), 1_700_000_000_000 + 1000 * number)
        if number % 5000 == 0:
            transaction.commit()
            connection.cacheGC()
    transaction.commit()
    connection.close()
    db.close()


@contextlib.contextmanager
def server(folder, ini):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        "bin/gunicorn",
        "--paste",
        f"bench/{ini}",
        "-b",
        f"127.0.0.1:{port}",
        "--paste-global",
        f"var={folder}",
        "-p",
        f"{folder}/pid",
    ]
    with open(os.path.join(folder, "server.log"), "wb") as log:
        process = subprocess.Popen(command, cwd=TOP, stdout=log, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + STARTING
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                answer.read()
                break
            if time.monotonic() > end:
                raise TimeoutError("The server does not start")
            time.sleep(0.1)
        yield port
    except BaseException:
        with open(log.name, errors="replace") as said:
            print("".join(said.readlines()[-20:]), file=sys.stderr)
        raise
    finally:
        process.terminate()
        process.wait()


def talk(port, seconds=TALKING, until=lambda: True):
    """Post messages for `seconds`, and then until `until()`; return latencies in ms, ascending."""
    crowd = Crowd(("127.0.0.1", port), [f"/rooms/{TALK}/sockjs"], SESSIONS, [(HELLO, 1)])
    latencies = []
    following = [time.perf_counter()]

    def speak(now):
        if now >= following[0]:
            following[0] = now + 1 / PACE
            crowd.sessions[0].send()

    while not latencies or not until():
        found, _rate = crowd.run(seconds, lambda _session, _count: None, warm_up=1.0, tick=speak)
        latencies += found
        seconds = 2
    for session in crowd.sessions:
        session.sock.close()
    return [each / 1e6 for each in sorted(latencies)]


def indexed(folder):
    """Return the number of messages in the index."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{folder}/search.db?mode=rw", uri=True)) as connection:
            rows = connection.execute("SELECT through FROM parts WHERE room = ? AND view = ''", (ROOM,)).fetchall()
            return rows[0][0] if rows else 0
    except sqlite3.Error:
        return 0


def ask(port, q):
    """Return the durations of TIMES queries in ms, ascending, and the last result."""
    query = urllib.parse.urlencode({"q": q, "as": "original"})
    request = urllib.request.Request(f"http://127.0.0.1:{port}/rooms/{ROOM}/search?{query}")
    request.add_header("Accept", "application/json")
    took = []
    for _time in range(TIMES):
        begin = time.perf_counter()
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
        took.append(1000 * (time.perf_counter() - begin))
    return sorted(took), body


def size_of(folder, begin):
    """Return the size in bytes of the files whose names start with `begin`."""
    return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.startswith(begin))


def at(share, values):
    return values[min(int(share * len(values)), len(values) - 1)]


def print_row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200_000)
    messages = parser.parse_args().messages
    with tempfile.TemporaryDirectory(prefix="piratechat-bench-") as folder:
        build(folder, messages)
        print_row("what", "p50 ms", "p99 ms", "and")
        print_row("---", "--:", "--:", "---")
        with server(folder, "chat.ini") as port:
            found = talk(port)
            print_row("talking, no index", f"{at(0.5, found):.1f}", f"{at(0.99, found):.1f}", f"{len(found):,} heard")
        with server(folder, "search.ini") as port:
            begin = time.monotonic()
            filled = []

            def is_full():
                if not filled and indexed(folder) >= messages:
                    filled.append(time.monotonic() - begin)
                return filled or time.monotonic() - begin > FILLING

            found = talk(port, 2, is_full)
            print_row("talking, filling", f"{at(0.5, found):.1f}", f"{at(0.99, found):.1f}", f"{len(found):,} heard")
            seconds = filled[0]
            print_row("filling", "", "", f"{seconds:.0f} s, {messages / seconds:,.0f} messages a second")
            size, log = size_of(folder, "search.db"), size_of(folder, "chat.fs")
            print_row("size", "", "", f"{size / 1e6:,.0f} MB; the log has {log / 1e6:,.0f} MB")
            found = talk(port)
            print_row("talking, filled", f"{at(0.5, found):.1f}", f"{at(0.99, found):.1f}", f"{len(found):,} heard")
            for what, q in QUERIES.items():
                took, body = ask(port, q)
                more = f"{body.count(FOUND)} found" + (", incomplete" if b'"incomplete"' in body else "")
                print_row(f"query: {what}", f"{at(0.5, took):.1f}", f"{at(0.99, took):.1f}", more)


if __name__ == "__main__":
    main()
