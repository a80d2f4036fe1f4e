"""The public API, which is compatible with pyramid_sockjs 0.3.9."""

import inspect
import weakref
from unittest import TestCase

import gevent
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError
from pyramid.request import Request

import pyramid_sockjs
from pyramid_sockjs import Session, SessionManager, get_session_manager
from pyramid_sockjs.routes import ManagerMethod, add_sockjs_route
from sockjs_support.cases import garbage_kept


class Names(TestCase):
    def test_the_package(self):
        self.assertEqual(
            sorted(pyramid_sockjs.__all__),
            [
                "Group",
                "STATE_CLOSED",
                "STATE_CLOSING",
                "STATE_NEW",
                "STATE_OPEN",
                "Session",
                "SessionManager",
                "Settings",
                "get_session_manager",
                "includeme",
            ],
        )
        for name in pyramid_sockjs.__all__:
            self.assertTrue(hasattr(pyramid_sockjs, name), name)

    def test_states_have_the_values_of_0_3_9(self):
        states = [getattr(pyramid_sockjs, f"STATE_{name}") for name in ("NEW", "OPEN", "CLOSING", "CLOSED")]
        self.assertEqual(states, [0, 1, 2, 3])

    def test_sessions(self):
        for name in [
            "on_open",
            "on_message",
            "on_close",
            "on_closed",
            "on_remove",
            "send",
            "send_many",
            "close",
            "expire",
            "registry",
            "request",
            "state",
        ]:
            self.assertTrue(hasattr(Session, name), name)
        self.assertEqual(list(inspect.signature(Session.close).parameters), ["self", "code", "reason"])

    def test_managers(self):
        for name in ["get", "broadcast", "active_sessions", "clear", "route_url"]:
            self.assertTrue(hasattr(SessionManager, name), name)

    def test_the_directive(self):
        self.assertEqual(
            list(inspect.signature(add_sockjs_route).parameters),
            [
                "config",
                "name",
                "prefix",
                "session",
                "session_manager",
                "disable_transports",
                "sockjs_cdn",
                "permission",
                "decorator",
                "cookie_needed",
                "per_user",
                "traverse",
                "factory",
                "settings",
            ],
        )


class Directive(TestCase):
    def setUp(self):
        self.config = Configurator()
        self.config.include("pyramid_sockjs")

    def request(self, path="/"):
        self.config.commit()
        request = Request.blank(path)
        request.registry = self.config.registry
        from pyramid.request import apply_request_extensions

        apply_request_extensions(request)
        return request

    def test_the_shortest_call(self):
        self.config.add_sockjs_route()
        request = self.request()
        manager = request.get_sockjs_manager()
        self.assertIs(manager, get_session_manager("", self.config.registry))
        self.assertEqual(manager.route_url(request), "http://localhost/__sockjs__/")
        self.assertIs(manager.factory, Session)

    def test_requests_and_their_sessions_need_no_garbage_collection(self):
        self.config.add_sockjs_route()
        with garbage_kept():
            request = self.request()
            session = request.get_sockjs_manager().open(request)
            remaining = weakref.ref(request), weakref.ref(session)
            session.manager.forget(session)
            del request, session
            gevent.sleep(0)  # the session's handlers run
            gevent.sleep(0)
            self.assertEqual([each() for each in remaining], [None, None])

    def test_the_method_can_be_looked_up_in_the_class_of_requests(self):
        self.assertIsInstance(type("MyRequest", (Request,), {"get_it": ManagerMethod()}).get_it, ManagerMethod)

    def test_managers_are_found_by_name(self):
        self.config.add_sockjs_route("a", "/a")
        self.config.add_sockjs_route("b", "/b/")
        request = self.request()
        self.assertEqual(request.get_sockjs_manager("a").name, "a")
        self.assertEqual(request.get_sockjs_manager("b").route_url(request), "http://localhost/b/")
        with self.assertRaises(KeyError):
            request.get_sockjs_manager("c")
        with self.assertRaises(KeyError):
            get_session_manager("c", self.config.registry)

    def test_a_prefix_with_placeholders_has_urls(self):
        self.config.add_sockjs_route("room", "/rooms/{room}/sockjs")
        request = self.request()
        url = request.get_sockjs_manager("room").route_url(request, room="ada")
        self.assertEqual(url, "http://localhost/rooms/ada/sockjs/")

    def test_a_class_of_sessions(self):
        class Mine(Session):
            pass

        self.config.add_sockjs_route(session=Mine)
        self.assertIs(self.request().get_sockjs_manager().factory, Mine)

    def test_a_custom_manager(self):
        manager = SessionManager("mine", self.config.registry)
        self.config.add_sockjs_route("mine", "/mine", session_manager=manager, heartbeat_delay=7)
        self.assertIs(self.request().get_sockjs_manager("mine"), manager)
        self.assertEqual(manager.settings.heartbeat_delay, 7)

    def test_settings_of_the_ini_file_are_defaults(self):
        self.config.registry.settings["pyramid_sockjs.disconnect_delay"] = "9"
        self.config.add_sockjs_route("a", "/a")
        self.config.add_sockjs_route("b", "/b", disconnect_delay=1)
        request = self.request()
        self.assertEqual(request.get_sockjs_manager("a").settings.disconnect_delay, 9)
        self.assertEqual(request.get_sockjs_manager("b").settings.disconnect_delay, 1)

    def test_names_of_services_are_unique(self):
        self.config.add_sockjs_route("a", "/a")
        self.config.add_sockjs_route("a", "/b")
        with self.assertRaises(ConfigurationConflictError):
            self.config.commit()

    def test_invalid_arguments_are_named(self):
        for arguments, words in [
            ({"session_manager": SessionManager("other", self.config.registry)}, "is named 'other', its SockJS route"),
            ({"sockjs_cdn": "ftp://x/sockjs.js"}, "sockjs_cdn must begin with / or http"),
            ({"heartbeat_delay": 0}, "heartbeat_delay must be greater than 0"),
            ({"hartbeat_delay": 1}, "Unknown setting 'hartbeat_delay'"),
            ({"disable_transports": ["pigeon"]}, r"no \['pigeon'\]; there are"),
        ]:
            with self.assertRaisesRegex(ConfigurationError, words):
                self.config.add_sockjs_route("a", "/a", **arguments)

    def test_routes_can_be_introspected(self):
        """`proutes`, `pviews` and debugging tools can inspect the routes."""
        self.config.add_sockjs_route("a", "/a")
        self.config.commit()
        (entry,) = self.config.introspector.get_category("sockjs routes")
        self.assertEqual(entry["introspectable"]["prefix"], "/a")


