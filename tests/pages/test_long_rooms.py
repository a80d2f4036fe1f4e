"""A room in which five thousand messages were said, in a browser: its page holds some of them, in order and place."""

import logging

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from sockjs_support.layers import BROWSER, Layer
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import CHAT
from tests.support.chatting import ChatTest

#: Gives where a message ends, once what came into view is laid out: then the link is clicked.
CLICK_WHEN_SETTLED = """
    const [item, done] = arguments
    let [last, same] = [null, 0]
    const look = () => {
        const end = item.getBoundingClientRect().bottom
        same = end === last ? same + 1 : 0
        last = end
        if (same < 10) return requestAnimationFrame(look)
        done(end)
        document.querySelector('#older a').click()
    }
    look()
"""


class ReadingLayer(Layer):
    """The chat, and a browser."""

    @property
    def port(self):
        return CHAT.port


READING = ReadingLayer("READING", CHAT, BROWSER)

log = logging.getLogger(__name__)

SAID = 5000
#: What roompage.js says: messages on the page at the end, with those that are dropped at once, and further up.
AT_THE_END = 1100
FURTHER_UP = 2000

NUMBERS = "return [...document.querySelectorAll('#messages > .message')].map((item) => Number(item.dataset.seq))"
DAYS = "return document.querySelectorAll('#messages > .day').length"
#: Milliseconds that one more message takes, until the browser knows where everything is.
ONE_MORE = """
    const list = document.getElementById('messages')
    const times = []
    for (let i = 0; i < 9; i++) {
        const item = list.lastElementChild.cloneNode(true)
        const start = performance.now()
        list.append(item)
        item.getBoundingClientRect()
        times.push(performance.now() - start)
        item.remove()
        list.getBoundingClientRect()
    }
    return times.sort((one, other) => one - other)[4]
"""


class LongRoomTest(ChatTest):
    layer = READING

    def test_five_thousand_messages(self):
        self.say_much(SAID)
        self.open_the_page()
        self.assertEqual(self.numbers(), list(range(SAID - 49, SAID + 1)))
        while len(self.numbers()) < FURTHER_UP:
            self.read_older()
        self.assertEqual(self.driver.execute_script(DAYS), 1)
        first = self.numbers()[0]
        self.measure()

        # The newest went to make room: a link leads on to them, and the key to the newest of all.
        self.read_older()
        self.assertEqual(self.numbers(), list(range(first - 200, first - 200 + FURTHER_UP)))
        newer = self.driver.find_element("css selector", "#newer a").get_attribute("href")
        self.assertIn(f"after={self.numbers()[-1]}&", newer)
        self.come_in()
        self.say_much(1)
        wait_until(lambda: self.driver.find_element("id", "below").text == "1 new message", "the bar")
        ActionChains(self.driver).send_keys(Keys.END).perform()
        wait_until(lambda: self.numbers()[-1:] == [SAID + 1], "the newest message")

    def test_much_is_said_while_one_reads(self):
        self.say_much(60)
        self.open_the_page()
        self.say_much(1500)
        wait_until(lambda: self.numbers()[-1] == 1560, "the newest message")
        wait_until(lambda: len(self.numbers()) <= AT_THE_END, "the oldest to go")
        numbers = self.numbers()
        self.assertEqual(numbers, list(range(numbers[0], 1561)))
        self.measure()
        # What went comes back.
        self.driver.execute_script("document.getElementById('log').scrollTop = -1000")
        self.read_older()
        self.assertEqual(self.numbers(), list(range(numbers[0] - 200, 1561)))

    def setUp(self):
        if BROWSER.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.driver = BROWSER.driver
        self.owner, self.room = self.open_room()
        self.come_in()
        self.addCleanup(self.driver.get, "about:blank")

    def come_in(self):
        """Have Ada connect: a session that was silent for long may have ended."""
        self.ada = self.window(self.room, self.owner)
        self.ada.join()

    def say_much(self, count):
        for said in range(0, count, 500):
            batch = min(500, count - said)
            for number in range(batch):
                self.ada.say(f"This is number {said + number}")
            for _ in range(batch):
                self.ada.hear("message")

    def open_the_page(self):
        self.driver.get(f"http://127.0.0.1:{READING.port}{self.room}")
        state = "return document.getElementById('connection').dataset.state"
        wait_until(lambda: self.driver.execute_script(state) == "connected", "connected")

    def measure(self):
        """Log how long it takes to show one more: --log-level=INFO shows it.  Nothing depends on it."""
        time = self.driver.execute_script(ONE_MORE)
        log.info("one more message beside %d: %.1f ms", len(self.numbers()), time)

    def numbers(self):
        return self.driver.execute_script(NUMBERS)

    def read_older(self):
        """Follow the link to older messages: what was in view stays where it was."""
        first = self.numbers()[0]
        self.driver.execute_script("document.getElementById('older').scrollIntoView()")
        # A message's end is looked at: its beginning changes when another of its author comes above it.
        before = self.driver.execute_async_script(
            CLICK_WHEN_SETTLED,
            self.driver.find_element("id", f"m{first}"),
        )
        wait_until(lambda: self.numbers()[0] == max(1, first - 200), f"what was said before {first}")
        end = self.driver.execute_script(f"return document.getElementById('m{first}').getBoundingClientRect().bottom")
        # Less than a line: what comes near is laid out then.
        self.assertLess(abs(end - before), 10)
