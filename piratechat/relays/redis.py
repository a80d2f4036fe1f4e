"""A relay by the publish and subscribe of Redis: https://redis.io/docs/latest/develop/pubsub/.

There are two connections, each with a loop that makes it again: one on which
texts are published, many at once, and one that listens.  Redis keeps nothing
of what is published, so what is said while a connection is away is lost.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from zope.interface import implementer

from piratechat.cooperative import yielding
from piratechat.interfaces import IRelay
from piratechat.options import Options
from piratechat.relays.errors import NotConnected

log = logging.getLogger(__name__)

#: Seconds that connecting may take, and sending.
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

#: Makes a connection that is not connected yet.
MakeConnection = Callable[[], Any]


@implementer(IRelay)
class RedisRelay:
    """Carries texts between all processes that use the same server and `prefix`."""

    reaches_others = True

    def __init__(self, make_connection: MakeConnection, prefix: str) -> None:
        self._sender = _Sender(make_connection, prefix)
        self._listener = _Listener(make_connection, prefix)
        self._loops: list[gevent.Greenlet] = []

    @property
    def connected(self) -> bool:
        return self._sender.connected and self._listener.connected

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


def from_options(options: Options) -> RedisRelay:
    """Return the relay that the ini file describes.  Raises ValueError, naming the setting."""
    url = options.secret("url", "redis://127.0.0.1:6379/0")
    prefix = options.text("prefix", "piratechat")
    try:
        pool = ConnectionPool.from_url(
            url.reveal(),
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=CONNECT_TIMEOUT,
            socket_timeout=SILENCE,
            health_check_interval=0,
        )
        pool.make_connection()
    except (ValueError, TypeError):
        raise options.wrong("url", "must be an address such as redis://:PASSWORD@127.0.0.1:6379/0") from None
    return RedisRelay(pool.make_connection, prefix)


def _stay_connected(end: "_Sender | _Listener", missed: Callable[[], None]) -> None:
    """Have `end` do its work on one connection after the other."""
    pause = FIRST_PAUSE
    told = False
    while True:
        connection = end.make_connection()
        try:
            connection.connect()
            end.begin(connection)
            log.info("The relay is connected: %s", end.name)
            pause, told = FIRST_PAUSE, False
            gevent.spawn(missed)
            end.work(connection)
        except (RedisError, OSError, ValueError) as error:
            if not told:
                told = True
                log.warning("The relay is not connected (%s): %s", end.name, error)
        except Exception:
            log.exception("The relay broke (%s)", end.name)
        finally:
            end.end()
            connection.disconnect()
        gevent.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


class _Sender:
    """The connection on which texts are published."""

    name = "publishing"

    def __init__(self, make_connection: MakeConnection, prefix: str) -> None:
        self.make_connection = make_connection
        self.connected = False
        self._prefix = prefix
        self._outbox: deque[tuple[str, str]] = deque()
        self._length = 0
        self._wanted = Event()
        self._empty = Event()
        self._empty.set()

    def put(self, channel: str, text: str) -> None:
        """Have `text` published; nothing waits for a connection, since those who missed it find out otherwise."""
        if not self.connected:
            return
        self._outbox.append((channel, text))
        self._length += len(text)
        while len(self._outbox) > MAX_OUTBOX or self._length > MAX_OUTBOX_LENGTH:
            self._length -= len(self._outbox.popleft()[1])
        self._empty.clear()
        self._wanted.set()

    def begin(self, _connection: Any) -> None:
        """Take texts from now on."""
        self.connected = True

    def work(self, connection: Any) -> None:
        """Publish what is put into the outbox, until the connection fails."""
        while True:
            self._wanted.wait(PING_INTERVAL)
            self._wanted.clear()
            batch = list(islice(self._outbox, MAX_BATCH))
            commands = [self._command(*post) for post in batch] or [("PING",)]
            connection.send_packed_command(connection.pack_commands(commands))
            for _ in commands:
                connection.read_response()
            for sent in batch:
                if self._outbox and self._outbox[0] is sent:  # it may have been dropped meanwhile
                    self._length -= len(self._outbox.popleft()[1])
            if self._outbox:
                self._wanted.set()
            else:
                self._empty.set()

    def end(self) -> None:
        """Forget what was not sent."""
        self.connected = False
        self._outbox.clear()
        self._length = 0
        self._empty.set()

    def finish(self, timeout: float) -> None:
        """Wait until all is sent, or `timeout` seconds."""
        self._empty.wait(timeout)

    def _command(self, channel: str, text: str) -> tuple[str, ...]:
        return "PUBLISH", f"{self._prefix}.{channel}", text


class _Listener:
    """The connection on which texts are heard."""

    name = "listening"

    def __init__(self, make_connection: MakeConnection, prefix: str) -> None:
        self.make_connection = make_connection
        self.connected = False
        self.receive: Callable[[str, str], None] = lambda _channel, _text: None
        self._prefix = f"{prefix}."
        self._channels: dict[str, None] = {}
        #: Those who wait until a channel is subscribed to, in the order of their commands.
        self._confirmations: dict[str, deque[AsyncResult]] = {}
        self._commands: deque[tuple[str, str]] = deque()
        self._wanted = Event()

    def subscribe(self, channel: str) -> None:
        """Listen to `channel`, and wait until that is so.  Raises NotConnected."""
        self._channels[channel] = None
        if not self.connected:
            raise NotConnected
        confirmation = self._subscribe(channel)
        try:
            confirmation.get(timeout=SUBSCRIBE_TIMEOUT)
        except gevent.Timeout:
            raise NotConnected from None

    def unsubscribe(self, channel: str) -> None:
        """Listen to `channel` no more."""
        if self._channels.pop(channel, self) is None and self.connected:
            self._command("UNSUBSCRIBE", channel)

    def begin(self, connection: Any) -> None:
        """Listen to all channels again; then nothing that is published is missed any more."""
        subscribed = list(self._channels)
        for channels in yielding(_chunks(subscribed, MAX_BATCH)):
            connection.send_command("SUBSCRIBE", *(self._prefix + channel for channel in channels))
            confirmed = 0
            while confirmed < len(channels):
                confirmed += self._take(connection.read_response())
        self.connected = True
        for channel in subscribed:  # others may have come and gone meanwhile
            if channel not in self._channels:
                self._command("UNSUBSCRIBE", channel)
        for channel in self._channels.keys() - set(subscribed):
            self._command("SUBSCRIBE", channel)

    def work(self, connection: Any) -> None:
        """Hear what is published, until the connection fails."""
        sending = gevent.spawn(self._send_commands, connection)
        try:
            for answer in yielding(_answers(connection)):  # others take turns, however much is published
                self._take(answer)
        finally:
            sending.kill()

    def end(self) -> None:
        """Tell those who wait for a subscription that it cannot be had now."""
        self.connected = False
        self._commands.clear()
        confirmations, self._confirmations = self._confirmations, {}
        for waiting in confirmations.values():
            for confirmation in waiting:
                confirmation.set_exception(NotConnected())

    def _subscribe(self, channel: str) -> AsyncResult:
        confirmation = AsyncResult()
        self._confirmations.setdefault(channel, deque()).append(confirmation)
        self._command("SUBSCRIBE", channel)
        return confirmation

    def _command(self, name: str, channel: str) -> None:
        self._commands.append((name, channel))
        self._wanted.set()

    def _send_commands(self, connection: Any) -> None:
        """Send what is to be listened to, and ask in between whether the server is there; `work` reads the answers."""
        while True:
            self._wanted.wait(PING_INTERVAL)
            self._wanted.clear()
            commands: list[tuple[str, ...]] = []
            while self._commands:
                name, channel = self._commands.popleft()
                commands.append((name, self._prefix + channel))
            try:
                connection.send_packed_command(connection.pack_commands(commands or [("PING",)]))
            except (RedisError, OSError):
                return  # whoever reads finds that out, too

    def _take(self, answer: Any) -> bool:
        """Take an answer of the server: a text, a confirmation, or that it is there; return whether it confirms."""
        if not isinstance(answer, list) or len(answer) != 3:
            return False
        kind, name, content = answer
        channel = name.decode("utf-8", "replace").removeprefix(self._prefix)
        if kind == b"message":
            self.receive(channel, content.decode("utf-8", "replace"))
        elif kind == b"subscribe":
            waiting = self._confirmations.get(channel)
            if waiting:
                waiting.popleft().set()
                if not waiting:
                    del self._confirmations[channel]
            return True
        return False


def _answers(connection: Any) -> Iterator[Any]:
    while True:
        yield connection.read_response()


def _chunks(channels: Iterable[str], size: int) -> Iterable[Sequence[str]]:
    found = list(channels)
    return [found[begin : begin + size] for begin in range(0, len(found), size)]
