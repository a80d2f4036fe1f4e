"""Any texts in each theme stay within their message, and look the same before and after scripts run."""

from sockjs_support.waiting import wait_until
from tests.support.stage import SIZES, THEMES, Seen

HEAP = "Z" + "\u0323" * 10 + "\u0301" * 3980
TEXTS = (
    "what is said above it",
    HEAP,
    "W" * 3990,
    "https://example.org/" + "long/" * 300,
    "مرحبا https://example.org/a?b=1 بالعالم `code` שלום example.org",
    "this \u202eis reversed\u202c and https://example.org/\u202etxt.exe",
    'is "><b>`<i>` https://a.example/"onclick="x\n```\n<is> https://b.example\n```\nmünchen.de 🏴 ada@example.org',
)


class TextsTest(Seen):
    def setUp(self):
        super().setUp()
        grace = self.stage.people["Grace Hopper"]
        room = grace.open_room("Grace Hopper")
        if not grace.json(f"{room}/messages")["messages"]:
            for text in TEXTS:
                self.assertEqual(grace.post(f"{room}/messages", text=text).status, 303)
        self.stage.pages["texts"] = ("Grace Hopper", f"{room}?as=pirate")
        self.addCleanup(self.stage.pages.pop, "texts")

    def show(self, theme):
        """Open the live room."""
        self.camera.show(self.stage, "texts", theme)
        live = "return document.getElementById('connection').dataset.state === 'connected'"
        wait_until(lambda: self.driver.execute_script(live), "connected")

    def picture_of(self, place):
        """Return a screenshot of the element `place` as a PNG in base64."""
        x, y, width, height = self.driver.execute_script(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [box.x + scrollX, box.y + scrollY, box.width, box.height]",
            place,
        )
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        return self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})["data"]

    def test_no_message_covers_another_or_widens_the_page(self):
        for theme in THEMES:
            for width, height in SIZES.items():
                with self.subTest(theme=theme, width=width):
                    self.camera.frame(width, height)
                    self.show(theme)
                    self.assertEqual(self.camera.overflow, 0)
                    self.driver.execute_script("document.getElementById('m1').scrollIntoView({behavior: 'instant'})")
                    above = self.picture_of("#m1 > .text")
                    self.driver.execute_script("document.querySelector('#m2 > .text').textContent = 'Z'")
                    self.assertEqual(self.picture_of("#m1 > .text"), above)

    def test_scripts_do_not_change_messages(self):
        self.show("plain")
        made, served = self.driver.execute_async_script("""
            const done = arguments[0]
            // The buttons that copy code come with the scripts.
            const texts = (page) => [...page.querySelectorAll('#messages :is(.text, .original > div)')].map((one) => {
                const copy = one.cloneNode(true)
                copy.querySelectorAll('.copy').forEach((button) => button.remove())
                return copy.outerHTML
            })
            fetch(location.href).then((answer) => answer.text()).then((text) =>
                done([texts(document), texts(new DOMParser().parseFromString(text, 'text/html'))]))
        """)
        self.assertEqual(made, served)
        self.assertGreaterEqual(len(made), len(TEXTS))
        links = [link.get_attribute("href") for link in self.driver.find_elements("css selector", "#m7 > .text a")]
        self.assertEqual(links[-1], "mailto:ada@example.org")
        self.assertEqual(self.driver.find_elements("css selector", "#messages .text :is(b, i, [onclick])"), [])
