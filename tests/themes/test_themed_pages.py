"""Each theme on the chat's pages: all content is there, at any size, with and without scripts."""

from unittest import TestCase

from lxml import html

from sockjs_support.waiting import wait_until
from tests.support.shape import children, lines
from tests.support.stage import SIZES, STAGE, THEMES, Seen

#: Viewports in CSS pixels: those of SIZES; a desktop at 200 % and at 400 %; a phone in landscape.
WINDOWS = [*SIZES.items(), (640, 450), (320, 256), (844, 390)]
#: The same, where a keyboard, a small phone or a tablet leave little space.
NARROW = [(1280, 800), (640, 400), (844, 390), (390, 500), (390, 844), (320, 568), (820, 1180)]


def page(answer):
    found = html.document_fromstring(answer.body, parser=html.HTMLParser(encoding="utf-8"))
    for field in found.iterfind(".//input[@name='once']"):
        field.set("value", "")  # each form has its own
    for element in found.iterfind("body//*[@lang]"):
        element.attrib.pop("xml:lang", None)  # added by Diazo, which writes XHTML
    return found


#: The header and footer of themes; the page of a Plone site has its own.
PLACES = {
    "header": ("body//*[@id='chat-head']", "body/header"),
    "footer": ("body//*[@id='chat-foot']", "body/footer"),
}


class ContentTest(TestCase):
    layer = STAGE

    def test_themed_pages_have_all_content(self):
        stage = STAGE.stage
        for theme in THEMES:
            for name, (person, path) in stage.pages.items():
                with self.subTest(theme=theme, page=name):
                    browser = stage.people[person or "Bo"]
                    browser.cookies["piratechat-theme"] = theme
                    themed = page(browser.get(path))
                    plain = page(browser._request("GET", path, {"Accept": "text/html", "X-Diazo-Off": "yes"}))
                    self.assertIn(f"/theme/{theme}/", html.tostring(themed).decode())
                    self.assertNotIn("/theme/", html.tostring(plain.find("head")).decode())
                    self.assertEqual(lines(themed.find("body//main")), lines(plain.find("body/main")))
                    for part in ("header", "footer"):
                        place = next(filter(lambda one: one is not None, map(themed.find, PLACES[part])))
                        self.assertEqual(children(place), children(plain.find(f"body/{part}")))
                    self.assertEqual(themed.findtext("head/title"), plain.findtext("head/title"))
                    for kind in ("script", "meta[@name='viewport']"):
                        self.assertEqual(
                            [lines(one) for one in themed.findall(f"head/{kind}")],
                            [lines(one) for one in plain.findall(f"head/{kind}")],
                        )
                    self.assertEqual(themed.get("lang"), plain.get("lang"))
                    self.assertEqual(themed.find("body").get("class"), plain.find("body").get("class"))


#: Simulates thirty visitors with long names, in a room with a long title.
CROWD = """
    document.querySelector('#bar h1').textContent = 'Donaudampfschifffahrtsgesellschaftskapitänsrunde am Donnerstag'
    document.getElementById('people-count').textContent = '30'
    document.getElementById('present').replaceChildren(...Array.from({length: 30}, (_, number) => {
        const one = document.createElement('li')
        one.textContent = `${number}-${'Wolfeschlegelsteinhausenbergerdorff'.repeat(2)}`
        return one
    }))
"""
#: Elements wider than their container: [element, pixels].  Code may scroll.
WIDE = """
    const places = document.querySelectorAll('html, body, #bar, #log, #foot, .rest')
    return [...places].filter((one) => one.checkVisibility())
        .map((one) => [`${one.localName}#${one.id}`, one.scrollWidth - one.clientWidth])
        .filter(([, beyond]) => beyond > 0)
"""
WIDTHS = (320, 360, 390, 480, 600, 700, 820, 960, 1024, 1280, 1440, 1920)


