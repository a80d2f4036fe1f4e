"""Receives messages of the other processes, and repairs what the relay may have lost."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from cachetools import LRUCache

from piratechat.cooperative import yielding
from piratechat.live.registry import LiveRooms
from piratechat.live.room import LiveRoom
from piratechat.model.events import Envelope
from piratechat.peers.agreement import Agreement
from piratechat.peers.decoding import decoded
from piratechat.peers.messages import (
    MAX_LENGTH,
    Content,
    Forgotten,
    Hello,
    Learned,
    LoggedOut,
    Moved,
    Post,
    Present,
    SetUp,
    Spending,
    Taken,
    Typing,
    Whispered,
    Who,
)
from piratechat.peers.metrics import PeerMetrics
from piratechat.peers.nodes import HEARTBEAT, LEASE, MAX_NODES, Nodes
from piratechat.peers.outgoing import NODES, ROOM, TRANSLATIONS, Outgoing
from piratechat.peers.replays import Received
from piratechat.peers.seal import Seal
from piratechat.rate_limits import Limits
from piratechat.relays.errors import NotConnected
from piratechat.translation import Translated
from piratechat.translators.engine.engine import Engine

log = logging.getLogger(__name__)

#: Seconds between two checks of deadlines, and between two polls of the database while the relay is down.
TICK = 1.0
#: Seconds between two checks of quiet rooms.
PATROL = 60.0
#: Seconds in which others must answer who is in a room.
ANSWER_TIMEOUT = 2.0
#: Maximum number of envelopes that wait while the database is queried; dropped ones are detected by their numbers.
MAX_ARRIVED = 10_000
#: Seconds before a database that does not respond is queried again.
RETRY_DELAY = 0.2
#: Maximum number of processes, including ended ones, whose received numbers are remembered.
MAX_REMEMBERED = 2 * MAX_NODES


class Peers:
    """Receives from other processes by `relay`, an IRelay, and notifies `rooms` and `engine`; `seal` is the chat's.

    Before readers receive commits of other processes, `refresh` waits until these can be read here, so that data over
    HTTP is never older than events over SockJS.
    """

    def __init__(
        self,
        relay: Any,
        seal: Seal,
        outgoing: Outgoing,
        rooms: LiveRooms,
        engine: Engine,
        metrics: PeerMetrics,
        refresh: Callable[[], None],
        agreement: Agreement,
        limits: Limits,
    ) -> None:
        self._relay = relay
        self._seal = seal
        self._outgoing = outgoing
        self._rooms = rooms
        self._engine = engine
        self._metrics = metrics
        self._refresh = refresh
        self._agreement = agreement
        self._limits = limits
        self._nodes = Nodes()
        self._arrived: deque[tuple[str, Envelope]] = deque(maxlen=MAX_ARRIVED)
        self._passing_on: gevent.Greenlet | None = None
        self._received: LRUCache[str, Received] = LRUCache(MAX_REMEMBERED)
        self._watching: gevent.Greenlet | None = None
        self._said_hello = self._heard_hello = self._patrolled = 0.0
        self._connected = False
        self._silent_since: float | None = None

    @property
    def problems(self) -> list[str]:
        """Problems with the relay and with the settings of others, a sentence each; empty if there are none."""
        return [problem for problem in (self.problem, self._agreement.problem) if problem is not None]

    @property
    def problem(self) -> str | None:
        """A sentence about a problem with the relay, or None."""
        if not self._relay.reaches_others or self._connected or self._watching is None:
            return None
        return "relay: not connected, so messages from other processes arrive a second late"

    def start(self) -> None:
        """Start receiving: in the serving process, once the database is open."""
        if not self._relay.reaches_others or self._watching is not None:
            return
        self._patrolled = self._silent_since = time.monotonic()
        self._watching = gevent.spawn(self._watch)
        try:
            self._relay.start(self.receive, self._missed)
        except Exception:
            # The database is polled every second in any case.
            log.exception("The relay cannot be started: fix the cause, and restart this server")

    def stop(self, timeout: float) -> None:
        """Announce the end, and stop receiving."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.kill()
            self._outgoing.tell_nodes(Hello(going=True))
            self._relay.stop(timeout)

    # Receiving

    def receive(self, channel: str, text: str) -> None:
        """Process a message of `channel`; those of this process arrive as well."""
        if len(text) > MAX_LENGTH:
            self._metrics.drop("too-long")
            return
        if channel != NODES and self._outgoing.looks_own(text):
            return  # nothing to do: most messages, if the readers of a room use one process
        try:
            opened = self._seal.opened(channel, text)
        except ValueError:
            self._metrics.drop("other-secret")
            return
        try:
            post = decoded(opened)
        except ValueError as error:
            self._metrics.drop("invalid")
            log.debug("A message by the relay was dropped: %s", error)
            return
        if not self._is_first(post):
            self._metrics.drop("repeated")
            return
        if post.node == self._outgoing.node:
            if isinstance(post.content, Hello):
                self._hear_myself()
            return
        is_new = post.node not in self._nodes
        if not self._nodes.heard(post.node, time.monotonic()):
            self._metrics.drop("too-many-processes")  # nobody would notice its end, and its names would stay
            return
        if is_new:
            self._engine.tell_spent()
        self._metrics.received.inc()
        self._take(channel, post)

    def _is_first(self, post: Post) -> bool:
        """Record `post`; return False if it is a repetition, even if its process has ended since."""
        received = self._received.get(post.node)
        if received is None:
            received = self._received[post.node] = Received()
        return received.take(post.n)

    def _take(self, channel: str, post: Post) -> None:
        match post.content:
            case Hello(going, settings):
                if going:
                    self._nodes.left(post.node)
                    gevent.spawn(self._forget, post.node)  # `receive` does not block
                elif self._agreement.heard(post.node, settings, time.monotonic()):
                    self._outgoing.tell_nodes(SetUp(self._agreement.own))
            case Taken(limit, address, tokens):
                self._limits.hear(limit, address, tokens)
            case LoggedOut(visitor):
                gevent.spawn(self._close_windows, visitor)
            case SetUp(digests):
                self._agreement.compare(post.node, digests)
            case Learned() | Forgotten() | Spending():
                self._take_translation(post.node, post.content)
            case Envelope() as envelope:
                self._take_envelope(channel.removeprefix(ROOM), envelope)
            case content:
                live = self._rooms.get(channel.removeprefix(ROOM))
                if live is not None:
                    self._tell(live, channel.removeprefix(ROOM), post.node, content)

    def _take_envelope(self, slug: str, envelope: Envelope) -> None:
        if len(self._arrived) == MAX_ARRIVED:
            self._metrics.drop("inbox-full")
        self._arrived.append((slug, envelope))
        if self._passing_on is None:
            self._passing_on = gevent.spawn(self._pass_on)

    def _take_translation(self, node: str, content: Learned | Forgotten | Spending) -> None:
        match content:
            case Learned(key, text, source):
                self._engine.learn(key, Translated(text, source))
            case Forgotten(digests):
                self._engine.forget_digests(digests)
            case Spending(translator, day, spent):
                self._engine.hear_spent(translator, node, day, spent)

    def _pass_on(self) -> None:
        """Pass arrived envelopes on to readers, together with all that arrived during the previous query.

        While the database does not respond nothing is passed on, because data over HTTP would be older.
        """
        try:
            while self._arrived:
                # Before the query: envelopes that arrive during it may not be readable yet.
                arrived = list(self._arrived)
                self._arrived.clear()
                while not self._is_current():
                    gevent.sleep(RETRY_DELAY)
                for slug, envelope in arrived:
                    gevent.spawn(self._rooms.receive, slug, envelope)
        finally:
            self._passing_on = None

    def _is_current(self) -> bool:
        """Wait until all commits can be read here; return whether that succeeded."""
        try:
            self._refresh()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the database is asked again
            log.debug("The database does not answer: %s", error)
            return False
        return True

    def _close_windows(self, visitor: str) -> None:
        """Close the windows of a member who has logged out, once a returning browser is a stranger here as well."""
        while not self._is_current():
            gevent.sleep(RETRY_DELAY)
        self._rooms.close_windows(visitor)

    def _tell(self, live: LiveRoom, slug: str, node: str, content: Content) -> None:
        match content:
            case Typing(name):
                live.hear_typing(name)
            case Whispered() as whispered:
                live.hear_whisper(whispered)
            case Who():
                self._answer(slug, live)
            case Present(of, change, names, count):
                live.presence.hear_present(node, of, change, names, count)
            case Moved(of, change, joined, left, count):
                if not live.presence.hear_moved(node, of, change, joined, left, count):
                    self._outgoing.tell(slug, Who())

    def _answer(self, slug: str, live: LiveRoom) -> None:
        here = live.presence
        self._outgoing.tell(slug, Present(here.of, here.change, here.own_names, here.own_count))

    def _forget(self, node: str) -> None:
        self._agreement.left(node)
        for _slug, live in self._live_rooms():
            live.presence.forget(node)

    def _live_rooms(self) -> Iterator[tuple[str, LiveRoom]]:
        """Yield all rooms with readers; there may be thousands, so it yields to other greenlets now and then."""
        for slug in yielding(self._rooms.slugs):
            live = self._rooms.get(slug)
            if live is not None:
                yield slug, live

    # Repairing

    def _watch(self) -> None:
        for channel in (NODES, TRANSLATIONS):
            try:
                self._relay.subscribe(channel)
            except NotConnected:
                log.debug("The relay is not connected yet")
        while True:
            try:
                self._tick(time.monotonic())
            except Exception:
                log.exception("Checking other processes failed")
            gevent.sleep(TICK)

    def _tick(self, now: float) -> None:
        if now - self._said_hello >= HEARTBEAT:
            self._said_hello = now
            self._outgoing.tell_nodes(Hello(settings=self._agreement.digest))
        self._note_connection(now)
        if self._connected:
            for node in self._nodes.expired(now):
                self._forget(node)
            if now - self._patrolled >= PATROL:
                self._patrol(now)
        else:
            self._nodes.extend(now)
            self._look()
        self._metrics.nodes.set(len(self._nodes))

    def _note_connection(self, now: float) -> None:
        """Check whether this process's messages come back, which shows that both directions work."""
        connected = self._relay.connected and now - self._heard_hello <= LEASE
        if connected != self._connected:
            self._connected = connected
            log.log(logging.INFO if connected else logging.WARNING, "The relay is %s", "there" if connected else "away")
            if connected:
                self._patrol(now)
        self._metrics.connected.set(connected)
        self._outgoing.parts = 1 if connected else len(self._nodes) + 1

    def _hear_myself(self) -> None:
        self._heard_hello = time.monotonic()
        self._metrics.delay.set(self._heard_hello - self._said_hello)

    def _missed(self) -> None:
        """The relay has connected: earlier messages may have been lost."""
        self._metrics.reconnects.inc()
        self._said_hello = time.monotonic()
        if self._relay.connected:
            self._outgoing.tell_nodes(Hello(settings=self._agreement.digest))
            self._patrol(time.monotonic())

    def _patrol(self, now: float) -> None:
        """Check all rooms, and ask the others who is in them."""
        self._patrolled = now
        self._engine.tell_spent()
        self._look()
        for slug, live in self._live_rooms():
            live.presence.expect_answers()
            self._outgoing.tell(slug, Who())
            self._answer(slug, live)
        gevent.spawn_later(ANSWER_TIMEOUT, self._forget_silent)

    def _forget_silent(self) -> None:
        if self._connected:
            for _slug, live in self._live_rooms():
                live.presence.forget_silent()

    def _look(self) -> None:
        for slug in yielding(self._rooms.slugs):
            self._rooms.look(slug)
