"""A relay by a server that carries messages, whatever it speaks.

There are two connections, each with a loop that makes it again: one on which
texts are published, many at once, and one that listens.  The server keeps
nothing of what is published for those who are not there, so what is said while
a connection is away is lost.
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
#: Seconds of silence after which the server is asked whether it is there, and after which it is not.
PING_INTERVAL, SILENCE = 2.0, 6.0
#: Seconds until the next attempt to connect: at first, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
#: Seconds in which a subscription is confirmed.
SUBSCRIBE_TIMEOUT = 2.0
#: Texts that are sent at once.
MAX_BATCH = 200
#: Texts that wait to be sent, and their characters; beyond that the oldest are dropped.
MAX_OUTBOX, MAX_OUTBOX_LENGTH = 10_000, 8_000_000

#: A text and its channel.
Post = tuple[str, str]
#: Whether a channel is to be listened to or no more, and its name.
Command = tuple[bool, str]
#: A channel and a text that was published there, or None: it is listened to from now on.
Heard = tuple[str, str | None]


class Line(Protocol):
    """One connection to the server, used once; what fails raises one of its `errors`."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What says that the connection is broken, or was not made."""

    def connect(self, refused: Callable[[str], None]) -> None:
        """Connect, within `CONNECT_TIMEOUT`; `refused` is called with a reason if the server takes nothing for now."""

    def close(self) -> None:
        """Disconnect; raises nothing, and does nothing if it is not connected."""


class SendingLine(Line, Protocol):
    """One on which texts are published."""

    def send(self, posts: Sequence[Post]) -> None:
        """Publish `posts`, and return when the server has them; without any, when it has answered."""


class ListeningLine(Line, Protocol):
    """One on which they are heard."""

    def send(self, commands: Sequence[Command]) -> None:
        """Send `commands`; without any, ask for a sign of life.  Meanwhile another greenlet may be in `heard`."""

    def heard(self) -> Iterator[Heard]:
        """Yield what comes, for each channel that was to be listened to a confirmation."""


L = TypeVar("L", bound=Line)


@implementer(IRelay)
class BrokerRelay:
    """Carries texts between all processes that use the same server, and call it by the same name there."""

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
    """Have `end` do its work on one connection after the other."""
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
        # Processes that lost the same server do not come back all at once.
        gevent.sleep(random.uniform(pause / 2, pause))  # noqa: S311
        pause = min(2 * pause, LONGEST_PAUSE)


class _End(Generic[L]):
    """What there is one connection for."""

    name: str

    def __init__(self, make_line: Callable[[], L]) -> None:
        self.make_line = make_line
        self._begun = self._refused = False

    @property
    def connected(self) -> bool:
        """Whether texts get through."""
        return self._begun and not self._refused

    def begin(self, line: L) -> None:
        """Do what comes first on a connection; then this end is connected."""
        raise NotImplementedError

    def work(self, line: L) -> None:
        """Use the connection until it fails."""
        raise NotImplementedError

    def refused(self) -> None:
        """The server takes nothing until this connection has ended."""
        self._refused = True
        self._drop()

    def end(self) -> None:
        """The connection has ended."""
        self._begun = self._refused = False
        self._drop()

    def _drop(self) -> None:
        """Forget what waits."""
        raise NotImplementedError


class _Sender(_End[SendingLine]):
    """The connection on which texts are published."""

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
        """Have `text` published; nothing waits for a connection, since those who missed it find out otherwise."""
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
        """Wait until all is sent, or `timeout` seconds."""
        self._empty.wait(timeout)


class _Listener(_End[ListeningLine]):
    """The connection on which texts are heard."""

    name = "listening"

    def __init__(self, make_line: Callable[[], ListeningLine]) -> None:
        super().__init__(make_line)
        self.receive: Callable[[str, str], None] = lambda _channel, _text: None
        self._channels: dict[str, None] = {}
        #: Those who wait until a channel is subscribed to, in the order of their commands.
        self._confirmations: dict[str, deque[AsyncResult]] = {}
        self._commands: deque[Command] = deque()
        self._wanted = Event()

    def subscribe(self, channel: str) -> None:
        """Listen to `channel`, and wait until that is so.  Raises NotConnected."""
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
        """Listen to `channel` no more."""
        if self._channels.pop(channel, self) is None and self.connected:
            self._command(False, channel)

    def begin(self, line: ListeningLine) -> None:
        # Listen to all channels again; then nothing that is published is missed any more.
        subscribed = list(self._channels)
        heard = line.heard()
        for channels in yielding(_chunks(subscribed, MAX_BATCH)):
            line.send([(True, channel) for channel in channels])
            confirmed = 0
            while confirmed < len(channels):
                confirmed += self._take(*next(heard))
        self._begun = True
        for channel in subscribed:  # others may have come and gone meanwhile
            if channel not in self._channels:
                self._command(False, channel)
        for channel in self._channels.keys() - set(subscribed):
            self._command(True, channel)

    def work(self, line: ListeningLine) -> None:
        sending = gevent.spawn(self._send_commands, line)
        try:
            for channel, text in yielding(line.heard()):  # others take turns, however much is published
                self._take(channel, text)
        finally:
            sending.kill()

    def _drop(self) -> None:
        self._commands.clear()
        confirmations, self._confirmations = self._confirmations, {}
        for waiting in confirmations.values():
            for confirmation in waiting:  # whoever subscribes waits no longer
                confirmation.set_exception(NotConnected())

    def _command(self, listen: bool, channel: str) -> None:
        self._commands.append((listen, channel))
        self._wanted.set()

    def _send_commands(self, line: ListeningLine) -> None:
        """Send what is to be listened to, and ask in between whether the server is there; `work` reads the answers."""
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
                return  # whoever reads finds that out, too

    def _take(self, channel: str, text: str | None) -> bool:
        """Take a text or a confirmation; return whether it confirms."""
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
