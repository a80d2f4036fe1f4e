"""Cross-site requests with a visitor's cookies, and forged cookies."""

import json
import urllib.parse

from sockjs_support.clients import HTTP, HandshakeRejected, WebSocket, session_url
from tests.support.attacks import AttackTest

FORM = "application/x-www-form-urlencoded"
#: Browsers state the origin of a request by fetch metadata, or by the header Origin alone.
ELSEWHERE = (
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://neighbour.localhost"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
)
#: Requests for scripts and frames have no Origin.
SCRIPTS_ELSEWHERE = (
    *ELSEWHERE,
    {"Referer": "http://evil.example/page"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


class ForgeryTest(AttackTest):
    def ask(self, method, path, headers, body=b""):
        with HTTP(self.layer.port) as http:
            return http.request(method, path, headers, body)

    def victim(self):
        """Return the owner of a room, and the room with a message."""
        owner, room = self.open_room()
        owner.post(f"{room}/messages", text="a word")
        return owner, room


class Forms(ForgeryTest):
    PATHS = (
        "/",
        "{}/messages",
        "{}/settings",
        "{}/mute",
        "{}/unmute",
        "{}/messages/1/remove",
        "{}/messages/1/restore",
    )

    def forge(self, owner, room, path, headers, **fields):
        values = {"name": "Eve", "text": "forged", "title": "Forged", "translator": "pirate", "slow": "0", **fields}
        headers = {"Cookie": owner.cookie, "Content-Type": FORM, **headers}
        return self.ask("POST", path.format(room), headers, urllib.parse.urlencode(values).encode())

    def assertUntouched(self, owner, room):
        self.assertEqual([each["text"] for each in owner.json(f"{room}/messages")["messages"]], ["a word"])
        self.assertNotIn(b"Forged", owner.get(room).body)

    def test_without_the_token(self):
        owner, room = self.victim()
        for path in self.PATHS:
            for fields in ({}, {"csrf_token": ""}, {"csrf_token": "x" * 32}):
                with self.subTest(path=path, **fields):
                    self.assertEqual(self.forge(owner, room, path, {}, **fields).status, 400)
        self.assertUntouched(owner, room)

    def test_with_a_planted_token(self):
        """Another host of the same domain can set cookies for us, so that the token is valid; the headers reveal it."""
        owner, room = self.victim()
        for path in self.PATHS:
            for headers in ELSEWHERE:
                with self.subTest(path=path, **headers):
                    answer = self.forge(owner, room, path, headers, csrf_token=owner.cookies["csrf_token"])
                    self.assertEqual(answer.status, 400)
                    self.assertIn(b"another site", answer.body)
        self.assertUntouched(owner, room)

    def test_our_own_pages_may(self):
        owner, room = self.victim()
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": f"http://127.0.0.1:{self.layer.port}"}, {}):
            with self.subTest(**headers):
                answer = self.forge(owner, room, "{}/messages", headers, csrf_token=owner.cookies["csrf_token"])
                self.assertEqual(answer.status, 303)

    def test_a_default_port_need_not_be_written(self):
        owner, room = self.victim()
        for host, origin, status in [
            ("chat.example:443", "https://chat.example", 303),
            ("chat.example:80", "http://chat.example", 303),
            ("chat.example", "https://chat.example:443", 303),
            ("chat.example:80", "https://chat.example", 400),
            ("chat.example:8443", "https://chat.example", 400),
            ("chat.example", "https://chat.example:8443", 400),
        ]:
            with self.subTest(host=host, origin=origin), HTTP(self.layer.port) as http:
                http.host = host
                body = urllib.parse.urlencode({"csrf_token": owner.cookies["csrf_token"], "text": "a word"}).encode()
                headers = {"Cookie": owner.cookie, "Content-Type": FORM, "Origin": origin}
                self.assertEqual(http.request("POST", f"{room}/messages", headers, body).status, status)

    def test_other_sites_cannot_choose_a_theme(self):
        for headers in ELSEWHERE[:2]:
            answer = self.ask("POST", "/theme", {"Content-Type": FORM, **headers}, b"name=plain&back=/")
            self.assertEqual(answer.status, 400)
            self.assertNotIn("piratechat-theme", answer["Set-Cookie"] or "")

    def test_links_change_nothing(self):
        owner, room = self.victim()
        for path in self.PATHS[2:]:
            token = owner.cookies["csrf_token"]
            answer = self.ask(
                "GET", f"{path.format(room)}?csrf_token={token}&name=x&title=Forged", {"Cookie": owner.cookie}
            )
            self.assertIn(answer.status, (404, 405), path)
        self.assertUntouched(owner, room)


class SockJS(ForgeryTest):
    """Pages of other sites cannot open sessions, nor use existing ones."""

    def test_all_transports_that_open_a_session(self):
        owner, room = self.victim()
        for method, transport in (
            ("POST", "xhr"),
            ("POST", "xhr_streaming"),
            ("GET", "eventsource"),
            ("GET", "htmlfile?c=x"),
            ("GET", "jsonp?c=x"),
        ):
            for headers in SCRIPTS_ELSEWHERE:
                with self.subTest(transport=transport, **headers):
                    path = f"{session_url(f'{room}/sockjs')}/{transport}"
                    answer = self.ask(method, path, {"Cookie": owner.cookie, **headers})
                    self.assertEqual(answer.status, 403)
                    self.assertIsNone(answer["Access-Control-Allow-Credentials"])

    def test_websockets(self):
        owner, room = self.victim()
        for path in (f"{session_url(f'{room}/sockjs')}/websocket", f"{room}/sockjs/websocket"):
            for headers in ELSEWHERE[1:]:
                with self.subTest(path=path, **headers), self.assertRaises(HandshakeRejected) as caught:
                    WebSocket(self.layer.port, path, headers={"Cookie": owner.cookie, **headers})
                self.assertEqual(caught.exception.status, 403)

    def test_all_transports_that_send(self):
        owner, room = self.victim()
        session = session_url(f"{room}/sockjs")
        said = json.dumps([json.dumps({"type": "say", "text": "forged"})])
        own = {"Cookie": owner.cookie}
        self.assertEqual(self.ask("POST", f"{session}/xhr", own).body, b"o\n")
        for path, kind, body in (
            ("xhr_send", "text/plain", said.encode()),
            ("jsonp_send", FORM, urllib.parse.urlencode({"d": said}).encode()),
            ("jsonp_send", "text/plain", said.encode()),
        ):
            for headers in SCRIPTS_ELSEWHERE:
                with self.subTest(path=path, kind=kind, **headers):
                    answer = self.ask("POST", f"{session}/{path}", {**own, "Content-Type": kind, **headers}, body)
                    self.assertEqual(answer.status, 403)
        self.assertEqual(owner.json(f"{room}/messages")["last"], 1)

    def test_the_iframe_is_for_our_own_pages(self):
        _owner, room = self.victim()
        answer = self.ask("GET", f"{room}/sockjs/iframe.html", {})
        self.assertEqual(answer["Content-Security-Policy"], "frame-ancestors 'self'")

    def test_callbacks_must_be_names(self):
        _owner, room = self.victim()
        for name in ("alert(1)//", "x;y", "</script><script>", "x%0d%0ay", "x%E2%80%A8", "a[b]", "%00", "a" * 200, ""):
            for transport in ("jsonp", "htmlfile"):
                with self.subTest(transport=transport, name=name):
                    path = f"{session_url(f'{room}/sockjs')}/{transport}?c={urllib.parse.quote(name, safe='%')}"
                    answer = self.ask("GET", path, {})
                    self.assertEqual((answer.status, answer["Content-Type"]), (500, "text/plain; charset=UTF-8"))


class Sessions(ForgeryTest):
    """A session belongs to the visitor who opened it: its id alone is useless."""

    def test_another_visitor_can_neither_receive_nor_send(self):
        owner, room = self.victim()
        thief = self.browser().visit(room)
        session = session_url(f"{room}/sockjs")
        self.assertEqual(self.ask("POST", f"{session}/xhr", {"Cookie": owner.cookie}).body, b"o\n")
        said = json.dumps([json.dumps({"type": "say", "text": "in your name"})]).encode()
        for cookie in (thief.cookie, ""):
            with self.subTest(cookie[:40]):
                headers = {"Cookie": cookie} if cookie else {}
                self.assertEqual(self.ask("POST", f"{session}/xhr_send", headers, said).status, 404)
                self.assertEqual(self.ask("POST", f"{session}/jsonp_send", headers, said).status, 404)
                # A receiver gets a new session with the same id.
                self.assertEqual(self.ask("POST", f"{session}/xhr", headers).body, b"o\n")
                with HTTP(self.layer.port) as http:
                    http.open("POST", f"{session}/xhr_streaming", headers)
                    self.assertEqual(http.chunk(), b"h" * 2048 + b"\n")
        self.assertEqual(owner.json(f"{room}/messages")["last"], 1)
        answer = self.ask("POST", f"{session}/xhr_send", {"Cookie": owner.cookie}, said)
        self.assertEqual(answer.status, 204)

    def test_a_session_is_valid_in_its_room_only(self):
        owner, room = self.victim()
        _other, elsewhere = self.victim()
        session = session_url("/sockjs").removeprefix("/sockjs")
        headers = {"Cookie": owner.cookie}
        self.assertEqual(self.ask("POST", f"{room}/sockjs{session}/xhr", headers).body, b"o\n")
        answer = self.ask("POST", f"{elsewhere}/sockjs{session}/xhr_send", headers, b'["x"]')
        self.assertEqual(answer.status, 404)


class Cookies(ForgeryTest):
    def owns(self, room, cookie):
        return b'id="owner"' in self.ask("GET", room, {"Cookie": f"piratechat={cookie}"}).body

    def test_forged_and_truncated_cookies(self):
        owner, room = self.victim()
        cookie = owner.cookies["piratechat"]
        self.assertTrue(self.owns(room, cookie))
        thief = self.browser().visit(room).cookies["piratechat"]
        half = len(cookie) // 2
        for forged in (
            "",
            cookie[:-1],
            cookie[1:],
            cookie[:half],
            cookie + "A",
            cookie[:half] + thief[half:],
            thief[:half] + cookie[half:],
            cookie.swapcase(),
            cookie[:86] + thief[86:],
            f'"{cookie[:-2]}"',
            "%00",
            "eyJpZCI6ICJ4In0",
            thief,
        ):
            with self.subTest(forged):
                self.assertFalse(self.owns(room, forged))

    def test_two_cookies_of_the_same_name(self):
        """A planted cookie next to the visitor's own does not make anybody an owner."""
        owner, room = self.victim()
        thief = self.browser().visit(room)
        forged = owner.cookies["piratechat"][:-4] + "AAAA"
        answer = self.ask("GET", room, {"Cookie": f"piratechat={thief.cookies['piratechat']}; piratechat={forged}"})
        self.assertNotIn(b'id="owner"', answer.body)

    def test_ids_cannot_be_planted(self):
        """Session fixation: unsigned ids are not accepted, and the owner of a new room gets a new id."""
        planted = self.browser()
        planted.cookies["piratechat"] = "planted"
        planted.open_room(f"Planted {self.id()[-10:]}")
        self.assertNotIn("planted", planted.cookies["piratechat"])

    def test_clients_without_cookies_cannot_act_as_browsers(self):
        """Clients without a cookie are identified by address, and have no access to browsers' data."""
        owner, room = self.victim()
        window = self.window(room)
        self.assertIsNone(window.join()["you"])
        window.send({"type": "remove", "seq": 1})
        self.assertEqual(window.hear("error")["code"], "not-allowed")
        window.send({"type": "join", "name": owner.json(f"{room}/messages")["messages"][0]["author"]})
        self.assertEqual(window.hear("error")["code"], "name-taken")

    def test_flags(self):
        answer = self.ask("GET", "/rooms/nowhere", {})
        cookies = [value for name, value in answer.fields if name.lower() == "set-cookie"]
        _owner, room = self.victim()
        cookies += [value for name, value in self.ask("GET", room, {}).fields if name.lower() == "set-cookie"]
        self.assertGreater(len(cookies), 2)
        for cookie in cookies:
            with self.subTest(cookie):
                self.assertRegex(cookie, "(?i); samesite=lax")
                self.assertRegex(cookie, "(?i); httponly")
