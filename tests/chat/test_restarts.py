"""TERM and HUP: requests in progress are answered, and idle connections do not delay others."""

import json
import os
import random
import re
import shutil
import signal
import socket
import tempfile
import threading
import urllib.parse
from collections import Counter
from unittest import TestCase

import pytest

from sockjs_support.clients import HTTP
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.soak import Soak

pytestmark = pytest.mark.slow

#: Timeout in seconds for other processes, including the start of one.
LONG = 2 * TIMEOUT
#: Seconds between two visitors during a restart.
PACE = 0.03
ASKING = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
GONE = '[1001, "The server is going away"]'


class Visitors(threading.Thread):
    """A visitor connects every PACE seconds, and requests the paths in turn."""

    def __init__(self, port, paths):
        super().__init__(daemon=True)
        self.port = port
        self.paths = paths
        self.answers = Counter()
        self.stopping = threading.Event()
        self.crowd = []

    def run(self):
        while not self.stopping.wait(PACE):
            visitor = threading.Thread(target=self._visit, args=(self.paths[len(self.crowd) % len(self.paths)],))
            visitor.start()
            self.crowd.append(visitor)

    def _visit(self, path):
        try:
            with HTTP(self.port) as http:
                http.sock.settimeout(LONG)
                answer = http.request("GET", path).status
        except (OSError, EOFError) as error:
            answer = type(error).__name__
        self.answers[answer] += 1

    def __enter__(self):
        self.start()
        wait_until(lambda: self.answers[200] > 5, "answers before the test", LONG)
        return self

    def __exit__(self, *_exc):
        self.stopping.set()
        self.join()
        for visitor in self.crowd:
            visitor.join(LONG)


class RestartTest(TestCase):
    """A test case with its own server and a room."""

    options = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.start()
        self.addCleanup(self.stop)
        self.browser = Browser(self.server.port)
        self.room = self.browser.open_room("Ada")

    def start(self, port=None):
        self.server = ChatServer(self.folder, options=self.options, port=port, ini="restarts.ini")

    def stop(self):
        self.server.stop()

    def connect(self):
        http = HTTP(self.server.port)
        self.addCleanup(http.close)
        http.sock.settimeout(LONG)
        return http

    def idle(self):
        """Return an idle connection after a request."""
        http = self.connect()
        self.assertEqual(http.request("GET", "/healthz").status, 200)
        return http

    def begin_to_say(self, text):
        """Return a connection with an incomplete form, and the missing end of the form."""
        self.browser.visit(self.room)
        return self.begin_to_send(f"{self.room}/messages", text=text, name="Ada")

    def begin_to_send(self, path, **fields):
        body = urllib.parse.urlencode({"csrf_token": self.browser.cookies["csrf_token"], **fields}).encode()
        http = self.connect()
        http.sock.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {http.host}\r\nCookie: {self.browser.cookie}\r\nExpect: 100-continue\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        self.assertEqual(http.head().status, 100)  # the server is processing it, and has sent 100 Continue
        http.sock.sendall(body[:-1])
        return http, body[-1:]

    def answer(self, http):
        answer = http.head()
        answer.body = http.body(answer)
        return answer

    def assertEnded(self, http):
        """Assert that the server closes the connection without sending more."""
        self.assertEqual(http.read_all(), b"")

    def ended(self, pid):
        return f"Worker exiting (pid: {pid})" in self.server.output()

    def serving(self):
        """Return the pids of the running processes."""
        output = self.server.output()
        begun = re.findall(r"Booting worker with pid: (\d+)", output)
        return [int(pid) for pid in begun if f"Worker exiting (pid: {pid})" not in output]

    def reload(self):
        """Start a new process by HUP; return the pid of the previous one."""
        worker = self.server.worker
        self.server.signal(signal.SIGHUP)
        wait_until(lambda: self.server.worker != worker, "the next process", LONG)
        return worker

    def replace(self):
        """Replace the process; return the pid of the previous one, which may still be finishing requests."""
        idle = self.idle()
        worker = self.reload()
        self.assertEnded(idle)
        return worker

    def say(self, text):
        window = Window(self.server.port, self.room, self.browser)
        self.addCleanup(window.close)
        window.join(name="Ada", **{"as": "original"})
        window.say(text)
        self.assertEqual(window.hear("message")["text"], text)

    def texts(self):
        return [message["text"] for message in self.browser.json(f"{self.room}/messages?limit=200")["messages"]]

    def assertEndsWell(self):
        self.assertEqual(self.server.process.wait(LONG), 0)
        output = self.server.output()
        for word in ("Traceback", "graceful timeout", "SIGKILL", "EBADF"):
            self.assertNotIn(word, output)


