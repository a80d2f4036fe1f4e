"""The order of tweens, and the kinds of requests."""

from pyramid.interfaces import IRequestExtensions, IRequestFactory, ITweens
from webob import Request

from piratechat.http import TWEENS
from piratechat.http.routing import RequestKind, request_kind
from piratechat.interfaces import IServices
from tests.support.pages import PAGES, PagesTest


class RequestPathTest(PagesTest):
    def ask(self, path="/", method="GET", body=b"", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request.blank(path, method=method, body=body, headers=headers).get_response(PAGES.application)

    def test_the_order_of_tweens(self):
        tweens = PAGES.registry.queryUtility(ITweens).implicit()
        self.assertEqual(tuple(name for name, _factory in tweens), TWEENS)

    def test_request_methods_are_added_to_a_shared_class(self):
        added = PAGES.registry.queryUtility(IRequestExtensions)
        self.assertEqual(
            (added.methods, added.descriptors), ({}, {}), "Pyramid makes a class for each request of those"
        )
        request = PAGES.registry.queryUtility(IRequestFactory)({"PATH_INFO": "/", "REMOTE_ADDR": "192.0.2.1"})
        request.registry = PAGES.registry
        self.assertEqual(request.network, "192.0.2.1")
        self.assertIs(request.services, PAGES.registry.getUtility(IServices))

    def test_kinds(self):
        for path, kind in {
            "/": RequestKind.PAGE,
            "/rooms/ada": RequestKind.PAGE,
            "/rooms/ada/messages": RequestKind.PAGE,
            "/rooms/sockjs": RequestKind.PAGE,
            "/sockjs": RequestKind.PAGE,
            "/rooms/ada/sockjsx": RequestKind.PAGE,
            "/rooms/ada/x/sockjs": RequestKind.PAGE,
            "/theme": RequestKind.PAGE,
            "/static": RequestKind.PAGE,
            "/operator": RequestKind.PAGE,
            "/healthz/": RequestKind.PAGE,
            "/\xff": RequestKind.PAGE,
            "": RequestKind.PAGE,
            "/static/": RequestKind.ASSET,
            "/static/scripts/room.js": RequestKind.ASSET,
            "/sw.js": RequestKind.ASSET,
            "/favicon.ico": RequestKind.ASSET,
            "/rooms/ada/sockjs": RequestKind.SOCKJS,
            "/rooms/ada/sockjs/info": RequestKind.SOCKJS,
            "/rooms/ada/sockjs/000/x/websocket": RequestKind.SOCKJS,
            "/rooms/\xff/sockjs/info": RequestKind.SOCKJS,
            "/healthz": RequestKind.MONITORING,
            "/metrics": RequestKind.MONITORING,
        }.items():
            with self.subTest(path):
                self.assertIs(request_kind({"PATH_INFO": path}), kind)

    def test_the_first_violated_rule_is_reported(self):
        """Each request violates a rule and all later ones."""
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        foreign = {**form, "Sec_Fetch_Site": "cross-site"}
        for said, path, headers in (
            ("Unknown host name", "/rooms/../%ff", {**foreign, "Host": "ev il"}),
            ("comes from a page of another site", "/rooms/../%ff", foreign),
            ("cannot be read", "/rooms/../%ff", form),
            ("Page not found", "/rooms/../x", form),
        ):
            with self.subTest(said):
                answer = self.ask(path, "POST", b"text=%ff", **headers)
                self.assertIn(answer.status_int, (400, 404))
                self.assertIn(said, answer.text)

    def test_cookies_and_bodies_are_bounded_before_a_tween_is_called(self):
        answer = self.ask("/", "POST", b"x" * 300_000, Content_Type="application/x-www-form-urlencoded")
        self.assertEqual(answer.status_int, 413)
        cookie = "x" * 7000 + "; piratechat-theme=plain"
        self.assertIn('href="/theme/plain/', self.ask(Cookie=cookie).text)

    def test_each_kind_has_a_length_and_nosniff(self):
        for path in ("/", "/nothing", "/sw.js", "/theme/plain/style.css", "/theme/plain/nothing", "/healthz"):
            whole = self.ask(path)
            self.assertEqual(whole.headers.getall("X-Content-Type-Options"), ["nosniff"], path)
            for wanted in ("bytes=0-3", "bytes=-0", "bytes=5-2", "bytes=99999999-", "x"):
                with self.subTest(path, range=wanted):
                    self.assertEqual(self.ask(path, Range=wanted).status_int, whole.status_int)

    def test_routes_list_their_methods(self):
        for path, methods in {"/theme": {"POST"}, "/metrics": {"GET", "HEAD"}, "/healthz": {"GET", "HEAD"}}.items():
            answer = self.ask(path, "PUT", Accept="application/json")
            self.assertEqual((answer.status_int, set(answer.allow)), (405, methods), path)
