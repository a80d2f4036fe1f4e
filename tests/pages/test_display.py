"""The live page in Chromium: the reader's time zone, names, formatting, and text direction."""

# ruff: noqa: RUF001 -- right-to-left letters

import datetime
import itertools
import urllib.parse
import zoneinfo

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import ChatTest
from tests.support.stage import SIZES, THEMES, Camera

DISPLAY = ChatLayer("DISPLAY", BROWSER)


class DisplayTest(ChatTest):
    layer = DISPLAY

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.camera = Camera(self.driver)
        self.camera.frame(1280, 900)
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.layer.url, "storageTypes": "all"})
        self.ada, self.room = self.open_room()

    def say(self, text, browser=None, **fields):
        """Post `text` over HTTP, as Ada or with another `browser`."""
        browser = (browser or self.ada).visit(self.room)
        self.assertEqual(browser.post(f"{self.room}/messages", text=text, **fields).status, 303)

    def enter(self, browser=None, theme="pirate"):
        """Open the room in Chromium with the cookies of `browser`, and wait until it is connected."""
        for name, value in {**(browser.cookies if browser else {}), "piratechat-theme": theme}.items():
            self.driver.execute_cdp_cmd("Network.setCookie", {"name": name, "value": value, "url": self.layer.url})
        self.driver.get(f"{self.layer.url}{self.room}?as=original")
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")

    def run_script(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, condition):
        """Wait until the JavaScript expression `condition` is true."""
        wait_until(lambda: self.run_script(f"return {condition}"), condition)


class Days(DisplayTest):
    #: At any time, one of them has another date than UTC.
    ZONES = ("Pacific/Kiritimati", "Etc/GMT+12")

    def tearDown(self):
        self.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})

    def test_days_are_in_the_readers_time_zone(self):
        self.say("rendered by the server")
        for zone in self.ZONES:
            with self.subTest(zone=zone):
                self.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
                self.enter()
                self.say("and by a script")
                count = self.run_script("return document.querySelectorAll('.message').length")
                self.wait_for(f"document.querySelectorAll('.message').length > {count} - 1")
                self.assertDaysAreOf(zone)

    def assertDaysAreOf(self, zone):
        """Assert that the days above messages are correct in `zone`, in words and in `datetime`."""
        found = self.run_script("""
            return [...document.querySelectorAll('#messages > li')].map((item) => {
                const time = item.querySelector('time')
                return [item.className, time.dateTime, time.textContent, time.title]
            })
        """)
        day = None
        for kind, moment, words, title in found:
            if kind == "day":
                day = (moment, words)
                continue
            at = datetime.datetime.fromisoformat(moment).astimezone(zoneinfo.ZoneInfo(zone))
            self.assertEqual(day, (at.date().isoformat(), f"{at.day} {at:%B %Y}"))
            self.assertEqual((words, title), (f"{at:%H:%M}", day[1]))


class Names(DisplayTest):
    def say_here(self, text):
        self.run_script("document.getElementById('text').value = arguments[0]", text)
        self.run_script("document.getElementById('say').requestSubmit()")

    def last_said(self, text):
        """Return author and class of the last message when its text is `text`."""
        last = "[...document.querySelectorAll('#messages .message')].at(-1)"
        self.wait_for(f"{last}?.querySelector('.text').textContent === '{text}'")
        return self.run_script(f"const item = {last}; return [item.dataset.author, item.className]")

    def test_a_new_name_is_shown_in_all_windows(self):
        ann = self.browser().visit(self.room)
        self.enter(ann)
        self.say("from another window", ann, name="Ann")
        self.assertEqual(self.last_said("from another window"), ["Ann", "message own"])
        self.assertEqual(self.driver.find_elements("id", "name"), [])
        self.say("and once more", ann, name="Anna")
        self.assertEqual(self.last_said("and once more"), ["Anna", "message own"])
        self.say_here("from here")
        self.assertEqual(self.last_said("from here"), ["Anna", "message own again"])
        owns = "return document.querySelectorAll('.message.own').length"
        self.assertEqual(self.run_script(owns), 3)
        self.driver.refresh()
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")
        self.assertEqual(self.run_script(owns), 3)

    def test_a_renamed_visitor_is_not_typing_under_the_old_name(self):
        self.enter(self.ada)
        window = self.visitor(self.room, "Ann")
        self.wait_for("document.getElementById('present').textContent.includes('Ann')")
        window.send({"type": "typing"})
        self.wait_for("document.getElementById('typing').textContent.includes('Ann is typing')")
        window.join(name="Bella")
        self.wait_for("document.getElementById('present').textContent.includes('Bella')")
        self.assertEqual(self.run_script("return document.getElementById('typing').textContent"), "")

    def test_the_owner_is_marked_under_a_new_name(self):
        self.enter()
        self.say("I am the owner", self.ada, name="The Countess")
        self.assertEqual(self.last_said("I am the owner"), ["The Countess", "message by-owner"])


