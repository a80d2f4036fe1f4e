"""Hostile text and JSON: over SockJS, in forms, and in URLs."""

import json
import urllib.parse

from tests.support.attacks import AttackTest
from tests.support.raw_http import exchange, head, statuses

ZALGO = "Z" + "\u0300\u0335\u0489" * 20 + "algo"
HOSTILE = (
    "[" * 30_000,
    '{"a":' * 10_000,
    '{"type": "join", "after": 1e999}',
    '{"type": "join", "after": ' + "9" * 4_200 + "}",
    '{"type": "join", "after": ' + "9" * 5_000 + "}",
    '{"type": "join", "after": -1}',
    '{"type": "join", "after": NaN}',
    '{"type": "join", "name": "\\ud800"}',
    '{"type": "join", "name": ["a"]}',
    '{"type": "read", "seqs": [[1]]}',
    '{"type": "read", "seqs": [{}]}',
    '{"type": "read", "seqs": [1e400, NaN, true]}',
    '{"type": "read", "seqs": {"0": 1}}',
    '{"type": "as", "as": ["pirate"]}',
    '{"type": "as", "as": "__class__"}',
    '{"type": "room", "translator": {}}',
    '{"type": "room", "__class__": "x"}',
    '{"type": "room", "owner": "me"}',
    '{"type": "room", "slow": 1e308}',
    '{"type": "remove", "seq": ' + "9" * 300 + "}",
    '{"type": {"say": 1}, "text": "x"}',
    '{"type": "say", "text": {"$ne": ""}}',
    '{"type": "say", "text": "x", "nonce": "\\ud800"}',
    '{"type": "say", "text": "x", "lang": "' + "a-" * 100 + '"}',
    '{"type": "\\u0000"}',
)


class OverSockJS(AttackTest):
    def test_each_text_is_answered_and_the_session_continues(self):
        owner, room = self.open_room()
        window = self.window(room, owner)
        window.join(**{"as": "original"})
        for number, text in enumerate(HOSTILE):
            with self.subTest(ascii(text[:60])):
                window.send(text)
                window.say("still here", nonce=f"n{number}")
                while (event := window.next()).get("nonce") != f"n{number}":
                    self.assertIn(event["type"], ("error", "welcome", "message", "view", "gap", "present"))
        self.assertEqual(owner.json(f"{room}/messages?limit=1")["last"] >= len(HOSTILE), True)

    def test_undisplayable_characters_are_not_stored(self):
        owner, room = self.open_room()
        window = self.window(room, owner)
        window.join(**{"as": "original"})
        for said, kept in (
            ("a\0b", "a\ufffdb"),
            ("\ud800", "\ufffd"),
            ("\x1b[31mred", "\ufffd[31mred"),
            ("\u202egnp.exe", "\u202egnp.exe"),  # each message is a paragraph with its own direction
            (ZALGO, ZALGO),
            ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;", None),
        ):
            with self.subTest(ascii(said[:60])):
                window.send(json.dumps({"type": "say", "text": said}))
                self.assertEqual(window.hear("message")["text"], said if kept is None else kept)
        page = owner.get(f"{room}?as=original").body.decode()
        self.assertNotIn("root:", page)
        self.assertIn("&lt;!DOCTYPE x [&lt;!ENTITY", page)
        self.assertEqual(page.count("<!DOCTYPE"), 1)

    def test_a_megabyte_of_marks_is_rejected(self):
        owner, room = self.open_room()
        window = self.window(room, owner)
        window.join()
        window.say("a" + "\u0301" * 500_000)
        window.ws.recv()
        self.assertTrue(window.ws.at_end())
        self.assertEqual(owner.json(f"{room}/messages")["messages"], [])


class Names(AttackTest):
    #: Cyrillic, full width, invisible characters, Cherokee, spaces, and a variation selector.
    LOOKALIKES = (
        "ADA",
        "\u0410da",
        "Ad\u0430",
        "\uff41\uff44\uff41",
        "A\u200bda",
        "A\xadda",
        "\u13aada",
        "A d a",
        "Ada\ufe0f",
    )

    def test_similar_names_are_rejected(self):
        _owner, room = self.open_room()
        self.visitor(room, "Ada")
        for name in self.LOOKALIKES:
            with self.subTest(name):
                window = self.window(room, self.browser().visit(room))
                window.send({"type": "join", "name": name})
                self.assertIn(window.hear("error")["code"], ("name-taken", "bad-message"))

    def test_names_with_control_characters_are_rejected(self):
        _owner, room = self.open_room()
        for name in ("\u202eevil", "a\u2066b", ZALGO[:8], "\u200b", "a\0", "\ufeff", "\u2800\u2800", "a\u2028b\u0007"):
            with self.subTest(name):
                window = self.window(room, self.browser().visit(room))
                window.send({"type": "join", "name": name})
                self.assertEqual(window.hear("error")["code"], "bad-message")

    def test_rooms_with_hostile_names(self):
        """A name never leads to a URL outside of the rooms."""
        for name in (
            "//evil.example",
            "../../operator",
            "..",
            "a/../b",
            "\\\\evil",
            "?as=x",
            "#x",
            "%2e%2e",
            "sockjs",
            "messages",
        ):
            with self.subTest(name):
                answer = self.browser().post("/", name=name)
                if answer.status == 303:
                    path = urllib.parse.urlsplit(answer["Location"]).path
                    self.assertRegex(path, r"^/rooms/[\w%-]+$")
                    self.assertEqual(self.browser().get(path).status, 200)
                else:
                    self.assertIn(answer.status, (400, 409))


