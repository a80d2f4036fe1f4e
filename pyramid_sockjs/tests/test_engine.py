"""The engine from outside: no leaks, and fairness."""

import contextlib
import json
import threading

from sockjs_support.cases import ApplicationTest, WebSocketTest
from sockjs_support.clients import HTTP, session_url
from sockjs_support.layers import APPLICATION
from sockjs_support.waiting import wait_until


class Leaks(ApplicationTest):
    def use(self):
        """Open sessions with each transport, and end them in each possible way."""
        name = "?name=leaks"
        for number in range(20):
            ws = self.connect(path=f"{session_url('/diary')}/websocket{name}")
            ws.recv()
            ws.send('["close"]' if number % 3 else '["hello"]')
            if number % 2:
                ws.close()
            ws.sock.close()
        for transport in ("xhr_streaming", "eventsource", "htmlfile"):
            for _ in range(5):
                with HTTP(APPLICATION.port) as http:
                    method = "POST" if transport == "xhr_streaming" else "GET"
                    http.open(method, f"{session_url('/diary')}/{transport}{name}&c=x")
                    http.chunk()
        for _ in range(5):
            url = session_url("/diary")
            self.request("POST", f"{url}/xhr{name}")
            http = HTTP(APPLICATION.port)
            http.send("POST", f"{url}/xhr{name}")
            http.close()

    def test_ended_sessions_leave_nothing_in_memory(self):
        self.use()
        wait_until(lambda: self.stats()["sessions"] == 0, "the end of all sessions")
        before = self.stats()
        for _ in range(3):
            self.use()

        def all_gone():
            after = self.stats()
            return after["sessions"] == 0 and all(after[what] <= before[what] + 2 for what in after)

        wait_until(all_gone, f"a return to {before}")


class Fairness(WebSocketTest):
    @staticmethod
    def read_on(talker):
        with contextlib.suppress(OSError):  # the test is over
            while talker.sock.recv(65536):
                pass

    def test_a_continuous_sender_does_not_starve_others(self):
        talker, quiet, watcher = (self.open("/broadcast") for _ in range(3))
        count = 30_000
        frames = b"".join(b"\x81\x8c\0\0\0\0" + json.dumps([f"{number:08}"]).encode() for number in range(count))
        threading.Thread(target=talker.send_bytes, args=(frames,), daemon=True).start()
        # The server stops reading from clients that do not receive their messages.
        threading.Thread(target=self.read_on, args=(talker,), daemon=True).start()
        heard = json.loads(watcher.recv()[1:])
        quiet.send('["me too"]')
        while len(heard) < count + 1:
            heard += json.loads(watcher.recv()[1:])
        self.assertLess(heard.index("me too"), count - 1000)
        heard.remove("me too")
        self.assertEqual(heard, [f"{number:08}" for number in range(count)])