#: Messages, and for each line the ranges of its letters, from left to right.
LINES = {
    "Hello\nمرحبا بكم في Rocket Chat!\nبرای telegram": (
        ("left", ["Hello"]),
        ("right", ["!", "Rocket Chat", "في", "بكم", "مرحبا"]),
        ("right", ["telegram", "برای"]),
    ),
    "שלום, `ls -l`!\nand then: עדי\n`make` הוא": (
        ("right", ["!", "`ls -l`", ",", "שלום"]),
        ("left", ["and then", ":", "עדי"]),
        ("right", ["הוא", "`make`"]),
    ),
    "```\nرقم = 1  # the number\n```\nرقم": (
        ("left", ["1", "=", "رقم", "the number"]),
        ("right", ["رقم"]),
    ),
}
#: The positions of ranges of a text as [left, right], and [left, right] of the line box.
STRETCHES = """
    const [place, stretches] = arguments
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
    const nodes = []
    while (walker.nextNode()) nodes.push(walker.currentNode)
    const text = nodes.map(({ data }) => data).join('')
    const at = (offset) => {
        for (const node of nodes) {
            if (offset < node.length) return [node, offset]
            offset -= node.length
        }
        return [nodes.at(-1), nodes.at(-1).length]
    }
    let done = 0
    return stretches.map((line) => {
        // In the order of their letters, which may not be the one in which they are seen.
        const ends = line.map((stretch) => {
            const start = text.indexOf(stretch, done)
            const range = document.createRange()
            range.setStart(...at(start))
            const [node, offset] = at(start + stretch.length - 1)
            range.setEnd(node, offset + 1)
            const { left, right } = range.getBoundingClientRect()
            return [start + stretch.length, left, right, range.startContainer]
        })
        done = Math.max(...ends.map(([end]) => end))
        const block = ends[0][3].parentElement.closest('.block pre') ?? place
        const { paddingLeft, paddingRight } = getComputedStyle(block)
        const { left, right } = block.getBoundingClientRect()
        const inner = [left + parseFloat(paddingLeft), right - parseFloat(paddingRight)]
        return [ends.map(([, ...box]) => box.slice(0, 2)), inner]
    })
"""


