"""Requests that two servers could parse differently (RFC 9112 sections 6, 7.1, 11), and oversized ones."""

import gzip
import json

from sockjs_support.clients import HTTP, session_url
from tests.support.attacks import AttackTest
from tests.support.raw_http import exchange, head, statuses

#: The hidden request of an attacker: it was smuggled if it is answered.
HIDDEN = head("GET", "/healthz")
CHUNKED = "Transfer-Encoding: chunked"


class SmugglingTest(AttackTest):
    def send(self, data):
        """Return the statuses of the responses to `data`."""
        return statuses(exchange(self.layer.port, data))

    def assertNotSmuggled(self, data):
        """Assert that at most the first request is answered, and that the connection is closed after it."""
        found = self.send(data)
        self.assertLessEqual(len(found), 1, (found, data))
        self.assertNotIn(200, found, data)


class Lengths(SmugglingTest):
    def test_contradictory_lengths(self):
        size = len(HIDDEN)
        for fields in (
            ["Content-Length: 0", f"Content-Length: {size}"],
            [f"Content-Length: 0, {size}"],
            [f"Content-Length: {size}, {size}"],
            ["Content-Length: 0", CHUNKED],
            [CHUNKED, "Content-Length: 5"],
            [CHUNKED, CHUNKED],
        ):
            with self.subTest(fields):
                self.assertNotSmuggled(head("POST", "/theme", *fields) + b"0\r\n\r\n" + HIDDEN)

    def test_invalid_lengths(self):
        for value in ("-1", "+5", "0x10", "1e1", "5 5", "५", "", "99999999999999999999999"):
            with self.subTest(value):
                line = f"Content-Length: {value}".encode()
                data = head("POST", "/theme").replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n")
                self.assertNotSmuggled(data + HIDDEN)

    def test_disguised_transfer_codings(self):
        for field in (
            "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity", "Transfer-Encoding : chunked",
            "Transfer-Encoding: \x0bchunked", "Transfer-Encoding: gzip, chunked", 'Transfer-Encoding: "chunked"',
        ):  # fmt: skip
            with self.subTest(field):
                self.assertNotSmuggled(head("POST", "/theme", field, "Content-Length: 5") + b"0\r\n\r\n" + HIDDEN)

    def test_invalid_chunks(self):
        path = f"{session_url('/rooms/x/sockjs')}/xhr_send"
        for chunk in (
            b"5;a=b\nGARBAGE",
            b"-1\r\n",
            b"0x5\r\nhello\r\n",
            b"5 \r\nhello",
            b"\r\n",
            b"fffffffffffffffff\r\n",
        ):
            with self.subTest(chunk):
                self.assertNotSmuggled(head("POST", path, CHUNKED) + chunk + HIDDEN)


class Lines(SmugglingTest):
    def test_invalid_heads(self):
        for data in (
            head("GET", "/healthz").replace(b"\r\n", b"\n"),
            head("GET", "/healthz", " folded: yes"),
            head("GET", "/healthz", "X: a\r\n\tfolded"),
            head("GET", "/healthz", "X: a\rY: b"),
            head("GET", "/healthz", "X: a\0b"),
            head("GET", "/healthz", "X y: z"),
            head("GET", "/healthz", ": nothing"),
            head("GET", "/healthz", "Host: other"),
            b"GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
            b"GET /healthz\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ):
            with self.subTest(data):
                found = self.send(data)
                self.assertTrue(set(found) <= {400, 404, 405, 505} or len(found) <= 1, found)
                self.assertNotEqual(found, [200, 200])

    def test_answers_are_not_split(self):
        """No data of the request becomes a line of a response's head."""
        _owner, room = self.open_room()
        for data in (
            head("GET", "/rooms/%0d%0aX-Evil:%20yes"),
            head("GET", f"{room}?as=original%0d%0aX-Evil:%20yes"),
            head("GET", f"{room}/sockjs/info", "Origin: http://a%0d%0aX-Evil: yes"),
            head("OPTIONS", f"{room}/sockjs/info", "Access-Control-Request-Headers: a\x0bX-Evil: yes"),
            head("POST", "/theme", "Content-Length: 43") + b"name=plain&back=/%0d%0aX-Evil:%20yes%0d%0a%0d",
        ):
            with self.subTest(data):
                top = exchange(self.layer.port, data).split(b"\r\n\r\n")[0]
                self.assertNotIn(b"\r\nx-evil", top.lower())

    def test_oversized_heads(self):
        for data in (
            head("GET", "/" + "a" * 20_000),
            head("GET", "/", "X: " + "a" * 20_000),
            head("GET", "/", *[f"X{number}: a" for number in range(200)]),
            head("GET", "/", "Cookie: " + "a=b; " * 4_000),
        ):
            found = self.send(data)
            self.assertEqual(len(found), 1)
            self.assertIn(found[0], (400, 414, 431))


class Bodies(SmugglingTest):
    def test_pipelined_posts_are_read_separately(self):
        _owner, room = self.open_room()
        session = session_url(f"{room}/sockjs")
        bodies = [json.dumps([json.dumps({"type": "say", "text": f"{number}"})]).encode() for number in range(5)]
        with HTTP(self.layer.port) as http:
            self.assertEqual(http.request("POST", f"{session}/xhr").body, b"o\n")
            for body in bodies:
                http.send("POST", f"{session}/xhr_send", body=body)
            self.assertEqual([http.head().status for _ in bodies], [204] * 5)

    def test_the_rest_of_a_rejected_body_is_not_a_request(self):
        """The connection is closed, and the rest of the body is neither read nor taken for a request."""
        _owner, room = self.open_room()
        for path in (f"{room}/messages", f"{session_url(f'{room}/sockjs')}/xhr_send", room):
            method = "GET" if path == room else "POST"
            with self.subTest(path=path):
                data = head(method, path, f"Content-Length: {10**9}") + HIDDEN * 1000
                self.assertLessEqual(len(self.send(data)), 1)

    def test_compressed_bodies_are_not_decompressed(self):
        """A compressed body is not decompressed, and thus neither a form nor JSON."""
        owner, room = self.open_room()
        bomb = gzip.compress(b"[" + b'"",' * 10**7)
        session = session_url(f"{room}/sockjs")
        with HTTP(self.layer.port) as http:
            http.request("POST", f"{session}/xhr")
            answer = http.request("POST", f"{session}/xhr_send", {"Content-Encoding": "gzip"}, bomb)
            self.assertEqual((answer.status, answer.body), (500, b"Broken JSON encoding.\n"))
        packed = gzip.compress(f"csrf_token={owner.cookies['csrf_token']}&text=packed".encode())
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip", "Cookie": owner.cookie}
        with HTTP(self.layer.port) as http:
            self.assertEqual(http.request("POST", f"{room}/messages", kind, packed).status, 400)
        self.assertEqual(owner.json(f"{room}/messages")["messages"], [])

    def test_incomplete_forms(self):
        owner, room = self.open_room()
        fields = ["Content-Type: application/x-www-form-urlencoded", f"Cookie: {owner.cookie}", "Content-Length: 500"]
        start = f"csrf_token={owner.cookies['csrf_token']}&text=cut".encode()
        for path in ("/", f"{room}/messages", f"{room}/settings", "/theme"):
            with self.subTest(path):
                self.assertEqual(self.send(head("POST", path, *fields) + start), [400])
        self.assertEqual(owner.json(f"{room}/messages")["messages"], [])
