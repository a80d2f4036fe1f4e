"""A relay by Redis Pub/Sub: https://redis.io/docs/latest/develop/pubsub/."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from piratechat.options import Options
from piratechat.relays.broker import CONNECT_TIMEOUT, SILENCE, BrokerRelay, Command, Heard, Post

#: Creates a connection that is not connected yet.
MakeConnection = Callable[[], Any]


def from_options(options: Options) -> BrokerRelay:
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
    return BrokerRelay(
        partial(_SendingLine, pool.make_connection, prefix), partial(_ListeningLine, pool.make_connection, prefix)
    )


class _Line:
    """A connection to the server; channels have the prefix `prefix` and a dot."""

    errors = (RedisError, OSError, ValueError)

    def __init__(self, make_connection: MakeConnection, prefix: str) -> None:
        self._connection = make_connection()
        self._prefix = f"{prefix}."

    def connect(self, _refused: Callable[[str], None]) -> None:
        self._connection.connect()

    def close(self) -> None:
        self._connection.disconnect()

    def _send(self, commands: Sequence[tuple[str, ...]]) -> None:
        self._connection.send_packed_command(self._connection.pack_commands(commands or [("PING",)]))


class _SendingLine(_Line):
    def send(self, posts: Sequence[Post]) -> None:
        self._send([("PUBLISH", self._prefix + channel, text) for channel, text in posts])
        for _ in range(len(posts) or 1):
            self._connection.read_response()


class _ListeningLine(_Line):
    def send(self, commands: Sequence[Command]) -> None:
        self._send([("SUBSCRIBE" if listen else "UNSUBSCRIBE", self._prefix + channel) for listen, channel in commands])

    def heard(self) -> Iterator[Heard]:
        while True:
            answer = self._connection.read_response()
            if not isinstance(answer, list) or len(answer) != 3:
                continue
            kind, name, content = answer
            channel = name.decode("utf-8", "replace").removeprefix(self._prefix)
            if kind == b"message":
                yield channel, content.decode("utf-8", "replace")
            elif kind == b"subscribe":
                yield channel, None
