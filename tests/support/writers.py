"""People who say the next thing when the last one is on disk: each says as much as its process lets it."""

import select
import time

from sockjs_support.waiting import TIMEOUT


def write(writers, commits):
    """Let all write at once until there are so many commits in all."""
    by_socket = {writer.window.ws.sock: writer for writer in writers}
    for writer in writers:
        writer.begin()
    end = time.monotonic() + 3 * TIMEOUT
    while sum(writer.commits for writer in writers) < commits:
        assert time.monotonic() < end, writers
        for sock in select.select(list(by_socket), [], [], TIMEOUT)[0]:
            by_socket[sock].hear()


class Writer:
    """Speaks in a window that has not joined; nobody else speaks at its process, so each message is a commit."""

    def __init__(self, window, name):
        self.window = window
        self.name = window.join(name=name)["you"]
        self.commits = -1
        #: Milliseconds from saying something until it is on disk.
        self.delays = []
        self._said = None

    def __repr__(self):
        return f"<{self.name}: {self.commits}>"

    def begin(self):
        """Say the next thing."""
        now = time.monotonic()
        if self._said is not None:
            self.delays.append(1000 * (now - self._said))
        self.commits += 1
        self._said = now
        self.window.say("Ahoy", nonce=f"n{self.commits}")

    def hear(self):
        """Take in what has come."""
        self._take(self.window.next())
        while self.window.heard:
            self._take(self.window.next())

    def _take(self, event):
        if (event["type"], event.get("author"), event.get("nonce")) == ("message", self.name, f"n{self.commits}"):
            self.begin()
