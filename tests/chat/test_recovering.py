"""The shipped server after accidents with its file, its index, and the clock."""

import os
import shutil

from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window
from tests.support.operating import OperatorTest
from tests.support.paths import CONFIG, TOP

#: Messages before the index file is saved, and after it.
BEFORE, BEHIND = 25, 20


class RecoveringTest(OperatorTest):
    def kept(self):
        return self.browser.json(f"{self.room}/messages?limit=200")["messages"]

    def assertWhole(self, count):
        """Assert that there are `count` messages, each once and in order, and that another one can be posted."""
        self.assertEqual([message["seq"] for message in self.kept()], list(range(1, count + 1)))
        self.assertEqual(self.texts(), [str(number) for number in range(count)])
        self.say(str(count))
        self.end()
        self.assertEqual(self.run_command("verify").status, 0)

    def change(self, name, data):
        with open(os.path.join(self.folder, name), "ab") as file:
            file.write(data)


class Files(RecoveringTest):
    def test_an_incomplete_transaction_after_an_old_index_and_without_index(self):
        self.say(*map(str, range(BEFORE)))
        self.stop()
        index = f"{self.path}.index"
        shutil.copy(index, f"{index}.old")
        self.start()
        self.say(*map(str, range(BEFORE, BEFORE + BEHIND)))
        self.end()
        os.replace(f"{index}.old", index)
        torn = b"\0torn" * 500
        self.change("chat.fs", torn)
        self.start()
        with open(f"{self.path}.tr0", "rb") as aside:
            self.assertEqual(aside.read(), torn)
        self.assertIn("ended with an incomplete transaction", self.server.output())
        self.assertWhole(BEFORE + BEHIND)
        os.unlink(index)
        self.start()
        self.assertWhole(BEFORE + BEHIND + 1)

    def test_an_incomplete_message(self):
        self.say("0", "1", "2")
        size = os.path.getsize(self.path)
        self.say("half")
        self.end()
        os.truncate(self.path, (size + os.path.getsize(self.path)) // 2)
        self.start()
        self.assertWhole(3)


class Clock(RecoveringTest):
    def start(self):
        ini = os.path.join(self.folder, "clock.ini")
        with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(ini, "w") as file:
            text = shipped.read().replace("config:../../", f"config:{TOP}/")
            file.write(
                text.replace("piratechat.var =", "pyramid.includes = tests.support.plugins.clock\npiratechat.var =", 1)
            )
        self.server = ChatServer(self.folder, port=self.server and self.server.port, ini=ini)

    def set_clock(self, *, hours=0, seconds=0):
        with open(os.path.join(self.folder, "clock.new"), "w") as file:
            file.write(str(3600 * hours + seconds))
        os.replace(file.name, os.path.join(self.folder, "clock"))

    def test_a_clock_that_is_set_back_keeps_the_order(self):
        window = Window(self.server.port, self.room, self.browser)
        window.join()
        hours = (0, 0, -2, -2, 1, -3, -3)
        for number, hour in enumerate(hours):
            self.set_clock(hours=hour)
            window.say(str(number), nonce=str(number))
            self.assertEqual(window.hear("message")["seq"], number + 1)
        window.say("5", nonce="5")
        self.assertEqual(window.hear("message")["seq"], 6, "the nonce is known, although the clock was set back")
        window.close()
        at = [message["at"] for message in self.kept()]
        self.assertEqual(at, sorted(at))
        self.assertLess(at[3], at[4], "it does go on")
        self.end()
        self.start()  # the file is from a later time than the clock's
        stranger = Browser(self.server.port).visit(self.room)
        self.assertEqual(stranger.post(f"{self.room}/messages", name="Bo", text="7").status, 303)
        self.assertEqual(self.kept()[-1]["author"], "Bo")
        self.assertWhole(len(hours) + 1)

    def test_a_clock_that_is_set_forward_duplicates_nothing(self):
        window = Window(self.server.port, self.room, self.browser)
        window.join()
        for step in (70, 7_200, -7_200):
            with self.subTest(step=step):
                window.say("Ahoy", nonce=f"n{step}")
                seq = window.hear("message")["seq"]
                self.set_clock(seconds=step)
                window.say("Ahoy", nonce=f"n{step}")
                self.assertEqual(window.hear("message")["seq"], seq)
        window.close()
        kept = self.kept()
        self.end()
        self.start()
        window = Window(self.server.port, self.room, self.browser)
        window.join()
        window.say("Ahoy", nonce="n70")
        self.assertEqual(
            window.hear("message")["seq"], kept[0]["seq"], "the nonce is two hours old according to the clock"
        )
        window.close()
        self.assertEqual(self.kept(), kept)