class Ending(RestartTest):
    """SIGTERM."""

    def end(self):
        self.server.signal(signal.SIGTERM)

    def test_idle_connections_are_closed_immediately(self):
        crowd = [self.idle() for _ in range(5)]
        under_way, rest = self.begin_to_say("one")
        self.end()
        for http in crowd:
            self.assertEnded(http)
        under_way.sock.sendall(rest)
        self.assertEqual(self.answer(under_way).status, 303)
        self.assertEnded(under_way)
        self.assertEndsWell()

    def test_accepted_messages_are_stored_and_answered(self):
        http, rest = self.begin_to_say("the last words")
        http.sock.sendall(rest)
        self.end()
        self.assertEqual(self.answer(http).status, 303)
        self.assertEndsWell()
        self.start(self.server.port)
        self.assertEqual(self.texts(), ["the last words"])

    def test_pipelined_requests_are_answered_and_the_connection_closed(self):
        idle = self.idle()
        http, rest = self.begin_to_say("one")
        self.end()
        self.assertEnded(idle)
        http.sock.sendall(rest + ASKING.encode())
        self.assertEqual(self.answer(http).status, 303)
        answer = self.answer(http)
        self.assertEqual((answer.status, answer["Connection"]), (200, "close"))
        self.assertEnded(http)
        self.assertEndsWell()

    def test_new_connections_are_answered(self):
        crowd = [self.connect() for _ in range(10)]
        self.end()
        for http in crowd:
            http.send("GET", "/healthz")
        for http in crowd:
            answer = self.answer(http)
            self.assertEqual(answer.status, 200)
        self.assertEndsWell()

    def test_incomplete_heads_have_a_short_timeout(self):
        here, there, used = self.connect(), self.connect(), self.idle()
        for http in (here, there, used):
            http.sock.sendall(ASKING[:20].encode())
        self.connect().request("GET", "/healthz")  # it is read after them
        self.end()
        for http in (here, used):
            http.sock.sendall(ASKING[20:].encode())
        for http in (here, used):
            self.assertEqual(self.answer(http).status, 200)
        for http in (here, used, there):
            self.assertEnded(http)
        self.assertEndsWell()

    def test_queued_connections_are_served(self):
        self.server.stop()
        self.options = ("--connections-per-second", "1")
        self.start(self.server.port)
        # They would have to wait up to a minute.
        crowd = [self.connect() for _ in range(50)]
        for http in crowd:
            http.send("GET", "/healthz")
        self.assertEqual(self.answer(crowd[0]).status, 200)
        self.end()
        self.assertEqual([self.answer(http).status for http in crowd[1:]], [200] * 49)
        self.assertEndsWell()

    def test_a_stop_before_the_database_is_open(self):
        """Another process has opened it; waiting clients get an error, and the server's stop does not wait for it."""
        second = ChatServer.__new__(ChatServer)
        second._wait = lambda _path: None  # it will not become ready
        second.__init__(self.folder)
        self.addCleanup(second.stop)
        wait_until(lambda: second.worker != second.process.pid, "the second", LONG)
        with HTTP(second.port) as http:
            http.sock.settimeout(LONG)
            http.send("GET", "/")
            with HTTP(second.port) as other:
                self.assertEqual(other.request("GET", "/sw.js").status, 200)  # it needs no database
            second.signal(signal.SIGTERM)
            self.assertEqual(http.head().status, 503)
        self.assertEqual(second.process.wait(LONG), 0)
        self.assertNotIn("graceful timeout", second.output())


