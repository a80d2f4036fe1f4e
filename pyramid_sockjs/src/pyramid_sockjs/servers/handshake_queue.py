"""A queue of WebSocket handshakes that have arrived completely.

When a server restarts, thousands arrive at the same moment.  One greenlet answers them all: one for each would be a
fifth of the cost of opening a session.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.pool import Group

from pyramid_sockjs.servers.throttling import Turnstile

#: The lane of the turnstile for WebSocket handshakes.
LANE = True


class HandshakeQueue:
    """Calls `answer` with each handshake, several in each turn of the loop; clients take turns.

    While `answer` waits, another greenlet continues with the queue, and so it does after an unexpected exception.
    """

    def __init__(self, turnstile: Turnstile, answer: Callable[[Any], None]) -> None:
        self._turnstile = turnstile
        self._answer = answer
        self._waiting: OrderedDict[str, deque[Any]] = OrderedDict()
        self._size = 0
        #: The greenlets that answer.
        self.greenlets = Group()
        self._active: gevent.Greenlet | None = None  # the one that takes handshakes from the queue
        self._answering = False  # whether that one is in `answer`

    def __len__(self) -> int:
        """The number of handshakes without an answer, including those whose answers wait."""
        return self._size

    def put(self, client: str, handshake: Any) -> None:
        """Queue a handshake of `client`.  Does not block."""
        self._waiting.setdefault(client, deque()).append(handshake)
        self._size += 1
        if self._active is None:
            self._start()

    def _start(self) -> None:
        self._answering = False
        self._active = self.greenlets.spawn(self._run)

    def _run(self) -> None:
        own = gevent.getcurrent()
        try:
            while self._waiting and self._active is own:
                self._turnstile.pass_through("", lane=LANE)
                self._answer_some(own)
        except (Exception, gevent.Timeout):  # such as a timeout that an answer has left behind
            if self._waiting and self._active is own:
                self._start()
            raise
        finally:
            if self._active is own:
                self._active = None

    def _answer_some(self, own: gevent.Greenlet) -> None:
        """Answer as many handshakes as may begin in this turn of the loop."""
        gevent.get_hub().loop.run_callback(self._replace_if_blocked, own)
        while self._waiting and self._active is own:
            self._answering = True
            try:
                self._answer(self._next())
            finally:
                self._size -= 1
            if self._active is not own:
                return
            self._answering = False
            if not self._turnstile.is_open(LANE):
                return

    def _replace_if_blocked(self, greenlet: gevent.Greenlet) -> None:
        """Run when `greenlet` has yielded: if it did so in `answer`, another one answers the other handshakes."""
        if self._active is greenlet and self._answering:
            self._active = None
            if self._waiting:
                self._start()

    def _next(self) -> Any:
        client, queue = self._waiting.popitem(last=False)
        handshake = queue.popleft()
        if queue:
            self._waiting[client] = queue  # behind the other clients
        return handshake
