"""Security headers of all responses, and invalid host names."""

import shutil
import tempfile

from sockjs_support.clients import HTTP, session_url
from sockjs_support.servers import free_port
from tests.support.attacks import AttackTest
from tests.support.chat_servers import ChatServer
from tests.support.raw_http import exchange, head, statuses

SCRIPT = "<script>alert(1)</script>"


class Headers(AttackTest):
    def asked(self):
        """Yield (expected headers, path, headers) for each kind of response."""
        owner, room = self.open_room()
        owner.post(f"{room}/messages", text=SCRIPT)
        yield from (
            ("page", "/", {}),
            ("page", room, {}),
            ("page", f"{room}?as=original", {}),
            ("page", f"{room}/messages/1", {"Accept": "text/html"}),
            ("page", "/nowhere", {}),
            ("page", "/rooms/nobody", {}),
            ("page", f"/{SCRIPT}", {}),
            ("page", f"{room}?before={SCRIPT}", {}),
            ("page", "/operator", {}),
            ("page", f"{room}/sockjs/{SCRIPT}", {}),
            ("data", f"{room}/messages", {}),
            ("data", f"{room}/messages?as={SCRIPT}", {}),
            ("data", f"{room}/messages/1", {"Accept": "application/json"}),
            ("data", "/nowhere", {"Accept": "application/json"}),
            ("data", f"{room}/export.json", {}),
            ("data", f"{room}/export.txt", {}),
            ("data", "/healthz", {}),
            ("file", "/static/scripts/room.js", {}),
            ("file", "/static/sockjs.min.js", {}),
            ("file", "/static/nothing", {}),
            ("file", "/theme/pirate/nothing", {}),
            ("file", "/theme/nothing", {}),
            ("file", "/theme", {}),
            ("sockjs", f"{room}/sockjs", {}),
            ("sockjs", f"{room}/sockjs/info", {}),
            ("sockjs", f"{session_url(f'{room}/sockjs')}/jsonp?c={SCRIPT}", {}),
            ("sockjs", f"{session_url(f'{room}/sockjs')}/jsonp?c=x", {}),
        )

    def test_every_answer(self):
        for what, path, headers in self.asked():
            with self.subTest(path=path, **headers), HTTP(self.layer.port) as http:
                answer = http.request("GET", path, headers)
                self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
                self.assertNotIn(b"Traceback", answer.body)
                html = answer["Content-Type"].startswith("text/html")
                self.assertTrue(html or what != "page")
                if html:
                    self.assertNotIn(b"<script>alert", answer.body)
                    self.assertStrict(answer)

    def test_a_rejected_form(self):
        self.assertStrict(self.browser().post("/", name=SCRIPT * 10))

    def assertStrict(self, answer):
        policy = answer["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertIn("base-uri 'none'", policy)
        self.assertIn("form-action 'self'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertNotIn("*", policy)
        self.assertEqual(answer["Referrer-Policy"], "same-origin")
        self.assertEqual(answer["Cache-Control"], "no-store")

    def test_messages_are_never_interpreted_as_html(self):
        """JSON and text with tags are never interpreted as HTML; exports are downloads."""
        owner, room = self.open_room()
        owner.post(f"{room}/messages", text=SCRIPT)
        for path, kind, saved in (
            (f"{room}/messages", "application/json", False),
            (f"{room}/export.json", "application/json", True),
            (f"{room}/export.txt", "text/plain; charset=UTF-8", True),
        ):
            with self.subTest(path):
                answer = owner.get(path, "*/*")
                self.assertTrue(answer["Content-Type"].startswith(kind))
                self.assertIn(b"alert(1)", answer.body)
                self.assertEqual((answer["Content-Disposition"] or "").startswith("attachment"), saved)

    def test_invalid_choices_are_not_repeated(self):
        """The cookies for theme, translator and language have names of existing ones; others are ignored."""
        _owner, room = self.open_room()
        for name in ("piratechat-theme", "piratechat-as", "piratechat-lang", "csrf_token"):
            for value in (SCRIPT, "../../etc/passwd", '"><img src=x>', "a" * 4000):
                with self.subTest(name=name, value=value[:20]), HTTP(self.layer.port) as http:
                    answer = http.request("GET", room, {"Cookie": f"{name}={value}"})
                    self.assertEqual(answer.status, 200)
                    self.assertNotIn(b"<script>alert", answer.body)
                    self.assertNotIn(b"<img src=x", answer.body)

    def test_owners_cannot_set_urls_of_services(self):
        """Owners choose among the operator's translators, and cannot change their settings."""
        owner, room = self.open_room()
        window = self.window(room, owner)
        window.join()
        for values in (
            {"translator": "http://127.0.0.1:1/"},
            {"url": "http://127.0.0.1:1/"},
            {"translator": "pirate", "url": "file:///"},
            {"translator.pirate.url": "http://127.0.0.1:1/"},
            {"owner": "me"},
            {"log": []},
            {"translator": ["pirate"]},
        ):
            with self.subTest(values):
                window.send({"type": "room", **values})
                self.assertEqual(window.hear("error")["code"], "bad-message")
        answer = owner.post(
            f"{room}/settings", title="x", translator="http://127.0.0.1:1/", slow="0", url="http://127.0.0.1:1/"
        )
        self.assertEqual(answer.status, 400)

    def test_redirects_stay_on_this_site(self):
        for back in (
            "//evil.example",
            "/\\evil.example",
            "http://evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "\\\\evil",
        ):
            body = f"name=plain&back={back}".encode()
            with self.subTest(back), HTTP(self.layer.port) as http:
                answer = http.request("POST", "/theme", {"Content-Type": "application/x-www-form-urlencoded"}, body)
                self.assertEqual((answer.status, answer["Location"]), (303, f"http://{http.host}/"))

    def test_rooms_whose_addresses_look_like_others(self):
        for path in (
            "//evil.example",
            "//evil.example/rooms",
            "/rooms//evil.example",
            "/rooms/%2f%2fevil.example",
            "/rooms/%5cevil",
        ):
            with self.subTest(path), HTTP(self.layer.port) as http:
                answer = http.request("GET", path)
                self.assertIn(answer.status, (303, 404))
                self.assertIn(answer["Location"], (None, f"http://{http.host}/"))


class Hosts(AttackTest):
    """URLs and the policy contain the host of the request, which has to be valid."""

    NONE = (
        "",
        "a b",
        "a,b",
        "a/b",
        "a;script-src *",
        'a"><script>',
        "a@b",
        "[::1",
        "a:b",
        "a:123456",
        "\xff",
        "a\tb",
        "%00",
        "*",
    )

    def test_invalid_hosts_are_rejected_and_not_repeated(self):
        _owner, room = self.open_room()
        for host in self.NONE:
            for path in (room, "/", "/nothing", f"{room}/sockjs/info"):
                with self.subTest(host=host, path=path):
                    answer = exchange(self.layer.port, head("GET", path, host=host))
                    self.assertEqual(statuses(answer), [400])
                    if len(host) > 1:
                        self.assertNotIn(host.encode("latin-1"), answer.partition(b"<style")[0].replace(b"*/*", b""))

    def test_only_configured_hosts_are_served(self):
        """A foreign name for this server (DNS rebinding) gets no page, and is not used in links."""
        port, folder = free_port(), tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, folder)
        here = f"127.0.0.1:{port}"
        options = ["--paste-global", f"here_too={here}"]
        with ChatServer(folder, options, port, "named.ini") as server:
            for host, status in (
                ("chat.example", 200),
                ("CHAT.example", 200),
                ("chat.example:443", 200),
                ("chat.example:80", 200),
                (here, 200),
                ("127.0.0.1", 400),
                ("chat.example:81", 400),
                ("evil.example", 400),
                ("chat.example.evil.example", 400),
                ("notchat.example", 400),
                ("localhost", 400),
            ):
                with self.subTest(host):
                    answer = exchange(server.port, head("GET", "/", host=host))
                    self.assertEqual(statuses(answer), [status])
                    answer = exchange(server.port, head("GET", "/healthz", host=host))
                    self.assertEqual(statuses(answer), [200], "containers and balancers ask by an address")
