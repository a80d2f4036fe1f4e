"""Members of a Plone site at several processes: they log in once, and out everywhere, through a real Redis."""

import json
from concurrent.futures import ThreadPoolExecutor
from unittest import TestCase

import pytest

from tests.chat.test_cluster import ClusterTest
from tests.support.chatting import Window
from tests.support.plone import SECRET, SITE, MembersBrowser, ticket
from tests.support.redis_server import MISSING, PROGRAM

pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

SETTINGS = f"piratechat.plone_url = {SITE}\npiratechat.plone_secret = {SECRET}\n"
LOGGED_OUT = 4401


class MembersTest(ClusterTest):
    processes = 2

    def serve(self, ini=None):
        with open(self.ini, encoding="utf-8") as file:
            text = file.read()
        if SETTINGS not in text:
            with open(self.ini, "w", encoding="utf-8") as file:
                file.write(text.replace("piratechat.relay =", f"{SETTINGS}piratechat.relay =", 1))
        return super().serve(ini)

    def setUp(self):
        super().setUp()
        self.rooms = [MembersBrowser(server.port).open_room(f"Owner {server.port}") for server in self.servers]

    def at(self, server, browser=None):
        """Return a browser that is directed to `server`, with the cookies of `browser`."""
        found = MembersBrowser(server.port)
        found.cookies.update(browser.cookies if browser is not None else {})
        return found

    def member(self, user, name):
        """Return the browser of a member who has logged in at the first process."""
        browser = self.at(self.servers[0])
        self.assertEqual(browser.log_in(user, name).status, 303)
        return browser

    def windows(self, browser):
        """Return windows at each process, in a room each."""
        return [
            self.window(server, room, browser=self.at(server, browser))
            for server, room in zip(self.servers, self.rooms, strict=True)
        ]

    def log_out(self, user, server):
        answer = self.at(server).send("leave", ticket("leave", user=user))
        self.assertEqual((answer.status, json.loads(answer.body)), (200, {"left": True}))

    def wait_for_the_end(self, window):
        while window.next() is not None:
            pass
        self.assertEqual(window.closed[0], LOGGED_OUT)


class LoggingOut(MembersTest, TestCase):
    def test_logging_out_at_one_process_closes_windows_at_all(self):
        ada, bo = self.member("ada", "Ada Lovelace"), self.member("bo", "Bo")
        windows, others = self.windows(ada), self.windows(bo)
        self.log_out("ada", self.servers[1])
        for window in windows:
            self.wait_for_the_end(window)
        for server, room in zip(self.servers, self.rooms, strict=True):
            with self.subTest(room):
                again = Window(server.port, room, self.at(server, ada))
                self.addCleanup(again.close)
                self.assertIsNone(again.join()["you"])
        for window in others:
            window.say("still here")
            self.assertEqual(window.hear("message")["author"], "Bo")

    def test_without_the_relay_a_window_at_another_process_closes_when_used(self):
        ada = self.member("ada", "Ada Lovelace")
        here, there = self.windows(ada)
        self.broker.end()
        self.log_out("ada", self.servers[0])
        self.wait_for_the_end(here)
        there.say("hello")
        self.wait_for_the_end(there)
        self.assertEqual(self.at(self.servers[0]).json(f"{self.rooms[1]}/messages")["messages"], [])


class LoggingIn(MembersTest, TestCase):
    def test_a_ticket_is_used_once_at_all_processes(self):
        browser = self.at(self.servers[0])
        for number in range(5):
            state = browser.sent_to_plone()["state"]
            signed = ticket("enter", state=state, user="ada", name="Ada Lovelace", roles=["Member"])
            with ThreadPoolExecutor(len(self.servers)) as pool:
                bringing = [pool.submit(self.at(server, browser).bring, signed) for server in self.servers]
                found = sorted(one.result().status for one in bringing)
            self.assertEqual(found, [303, 403], f"ticket {number}")
            for server in self.servers:
                self.assertEqual(self.at(server, browser).bring(signed).status, 403, f"ticket {number}")
