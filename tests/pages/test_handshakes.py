"""The short way for WebSocket handshakes: the same answers as on the long way."""

import json
import re
from unittest import mock

from pyramid.events import BeforeTraversal, ContextFound, NewRequest
from pyramid.interfaces import INewRequest
from pyramid.router import default_execution_policy
from pyramid.testing import DummySecurityPolicy
from webob import Request

from piratechat.http import TWEENS, handshakes
from piratechat.http.allowed_hosts import Hosts
from piratechat.http.handshakes import ShortWay
from piratechat.http.security import COOKIE, VisitorPolicy
from piratechat.model.commands import Change, Claim, Mute
from piratechat.realtime.manager import NAME
from piratechat.storage.reader import Reader
from pyramid_sockjs import get_session_manager
from tests.support.pages import PAGES, PagesTest

ROUTE = f"sockjs-{NAME}"
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def without_tokens(answer):
    """Return an answer without its CSRF tokens, which are random."""
    return re.sub(r"\b[0-9a-f]{32}\b", "", answer)


class HandshakeTest(PagesTest):
    def setUp(self):
        super().setUp()
        self.way = ShortWay(PAGES.chat, ROUTE, TWEENS)
        self.owner, self.path = self.room()
        self.sessions = get_session_manager(NAME, PAGES.registry)
        self.addCleanup(self.sessions.clear)
        for name in ("routes.cooperative", "transports.websocket.can_be_taken"):
            patch = mock.patch(f"pyramid_sockjs.{name}", return_value=True)
            patch.start()
            self.addCleanup(patch.stop)

    def environ(self, path=None, method="GET", **headers):
        path = f"{self.path}/sockjs/000/abc/websocket" if path is None else path
        headers = {**HANDSHAKE, **{name.replace("_", "-"): value for name, value in headers.items()}}
        environ = Request.blank(path, method=method, headers=headers).environ
        environ.update(REMOTE_ADDR="192.0.2.7", SERVER_PROTOCOL="HTTP/1.1")
        return environ

    def assertAlike(self, status, *arguments, **headers):
        """Both ways answer a handshake with `status`, the same headers and the same body."""
        short = self.way.answer(self.environ(*arguments, **headers))
        self.assertIsNotNone(short, "it took the long way")
        long = default_execution_policy(self.environ(*arguments, **headers), PAGES.chat)
        self.assertEqual(short.status_int, status)
        self.assertEqual(short.status, long.status)
        self.assertEqual(without_tokens(short.text), without_tokens(long.text))
        self.assertEqual(*(without_tokens(str(sorted(answer.headerlist))) for answer in (short, long)))
        return short

    def assertLong(self, *arguments, **headers):
        self.assertIsNone(self.way.answer(self.environ(*arguments, **headers)))

    def opened(self, environ, answer):
        """Return the session that `answer` opens for a handshake."""
        before = set(self.sessions.all_sessions())
        self.assertEqual(answer(environ).status_int, 101)
        (session,) = set(self.sessions.all_sessions()) - before
        return session


class ShortWayTest(HandshakeTest):
    def test_an_ordinary_handshake_opens_the_same_session(self):
        answer = self.assertAlike(101)
        self.assertEqual(answer.headers.getall("X-Content-Type-Options"), ["nosniff"])
        mark = self.owner.cookies.getinfo(COOKIE)["value"]
        headers = {"Cookie": f'{COOKIE}="{mark}"; piratechat-as=original', "Accept-Language": "de"}
        short, long = (
            self.opened(self.environ(**headers), answer)
            for answer in (self.way.answer, lambda environ: default_execution_policy(environ, PAGES.chat))
        )
        for name in ("slug", "visitor", "language", "chosen", "accepted", "address", "transport", "member_session"):
            self.assertEqual(getattr(short, name), getattr(long, name), name)
        self.assertEqual(short.slug, self.path.rpartition("/")[2])
        self.assertFalse(short.visitor.startswith("@"), "the cookie identifies the owner")

    def test_a_url_that_joins(self):
        self.assertAlike(101, f"{self.path}/sockjs/000/abc/websocket?join&after=7&since=0&epoch=ab&as=pirate%3Aes")
        self.assertAlike(101, f"{self.path}/sockjs/000/abc/websocket?join")

    def test_rooms_in_any_script(self):
        _owner, self.path = self.room("Кубрик")
        session = self.opened(self.environ(), self.way.answer)
        self.assertEqual(session.slug, "кубрик")

    def test_a_missing_room(self):
        self.assertAlike(404, "/rooms/nobody-opened-it/sockjs/000/abc/websocket")

    def test_pages_of_other_origins(self):
        self.assertAlike(403, Origin="http://elsewhere.example")
        self.assertAlike(101, Origin="http://localhost")

    def test_what_is_no_handshake(self):
        self.assertAlike(400, Upgrade="h2c")
        self.assertAlike(400, Sec_WebSocket_Key="short")
        self.assertAlike(426, Sec_WebSocket_Version="8")

    def test_who_may_not_read_the_room(self):
        with mock.patch.object(VisitorPolicy, "permits", DummySecurityPolicy(permissive=False).permits):
            self.assertAlike(403)

    def test_https(self):
        self.assertIn(
            "Strict-Transport-Security",
            self.assertAlike(101, f"https://localhost{self.path}/sockjs/0/a/websocket").headers,
        )


