"""Reading a room through a translator that takes a second for each text.

    bin/python bench/slow_room.py [--lines 50] [--seconds 1]

A reader opens a room with `--lines` messages like the page: visible messages first, the others later.  When a quarter
is translated, a message is posted in another room, and when half is translated, one in this room.  Messages are out of
order if they were translated before a newer one that was not being translated at the same time.  The first run is with
one call at a time, and the second with two, the default.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from itertools import pairwise

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.translation_services import Plain

#: Messages that a window shows initially.
IN_SIGHT = 10

HEAD = (
    "calls at once",
    "calls",
    "newest s",
    "in sight s",
    "whole s",
    "out of order",
    "said in another room s",
    "said in this room s",
)


class Slow(Plain):
    """Takes `seconds` for each text."""

    def __init__(self, seconds):
        super().__init__()
        self._seconds = seconds

    def answer(self, asked):
        self.closing.wait(self._seconds)
        return super().answer(asked)


class Reader(threading.Thread):
    """Reads a room through the translator, and records when each translation arrived."""

    def __init__(self, port, room):
        super().__init__(daemon=True)
        self._window = Window(port, room)
        self._window.join(**{"as": "slow"})
        self._has_come = threading.Condition()
        self.read = {}
        self.start()

    def ask(self, seqs, **more):
        self._window.send({"type": "read", "seqs": list(seqs), **more})

    def run(self):
        with suppress(AssertionError):  # no more events will arrive
            self._listen()

    def _listen(self):
        while (event := self._window.next()) is not None:
            if event["type"] in ("message", "view"):
                view = event.get("view", event)
                if view["state"] == "failed":
                    raise RuntimeError(view["reason"])
                if view["state"] == "ready":
                    with self._has_come:
                        self.read.setdefault(event["seq"], time.monotonic())
                        self._has_come.notify_all()

    def wait(self, *seqs, seconds):
        """Return when the last of these translations arrived."""
        with self._has_come:
            assert self._has_come.wait_for(lambda: all(seq in self.read for seq in seqs), seconds), "it takes too long"
        return max(self.read[seq] for seq in seqs)


def measured(concurrency, lines, seconds):
    """Return a row of the table."""
    service = Slow(seconds)
    with tempfile.TemporaryDirectory(prefix="piratechat-") as folder:
        options = ("slow", service.url), ("concurrency", concurrency)
        words = [word for name, value in options for word in ("--paste-global", f"{name}={value}")]
        server = ChatServer(
            folder, words, ini=os.path.join(os.path.dirname(os.path.abspath(__file__)), "slow_room.ini")
        )
        try:
            return concurrency, *_read(server.port, service, concurrency, lines, seconds)
        finally:
            server.stop()
            service.close()


def _read(port, service, concurrency, lines, seconds):
    owner = Browser(port)
    room, other = owner.open_room("Ada"), owner.open_room("Bo")
    speaker, speaker_there = Window(port, room, owner), Window(port, other, owner)
    for window in (speaker, speaker_there):
        window.join(**{"as": "original"})
    for number in range(1, lines + 1):
        speaker.say(f"this is line {number}")
        speaker.hear("message")
    reader, reader_there = Reader(port, room), Reader(port, other)
    begun = time.monotonic()
    reader.ask(range(lines, lines - IN_SIGHT, -1))
    reader.ask(range(lines - IN_SIGHT, 0, -1), later=True)
    patience = 10 * lines * seconds
    reader.wait(lines - lines // 4, seconds=patience)
    said_there = time.monotonic()
    speaker_there.say("a line in another room")
    read_there = reader_there.wait(1, seconds=patience)
    reader.wait(lines // 2, seconds=patience)
    said_here = time.monotonic()
    speaker.say("another line in this room")
    read_here = reader.wait(lines + 1, seconds=patience)
    whole = reader.wait(*range(1, lines + 1), seconds=patience)
    order = sorted(range(1, lines + 1), key=reader.read.__getitem__)
    in_sight = reader.wait(*range(lines - IN_SIGHT + 1, lines + 1), seconds=0)
    late = sum(one + concurrency <= other for one, other in pairwise(order))
    return (
        len(service.asked),
        *(f"{at - begun:.1f}" for at in (reader.read[lines], in_sight, whole)),
        late,
        f"{read_there - said_there:.1f}",
        f"{read_here - said_here:.1f}",
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=50, help="messages in the room")
    parser.add_argument("--seconds", type=float, default=1.0, help="what the translator takes for a text")
    options = parser.parse_args()
    if options.lines <= IN_SIGHT:
        parser.error(f"--lines must be more than {IN_SIGHT}")
    print(f"{options.lines} lines, {options.seconds:g} s a text\n")
    for row in (HEAD, ["---"] * len(HEAD), *(measured(count, options.lines, options.seconds) for count in (1, 2))):
        print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
