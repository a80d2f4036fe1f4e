"""Effect of a restart on clients that connect meanwhile, and of idle connections on a restart."""

import http.client
import signal
import threading
import time
from itertools import pairwise

#: Seconds between two clients, each on a new connection.
PACE = 0.03
#: Seconds of connecting clients before and after the signal.
BEFORE, AFTER = 0.5, 5.0
#: Timeout of a client in seconds.
PATIENCE = 60

HEAD = ["restart", "ends s", "asked", "lost", "refused", "longest without an answer s"]


class Visitors(threading.Thread):
    """A client connects every PACE seconds, requests `path`, and records the result."""

    def __init__(self, port, path):
        super().__init__(daemon=True)
        self._port = port
        self._path = path
        self._stopping = threading.Event()
        self._crowd = []
        self.outcomes = []  # the time, and a status or an exception

    def run(self):
        while not self._stopping.wait(PACE):
            visitor = threading.Thread(target=self._visit)
            visitor.start()
            self._crowd.append(visitor)

    def _visit(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("GET", self._path)
            outcome = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            outcome = error
        finally:
            connection.close()
        self.outcomes.append((time.monotonic(), outcome))

    def stop(self):
        """Stop connecting, and wait for the remaining clients."""
        self._stopping.set()
        self.join()
        for visitor in self._crowd:
            visitor.join()


def idle_connections(port, count):
    """Return open connections that have made a request."""
    found = [http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE) for _ in range(count)]
    for connection in found:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    return found


def measure_end(server, port, idle):
    """Return a row about TERM while there are `idle` connections."""
    held = idle_connections(port, idle)
    begin = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait()
    row = [f"TERM, {len(held)} idle connections", f"{time.monotonic() - begin:.2f}"]
    return row + [""] * (len(HEAD) - len(row))


def measure_reload(server, port, path, idle):
    """Return a row about HUP while there are `idle` connections, and while others request `path`."""
    held = idle_connections(port, idle)
    (old,) = server.pids()[1:]
    visitors = Visitors(port, path)
    visitors.start()
    time.sleep(BEFORE)
    begin = time.monotonic()
    server.process.send_signal(signal.SIGHUP)
    while old in server.pids():
        time.sleep(0.01)
    ended = time.monotonic() - begin
    time.sleep(AFTER)
    visitors.stop()
    outcomes = sorted(visitors.outcomes, key=lambda outcome: outcome[0])
    lost = sum(not isinstance(outcome, int) for _at, outcome in outcomes)
    answered = [at for at, outcome in outcomes if outcome == 200]
    longest = max(later - earlier for earlier, later in pairwise(answered))
    refused = len(outcomes) - lost - len(answered)
    name = f"HUP, {len(held)} idle connections, {path} asked for"
    return [name, f"{ended:.2f}", str(len(outcomes)), str(lost), str(refused), f"{longest:.2f}"]