class Sending(TestCase):
    """Sending without sockets."""

    def setUp(self):
        config = Configurator()
        config.include("pyramid_sockjs")
        config.add_sockjs_route("a", "/a")
        config.commit()
        self.manager = get_session_manager("a", config.registry)

    def payload(self, session):
        session.core.next_frame(0)  # o
        return session.core.next_frame(0).payload().decode()

    def test_messages_are_sent_in_one_frame(self):
        session = self.manager.open(None)
        session.send("1")
        session.send_many(["2", "3"])
        self.assertEqual(self.payload(session), 'a["1","2","3"]')

    def test_only_text_is_sent(self):
        session = self.manager.open(None)
        for thing in (b"bytes", 1, None, {"a": 1}):
            with self.assertRaisesRegex(TypeError, "text"):
                session.send(thing)
            with self.assertRaisesRegex(TypeError, "text"):
                self.manager.broadcast(thing)

    def test_a_broadcast_to_a_selection_of_sessions(self):
        a, b, c = (self.manager.open(None) for _ in range(3))
        self.manager.broadcast("all")
        self.manager.broadcast("some", [a, c])
        self.manager.engine.deliver_broadcasts()
        self.assertEqual(
            [self.payload(session) for session in (a, b, c)], ['a["all","some"]', 'a["all"]', 'a["all","some"]']
        )

    def test_broadcasts_keep_their_place_among_other_messages(self):
        a, b = self.manager.open(None), self.manager.open(None)
        group = self.manager.group()
        group.add(a)
        self.manager.broadcast("1")
        group.broadcast("2")
        self.manager.broadcast("3")
        a.send("4")
        group.discard(a)
        group.broadcast("not for a")
        self.manager.broadcast("5", [a])
        group.add(a)
        group.broadcast("6")
        a.close()
        self.assertEqual(self.payload(a), 'a["1","2","3","4","5","6"]')
        self.assertEqual(self.payload(b), 'a["1","3"]')

    def test_a_session_gets_no_earlier_broadcasts(self):
        self.manager.broadcast("too early")
        session = self.manager.open(None)
        self.manager.broadcast("hello")
        session.send("you")
        self.assertEqual(self.payload(session), 'a["hello","you"]')

    def test_a_group_is_a_collection(self):
        a, b = self.manager.open(None), self.manager.open(None)
        group = self.manager.group()
        group.add(a)
        group.add(b)
        group.discard(b)
        group.discard(b)
        self.assertEqual((len(group), list(group), a in group, b in group), (1, [a], True, False))

    def test_receivers_of_a_broadcast_share_one_frame(self):
        a, b, c = (self.manager.open(None) for _ in range(3))
        c.send("private")
        for number in range(10):
            self.manager.broadcast(str(number))
        self.manager.engine.deliver_broadcasts()
        self.assertIs(a.core.pending, b.core.pending)
        self.assertIsNot(a.core.pending, c.core.pending)

    def test_active_sessions_are_the_open_ones(self):
        a, b = self.manager.open(None), self.manager.open(None)
        a.close()
        self.assertEqual(list(self.manager.active_sessions()), [b])
        self.assertEqual(len(self.manager), 2)

    def test_clear_expires_all_pending_handles(self):
        session = self.manager.open(None, "id")
        self.assertIs(self.manager.get("id"), session)
        self.manager.clear()
        self.assertEqual(len(self.manager), 0)
        self.assertIs(session.state, pyramid_sockjs.STATE_CLOSED)
        with self.assertRaises(KeyError):
            self.manager.get("id")
        self.assertIsNone(self.manager.get("id", default=None))