class Directions(DisplayTest):
    """Right-to-left text, and text in both directions."""

    def each(self):
        """Yield each theme, in a desktop window and on a phone."""
        for theme in THEMES:
            for size in SIZES.items():
                self.camera.frame(*size)
                self.enter(theme=theme)
                with self.subTest(theme=theme, width=size[0]):
                    yield theme

    def texts(self):
        return self.driver.find_elements("css selector", "#messages .message > .text")

    def say_in_turns(self, texts):
        """Post `texts` by alternating authors, so that messages are not grouped."""
        authors = [self.browser(), self.browser()]
        for number, text in enumerate(texts):
            self.say(text, authors[number % 2], name=f"Visitor {number % 2}")

    def test_the_first_letter_determines_the_direction_of_a_line(self):
        self.say_in_turns(LINES)
        for _theme in self.each():
            for place, (text, lines) in zip(self.texts(), LINES.items(), strict=True):
                with self.subTest(text=text):
                    self.assertLines(place, lines)

    def assertLines(self, place, lines):
        beside = self.run_script("return parseFloat(getComputedStyle(arguments[0], '::after').width) || 0", place)
        measured = self.run_script(STRETCHES, place, [stretches for _side, stretches in lines])
        for (side, stretches), (boxes, (left, right)) in zip(lines, measured, strict=True):
            for (_left, end), (begin, _right) in itertools.pairwise(boxes):
                self.assertLessEqual(end, begin + 1, stretches)
            begin = boxes[0][0] - left if side == "left" else right - boxes[-1][1]
            # The last line may leave space for the time, and code has padding.
            off = min(abs(begin), abs(begin - beside) if stretches is lines[-1][1] else abs(begin))
            self.assertLess(off, 8, (side, stretches))

    def test_lines_in_the_field_have_their_own_direction(self):
        """Its letters have no measurable positions, so its styles are compared with those of messages."""
        for _theme in self.each():
            field = self.driver.find_element("id", "text")
            self.assertEqual(field.value_of_css_property("unicode-bidi"), "plaintext")
            self.assertEqual(field.value_of_css_property("text-align"), "start")

    def test_short_links_are_not_broken_and_long_ones_are(self):
        said = {
            "short": "اقرأ هذا أولا https://example.org/docs?q=1 من فضلك",
            "line": "Hello\nاقرأ هذا أولا https://example.org/docs?q=1 من فضلك",
            "long": "اقرأ https://example.org/" + "a-rather-long-way/" * 10 + "?q=1 من فضلك",
        }
        self.say_in_turns(said.values())
        for _theme in self.each():
            for place, kind in zip(self.texts(), said, strict=True):
                with self.subTest(kind=kind):
                    (box,) = self.run_script("return [...arguments[0].querySelector('a').getClientRects()]", place)
                    line = float(place.value_of_css_property("line-height").removesuffix("px"))
                    around = place.rect
                    self.assertGreaterEqual(box["left"], around["x"] - 1)
                    self.assertLessEqual(box["right"], around["x"] + around["width"] + 1)
                    if kind == "long":
                        self.assertGreater(box["height"], 1.5 * line)
                    else:
                        self.assertLess(box["height"], 1.5 * line)

    def test_the_time_covers_no_line(self):
        """If the time is next to the last line, there is space for it in both text directions."""
        said = ["Read this", "اقرأ example.org/a", "اقرأ هذا", "Hello\nاقرأ", "اقرأ\nHello",
                "Read this, it is as long as many of the lines that people send each other all day, and then some",
                "اقرأ هذا، فهو طويل مثل كثير من الأسطر التي يرسلها الناس إلى بعضهم البعض طوال اليوم، ثم"]  # fmt: skip
        self.say_in_turns(said)
        measure = """
            const message = arguments[0].closest('.message')
            const range = document.createRange()
            range.selectNodeContents(arguments[0])
            const letters = [...range.getClientRects()].filter(({ width }) => width > 1)
            const time = message.querySelector('time').getBoundingClientRect()
            const covers = (box) => box.left < time.right - 1 && time.left < box.right - 1
                && box.top < time.bottom - 2 && time.top < box.bottom - 2
            return [arguments[0].getBoundingClientRect().height, letters.some(covers)]
        """
        for theme in self.each():
            found = [self.run_script(measure, place) for place in self.texts()]
            with self.subTest(theme=theme):
                self.assertEqual([text for text, (_, is_covered) in zip(said, found, strict=True) if is_covered], [])
                english, link, arabic, *_others = (height for height, _ in found)
                self.assertLess(abs(link - english), 4)
                self.assertLess(abs(arabic - english), 4)


#: The data that the event "copy" puts on the clipboard, with the selection `select` of a document, and of an element.
COPIED = """
    const [item, select] = arguments
    const range = document.createRange()
    new Function('range', 'item', select)(range, item)
    document.getSelection().removeAllRanges()
    document.getSelection().addRange(range)
    const data = new DataTransfer()
    const event = new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true })
    range.commonAncestorContainer.dispatchEvent(event)
    return event.defaultPrevented ? data.getData('text/plain') : null
"""


