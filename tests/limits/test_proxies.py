"""The client's address: the peer's address, or the one named by a trusted proxy."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.http.forwarded import Proxies, proxies
from pyramid_sockjs.servers.client_networks import network
from sockjs_support.clients import HTTP
from tests.support.chat_servers import LIMITED
from tests.support.chatting import Browser, ChatTest


class Found(unittest.TestCase):
    TRUSTED = ("127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48", "unix")

    def found(self, peer, header="X-Forwarded-For", trusted=TRUSTED, **headers):
        environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http"}
        environ.update({f"HTTP_{name.upper()}": value for name, value in headers.items()})
        Proxies(lambda environ, _start: [], trusted, header)(environ, None)
        return environ["REMOTE_ADDR"]

    def test_untrusted_headers_are_ignored(self):
        for peer in ("192.0.2.1", "11.0.0.1", "2001:db8::1", "nonsense"):
            self.assertEqual(self.found(peer, x_forwarded_for="198.51.100.7"), peer)
        self.assertEqual(self.found("", trusted=["127.0.0.1"], x_forwarded_for="198.51.100.7"), "")

    def test_the_last_address_that_is_not_a_proxy_is_the_client(self):
        for header, client in [
            ("198.51.100.7", "198.51.100.7"),
            ("6.6.6.6, 198.51.100.7", "198.51.100.7"),
            ("6.6.6.6, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
            ("evil, 198.51.100.7 ,10.1.2.3,10.3.2.1", "198.51.100.7"),
            ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
            ("2001:DB8::0:1", "2001:db8::1"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("6.6.6.6, 2001:db8:ffff::1", "6.6.6.6"),
        ]:
            for peer in ("127.0.0.1", "::ffff:127.0.0.1", "10.1.1.1", "2001:db8:ffff:1::1", ""):
                self.assertEqual(self.found(peer, x_forwarded_for=header), client, (header, peer))

    def test_malformed_headers_are_ignored(self):
        for header in ("", " ", ",", "unknown", "198.51.100.7, evil", "198.51.100.7:80", "1.2.3", "fe80::1%eth0", "\n"):
            self.assertEqual(self.found("127.0.0.1", x_forwarded_for=header), "127.0.0.1", header)

    def test_only_the_configured_header_is_used(self):
        self.assertEqual(self.found("127.0.0.1", x_real_ip="198.51.100.7", forwarded="for=6.6.6.6"), "127.0.0.1")
        self.assertEqual(
            self.found("127.0.0.1", "X-Real-IP", x_real_ip="198.51.100.7", x_forwarded_for="6.6.6.6"), "198.51.100.7"
        )

    def test_a_long_header(self):
        self.assertEqual(self.found("127.0.0.1", x_forwarded_for="10.0.0.1," * 100_000 + "10.0.0.2"), "10.0.0.1")

    @given(st.text(), st.sampled_from(["127.0.0.1", "192.0.2.1", "", "fe80::1%lo"]))
    def test_anything(self, header, peer):
        found = self.found(peer, x_forwarded_for=header)
        self.assertTrue(found == peer or found.isascii())

    def test_only_proxies_can_set_the_scheme(self):
        def scheme(peer, value):
            environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": value}
            Proxies(lambda environ, _start: [], self.TRUSTED, "X-Forwarded-For")(environ, None)
            return environ["wsgi.url_scheme"]

        self.assertEqual(scheme("127.0.0.1", "https"), "https")
        self.assertEqual(scheme("192.0.2.1", "https"), "http")
        self.assertEqual(scheme("127.0.0.1", "javascript"), "http")

    def test_invalid_settings_have_helpful_errors(self):
        for trusted, header, words in [
            ("10.0.0.1/8", "X-Forwarded-For", "networks such as 10.0.0.0/8"),
            ("localhost", "X-Forwarded-For", "trusted must be addresses"),
            ("10.0.0.1", "Forwarded", "header must be one that holds addresses alone"),
            ("10.0.0.1", "X Real IP", "header must be"),
        ]:
            with self.assertRaises(ValueError) as caught:
                proxies(lambda environ, _start: [], {}, trusted, header)
            self.assertIn(words, str(caught.exception))

    def test_without_proxies_nothing_changes(self):
        application = object()
        self.assertIs(proxies(application, {}), application)


class BelowAPath(unittest.TestCase):
    """SCRIPT_NAME and PATH_INFO for the prefixes /chat, /team and /team/chat."""

    def found(self, path, prefix=None, peer="127.0.0.1", before=""):
        environ = {"REMOTE_ADDR": peer, "PATH_INFO": path, "SCRIPT_NAME": before, "QUERY_STRING": "name=Ada"}
        if prefix is not None:
            environ["HTTP_X_FORWARDED_PREFIX"] = prefix
        found = []

        def application(environ, _start_response):
            found.extend([environ["SCRIPT_NAME"], environ["PATH_INFO"]])
            return []

        def start_response(status, headers):
            found.extend([status, dict(headers)["Location"]])

        proxies(application, {}, "127.0.0.1", prefix="/chat/ /team /team/chat")(environ, start_response)
        return tuple(found)

    def test_a_forwarded_path_is_split(self):
        self.assertEqual(self.found("/chat/rooms/ada"), ("/chat", "/rooms/ada"))
        self.assertEqual(self.found("/chat/"), ("/chat", "/"))
        self.assertEqual(self.found("/team/chat/healthz"), ("/team/chat", "/healthz"))
        self.assertEqual(self.found("/team/healthz"), ("/team", "/healthz"))
        self.assertEqual(self.found("/chat/chat/"), ("/chat", "/chat/"), "once")

    def test_clients_without_a_proxy_have_no_prefix(self):
        for path in ("/", "/rooms/ada", "/chatter/", "/CHAT/", "", "/rooms/chat/"):
            self.assertEqual(self.found(path), ("", path))

    def test_a_proxy_that_removes_the_prefix_sends_it(self):
        for prefix in ("/chat", "/chat/"):
            self.assertEqual(self.found("/rooms/ada", prefix), ("/chat", "/rooms/ada"))
        self.assertEqual(
            self.found("/chat/rooms/ada", "/chat"), ("/chat", "/rooms/ada"), "a proxy that has not removed the prefix"
        )

    def test_other_prefixes_are_ignored(self):
        for prefix in (
            "/elsewhere",
            "//evil.example",
            "/chat, /chat",
            "/chat/../x",
            "chat",
            "/chat\r\nX: y",
            "/chat" * 9999,
        ):
            self.assertEqual(self.found("/rooms/ada", prefix), ("", "/rooms/ada"), prefix)

    def test_untrusted_prefix_headers_are_ignored(self):
        for peer in ("192.0.2.1", "", "nonsense"):
            self.assertEqual(self.found("/rooms/ada", "/chat", peer), ("", "/rooms/ada"))

    def test_the_servers_script_name_is_kept(self):
        self.assertEqual(self.found("/rooms/ada", before="/mounted"), ("/mounted", "/rooms/ada"))

    def test_a_missing_slash_is_added(self):
        self.assertEqual(self.found("/chat"), ("308 Permanent Redirect", "/chat/?name=Ada"))

    def test_invalid_prefixes_have_helpful_errors(self):
        for prefix in (
            "chat",
            "/",
            "//chat",
            "/a/../b",
            "/ch at;",
            "/x{y}",
            "/a" * 9,
            "/" + "a" * 65,
            "/café",
            "/a//b",
            "/.x",
        ):
            with self.assertRaisesRegex(ValueError, "prefix must be a path such as /chat", msg=prefix):
                proxies(object(), {}, prefix=prefix)
        for prefix in ("/rooms", "/static/chat", "/healthz", "/plone"):
            with self.assertRaisesRegex(ValueError, "must not begin with a path of the chat"):
                proxies(object(), {}, prefix=prefix)

    @given(st.text(), st.text())
    def test_anything(self, path, prefix):
        script_name, *_rest = self.found(path, prefix)
        self.assertIn(script_name, {"", "/chat", "/team", "/team/chat", "308 Permanent Redirect"})


class CountedBy(unittest.TestCase):
    def test_ipv6_is_limited_by_network(self):
        for address, counted in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("", ""),
            ("a:b", "a:b"),
        ]:
            self.assertEqual(network(address), counted)


class Served(ChatTest):
    """The shipped server, behind a proxy at 127.0.0.9."""

    layer = LIMITED

    def cookies(self, source, **headers):
        browser = Browser(LIMITED.port, source, headers)
        answer = browser.get("/")
        self.assertEqual(answer.status, 200, answer.body)
        return answer, [value.lower() for name, value in answer.fields if name.lower() == "set-cookie"]

    def test_cookies_over_https_are_secure(self):
        answer, cookies = self.cookies("127.0.0.9", **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"})
        self.assertTrue(cookies)
        self.assertEqual([cookie for cookie in cookies if "; secure" not in cookie], [])
        self.assertEqual(answer["Strict-Transport-Security"], "max-age=31536000")
        self.assertIn("wss://", answer["Content-Security-Policy"])

    def test_untrusted_schemes_are_ignored(self):
        for name in ("X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-SSL"):
            for source in ("127.0.0.1", "127.3.0.1"):
                value = {"X-Forwarded-Protocol": "ssl", "X-Forwarded-SSL": "on"}.get(name, "https")
                answer, cookies = self.cookies(source, **{name: value})
                self.assertEqual([cookie for cookie in cookies if "; secure" in cookie], [])
                self.assertIsNone(answer["Strict-Transport-Security"])
                self.assertIn("ws://", answer["Content-Security-Policy"])

    def test_untrusted_prefixes_are_ignored(self):
        with HTTP(LIMITED.port) as http:
            answer = http.request("GET", "/healthz", {"SCRIPT_NAME": "/elsewhere", "PATH_INFO": "/elsewhere"})
        self.assertEqual(answer.status, 200)
        for name in ("X-Forwarded-Prefix", "SCRIPT-NAME", "X-Script-Name"):
            for source in ("127.0.0.1", "127.0.0.9"):
                answer, cookies = self.cookies(source, **{name: "/elsewhere"})
                self.assertNotIn(b"/elsewhere", answer.body)
                self.assertEqual([cookie for cookie in cookies if "elsewhere" in cookie], [])

    def test_clients_behind_the_proxy_are_distinguished(self):
        def statuses(client, source="127.0.0.9"):
            browser = Browser(LIMITED.port, source, {"X-Forwarded-For": f"6.6.6.6, {client}"})
            return [browser.get("/").status for _ in range(41)]

        self.assertEqual(statuses("198.51.100.1"), [200] * 40 + [429])
        self.assertEqual(statuses("2001:db8:7:7::1"), [200] * 40 + [429])
        browser = Browser(LIMITED.port, "127.0.0.9", {"X-Forwarded-For": "2001:db8:7:7:ffff::2"})
        self.assertEqual(browser.get("/").status, 429, "the same network of 64 bits")
        browser = Browser(LIMITED.port, "127.0.0.9", {"X-Forwarded-For": "198.51.100.2"})
        self.assertEqual(browser.get("/").status, 200)

    def test_untrusted_clients_cannot_change_their_address(self):
        statuses = [
            Browser(LIMITED.port, "127.3.0.2", {"X-Forwarded-For": f"198.51.100.{number}"}).get("/").status
            for number in range(41)
        ]
        self.assertEqual(statuses, [200] * 40 + [429])
