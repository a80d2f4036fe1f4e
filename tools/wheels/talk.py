"""Send a message to the echo service at PORT over a WebSocket, and expect it back: python talk.py PORT."""

import json
import sys
import time

from websockets.sync.client import connect

TIMEOUT = 20.0


def connected(url):
    """Return a connection to `url`, as soon as a server listens there."""
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return connect(url, open_timeout=TIMEOUT)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


with connected(f"ws://127.0.0.1:{sys.argv[1]}/echo/000/session/websocket") as socket:
    assert socket.recv(TIMEOUT) == "o"
    socket.send(json.dumps(["Ahoy, 世界"]))
    answer = socket.recv(TIMEOUT)
    assert (answer[0], json.loads(answer[1:])) == ("a", ["Ahoy, 世界"]), answer