class Formatting(DisplayTest):
    FORMATTED = "> Is *this* it?\n- **one**\n- two\n```sh\nls *\n```\nYes, `it` is"

    def last(self):
        return self.driver.find_elements("css selector", "#messages .message > .text")[-1]

    def test_scripts_and_server_render_the_same(self):
        """The text extracted from the server's page is the original text."""
        self.say(self.FORMATTED)
        self.say("see **https://example.org/a**")
        self.enter(self.ada)
        made, served = self.driver.execute_async_script("""
            const done = arguments[0]
            for (const button of document.querySelectorAll('#messages .copy')) button.remove()
            const texts = (page) => [...page.querySelectorAll('#messages .text')].map((text) => text.outerHTML)
            const parsed = (html) => new DOMParser().parseFromString(html, 'text/html')
            fetch(location).then((answer) => answer.text()).then((html) => done([texts(document), texts(parsed(html))]))
        """)
        self.assertEqual(len(made), 2)
        self.assertEqual(made, served)

    def test_long_lines_of_code_scroll_in_each_theme(self):
        self.say("```\n" + "a long line of code " * 30 + "\n```")
        for theme, (width, height) in itertools.product(THEMES, SIZES.items()):
            with self.subTest(theme=theme, width=width):
                self.camera.frame(width, height)
                self.enter(theme=theme)
                found = self.run_script(
                    """
                    const pre = arguments[0].querySelector('pre')
                    pre.scrollLeft = 50
                    const { left, right } = pre.getBoundingClientRect()
                    const line = parseFloat(getComputedStyle(pre).lineHeight)
                    return { scrolled: pre.scrollLeft, isIn: left >= 0 && right <= innerWidth,
                        lines: pre.querySelector('code').getBoundingClientRect().height / line,
                        isWide: document.scrollingElement.scrollWidth > innerWidth }
                    """,
                    self.last(),
                )
                self.assertEqual((found["scrolled"], found["isIn"], found["isWide"]), (50, True, False))
                self.assertLess(found["lines"], 1.5)

    def test_few_emoji_are_large_in_each_theme(self):
        self.say("🦜")
        self.say("a")
        for theme in THEMES:
            self.enter(theme=theme)
            large, small = self.run_script("""
                const size = (element) => parseFloat(getComputedStyle(element).fontSize)
                return [...document.querySelectorAll('.text')].map(size)
            """)
            self.assertGreaterEqual(large, 1.8 * small, theme)

    def test_a_copied_selection_is_the_original_text(self):
        self.say(self.FORMATTED)
        self.say("**Ahoy**", self.browser(), name="Bo")
        self.enter(self.ada)
        first, second = self.driver.find_elements("css selector", "#messages .message")
        author = first.get_attribute("data-author")
        for item, select, copied in (
            (first, "range.selectNodeContents(item.querySelector('.text'))", self.FORMATTED),
            (first, "range.selectNodeContents(item.querySelector('strong').childNodes[1])", "one"),
            (first, "range.selectNodeContents(item.querySelector('blockquote'))", "> Is *this* it?\n"),
            (second, "range.selectNode(item)", "**Ahoy**"),
            # Three clicks select up to the beginning of the next element.
            (second, "range.selectNodeContents(item); range.setStart(item.querySelector('strong').childNodes[1], 0)",
             "**Ahoy**"),
            (first, "range.setStart(item.querySelector('.copy'), 0); range.setEndAfter(item.nextElementSibling)",
             f"{author}: Yes, `it` is\nBo: **Ahoy**"),
            (first, "range.selectNodeContents(item.querySelector('time'))", None),
            (first, "range.selectNode(document.getElementById('talk'))", None),
        ):  # fmt: skip
            with self.subTest(select):
                self.assertEqual(self.run_script(COPIED, item, select), copied)

    def test_a_button_copies_only_code(self):
        self.say(self.FORMATTED)
        self.enter()
        self.run_script("""
            window.copied = []
            const writeText = async (text) => { window.copied.push(text) }
            Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true })
        """)
        button = self.last().find_element("css selector", ".copy")
        button.click()
        self.wait_for("document.querySelector('.copy').textContent === 'Copied'")
        self.assertEqual(self.run_script("return window.copied"), ["ls *"])
        # Without a clipboard, as in insecure contexts.
        self.run_script("""
            Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })
            document.execCommand = () => {
                const event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), cancelable: true })
                document.dispatchEvent(event)
                window.copied.push(event.clipboardData.getData('text/plain'))
            }
        """)
        button.click()
        self.wait_for("window.copied.length === 2")
        self.assertEqual(self.run_script("return window.copied"), ["ls *", "ls *"])


#: Right-to-left letters next to others without isolation: in texts of a page except messages, in its title and in its
#: attributes.
UNISOLATED = """
    const mixes = (text) => {
        const alone = text.replace(/\\u2068[^\\u2068\\u2069]*\\u2069/g, '')
        return /[\\u0590-\\u08ff]/.test(alone) && /[A-Za-z]/.test(alone)
    }
    const isScope = (element) => {
        const { display, unicodeBidi } = getComputedStyle(element)
        return display !== 'inline' || /isolate|plaintext/.test(unicodeBidi)
    }
    const textOf = (element) => [...element.childNodes].map((node) =>
        node.nodeType === Node.TEXT_NODE ? node.data
            : node.nodeType === Node.ELEMENT_NODE && !isScope(node) ? textOf(node) : ' ').join('')
    const found = mixes(document.title) ? [document.title] : []
    for (const element of document.querySelectorAll('body, body *')) {
        for (const name of ['aria-label', 'title', 'alt', 'placeholder']) {
            if (mixes(element.getAttribute(name) ?? '')) found.push(element.getAttribute(name))
        }
        const isSaid = element.closest('.text, .original > div, textarea, script, style')
        if (!isSaid && isScope(element) && mixes(textOf(element))) found.push(textOf(element))
    }
    return found
"""


