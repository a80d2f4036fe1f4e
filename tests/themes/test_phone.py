"""Pages on a phone: touch targets are large enough and visible, and slow loading causes no layout shift."""

import pytest
from selenium.webdriver import ActionChains, Keys

from sockjs_support.waiting import wait_until
from tests.support.room_states import RoomStates
from tests.support.stage import THEMES, Seen

#: Visible controls smaller than a thumb in pixels: [element, width, height].  Links in the text of a message and its
#: time are exempt, because they are in lines of text.
SMALL = """
    const [place, least] = arguments
    const kinds = 'a, button, summary, input:not([type=hidden], [type=checkbox]), select, textarea, label:has(input)'
    return [...document.querySelectorAll(place)].flatMap((one) => [...one.querySelectorAll(kinds)])
        .filter((control) => !control.matches('#skip, .when, .edited, .text *, .original > div *, #topic *'))
        .filter((control) => control.checkVisibility())
        // The link of a reply covers the whole quotation.
        .map((control) => control.closest('.reply') ?? control)
        .map((control) => [control.outerHTML.slice(0, 60), control.getBoundingClientRect()])
        .filter(([, {width, height}]) => Math.min(width, height) < least - .5)
        .map(([html, {width, height}]) => [html, width, height])
"""
#: Elements in `arguments[0]` that extend out of the window, without those that are clipped or scrolled.
OUTSIDE = """
    const cuts = (one) => getComputedStyle(one).overflowX !== 'visible'
    const isCut = (one) => one && (cuts(one) || isCut(one.parentElement))
    return [...document.querySelectorAll(arguments[0])].flatMap((place) => [place, ...place.querySelectorAll('*')])
        .filter((one) => one.checkVisibility({opacityProperty: true}) && !one.closest('.unseen, #skip'))
        .filter((one) => !isCut(one.parentElement))
        .map((one) => [one.outerHTML.slice(0, 60), one.getBoundingClientRect()])
        .filter(([, {left, right, width}]) => width && (left < -.5 || right > innerWidth + .5))
        .map(([html, {left, right}]) => [html, left, right])
"""
#: The messages covered by the buttons of message `arguments[0]` after it was touched.
COVERED = """
    const message = document.getElementById(arguments[0])
    const buttons = [...message.querySelectorAll(':scope > .actions button, :scope > .original > summary')]
    const meets = (one, other) => one.left < other.right && other.left < one.right
    const covers = (one, other) => meets(one, other) && one.top < other.bottom && other.top < one.bottom
    return [...document.querySelectorAll('#messages > .message')].filter((other) => buttons.some((button) =>
        covers(button.getBoundingClientRect(), other.getBoundingClientRect()))).map(({id}) => id)
"""
#: The number of buttons "As written" that can be pressed.
ORIGINALS = """
    return [...document.querySelectorAll('#messages .original > summary')]
        .filter((one) => getComputedStyle(one).opacity > 0 && getComputedStyle(one).pointerEvents !== 'none').length
"""
IN_THE_MIDDLE = "document.getElementById(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})"
#: The visible buttons of message `arguments[0]` while it is focused: the name of each, and by how many pixels it
#: extends out of the log.
ACTIONS = """
    const log = document.getElementById('log').getBoundingClientRect()
    const message = document.getElementById(arguments[0])
    message.tabIndex = -1
    message.focus()
    return [...message.querySelectorAll(':scope > .actions button, :scope > .original > summary')].map((one) => {
        const { left, right } = one.getBoundingClientRect()
        return [one.ariaLabel ?? one.innerText.trim(), Math.max(log.left - left, right - log.right, 0)]
    })
"""
#: Labels in the menu of a message that do not fit on their line, or are too small.
CRAMPED = """
    document.querySelector('.actions .more').click()
    const rows = [...document.querySelectorAll('#message-menu button')]
    const isSmall = (one) => parseFloat(getComputedStyle(one).fontSize) < 12
    const cramped = rows.filter((one) => isSmall(one) || one.scrollWidth > one.clientWidth)
    const names = rows.map((one) => one.innerText.trim())
    document.getElementById('message-menu').hidePopover()
    return [names, cramped.map((one) => one.innerText)]
"""
MESSAGES = "return [...document.querySelectorAll('#messages > .message')].map((one) => one.id)"
#: Records layout shifts.
WATCH = """
    window.shifts = []
    new PerformanceObserver((list) => {
        for (const {value, hadRecentInput, sources} of list.getEntries()) {
            const moved = sources.map(({node}) => node?.id || node?.className || node?.localName)
            if (!hadRecentInput) shifts.push([value, moved])
        }
    }).observe({type: 'layout-shift', buffered: true})
"""
#: The limit for a good score of Web Vitals is 0.1.
MOST = 0.05