class WindowsTest(Seen):
    def test_no_element_is_wider_than_its_container(self):
        """At all widths, with long words, code and Arabic text, with many visitors, and in sheets."""
        for theme in THEMES:
            for name in ("home", "problem", "offline", "search", "pinned", "history", "room", "owner"):
                self.camera.show(self.stage, name, theme)
                is_room = name in ("room", "owner")
                if is_room:
                    self.driver.execute_script(CROWD)
                self.close()
                for width in WIDTHS:
                    self.camera.frame(width, 800)
                    with self.subTest(theme=theme, page=name, width=width):
                        self.assertEqual(self.driver.execute_script(WIDE), [])
                    for sheet in ("people", "invite", "more", "views") if is_room and width == 320 else ():
                        self.driver.execute_script(
                            "document.getElementById(arguments[0]).showPopover();"
                            "document.querySelectorAll('#more details').forEach((one) => { one.open = true })",
                            sheet,
                        )
                        with self.subTest(theme=theme, page=name, width=width, sheet=sheet):
                            self.assertEqual(self.driver.execute_script(WIDE), [])
                        self.close()

    def test_pages_are_no_wider_than_the_window(self):
        for theme in THEMES:
            for name in self.stage.pages:
                self.camera.show(self.stage, name, theme)
                for window in WINDOWS:
                    with self.subTest(theme=theme, page=name, window=window):
                        self.camera.frame(*window)
                        self.assertEqual(self.camera.overflow, 0)

    def test_messages_and_the_text_field_are_visible(self):
        measure = """
            const height = (id) => {
                const box = document.getElementById(id).getBoundingClientRect()
                return Math.min(box.bottom, innerHeight) - Math.max(box.top, 0)
            }
            return [height('log'), height('text')]
        """
        for theme in THEMES:
            self.camera.show(self.stage, "room", theme)
            for window in WINDOWS:
                with self.subTest(theme=theme, window=window):
                    self.camera.frame(*window)
                    self.driver.execute_script("document.activeElement.blur(); document.getElementById('text').focus()")
                    log, text = self.driver.execute_script(measure)
                    self.assertGreater(log, min(200, window[1] * 0.2))
                    self.assertGreater(text, 24)

    def test_every_control_can_be_reached(self):
        """Buttons open the sheets, and controls in these can be scrolled into view, and are not covered."""
        unreachable = """
            const place = document.querySelector(arguments[0])
            const kinds = 'a, button, summary, input:not([type=hidden]), select, textarea'
            const isFolded = (control) => [...place.querySelectorAll('details:not([open])')]
                .some((details) => details.contains(control) && details.firstElementChild !== control)
            return [...place.querySelectorAll(`:is(${kinds})`)].filter((control) => {
                if (control.closest('[hidden]') || isFolded(control) || !control.checkVisibility()) return false
                control.scrollIntoView({block: 'center', inline: 'center'})
                const { left, top, width, height } = control.getBoundingClientRect()
                const there = document.elementFromPoint(left + width / 2, top + height / 2)
                return !there || !(control.contains(there) || there.contains(control))
            }).map((control) => control.outerHTML.slice(0, 80))
        """
        shown = "return document.querySelector(arguments[0]).checkVisibility()"
        for theme in THEMES:
            self.camera.show(self.stage, "owner", theme)
            for window in NARROW:
                self.camera.frame(*window)
                self.close()
                with self.subTest(theme=theme, window=window):
                    for place in ("#bar", "#foot"):
                        self.assertEqual(self.driver.execute_script(unreachable, place), [])
                for sheet in ("people", "invite", "more", "views"):
                    self.close()
                    with self.subTest(theme=theme, window=window, sheet=sheet):
                        # In small windows, the button to invite is in the sheet with all actions.
                        for way in (f"#show-{sheet}", "#show-more", f"#more [popovertarget={sheet}]"):
                            if self.driver.execute_script(shown, way):
                                self.driver.find_element("css selector", way).click()
                            if self.driver.execute_script(shown, f"#{sheet}"):
                                break
                        self.assertTrue(self.driver.execute_script(shown, f"#{sheet}"))
                        if sheet == "more":
                            self.driver.execute_script(
                                "for (const one of document.querySelectorAll('#more details')) one.open = true"
                            )
                        self.assertEqual(self.driver.execute_script(unreachable, f"#{sheet}"), [])

    def close(self):
        """Close all sheets, and their opened parts."""
        self.driver.execute_script("""
            document.querySelectorAll(':popover-open').forEach((one) => one.hidePopover())
            document.querySelectorAll('#more details').forEach((one) => { one.open = false })
        """)

    def test_sheets_are_in_the_window(self):
        edges = """
            const { left, top, right, bottom } = document.getElementById('more').getBoundingClientRect()
            return [left, top, innerWidth - right, innerHeight - bottom]
        """
        for theme in THEMES:
            self.camera.show(self.stage, "owner", theme)
            for window in [*WINDOWS, (1920, 1080)]:
                with self.subTest(theme=theme, window=window):
                    self.camera.frame(*window)
                    self.assertGreaterEqual(min(self.driver.execute_script(edges)), -1)

    def test_a_keyboard_leaves_a_phone_most_of_the_window(self):
        """The head is 52 pixels high, and 40 with the keyboard; 240 pixels remain for messages."""
        measure = "return ['bar', 'log'].map((id) => document.getElementById(id).getBoundingClientRect().height)"
        self.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.setTouchEmulationEnabled", {"enabled": False})
        for theme in THEMES:
            self.camera.frame(390, 844)
            self.camera.show(self.stage, "room", theme)
            with self.subTest(theme=theme):
                self.driver.execute_script("document.activeElement.blur()")
                self.assertLessEqual(self.driver.execute_script(measure)[0], 56)
                self.camera.frame(390, 500)
                self.driver.execute_script("document.getElementById('text').focus()")
                bar, log = self.driver.execute_script(measure)
                self.assertLessEqual(bar, 43)
                self.assertGreaterEqual(log, 240)


