"""The other processes, as this one knows them: hears them, and looks after what the relay may have lost."""

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
from piratechat.peers.messages import (
    MAX_LENGTH,
    Content,
    Forgotten,
    Hello,
    Learned,
    Moved,
    Post,
    Present,
    SetUp,
    Spending,
    Taken,
    Typing,
    Whispered,
    Who,
    decoded,
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

#: Seconds between two looks at what is due, and at the database while the relay is away.
TICK = 1.0
#: Seconds between two looks at rooms to which nothing was said to have happened.
PATROL = 60.0
#: Seconds that others have to say who is in a room.
ANSWER_TIMEOUT = 2.0
#: Envelopes that wait while the database is asked; the oldest are dropped, and missed by their numbers.
MAX_ARRIVED = 10_000
#: Seconds until a database that does not answer is asked again.
RETRY_DELAY = 0.2
#: Processes, also those that have ended, of which it is known what has come from them.
MAX_REMEMBERED = 2 * MAX_NODES


class Peers:
    """Hears other processes by `relay`, an IRelay, and tells `rooms` and `engine`; `seal` is the chat's.

    Before readers hear what others have committed, `refresh` waits until it can be read here: what is asked for over
    HTTP should not be older than what was told over SockJS.
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
        """What is wrong with the relay, and with the settings of others, a sentence each; nothing if all is well."""
        return [problem for problem in (self.problem, self._agreement.problem) if problem is not None]

    @property
    def problem(self) -> str | None:
        """A sentence that says what is wrong with the relay; None if it works."""
        if not self._relay.reaches_others or self._connected or self._watching is None:
            return None
        return "relay: it is not connected, so that readers hear a second late of what is said at other processes"

    def start(self) -> None:
        """Hear other processes from now on: in the process that serves, once the database is open."""
        if not self._relay.reaches_others or self._watching is not None:
            return
        self._patrolled = self._silent_since = time.monotonic()
        self._watching = gevent.spawn(self._watch)
        try:
            self._relay.start(self.receive, self._missed)
        except Exception:
            # The database is looked at every second all the same.
            log.exception("The relay cannot be started; end this server, mend that, and start it again")

    def stop(self, timeout: float) -> None:
        """Say goodbye, and hear nothing any more."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.kill()
            self._outgoing.tell_nodes(Hello(going=True))
            self._relay.stop(timeout)

    # What others say

    def receive(self, channel: str, text: str) -> None:
        """Take a message of `channel`; those of this process come, too."""
        if len(text) > MAX_LENGTH:
            self._metrics.drop("too-long")
            return
        if channel != NODES and self._outgoing.looks_own(text):
            return  # nothing is done with it: most of what comes, where the readers of a room are at one process
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
            self._metrics.drop("too-many-processes")  # its names would stay: nobody would notice that it is gone
            return
        if is_new:
            self._engine.tell_spent()
        self._metrics.received.inc()
        self._take(channel, post)

    def _is_first(self, post: Post) -> bool:
        """Note that `post` has come; return whether it is no repetition, also where its process has ended since."""
        received = self._received.get(post.node)
        if received is None:
            received = self._received[post.node] = Received()
        return received.take(post.n)

    def _take(self, channel: str, post: Post) -> None:
        match post.content:
            case Hello(going, settings):
                if going:
                    self._nodes.left(post.node)
                    gevent.spawn(self._forget, post.node)  # `receive` does not wait
                elif self._agreement.heard(post.node, settings, time.monotonic()):
                    self._outgoing.tell_nodes(SetUp(self._agreement.own))
            case Taken(limit, address, tokens):
                self._limits.hear(limit, address, tokens)
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
        """Tell readers what has arrived, all that came while the database was asked before together.

        While the database does not answer they are told nothing: what it shows here would be older.
        """
        try:
            while self._arrived:
                # Before the question: of what comes while it is answered it is not clear that it can be read.
                arrived = list(self._arrived)
                self._arrived.clear()
                while not self._is_current():
                    gevent.sleep(RETRY_DELAY)
                for slug, envelope in arrived:
                    gevent.spawn(self._rooms.receive, slug, envelope)
        finally:
            self._passing_on = None

    def _is_current(self) -> bool:
        """Wait until what was committed can be read here; return whether that is so."""
        try:
            self._refresh()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the database is asked again
            log.debug("The database does not answer: %s", error)
            return False
        return True

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
        """Yield all rooms with readers; there may be thousands, so between some of them others may run."""
        for slug in yielding(self._rooms.slugs):
            live = self._rooms.get(slug)
            if live is not None:
                yield slug, live

    # What may have been lost

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
                log.exception("Looking after other processes failed")
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
        """Notice whether what this process says comes back to it: then all ways are open."""
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
        """The relay was connected: what was published before that may not have come."""
        self._metrics.reconnects.inc()
        self._said_hello = time.monotonic()
        if self._relay.connected:
            self._outgoing.tell_nodes(Hello(settings=self._agreement.digest))
            self._patrol(time.monotonic())

    def _patrol(self, now: float) -> None:
        """Look at all rooms, and ask the others who is in them."""
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