class LongWayTest(HandshakeTest):
    def test_everything_else_takes_the_long_way(self):
        sockjs = f"{self.path}/sockjs"
        for path in (
            sockjs,
            f"{sockjs}/info",
            f"{sockjs}/websocket",
            f"{sockjs}/000/abc/xhr",
            f"{sockjs}/000/abc/websocket?x=1",
            f"{sockjs}/000/abc/websocket?x=1&join",
            f"{sockjs}/000/abc/websocket?joined",
            f"{sockjs}/000/abc/websocket/",
            f"{sockjs}/../sockjs/websocket",
            f"{sockjs}/000/a.b/websocket",
            "/rooms/../sockjs/000/abc/websocket",
            "/rooms/%ff/sockjs/000/abc/websocket",
        ):
            with self.subTest(path):
                self.assertLong(path)
        self.assertLong(method="POST")

    def test_frames(self):
        environ = self.environ()
        environ["piratechat.frame"] = "yes"
        self.assertIsNone(self.way.answer(environ))

    def test_unknown_hosts(self):
        self.assertLong(Host="ev il")
        with mock.patch.object(handshakes, "Hosts", return_value=Hosts(["chat.example"])):
            self.way = ShortWay(PAGES.chat, ROUTE, TWEENS)
        self.assertLong()
        self.assertIsNotNone(self.way.answer(self.environ(Host="Chat.example:80")))

    def test_addresses_that_open_too_many_sessions(self):
        with mock.patch.object(PAGES.services.limits.sessions, "wait", return_value=3.0):
            self.assertLong()

    def test_plug_ins_see_every_request(self):
        self.assertTrue(self.way.is_open)
        self.assertFalse(ShortWay(PAGES.chat, ROUTE, TWEENS[:-1]).is_open, "a plug-in has added a tween")
        for event in (NewRequest, INewRequest, BeforeTraversal, ContextFound):
            with self.subTest(event.__name__):
                registration = (mock.Mock(), (event,))
                PAGES.registry.registerHandler(*registration)
                try:
                    self.way = ShortWay(PAGES.chat, ROUTE, TWEENS)
                finally:
                    PAGES.registry.unregisterHandler(*registration)
                self.assertLong()


class JoinTest(HandshakeTest):
    """A window that joins right after it was opened reads nothing again, unless something was committed meanwhile."""

    def setUp(self):
        super().setUp()
        self.slug = self.path.rpartition("/")[2]
        mark = self.owner.cookies.getinfo(COOKIE)["value"]
        self.session = self.opened(self.environ(Cookie=f'{COOKIE}="{mark}"'), self.way.answer)

    def perform(self, command, *arguments):
        return PAGES.services.committer.perform(command(self.slug, *arguments))

    def join(self, session=None, message='{"type": "join"}'):
        """Join, and return the fields of `welcome`, and the number of times that the database was read."""
        session = session or self.session
        events = []
        with (
            mock.patch.object(type(session), "send", lambda _session, event: events.append(json.loads(event))),
            mock.patch.object(Reader, "begin", autospec=True, side_effect=Reader.begin) as begin,
        ):
            session.on_message(message)
        self.assertIsNone(session.seen, "it is not kept longer than needed")
        (welcome,) = [event for event in events if event["type"] == "welcome"]
        return welcome, begin.call_count

    def another(self):
        """Let another window join first, so that the room is live."""
        other = self.opened(self.environ(), self.way.answer)
        self.join(other)
        return other

    def test_nothing_was_committed(self):
        self.another()
        welcome, readings = self.join()
        self.assertEqual(readings, 0)
        self.assertEqual(welcome["you"], welcome["owner"])
        self.assertEqual(welcome["as"], "pirate")
        again, _readings = self.join()
        self.assertEqual(again, welcome, "as read from the database")

    def test_a_known_name_is_not_read_again(self):
        self.another()
        name = PAGES.services.rooms.get(self.slug).presence.names
        self.assertEqual(name, [])
        title = self.session.name()
        _welcome, readings = self.join(message=json.dumps({"type": "join", "name": title}))
        self.assertEqual(readings, 0)

    def test_changes_between_opening_and_joining(self):
        visitor = self.session.visitor
        self.another()
        stranger = self.opened(self.environ(), self.way.answer)
        self.perform(Claim, stranger.visitor, "Bo")
        self.perform(Change, visitor, {"topic": "Ships", "read_only": True, "translator": "original"})
        self.perform(Mute, visitor, "Bo")
        self.perform(Claim, visitor, "Captain Ada")
        welcome, readings = self.join()
        self.assertGreater(readings, 0)
        for field, value in {"topic": "Ships", "read_only": True, "as": "original", "you": "Captain Ada"}.items():
            self.assertEqual(welcome[field], value)
        self.assertEqual(welcome["owner"], "Captain Ada")
        welcome, _readings = self.join(stranger)
        self.assertEqual((welcome["you"], welcome["muted"]), ("Bo", True))

    def test_a_name_that_is_taken_with_the_join(self):
        self.another()
        welcome, _readings = self.join(message='{"type": "join", "name": "Captain Bo"}')
        self.assertEqual((welcome["you"], welcome["owner"]), ("Captain Bo", "Captain Bo"))

    def test_a_change_elsewhere_is_read_again_as_well(self):
        """Only the database's last commit is known, not the room that it concerned."""
        self.another()
        self.room("Elsewhere")
        self.assertGreater(self.join()[1], 0)

    def test_shared_databases_are_always_read(self):
        """Another process may have committed something of which this one has not heard."""
        with mock.patch.object(type(PAGES.services.database), "is_shared", True):
            session = self.opened(self.environ(), self.way.answer)
        self.assertIsNone(session.seen)