class Draining(RestartTest):
    """SIGTERM, while other processes continue to serve."""

    options = ("--drain-time", "100")

    def test_pages_are_left_to_other_processes_and_forms_answered(self):
        window = Window(self.server.port, self.room, self.browser)
        self.addCleanup(window.close)
        window.join(name="Ada", **{"as": "original"})
        script = re.search(r"/static/[^\"]*/start\.js", self.browser.get(self.room).body.decode())[0]
        form, rest = self.begin_to_say("a form")
        self.server.signal(signal.SIGTERM)
        wait_until(lambda: self.browser.get("/healthz").status == 503, "a process that drains")
        self.assertEqual(self.browser.get("/healthz").body, b"draining: this process is about to end\n")
        for path, accept in ((self.room, "text/html"), (f"{self.room}/messages", "application/json"), ("/", "*/*")):
            answer = self.browser.get(path, accept)
            self.assertEqual((answer.status, answer["Retry-After"]), (503, "1"), path)
        self.assertEqual(self.browser.get(script).status, 200, "other processes may not have the script")
        form.sock.sendall(rest)
        self.assertEqual(self.answer(form).status, 303)
        self.assertEqual(self.browser.post(f"{self.room}/messages", text="another", name="Ada").status, 303)
        window.say("by SockJS")
        self.assertEqual([window.hear("message")["text"] for _ in range(3)], ["a form", "another", "by SockJS"])
        os.kill(self.server.worker, signal.SIGTERM)  # without waiting for the rest of the time
        self.assertIsNone(window.next())
        self.assertEqual(window.closed, json.loads(GONE))
        self.assertEndsWell()


