"""Monitoring of the shipped server: metrics and log lines."""

import os
import re
import tempfile
from unittest import TestCase

from sockjs_support.clients import HTTP, session_url
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.paths import CONFIG, TOP

SECRET_WORDS = "nobody may read this in a log"


class Watching(TestCase):
    """The server logs in the format of paster.ini."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="piratechat-"))
        with open(os.path.join(TOP, "paster.ini")) as shipped:
            logging = shipped.read().partition("[loggers]")[2]
        with open(os.path.join(CONFIG, "limits.ini")) as limits:
            ini = limits.read().replace("config:../../", f"config:{TOP}/")
        path = os.path.join(cls.folder, "watched.ini")
        with open(path, "w") as file:
            file.write(f"{ini}\n[loggers]{logging}")
        cls.server = cls.enterClassContext(ChatServer(cls.folder, ini=path))

    def window(self, room, browser=None):
        window = Window(self.server.port, room, browser)
        self.addCleanup(window.close)
        return window

    def lines(self, pattern):
        return [line for line in self.server.output().splitlines() if re.search(pattern, line)]

    def metrics(self):
        with HTTP(self.server.port) as http:
            text = http.request("GET", "/metrics", {"Authorization": "Bearer aye"}).body.decode()
        return {name: float(value) for name, value in re.findall(r"^(\S+) (\S+)$", text, re.MULTILINE)}

    def test_events_are_counted(self):
        browser = Browser(self.server.port, "127.5.0.1")
        room = browser.open_room("Ada")
        before = self.metrics()
        window = self.window(room, browser)
        window.join()
        window.say("ahoy")
        window.hear("message")
        window.send({"type": "nonsense"})
        window.hear("error")
        with HTTP(self.server.port) as http:
            http.request("POST", f"{session_url(f'{room}/sockjs')}/xhr")
            after = self.metrics()
        self.assertEqual(after["piratechat_messages_total"], before["piratechat_messages_total"] + 1)
        self.assertEqual(after["piratechat_commit_seconds_count"], before["piratechat_commit_seconds_count"] + 1)
        self.assertEqual(after["piratechat_commit_commands_sum"], before["piratechat_commit_commands_sum"] + 1)
        self.assertEqual(after['piratechat_rejections_total{code="bad-message"}'], 1)
        self.assertEqual(after['piratechat_sessions{transport="websocket"}'], 1)
        self.assertEqual(after['piratechat_sessions{transport="xhr"}'], 1)
        self.assertEqual((after["piratechat_live_rooms"], after["piratechat_readers"]), (1, 1))
        self.assertGreaterEqual(after['piratechat_responses_total{status="303"}'], 1)
        self.assertEqual(after["piratechat_backlog_bytes"], 0)

    def test_every_metric_is_documented(self):
        with open(os.path.join(TOP, "docs", "operating.md")) as file:
            rows = [line for line in file if line.startswith("| `piratechat_")]
        names = {re.sub(r"_(created|bucket|count|sum)$", "", re.sub(r"\{.*", "", name)) for name in self.metrics()}
        self.assertGreater(len(names), 20)
        for name in names:
            # A row has the first name in full, and the differing parts of others: `piratechat_relay_sent_total`, ...
            begins = [n for n in range(len("piratechat"), len(name)) if name[n] == "_"]
            found = any(
                name in row or any(name[:n] in row and f"`{name[n:]}" in row for n in begins)
                for row in rows
                if not name.startswith("piratechat_translation")
            )
            self.assertTrue(found or name.startswith("piratechat_translation"), name)

    def test_a_page_has_a_log_line_with_its_request_id(self):
        answer = Browser(self.server.port, "127.5.0.2").get("/rooms/%0aevil=1%20%C3%A9?name=secret")
        (line,) = self.lines(f"request={answer['X-Request-ID']} ")
        self.assertIn(r'method=GET path="/rooms/\nevil=1 é" status=404', line)
        self.assertIn(" address=127.5.0.2", line)
        self.assertNotIn("secret", line)

    def test_a_closed_session_has_a_log_line_and_polls_have_none(self):
        browser = Browser(self.server.port, "127.5.0.3")
        room = browser.open_room("Bo")
        window = self.window(room, browser)
        window.join()
        window.say(SECRET_WORDS)
        window.hear("message")
        window.close()
        wait_until(lambda: self.lines('"session closed".*room=bo '), "the line")
        (line,) = self.lines('"session closed".*room=bo ')
        self.assertRegex(line, r'transport=websocket address=\S+ seconds=[\d.]+ messages=2 reason="the client is gone"')
        with HTTP(self.server.port) as http:
            http.request("GET", f"{session_url(f'{room}/sockjs')}/jsonp?c=x")
        self.assertEqual(self.lines("/jsonp|/sockjs"), [])
        self.assertEqual(self.lines(SECRET_WORDS), [])
        self.assertEqual(self.lines("path=/(healthz|metrics|static)"), [])

    def test_every_event_is_one_line(self):
        Browser(self.server.port, "127.5.0.4").get("/")
        for line in self.server.output().splitlines():
            self.assertRegex(line, r"^at=\S+ level=\w+ logger=\S+ ")