class Isolation(DisplayTest):
    """Names and titles in Hebrew and Arabic do not affect the order of other words."""

    def setUp(self):
        super().setUp()
        self.owner = self.browser()
        ChatTest.rooms += 1
        self.name = f"עדי {ChatTest.rooms}"
        self.room = self.owner.open_room(self.name)
        self.leila = self.visitor(self.room, "ليلى 2")
        self.leah = self.visitor(self.room, "לאה 3")

    def assertIsolated(self):
        self.assertEqual(self.run_script(UNISOLATED), [])

    def test_two_typing_visitors(self):
        self.enter()
        for window in (self.leila, self.leah):
            window.send({"type": "typing"})
        self.wait_for("document.getElementById('typing').textContent.includes('are typing')")
        self.assertEqual(self.run_script("return document.querySelectorAll('#typing bdi').length"), 2)
        self.assertIsolated()

    def test_the_owners_page_with_everything_on_it(self):
        self.leila.say("one")
        self.leila.hear("message")
        for path, fields in (
            ("messages/1/remove", {}),
            ("settings", {"title": "החדר 1", "translator": "pirate", "slow": "0"}),
            ("mute", {"name": "לאה 3"}),
        ):
            self.assertEqual(self.owner.post(f"{self.room}/{path}", **fields).status, 303, path)
        self.leila.say("two")
        self.enter(self.owner)
        for details in ("owner", "log-entries"):
            self.run_script(
                "const place = document.getElementById(arguments[0]); if (place) place.open = true", details
            )
        self.wait_for("document.body.textContent.includes('Title: ')")
        self.assertIsolated()
        self.run_script("document.querySelector('form.mute button, form.unmute button').click()")
        self.wait_for("/is muted|can post again/.test(document.getElementById('saved').textContent)")
        self.leila.say("three")
        self.wait_for("document.querySelectorAll('.message').length === 3")
        self.assertIsolated()

    def test_a_changed_title_is_isolated(self):
        self.enter()
        self.assertEqual(self.driver.title, f"\u2068{self.name}\u2069 · piratechat")
        settings = {"title": "החדר", "translator": "pirate", "slow": "0"}
        self.assertEqual(self.owner.post(f"{self.room}/settings", **settings).status, 303)
        self.wait_for("document.querySelector('main h1').textContent === 'החדר'")
        self.assertEqual(self.driver.title, "\u2068החדר\u2069 · piratechat")
        self.assertIsolated()

    def test_error_pages(self):
        # Pages are written into about:blank, which cannot load their files.
        BROWSER.console.expect("about:blank|net::ERR_FAILED|via document.write")
        other = self.browser()
        self.enter(other.visit(self.room))
        for path, fields in (
            ("/rooms/שלום", None),
            ("/", {"name": self.name}),
            (f"{self.room}/messages", {"text": "hello", "name": "ليلى 2"}),
            (f"{self.room}/messages/99", None),
        ):
            with self.subTest(path):
                answer = other.post(path, **fields) if fields else other.get(urllib.parse.quote(path, "/%"))
                self.assertGreaterEqual(answer.status, 400)
                self.driver.get("about:blank")
                page = answer.body.decode().replace("<head>", f'<head><base href="{self.layer.url}/">')
                self.run_script("document.open(); document.write(arguments[0]); document.close()", page)
                self.assertIsolated()

    def test_error_events_and_the_export(self):
        stranger = self.window(self.room, self.browser().visit(self.room))
        stranger.send({"type": "join", "name": "ليلى 2"})
        self.assertIn("The name \u2068ليلى 2\u2069, or one", stranger.hear("error")["message"])
        self.leila.say("مرحبا 4\nمرحبا")
        self.leila.hear("message")
        export = self.browser().get(f"{self.room}/export.txt").body.decode()
        self.assertTrue(export.endswith("  \u2068ليلى 2\u2069: \u2068مرحبا 4\u2069\n    مرحبا\n"), ascii(export))