class ScriptlessTest(Seen):
    def setUp(self):
        super().setUp()
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.setScriptExecutionDisabled", {"value": False})
        # A separate room, because others take screenshots of the shared one.
        self.stage.pages["scriptless"] = ("Bo", f"{self.stage.people['Bo'].open_room('Bo')}?as=original")
        self.addCleanup(self.stage.pages.pop, "scriptless")

    def test_messages_can_be_read_and_posted_without_scripts(self):
        for theme in THEMES:
            for width, height in SIZES.items():
                with self.subTest(theme=theme, width=width):
                    self.camera.frame(width, height)
                    self.camera.show(self.stage, "scriptless", theme)
                    said = f"Said in {theme} at {width}"
                    self.driver.find_element("id", "text").send_keys(said)
                    self.driver.find_element("css selector", "#saying button").click()
                    # The text in the field is not from the page: the server has returned it.
                    wait_until(lambda said=said: said in self.driver.page_source, said)
                    texts = [one.text for one in self.driver.find_elements("css selector", "#messages .text")]
                    self.assertIn(said, texts)


class FocusTest(Seen):
    def test_focused_elements_have_a_visible_focus(self):
        """An outline, or a change around the field, for each element that Tab reaches."""
        shows = """
            const look = (element) => {
                const {outlineStyle, outlineWidth} = getComputedStyle(element)
                return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1.5
            }
            const active = document.activeElement
            if (active === document.body) return null
            const form = active.closest('form')
            const framed = form && getComputedStyle(form).boxShadow !== 'none' && form.matches(':has(:focus-visible)')
            return [active.outerHTML.slice(0, 80), look(active) || Boolean(framed)]
        """
        for theme in THEMES:
            for name in ("home", "owner"):
                self.camera.show(self.stage, name, theme)
                self.driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
                seen = 0
                for _ in range(25):
                    self.driver.execute_cdp_cmd(
                        "Input.dispatchKeyEvent",
                        {"type": "keyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
                    )
                    found = self.driver.execute_script(shows)
                    if found is None:
                        break
                    seen += 1
                    with self.subTest(theme=theme, page=name, element=found[0]):
                        self.assertTrue(found[1])
                self.assertGreaterEqual(seen, 2)


class MotionTest(Seen):
    def test_reduced_motion_disables_animations(self):
        for theme in THEMES:
            for name in ("home", "room"):
                self.camera.show(self.stage, name, theme)
                with self.subTest(theme=theme, page=name):
                    moving = "return document.getAnimations().map((one) => one.animationName ?? one.transitionProperty)"
                    self.assertEqual(self.driver.execute_script(moving), [])


class ForcedColoursTest(Seen):
    def test_elements_keep_their_borders(self):
        """With forced colors, images and shadows are not displayed: borders separate elements."""
        self.camera.light("dark", forced_colors="active")
        for theme in THEMES:
            self.camera.show(self.stage, "owner", theme)
            with self.subTest(theme=theme):
                for place in ("#text", "#saying button", "#settings button", "#copy", "#below", "#more", "#views"):
                    edge = self.driver.execute_script(
                        "let e = document.querySelector(arguments[0]);"
                        "for (; e.localName !== 'main'; e = e.parentElement) {"
                        " const {borderTopWidth, borderTopStyle} = getComputedStyle(e);"
                        " if (borderTopStyle !== 'none' && parseFloat(borderTopWidth) >= 1) return true }"
                        "return false",
                        place,
                    )
                    self.assertTrue(edge, place)


class DrawingTest(Seen):
    """Based on measurements of pages with a thousand messages: one shadow made typing four times slower."""

    #: Styles that redraw everything in an element for each letter, and their initial values.
    EFFECTS = {
        "filter": "none",
        "backdropFilter": "none",
        "willChange": "auto",
        "mixBlendMode": "normal",
        "opacity": "1",
    }

    def test_no_ancestor_of_the_log_or_a_field_has_expensive_effects(self):
        find = """
            const found = []
            for (const inner of document.querySelectorAll('#log, #text, #name, #title')) {
                for (let element = inner; element; element = element.parentElement) {
                    const style = getComputedStyle(element)
                    for (const [name, none] of Object.entries(arguments[0])) {
                        if (style[name] !== none) found.push([inner.id, element.localName, name, style[name]])
                    }
                }
            }
            return found
        """
        for theme in THEMES:
            for page in ("home", "owner", "room", "problem"):
                self.camera.show(self.stage, page, theme)
                with self.subTest(theme=theme, page=page):
                    self.assertEqual(self.driver.execute_script(find, self.EFFECTS), [])
