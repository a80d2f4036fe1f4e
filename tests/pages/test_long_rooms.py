"""A room with five thousand messages in a browser: the page keeps some of them, in order and in place."""

import logging

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from sockjs_support.layers import BROWSER, Layer
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import CHAT
from tests.support.chatting import ChatTest

#: Delays fetched messages until `window.go()` is called, once.
HOLD_FETCH = """
    const real = window.fetch
    window.fetched = window.fetched ?? []
    window.fetch = (address) => new Promise((resolve) => { window.go = resolve }).then(() => {
        window.fetch = real
        window.fetched.push(String(address))
        return real(address)
    })
"""
#: Scrolls the edge of the page into view, and returns the end of a message before messages are added.
SCROLL_AND_SETTLE = """
    const [edge, item, done] = arguments
    edge.scrollIntoView()
    let [last, same] = [null, 0]
    const look = () => {
        const end = item.getBoundingClientRect().bottom
        same = end === last ? same + 1 : 0
        last = end
        if (same < 10 || !window.go) return requestAnimationFrame(look)
        done(end)
        window.go()
        window.go = null
    }
    look()
"""


class ReadingLayer(Layer):
    """The chat and a browser."""

    @property
    def port(self):
        return CHAT.port


READING = ReadingLayer("READING", CHAT, BROWSER)

log = logging.getLogger(__name__)

SAID = 5000
#: Constants of roompage.js: maximum messages at the end of the page, messages removed together, and further up.
AT_THE_END = 1100
FURTHER_UP = 2000

