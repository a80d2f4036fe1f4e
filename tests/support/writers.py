"""Clients that send the next message when the last one is on disk."""

import select
import time

from sockjs_support.waiting import TIMEOUT


def write(writers, commits):
    """Let all clients write concurrently, up to `commits` messages in total."""
    by_socket = {writer.window.ws.sock: writer for writer in writers}
    for writer in writers:
        writer.begin()
    end = time.monotonic() + 3 * TIMEOUT
    while sum(writer.commits for writer in writers) < commits:
        assert time.monotonic() < end, writers
        for sock in select.select(list(by_socket), [], [], TIMEOUT)[0]:
            by_socket[sock].hear()


class Writer:
    """A client whose window has not joined; it alone posts at its process, so that each message is a commit."""

    def __init__(self, window, name):
        self.window = window
        self.name = window.join(name=name)["you"]
        self.commits = -1
        #: Milliseconds from sending each message until it is on disk.
        self.delays = []
        self._said = None

    def __repr__(self):
        return f"<{self.name}: {self.commits}>"

    def begin(self):
        """Send the next message."""
        now = time.monotonic()
        if self._said is not None:
            self.delays.append(1000 * (now - self._said))
        self.commits += 1
        self._said = now
        self.window.say("Ahoy", nonce=f"n{self.commits}")

    def hear(self):
        """Process received events."""
        self._take(self.window.next())
        while self.window.heard:
            self._take(self.window.next())

    def _take(self, event):
        if (event["type"], event.get("author"), event.get("nonce")) == ("message", self.name, f"n{self.commits}"):
            self.begin()
