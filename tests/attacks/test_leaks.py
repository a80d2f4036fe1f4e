"""Clients that come and go leave nothing in the server's memory."""

import json

from sockjs_support.clients import HTTP, session_url
from sockjs_support.waiting import wait_until
from tests.support.attacks import AttackTest
from tests.support.plugins.witness import PATH as WITNESS

#: Repetitions of each action.
TIMES = 30


class Leaks(AttackTest):
    def held(self):
        with HTTP(self.layer.port) as http:
            return json.loads(http.request("GET", WITNESS).body)

    def come_and_go(self, browser, room):
        window = self.window(room, browser)
        window.join()
        window.say("ahoy")
        window.hear("message")
        window.close()
        browser.get(room)
        for transport, method in (
            ("xhr", "POST"),
            ("jsonp?c=callback{}", "GET"),
            ("eventsource", "GET"),
            ("htmlfile?c=callback{}", "GET"),
        ):
            self.callbacks += 1
            path = f"{session_url(f'{room}/sockjs')}/{transport.format(self.callbacks)}"
            with HTTP(self.layer.port) as http:
                http.open(method, path)

    def test_sessions_leave_nothing(self):
        self.callbacks = 0
        browser, room = self.open_room()
        for _ in range(5):
            self.come_and_go(browser, room)
        before = self.held()
        for _ in range(TIMES):
            self.come_and_go(browser, room)

        def gone():
            self.after = self.held()
            return all(self.after[name] <= before[name] + 5 for name in ("forms", "loggers"))

        wait_until(gone, f"{before} again")