NUMBERS = "return [...document.querySelectorAll('#messages > .message')].map((item) => Number(item.dataset.seq))"
DAYS = "return document.querySelectorAll('#messages > .day').length"
#: Maximum milliseconds for layout of an additional message.
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

        # The newest messages were removed: a link leads to them, and a key to the newest of all.
        self.read_older()
        self.assertEqual(self.numbers(), list(range(first - 200, first - 200 + FURTHER_UP)))
        newer = self.driver.find_element("css selector", "#newer a").get_attribute("href")
        self.assertIn(f"after={self.numbers()[-1]}&", newer)
        # They are loaded again when one scrolls down, and the oldest are removed.
        self.read_newer(SAID)
        self.assertEqual(self.numbers(), list(range(first, first + FURTHER_UP)))
        self.read_older()
        self.come_in()
        self.say_much(1)
        wait_until(lambda: self.driver.find_element("id", "below").text == "1 new message", "the bar")
        ActionChains(self.driver).send_keys(Keys.END).perform()
        wait_until(lambda: self.numbers()[-1:] == [SAID + 1], "the newest message")

    def test_many_messages_arrive_while_reading(self):
        self.say_much(60)
        self.open_the_page()
        for newest in range(310, 1561, 250):
            self.say_much(250)
            # A busy machine needs many seconds for a page with this many messages.
            wait_until(lambda newest=newest: self.numbers()[-1] == newest, f"message {newest}")
        wait_until(lambda: len(self.numbers()) <= AT_THE_END, "removal of the oldest messages")
        numbers = self.numbers()
        self.assertEqual(numbers, list(range(numbers[0], 1561)))
        self.measure()
        # The removed messages are loaded again.
        self.driver.execute_script("document.getElementById('log').scrollTop = -1000")
        self.read_older()
        self.assertEqual(self.numbers(), list(range(numbers[0] - 200, 1561)))

    def test_a_page_of_the_past_becomes_live_at_the_end(self):
        self.say_much(400)
        self.open_the_page("/messages/100")
        self.assertLess(self.numbers()[-1], 200)
        self.ada.say("not on the page yet")
        self.ada.hear("message")
        while self.numbers()[-1] < 401:
            self.read_newer(401)
        wait_until(lambda: not self.driver.find_elements("id", "newer"), "the end")
        numbers = self.numbers()
        self.assertEqual(numbers, list(range(numbers[0], 402)))
        self.say_much(1)
        wait_until(lambda: self.numbers()[-1] == 402, "the new message")

    def test_messages_are_fetched_by_scrolling(self):
        self.say_much(300)
        self.open_the_page()
        self.driver.execute_script(
            "window.asked = 0; const real = fetch; window.fetch = (...a) => (asked++, real(...a))"
        )
        # Scrolling up once loads 200 messages, which move the edge out of view, so that no more are loaded.
        self.driver.execute_script("document.getElementById('older').scrollIntoView()")
        wait_until(lambda: self.numbers()[0] == 51, "older messages")
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        self.assertEqual(self.driver.execute_script("return window.asked"), 1)
        # A failed request is not repeated by scrolling; the link can still be used.
        self.driver.execute_script("""
            window.failed = 0
            window.fetch = () => (failed++, Promise.reject(new Error('gone')))
            document.getElementById('older').scrollIntoView()
        """)
        wait_until(lambda: self.driver.execute_script("return window.failed") == 1, "a failure")
        self.driver.execute_async_script("""
            const done = arguments[0]
            let left = 20
            const move = () => {
                const older = document.getElementById('older')
                if (left % 2) older.scrollIntoView()
                else document.getElementById('m100').scrollIntoView()
                if (left--) requestAnimationFrame(move)
                else done()
            }
            move()
        """)
        self.assertEqual(self.driver.execute_script("return window.failed"), 1)
        self.driver.execute_script("document.querySelector('#older a').click()")
        wait_until(lambda: "before=51" in self.driver.current_url, "the page of older messages")

    def setUp(self):
        if BROWSER.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.driver = BROWSER.driver
        self.owner, self.room = self.open_room()
        self.come_in()
        self.addCleanup(self.driver.get, "about:blank")

    def come_in(self):
        """Connect as Ada, because an inactive session may have ended."""
        self.ada = self.window(self.room, self.owner)
        self.ada.join()

    def say_much(self, count):
        for said in range(0, count, 500):
            batch = min(500, count - said)
            for number in range(batch):
                self.ada.say(f"This is number {said + number}")
            for _ in range(batch):
                self.ada.hear("message")

    def open_the_page(self, below=""):
        self.driver.get(f"http://127.0.0.1:{READING.port}{self.room}{below}")
        state = "return document.getElementById('connection').dataset.state"
        wait_until(lambda: self.driver.execute_script(state) == "connected", "connected")

    def measure(self):
        """Log the time to show another message (visible with --log-level=INFO), for information only."""
        time = self.driver.execute_script(ONE_MORE)
        log.info("one more message beside %d: %.1f ms", len(self.numbers()), time)

    def numbers(self):
        return self.driver.execute_script(NUMBERS)

    def read_older(self):
        """Scroll up until older messages are loaded."""
        first = self.numbers()[0]
        self.read_on("older", first, lambda: self.numbers()[0] == max(1, first - 200))

    def read_newer(self, newest):
        """Scroll down until newer messages are loaded."""
        last = self.numbers()[-1]
        self.read_on("newer", last, lambda: self.numbers()[-1] == min(newest, last + 200))

    def read_on(self, edge, seq, has_come):
        """Scroll to an edge of the page, and check that existing messages keep their position.

        The end of message `seq` is compared, because its beginning changes if a message of the same author is inserted
        above.
        """
        self.driver.execute_script(HOLD_FETCH)
        place, item = (self.driver.find_element("id", name) for name in (edge, f"m{seq}"))
        before = self.driver.execute_async_script(SCROLL_AND_SETTLE, place, item)
        wait_until(has_come, f"messages beyond {seq}")
        end = self.driver.execute_script(f"return document.getElementById('m{seq}').getBoundingClientRect().bottom")
        # Less than a line, which may result from late layout.
        self.assertLess(abs(end - before), 10)
