"""Limits per address, on the shipped server with low limits: each test uses its own address."""

import json

from sockjs_support.clients import HTTP, HandshakeRejected, session_url
from sockjs_support.waiting import TIMEOUT
from tests.support.chat_servers import LIMITED
from tests.support.chatting import Browser, ChatTest, Window


class BoundsTest(ChatTest):
    layer = LIMITED
    addresses = 0

    def setUp(self):
        BoundsTest.addresses += 1
        self.source = f"127.2.0.{BoundsTest.addresses}"

    def browser(self, source=None):
        return Browser(LIMITED.port, source or self.source)

    def other_room(self):
        """Return a room that was created from another address."""
        BoundsTest.addresses += 1
        return self.browser(f"127.2.0.{BoundsTest.addresses}").open_room(self.id().rpartition(".")[2][:38])

    def window(self, room, browser=None, **options):
        return super().window(room, browser, source=self.source, **options)

    def assertHasToWait(self, answer, room=False):
        self.assertEqual(answer.status, 429, answer.body)
        self.assertGreaterEqual(int(answer["Retry-After"]), 1)
        self.assertIn(b"Try again in", answer.body)

    def errors(self, window, count):
        """Return the codes of the next error events, and their times to wait."""
        return [(error["code"], error["retry_after"] > 0) for error in (window.hear("error") for _ in range(count))]


class Pages(BoundsTest):
    def test_rooms(self):
        for number in range(3):
            self.browser().open_room(f"{self.source} {number}")
        browser = self.browser()
        self.assertHasToWait(browser.post("/", name=f"{self.source} 4"))
        self.assertEqual(browser.get("/").status, 200, "reading goes on")

    def test_reopening_ones_own_room_is_not_limited(self):
        browser = self.browser()
        for _ in range(5):
            browser.open_room(self.source)

    def test_pages_and_json(self):
        room = self.other_room()
        http = HTTP(LIMITED.port, source=self.source)
        self.addCleanup(http.close)
        for number in range(40):
            self.assertEqual(http.request("GET", f"{room}/messages" if number % 2 else room).status, 200)
        for path in (room, f"{room}/messages", "/", "/nowhere", "/operator"):
            self.assertHasToWait(http.request("GET", path))
        for path in ("/healthz", "/static/css/plain.css", f"{room}/sockjs/info"):
            self.assertEqual(http.request("GET", path).status, 200, path)

    def test_whole_logs(self):
        room, browser = self.other_room(), self.browser()
        for kind in ("json", "txt"):
            self.assertEqual(browser.get(f"{room}/export.{kind}").status, 200)
        self.assertHasToWait(browser.get(f"{room}/export.txt"))

    def test_names_by_form(self):
        room = self.other_room()
        said = [self.browser().post(f"{room}/messages", text="ahoy", name=f"Bo {number}") for number in range(6)]
        self.assertEqual([answer.status for answer in said[:5]], [303] * 5)
        self.assertHasToWait(said[5])

    def test_a_correct_secret_is_rejected_while_rate_limited(self):
        with HTTP(LIMITED.port, source=self.source) as http:
            wrong = [http.request("GET", "/metrics", {"Authorization": f"Bearer {n}"}).status for n in range(4)]
            self.assertEqual(wrong, [401] * 3 + [429])
            self.assertEqual(http.request("GET", "/metrics", {"Authorization": "Bearer aye"}).status, 429)
        with HTTP(LIMITED.port, source="127.2.1.1") as http:
            self.assertEqual(http.request("GET", "/metrics", {"Authorization": "Bearer aye"}).status, 200)


class OverSockJS(BoundsTest):
    def test_messages_of_many_visitors(self):
        room = self.other_room()
        windows = []
        for number in range(4):
            window = self.window(room, self.browser().visit(room))
            window.join(name=f"Bo {number}")
            windows.append(window)
        for number in range(60):
            windows[number % 4].say("ahoy", nonce=str(number))
        for _ in range(60):  # until all have arrived, because each window has its own connection
            windows[0].hear("message")
        for window in windows:
            window.say("one more", nonce="late")
            self.assertEqual(self.errors(window, 1), [("rate-limited", True)])

    def test_characters(self):
        room = self.other_room()
        window = self.window(room, self.browser().visit(room))
        window.join(name="Bo")
        window.say("x" * 600)
        window.hear("message")
        window.say("x" * 600)
        self.assertEqual(self.errors(window, 1), [("rate-limited", True)])
        window.say("x" * 300)
        self.assertEqual(len(window.hear("message")["text"]), 300)

    def test_names(self):
        room = self.other_room()
        for number in range(5):
            self.window(room).join(name=f"Bo {number}")
        window = self.window(room)
        window.send({"type": "join", "name": "Bo 6"})
        self.assertEqual(self.errors(window, 1), [("rate-limited", True)])
        self.assertIsNotNone(window.hear("welcome"), "visitors may read without a name")

    def test_repeated_joins(self):
        room = self.other_room()
        window = self.window(room)
        for _ in range(40):
            window.join()
        window.send({"type": "join"})
        self.assertEqual(self.errors(window, 1), [("rate-limited", True)])
        window.send({"type": "read", "seqs": [1]})
        self.assertEqual(self.errors(window, 1), [("rate-limited", True)])
        late = self.window(room)
        late.send({"type": "join"})
        self.assertEqual(self.errors(late, 1), [("rate-limited", True)])
        self.assertIsNone(late.next(), "the client reconnects later")
        self.assertEqual(late.closed[0], 4429)

    def test_sessions(self):
        room = self.other_room()
        for _ in range(10):
            self.window(room).close()
        with HTTP(LIMITED.port, source=self.source) as http:
            for _ in range(10):
                self.assertEqual(http.request("POST", f"{session_url(f'{room}/sockjs')}/xhr").body, b"o\n")
            answer = http.request("POST", f"{session_url(f'{room}/sockjs')}/xhr")
            self.assertHasToWait(answer)
        with self.assertRaises(HandshakeRejected) as caught:
            self.window(room)
        self.assertEqual(caught.exception.status, 429)

    def test_invalid_messages(self):
        room = self.other_room()
        window = self.window(room)
        window.join()
        bystander = Window(LIMITED.port, room, source="127.2.1.2")
        self.addCleanup(bystander.close)
        for _ in range(10):
            window.ws.send(json.dumps(['{"type": "nonsense"}'] * 20))
        while window.next() is not None:
            pass
        self.assertEqual(window.closed[0], 4429)
        bystander.join()

    def test_other_addresses_are_not_affected(self):
        room = self.other_room()
        window = self.window(room)
        window.send({"type": "join"})
        for number in range(60):
            window.send({"type": "join", "name": f"Bo {number}"})
        BoundsTest.addresses += 1
        self.source = f"127.2.0.{BoundsTest.addresses}"
        neighbour = self.window(room, self.browser().visit(room))
        neighbour.ws.sock.settimeout(TIMEOUT)
        neighbour.join(name="Neighbour")
        neighbour.say("ahoy")
        self.assertEqual(neighbour.hear("message")["text"], "ahoy")
