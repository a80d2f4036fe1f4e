"""Memory of the server while visitors come and go, and what uses it.

bin/python bench/growth.py [--minutes 60] [--rate VISITORS-A-SECOND]

Each visitor is new: a browser without cookies opens a room and its socket, sets a name, posts a message, and leaves.
"""

import argparse
import http.client
import http.cookies
import json
import multiprocessing
import os
import sys
import tempfile
import time
import urllib.parse
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "bench"))

import processes  # noqa: E402
from client import Session  # noqa: E402
from search import print_row, server  # noqa: E402

#: The number of rooms, of processes with visitors, and of their addresses.
ROOMS, VISITORS, ADDRESSES = 20, 2, 250
#: Rows of the table.
ROWS = 12


def opened(port):
    """Create the rooms, and return their paths."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    home = opener.open(f"http://127.0.0.1:{port}/").read().decode()
    token = home.partition('name="csrf_token" value="')[2].partition('"')[0]
    paths = []
    for number in range(ROOMS):
        form = urllib.parse.urlencode({"csrf_token": token, "name": f"room {number}"}).encode()
        paths.append(urllib.parse.urlsplit(opener.open(f"http://127.0.0.1:{port}/", form).url).path)
    return paths


def visit(port, path, number):
    """Run one new visitor."""
    source = f"127.2.0.{number % ADDRESSES + 1}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
    connection.request("GET", path, headers={"Accept": "text/html", "User-Agent": f"Visitor {number}"})
    answer = connection.getresponse()
    answer.read()
    cookies = http.cookies.SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie") or ():
        cookies.load(header)
    connection.close()
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    session = Session(("127.0.0.1", port), f"{path}/sockjs", number, source=source, cookie=cookie)
    session.wait_open(json.dumps({"type": "join", "as": "pirate", "name": f"Visitor {number}"}))
    session.sock.settimeout(60)
    session.send_text(json.dumps({"type": "say", "text": f"Hello, my friend, it is {number}", "nonce": str(number)}))
    told = b""
    while f'"{number}'.encode() not in told and b"error" not in told:
        data = session.sock.recv(1 << 16)
        if not data:
            break
        told = told[-1000:] + data
    session.sock.close()


def come_and_go(port, paths, first, pause, count, stop):
    """Run one visitor after the other, in a separate process."""
    number = first
    while not stop.wait(pause):
        visit(port, paths[number % len(paths)], number)
        number += VISITORS
        with count.get_lock():
            count.value += 1


def told(port):
    return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/memory", timeout=300))


def row(folder, port, minutes, visitors):
    found = told(port)
    with open(os.path.join(folder, "pid")) as file:
        (worker,) = processes.family(int(file.read()))[1:]
    cells = [f"{minutes:.0f}", f"{visitors:,}", f"{processes.memory([worker]) / 1e6:.1f}"]
    cells += [f"{found[name] / 1e6:.1f}" for name in ("used", "kept", "storage caches")]
    cells += [f"{found[name]:,}" for name in ("objects", "buckets", "cached calls", "sessions", "live rooms")]
    print_row(*cells)
    return found["types"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, help="visitors a second at most (default: as many as can be)")
    options = parser.parse_args()
    minutes, pause = options.minutes, VISITORS / options.rate if options.rate else 0
    with tempfile.TemporaryDirectory(prefix="piratechat-bench-") as folder, server(folder, "growth.ini") as port:
        paths = opened(port)
        stop, count = multiprocessing.Event(), multiprocessing.Value("i", 0)
        crowd = [
            multiprocessing.Process(target=come_and_go, args=(port, paths, number, pause, count, stop), daemon=True)
            for number in range(VISITORS)
        ]
        head = ("minutes", "visitors", "MB in all", "in use by malloc", "kept by malloc", "storage caches", "objects")
        print_row(*head, "buckets", "cached calls", "sessions", "live rooms")
        print_row(*["--:"] * 11)
        row(folder, port, 0, 0)
        for visitor in crowd:
            visitor.start()
        begin = time.monotonic()
        for number in range(1, ROWS + 1):
            time.sleep(max(0.0, begin + 60 * minutes * number / ROWS - time.monotonic()))
            types = row(folder, port, minutes * number / ROWS, count.value)
        stop.set()
        for visitor in crowd:
            visitor.join(60)
        time.sleep(5)
        row(folder, port, minutes, count.value)
        print("Types that hold most, MB:", ", ".join(f"{name} {size / 1e6:.1f}" for name, size in types.items()))


if __name__ == "__main__":
    main()