class NarrowWindow(Seen):
    """On a desktop."""

    def test_buttons_of_a_message_cover_no_other_message(self):
        self.camera.frame(390, 844)
        for theme in THEMES:
            for page in ("lively", "owner"):
                self.camera.show(self.stage, page, theme)
                self.driver.execute_script(
                    "for (const one of document.querySelectorAll(':popover-open')) one.hidePopover()"
                )
                for message in self.driver.execute_script(MESSAGES):
                    with self.subTest(theme=theme, page=page, message=message):
                        self.driver.execute_script(IN_THE_MIDDLE, message)
                        text = self.driver.find_element("css selector", f"#{message} > .text")
                        ActionChains(self.driver, duration=0).move_to_element(text).perform()
                        self.assertIn(self.driver.execute_script(COVERED, message), ([], [message]))
                        self.driver.find_element("css selector", f"#{message} .actions .more").click()
                        self.assertTrue(self.driver.find_element("id", "message-menu").is_displayed())
                        ActionChains(self.driver).send_keys(Keys.ESCAPE).perform()


class Phone(Seen):
    def setUp(self):
        super().setUp()
        self.run = self.driver.execute_cdp_cmd
        self.camera.frame(390, 844)
        self.run("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})
        self.addCleanup(self.run, "Emulation.setTouchEmulationEnabled", {"enabled": False})

    def test_touch_targets_of_a_room_are_large_enough(self):
        for theme in THEMES:
            self.camera.show(self.stage, "owner", theme)
            self.driver.execute_script(
                "document.querySelectorAll('#more details').forEach((one) => { one.open = true })"
            )
            self.driver.execute_script("document.getElementById('keys').show()")
            with self.subTest(theme=theme, sheet="keys"):
                self.assertEqual(self.driver.execute_script(SMALL, "#keys", 44), [])
            self.driver.execute_script("document.getElementById('keys').close()")
            for sheet in ("more", "people", "invite", "views"):
                self.driver.execute_script("document.getElementById(arguments[0]).showPopover()", sheet)
                with self.subTest(theme=theme, sheet=sheet):
                    self.assertEqual(self.driver.execute_script(SMALL, f"#{sheet}", 44), [])
            with self.subTest(theme=theme):
                self.assertEqual(self.driver.execute_script(SMALL, "#bar, #foot, .message", 44), [])
            self.driver.execute_script("document.getElementById('text').focus()")
            with self.subTest(theme=theme, bar="with a keyboard"):
                self.assertEqual(self.driver.execute_script(SMALL, "#bar", 40), [])

    def test_touch_targets_of_other_pages_are_large_enough(self):
        for theme in THEMES:
            for page in ("home", "problem", "offline", "search", "pinned", "history"):
                self.camera.show(self.stage, page, theme)
                self.driver.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true })")
                with self.subTest(theme=theme, page=page):
                    self.assertEqual(self.driver.execute_script(SMALL, "body", 44), [])

    def test_sheets_have_a_close_button(self):
        for theme in THEMES:
            self.camera.show(self.stage, "room", theme)
            for sheet in ("more", "people", "invite", "views"):
                with self.subTest(theme=theme, sheet=sheet):
                    self.driver.execute_script("document.getElementById(arguments[0]).showPopover()", sheet)
                    self.driver.find_element("css selector", f"#{sheet} .top > button").click()
                    self.assertFalse(self.driver.find_element("id", sheet).is_displayed())

    def test_actions_of_a_message_have_names_and_are_in_the_window(self):
        for theme in THEMES:
            for width in (320, 390):
                self.camera.frame(width, 844)
                self.camera.show(self.stage, "owner", theme)
                found = set()
                for message in self.driver.execute_script(MESSAGES):
                    buttons = self.driver.execute_script(ACTIONS, message)
                    names, cramped = self.driver.execute_script(CRAMPED)
                    with self.subTest(theme=theme, width=width, message=message):
                        self.assertEqual([one for one in buttons if not one[0] or one[1]], [])
                        self.assertEqual(cramped, [])
                    found |= {name for name, _ in buttons} | set(names)
                with self.subTest(theme=theme, width=width):
                    self.assertLessEqual({"Reply", "React", "More", "Delete", "Restore", "As written", "Show"}, found)

    def touch(self, selector):
        """Touch the center of the element `selector` briefly, like a finger."""
        middle = """
            const {x, y, width, height} = document.querySelector(arguments[0]).getBoundingClientRect()
            return [x + width / 2, y + height / 2]
        """
        x, y = self.driver.execute_script(middle, selector)
        self.run("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        self.run("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def test_touch_targets_of_messages_are_large_enough(self):
        states = RoomStates(self.driver)
        for theme in THEMES:
            self.camera.show(self.stage, "lively", theme)
            for width in (320, 390):
                self.camera.frame(width, 844)
                for state, place in states.each():
                    with self.subTest(theme=theme, width=width, state=state):
                        self.assertEqual(self.driver.execute_script(SMALL, place, 44), [])
                        self.assertEqual(self.driver.execute_script(OUTSIDE, place), [])

    def test_buttons_of_a_touched_message_cover_no_other_message(self):
        self.camera.frame(390, 500)
        for theme in THEMES:
            self.camera.show(self.stage, "lively", theme)
            for message in ("m6", "m3", "m2"):
                with self.subTest(theme=theme, message=message):
                    self.driver.execute_script(IN_THE_MIDDLE, message)
                    top = f"return document.getElementById('{message}').getBoundingClientRect().top"
                    before = self.driver.execute_script(top)
                    self.touch(f"#{message} > .text")
                    there = f"return !!document.querySelector('#{message}:focus > .actions')"
                    wait_until(lambda there=there: self.driver.execute_script(there), "the toolbar")
                    self.assertEqual(self.driver.execute_script(COVERED, message), [])
                    self.assertLessEqual(self.driver.execute_script(ORIGINALS), 1)
                    # At the end of the log there is space only above.
                    if message != "m6":
                        self.assertAlmostEqual(self.driver.execute_script(top), before, delta=1)

    @pytest.mark.slow
    def test_nothing_moves_while_a_room_loads(self):
        watching = self.run("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})["identifier"]
        self.addCleanup(self.run, "Page.removeScriptToEvaluateOnNewDocument", {"identifier": watching})
        slow = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
        self.run("Network.enable", {})
        self.addCleanup(self.run, "Network.emulateNetworkConditions", {**slow, "latency": 0, "downloadThroughput": -1})
        self.addCleanup(self.run, "Emulation.setCPUThrottlingRate", {"rate": 1})
        for theme in THEMES:
            for page in ("room", "owner", "newcomer", "home"):
                self.run("Network.emulateNetworkConditions", slow)
                self.run("Emulation.setCPUThrottlingRate", {"rate": 4})
                with self.subTest(theme=theme, page=page):
                    if page == "newcomer":
                        self.newcomer(theme)
                    else:
                        self.camera.show(self.stage, page, theme)
                    # Late elements have appeared by then.
                    self.driver.execute_async_script(
                        "document.fonts.ready.then(() => requestIdleCallback(arguments[0]))"
                    )
                    shifts = self.driver.execute_script("return shifts")
                    self.assertLess(sum(value for value, _ in shifts), MOST, shifts)

    def newcomer(self, theme):
        """A first visit by an unknown visitor."""
        self.stage.pages["newcomer"] = (None, self.stage.room)
        self.addCleanup(self.stage.pages.pop, "newcomer", None)
        self.camera.show(self.stage, "newcomer", theme)
        self.camera.wait_for_connection()