class InAddresses(AttackTest):
    def test_cookies_are_parsed_fast(self):
        """The total time is limited to that which a single one of these once took."""
        _owner, room = self.open_room()
        for cookie in ("a" * 8_000, "x=y " + "a" * 8_000, "x=[" + "a" * 8_000, " a" * 4_000, 'x="' + "\\" * 8_000):
            for path in (room, f"{room}/messages", f"{room}/sockjs/info") * 4:
                with self.subTest(cookie=cookie[:5], path=path):
                    found = statuses(exchange(self.layer.port, head("GET", path, f"Cookie: {cookie}")))
                    self.assertEqual(found, [200])

    def test_secrets_are_parsed_fast(self):
        for scheme in ("Basic", "Digest") * 12:
            for path in ("/operator", "/metrics"):
                with self.subTest(scheme=scheme, path=path):
                    data = head("GET", path, f"Authorization: {scheme} {'a' * 8_000}")
                    self.assertIn(statuses(exchange(self.layer.port, data))[0], (401, 429))

    def test_paging_with_huge_numbers(self):
        _owner, room = self.open_room()
        for query in (
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=1e9",
            "limit=" + "9" * 3000,
            "before=0",
            "before=" + "9" * 19,
            "after=-1",
            "after=%00",
            "after=%EF%BC%91",
            "limit[]=1",
            "as=%00",
            "as=__class__",
            "limit=1;2",
            "before=1.0",
        ):
            with self.subTest(query):
                answer = exchange(self.layer.port, head("GET", f"{room}/messages?{query}", "Accept: application/json"))
                self.assertIn(statuses(answer)[0], (200, 400))
                json.loads(answer.partition(b"\r\n\r\n")[2])

    def test_dots_bypass_no_checks(self):
        """A path below a room's SockJS URL has other checks than pages: it must not lead to pages."""
        _owner, room = self.open_room()
        for path in (
            f"{room}/sockjs/..",
            f"{room}/sockjs/../messages",
            f"{room}/sockjs/%2e%2e/messages",
            f"{room}/sockjs/./../export.txt",
            "/static/..%2frooms",
            "/static/../rooms/x",
            "/static/%2e%2e/%2e%2e/paster.ini",
            "/static/..%5c..%5cpaster.ini",
            "/theme/pirate/../../paster.ini",
            "/theme/pirate/%2e%2e/rules.xml",
            "/theme/../paster.ini",
            "/theme/pirate/rules.xml",
            "/theme/pirate/index.html",
            "/theme//etc/passwd",
            "/theme/pirate//etc/passwd",
            "/static//etc/passwd",
            "/static/%00",
            "/theme/pirate/pirate.css%00.png",
            "/static/~root",
            "/rooms/./x",
            "/..",
            "/%2e%2e/etc/passwd",
        ):
            with self.subTest(path):
                answer = exchange(self.layer.port, head("GET", path))
                self.assertIn(statuses(answer)[0], (303, 400, 403, 404))
                self.assertNotIn(b"[app:chat]", answer)
                self.assertNotIn(b"root:", answer)

    def test_invalid_ranges(self):
        for value in ("bytes=-", "bytes=5-1", "bytes=99999999999999999999-", "bytes=0-0,-1", "lines=1-2"):
            for path in ("/static/scripts/room.js", "/theme/pirate/theme.css", "/static/sockjs.min.js"):
                with self.subTest(value=value, path=path):
                    self.assertIn(
                        statuses(exchange(self.layer.port, head("GET", path, f"Range: {value}")))[0], (200, 404, 416)
                    )

    def test_files_in_forms(self):
        owner, room = self.open_room()
        part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
        token = part.format("csrf_token", "", owner.cookies["csrf_token"])
        for path, field in (
            (f"{room}/settings", "slow"),
            (f"{room}/settings", "title"),
            (f"{room}/settings", "csrf_token"),
            (f"{room}/messages", "as"),
            (f"{room}/messages", "lang"),
            ("/", "name"),
            (f"{room}/mute", "name"),
        ):
            with self.subTest(path=path, field=field):
                body = (token + part.format(field, '; filename="a"', "5") + "--x--\r\n").encode()
                fields = ["Content-Type: multipart/form-data; boundary=x", f"Cookie: {owner.cookie}"]
                data = head("POST", path, *fields, f"Content-Length: {len(body)}") + body
                self.assertEqual(statuses(exchange(self.layer.port, data)), [400])