class Reloading(RestartTest):
    """SIGHUP."""

    def assertNobodyLost(self, visitors):
        self.assertEqual(set(visitors.answers), {200}, visitors.answers)
        self.assertEqual(len(self.serving()), 1)

    def test_no_connection_is_refused_or_reset(self):
        crowd = [self.idle() for _ in range(5)]
        with Visitors(self.server.port, [self.room, "/"]) as visitors:
            for _ in range(2):
                old = self.reload()
                wait_until(lambda pid=old: self.ended(pid), "the end of the old process", LONG)
                count = visitors.answers[200]
                wait_until(lambda least=count: visitors.answers[200] > least + 5, "answers of the new process", LONG)
        self.assertNobodyLost(visitors)
        for http in crowd:
            self.assertEnded(http)

    def test_twice_in_a_row(self):
        with Visitors(self.server.port, [self.room, "/"]) as visitors:
            first = self.reload()
            second = self.reload()
            wait_until(lambda: self.ended(first) and self.ended(second), "the end of both", LONG)
            count = visitors.answers[200]
            wait_until(lambda: visitors.answers[200] > count + 5, "answers of the third process", LONG)
        self.assertNobodyLost(visitors)

    def test_a_slow_response_does_not_delay_the_new_process(self):
        """A slow reader gets the whole log from the old process, while the new one answers others."""
        window = Window(self.server.port, self.room, self.browser)
        window.join(name="Ada", **{"as": "original"})
        texts = [f"{number} {'x' * 3900}" for number in range(1500)]
        for number in range(0, len(texts), 50):
            for text in texts[number : number + 50]:
                window.say(text)
            for _ in range(50):
                window.hear("message")
        slow = socket.socket()
        self.addCleanup(slow.close)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(LONG)
        slow.connect(("127.0.0.1", self.server.port))
        slow.sendall(f"GET {self.room}/export.txt HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        data = slow.recv(1000)
        self.assertTrue(data.startswith(b"HTTP/1.0 200"), data)
        with Visitors(self.server.port, ["/"]) as visitors:  # the room's page is very long now
            old = self.replace()
            self.say("behind it")
            self.assertFalse(self.ended(old))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)
        while more := slow.recv(65536):
            data += more
        self.assertIn(texts[-1].encode(), data)
        self.assertNotIn(b"behind it", data)
        wait_until(lambda: self.ended(old), "the end of the old process", LONG)
        self.assertNobodyLost(visitors)

    def test_a_late_form_is_shown_again(self):
        http, rest = self.begin_to_say("what I typed")
        old = self.replace()
        self.say("in time")
        self.assertFalse(self.ended(old))
        http.sock.sendall(rest)
        answer = self.answer(http)
        self.assertEqual((answer.status, answer["Retry-After"]), (503, "1"))
        self.assertIn(b"what I typed", answer.body)
        self.assertNotIn("what I typed", self.texts())
        self.assertEndsAfter(old)

    def test_a_room_is_not_created_late(self):
        http, rest = self.begin_to_send("/", name="Too late")
        old = self.replace()
        self.say("in time")
        self.assertFalse(self.ended(old))
        http.sock.sendall(rest)
        answer = self.answer(http)
        self.assertEqual((answer.status, answer["Retry-After"]), (503, "1"))
        self.assertEndsAfter(old)

    def assertEndsAfter(self, old):
        wait_until(lambda: self.ended(old), "the end of the old process", LONG)
        self.assertNotIn("Traceback", self.server.output())

    def test_windows_reconnect_at_the_first_attempt(self):
        window = Window(self.server.port, self.room, self.browser)
        window.join(name="Ada")
        window.say("before")
        window.hear("message")
        streams = [self.connect() for _ in range(2)]
        for http, end in zip(streams, ("xhr_streaming", "xhr"), strict=True):
            url = f"{self.room}/sockjs/000/{os.urandom(8).hex()}"
            if end == "xhr":
                self.assertEqual(http.request("POST", f"{url}/xhr").body, b"o\n")
            http.open("POST", f"{url}/{end}") if end != "xhr" else http.send("POST", f"{url}/{end}")
        self.replace()
        while window.next() is not None:
            pass
        self.assertEqual(window.closed, [1001, "The server is going away"])
        again = Window(self.server.port, self.room, self.browser)
        self.addCleanup(again.close)
        again.join(after=0)
        self.assertEqual(again.hear("message")["text"], "before")
        again.say("after")
        self.assertEqual(again.hear("message")["text"], "after")
        self.assertIn(b"The server is going away", streams[0].read_all())
        answer = self.answer(streams[1])
        self.assertEqual(answer.body, b'c[1001,"The server is going away"]\n')

    def test_a_reload_during_a_translation(self):
        reader = Window(self.server.port, self.room, self.browser)
        reader.join(name="Ada", **{"as": "loud"})
        reader.say("hold the rope")
        self.assertEqual(reader.hear("message")["view"]["state"], "pending")
        old = self.replace()
        while reader.next() is not None:
            pass
        again = Window(self.server.port, self.room, self.browser)
        self.addCleanup(again.close)
        again.join(after=0, **{"as": "loud"})
        self.assertEqual(again.hear("message")["view"]["state"], "pending")
        self.assertEqual(self.browser.get("/let-go?text=hold%20the%20rope").body, b"gone")
        self.assertEqual(again.hear_view(1)["text"], "HOLD THE ROPE")
        self.assertEndsAfter(old)

    def test_messages_during_a_reload_are_stored_once_and_in_order(self):
        self.server.stop()
        seed, ways = str(random.randrange(10**6)), ("reload", "reload_twice", "stop")
        with self.subTest(f"seed {seed}"):
            soak = Soak(self.folder, seed, talkers=6, rooms=3, ways=ways)
            try:
                soak.run(2 * len(ways), minutes=5)
                self.assertFalse(+soak.found, soak.differences[:10])
                self.assertNotIn("Traceback", soak.server.output())
            finally:
                soak.server.stop()


class MaxRequests(RestartTest):
    """gunicorn's max_requests: the process exits, and is replaced."""

    options = ("--max-requests", "60")

    def test_no_connection_is_refused_or_reset(self):
        first = self.server.worker
        window = Window(self.server.port, self.room, self.browser)
        window.ws.sock.settimeout(LONG)
        window.join()
        with Visitors(self.server.port, [self.room]) as visitors:
            while window.next() is not None:
                pass
            self.assertEqual(window.closed, [1001, "The server is going away"])
            wait_until(lambda: self.server.worker != first, "the next process", LONG)
            count = visitors.answers[200]
            wait_until(lambda: visitors.answers[200] > count + 5, "answers of the next process", LONG)
        self.assertEqual(set(visitors.answers), {200}, visitors.answers)
        self.assertNotIn("Traceback", self.server.output())
