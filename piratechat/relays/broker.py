"""A relay through a message broker, independent of its protocol.

There are two connections, each with a loop that re-establishes it: one publishes texts, several at a time, and the
other receives them.  The broker stores nothing for disconnected processes, so texts are lost while a connection is
down.
"""

import logging
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, Protocol, TypeVar

import gevent
from gevent.event import AsyncResult, Event
from zope.interface import implementer

from piratechat.cooperative import yielding
from piratechat.interfaces import IRelay
from piratechat.relays.errors import NotConnected

log = logging.getLogger(__name__)

#: Seconds that connecting may take.
CONNECT_TIMEOUT = 3.0
#: Seconds of silence after which the server is pinged, and after which it counts as gone.
PING_INTERVAL, SILENCE = 2.0, 6.0
#: Seconds before reconnecting, initially and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
#: Seconds in which a subscription must be confirmed.
SUBSCRIBE_TIMEOUT = 2.0
#: Maximum number of texts to send together.
MAX_BATCH = 200
#: Maximum number of texts in the queue, and of their characters; beyond that the oldest are dropped.
MAX_OUTBOX, MAX_OUTBOX_LENGTH = 10_000, 8_000_000

#: A channel and a text.
Post = tuple[str, str]
#: Whether to subscribe to a channel or to unsubscribe, and its name.
Command = tuple[bool, str]
#: A channel and a text from it, or None if its subscription is confirmed.
Heard = tuple[str, str | None]


class Line(Protocol):
    """A connection to the server, used once; failures raise one of its `errors`."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The exceptions for a broken or failed connection."""

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect, within `CONNECT_TIMEOUT`; `refused` is called with a reason when the server blocks publishing."""

    def close(self) -> None:
        """Disconnect; raises nothing, and has no effect if it is not connected."""


class SendingLine(Line, Protocol):
    """A connection for publishing."""

    def send(self, posts: Sequence[Post]) -> None:
        """Publish `posts`, and return when the server has them; without any, return when it has answered."""


class ListeningLine(Line, Protocol):
    """A connection for receiving."""

    def send(self, commands: Sequence[Command]) -> None:
        """Send `commands`; without any, send a ping.  Another greenlet may be in `heard` meanwhile."""

    def heard(self) -> Iterator[Heard]:
        """Yield received texts, and a confirmation for each subscription."""


L = TypeVar("L", bound=Line)


@implementer(IRelay)
class BrokerRelay:
    """Carries texts between all processes that use the same server with the same prefix."""

    reaches_others = True

    def __init__(
        self, make_sending_line: Callable[[], SendingLine], make_listening_line: Callable[[], ListeningLine]
    ) -> None:
        self._sender = _Sender(make_sending_line)
        self._listener = _Listener(make_listening_line)
        self._loops: list[gevent.Greenlet] = []

    @property
    def connected(self) -> bool:
        return self._sender.connected and self._listener.connected

    @property
    def dropped(self) -> Mapping[str, int]:
        return self._sender.dropped

    def start(self, receive: Callable[[str, str], None], missed: Callable[[], None]) -> None:
        self._listener.receive = receive
        self._loops = [
            gevent.spawn(_stay_connected, self._listener, missed),
            gevent.spawn(_stay_connected, self._sender, missed),
        ]

    def publish(self, channel: str, text: str) -> None:
        self._sender.put(channel, text)

    def subscribe(self, channel: str) -> None:
        self._listener.subscribe(channel)

    def unsubscribe(self, channel: str) -> None:
        self._listener.unsubscribe(channel)

    def stop(self, timeout: float) -> None:
        self._sender.finish(timeout)
        gevent.killall(self._loops, timeout=timeout)
        self._loops = []


def _stay_connected(end: "_End[L]", missed: Callable[[], None]) -> None:
    """Run `end` over successive connections."""
    pause = FIRST_PAUSE
    told = False

    def refused(reason: str) -> None:
        log.warning("The relay's server blocks publishing (%s): %s", end.name, reason)
        end.refused()

    while True:
        begun = time.monotonic()
        line = end.make_line()
        try:
            line.connect(refused)
            end.begin(line)
            log.info("The relay is connected: %s", end.name)
            told = False
            gevent.spawn(missed)
            end.work(line)
        except line.errors as error:
            if not told:
                told = True
                log.warning("The relay is not connected (%s): %s", end.name, error)
        except Exception:
            log.exception("The relay failed (%s)", end.name)
        finally:
            end.end()
            line.close()
        if time.monotonic() - begun > SILENCE:
            pause = FIRST_PAUSE
        # Processes that have lost the same server should not all reconnect at the same moment.
        gevent.sleep(random.uniform(pause / 2, pause))  # noqa: S311
        pause = min(2 * pause, LONGEST_PAUSE)


class _End(Generic[L]):
    """The part of the relay that uses one of the connections."""

    name: str

    def __init__(self, make_line: Callable[[], L]) -> None:
        self.make_line = make_line
        self._begun = self._refused = False

    @property
    def connected(self) -> bool:
        """Whether it is connected."""
        return self._begun and not self._refused

    def begin(self, line: L) -> None:
        """Initialize a connection; then this end is connected."""
        raise NotImplementedError

    def work(self, line: L) -> None:
        """Use the connection until it fails."""
        raise NotImplementedError

    def refused(self) -> None:
        """The server blocks publishing until this connection has ended."""
        self._refused = True
        self._drop()

    def end(self) -> None:
        """The connection has ended."""
        self._begun = self._refused = False
        self._drop()

    def _drop(self) -> None:
        """Drop queued items."""
        raise NotImplementedError


class _Sender(_End[SendingLine]):
    """The publishing end."""

    name = "publishing"

    def __init__(self, make_line: Callable[[], SendingLine]) -> None:
        super().__init__(make_line)
        self._outbox: deque[Post] = deque()
        self._length = 0
        self._wanted = Event()
        self._empty = Event()
        self._empty.set()
        self.dropped: Counter[str] = Counter()

    def put(self, channel: str, text: str) -> None:
        """Queue `text`; without a connection it is dropped, because processes detect missing texts in other ways."""
        if not self.connected:
            self.dropped["not-connected"] += 1
            return
        self._outbox.append((channel, text))
        self._length += len(text)
        while len(self._outbox) > MAX_OUTBOX or self._length > MAX_OUTBOX_LENGTH:
            self._length -= len(self._outbox.popleft()[1])
            self.dropped["outbox-full"] += 1
        self._empty.clear()
        self._wanted.set()

    def begin(self, line: SendingLine) -> None:
        line.send([])
        self._begun = True

    def work(self, line: SendingLine) -> None:
        while True:
            self._wanted.wait(PING_INTERVAL)
            self._wanted.clear()
            batch = list(islice(self._outbox, MAX_BATCH))
            line.send(batch)
            for sent in batch:
                if self._outbox and self._outbox[0] is sent:  # it may have been dropped meanwhile
                    self._length -= len(self._outbox.popleft()[1])
            if self._outbox:
                self._wanted.set()
            else:
                self._empty.set()

    def _drop(self) -> None:
        self.dropped["not-connected"] += len(self._outbox)
        self._outbox.clear()
        self._length = 0
        self._empty.set()

    def finish(self, timeout: float) -> None:
        """Wait until the queue is empty, or `timeout` seconds."""
        self._empty.wait(timeout)


class _Listener(_End[ListeningLine]):
    """The receiving end."""

    name = "listening"

    def __init__(self, make_line: Callable[[], ListeningLine]) -> None:
        super().__init__(make_line)
        self.receive: Callable[[str, str], None] = lambda _channel, _text: None
        self._channels: dict[str, None] = {}
        #: Waiting callers of `subscribe`, in the order of their commands.
        self._confirmations: dict[str, deque[AsyncResult]] = {}
        self._commands: deque[Command] = deque()
        self._wanted = Event()

    def subscribe(self, channel: str) -> None:
        """Subscribe to `channel`, and wait for the confirmation.  Raises NotConnected."""
        self._channels[channel] = None
        if not self.connected:
            raise NotConnected
        confirmation = AsyncResult()
        self._confirmations.setdefault(channel, deque()).append(confirmation)
        self._command(True, channel)
        try:
            confirmation.get(timeout=SUBSCRIBE_TIMEOUT)
        except gevent.Timeout:
            raise NotConnected from None

    def unsubscribe(self, channel: str) -> None:
        """Unsubscribe from `channel`."""
        if self._channels.pop(channel, self) is None and self.connected:
            self._command(False, channel)

    def begin(self, line: ListeningLine) -> None:
        # Subscribe to all channels again; from then on no text is missed.
        subscribed = list(self._channels)
        heard = line.heard()
        for channels in yielding(_chunks(subscribed, MAX_BATCH)):
            line.send([(True, channel) for channel in channels])
            confirmed = 0
            while confirmed < len(channels):
                confirmed += self._take(*next(heard))
        self._begun = True
        for channel in subscribed:  # subscriptions may have changed meanwhile
            if channel not in self._channels:
                self._command(False, channel)
        for channel in self._channels.keys() - set(subscribed):
            self._command(True, channel)

    def work(self, line: ListeningLine) -> None:
        sending = gevent.spawn(self._send_commands, line)
        try:
            for channel, text in yielding(line.heard()):  # yields to other greenlets, however much is published
                self._take(channel, text)
        finally:
            sending.kill()

    def _drop(self) -> None:
        self._commands.clear()
        confirmations, self._confirmations = self._confirmations, {}
        for waiting in confirmations.values():
            for confirmation in waiting:  # release waiting callers
                confirmation.set_exception(NotConnected())

    def _command(self, listen: bool, channel: str) -> None:
        self._commands.append((listen, channel))
        self._wanted.set()

    def _send_commands(self, line: ListeningLine) -> None:
        """Send subscriptions, and pings in between; `work` reads the replies."""
        while True:
            self._wanted.wait(PING_INTERVAL)
            self._wanted.clear()
            commands = list(islice(self._commands, MAX_BATCH))
            for _ in commands:
                self._commands.popleft()
            if self._commands:
                self._wanted.set()
            try:
                line.send(commands)
            except line.errors:
                return  # the reading greenlet notices that, too

    def _take(self, channel: str, text: str | None) -> bool:
        """Process a text or a confirmation; return whether it is a confirmation."""
        if text is not None:
            self.receive(channel, text)
            return False
        waiting = self._confirmations.get(channel)
        if waiting:
            waiting.popleft().set()
            if not waiting:
                del self._confirmations[channel]
        return True


def _chunks(channels: Iterable[str], size: int) -> Iterable[Sequence[str]]:
    found = list(channels)
    return [found[begin : begin + size] for begin in range(0, len(found), size)]
