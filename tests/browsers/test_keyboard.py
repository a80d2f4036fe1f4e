"""A room by keyboard: the focus is never lost nor hidden, and visible changes are announced."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.pages.test_display import DisplayTest

#: The id of the focused element, or of its ancestor.
AT = "(document.activeElement.id || document.activeElement.closest('[id]')?.id || document.activeElement.localName)"
OPEN = "[...document.querySelectorAll(':popover-open')].map((sheet) => sheet.id).join()"


class Keyboard(DisplayTest):
    def press(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def focus(self, css):
        self.run_script("document.querySelector(arguments[0]).focus()", css)

    def assertAt(self, place):
        self.wait_for(f"{AT} === '{place}'")

    def assertSaid(self, text):
        """Assert that the text is in the live region, once."""
        said = "[...document.querySelectorAll('#announcer > p')].map((line) => line.textContent"
        plain = r".replace(/[\u2066-\u2069]/g, ''))"
        self.wait_for(f"{said}{plain}.filter((line) => line === '{text}').length === 1")


class Focus(Keyboard):
    def test_single_keys_work_with_the_focus_on_translators(self):
        self.enter()
        self.focus("#views a")
        self.press("/")
        self.assertAt("text")

    def test_a_linked_message_is_focused(self):
        self.say("one")
        self.say("two")
        self.enter()
        self.driver.get(f"{self.layer.url}{self.room}/messages/1")
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")
        self.assertAt("m1")

    def test_a_pressed_reaction_keeps_the_focus(self):
        self.say("one")
        bo = self.browser()
        self.say("two", bo, name="Bo")
        for emoji in ("🦜", "👍"):
            self.assertEqual(bo.post(f"{self.room}/messages/1/react", emoji=emoji).status, 303)
        self.enter(self.ada)
        for pressed in ("true", "false"):
            with self.subTest(pressed=pressed):
                self.focus("#m1 .reactions button[value='👍']")
                self.press(Keys.SPACE)
                chip = f"#m1 .reactions button[value='👍'][aria-pressed='{pressed}']"
                self.wait_for(f'document.activeElement.matches("{chip}")')

    def test_closing_a_popup_returns_the_focus(self):
        self.say("one")
        self.enter(self.ada)
        for key, sheet in (("m", "message-menu"), ("x", "reaction-picker")):
            with self.subTest(key=key):
                self.run_script("const one = document.getElementById('m1'); one.tabIndex = -1; one.focus()")
                self.press(key)
                self.assertAt(sheet)
                self.press(Keys.ESCAPE)
                self.assertAt("m1")
        with self.subTest("reply"):
            self.press("m", Keys.ENTER)
            self.assertAt("text")
            self.wait_for("!document.getElementById('purpose').hidden")
            self.press(Keys.ESCAPE)
            self.wait_for("document.getElementById('purpose').hidden")
            self.assertAt("text")
        with self.subTest("a question"):
            self.run_script("document.getElementById('m1').focus()")
            self.press("m")
            self.focus("#message-menu [data-action=erase]")
            self.press(Keys.ENTER)
            self.assertAt("about-message")
            self.press(Keys.ESCAPE)
            self.assertAt("m1")

    def test_closing_the_hint_focuses_the_messages(self):
        for control in ("#dismiss", "#first [data-view]"):
            with self.subTest(control=control):
                self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
                self.driver.get(self.layer.url + self.room)
                self.wait_for("document.getElementById('connection').dataset.state === 'connected'")
                self.focus(control)
                self.press(Keys.ENTER)
                self.wait_for("document.getElementById('first') === null")
                self.assertAt("log")

    def test_jumping_to_new_messages_moves_the_focus(self):
        for number in range(40):
            self.say(f"number {number}")
        self.enter()
        self.run_script("document.getElementById('log').scrollTo(0, -9999)")
        self.wait_for("document.getElementById('m1').getBoundingClientRect().top > 0")
        self.say("new", self.browser(), name="Bo")
        self.wait_for("document.getElementById('below').checkVisibility()")
        self.focus("#below")
        self.press(Keys.ENTER)
        self.assertAt("log")

    def test_a_mute_focuses_the_messages(self):
        self.enter()
        self.focus("#text")
        self.ada.post(f"{self.room}/settings", title="Ada", translator="pirate", slow="0", read_only="1")
        self.wait_for("document.getElementById('say').hidden")
        self.assertAt("log")
        self.assertSkipsTo("log", "Skip to the messages")
        self.driver.refresh()
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")
        self.assertSkipsTo("log", "Skip to the messages")
        self.ada.post(f"{self.room}/settings", title="Ada", translator="pirate", slow="0")
        self.wait_for("!document.getElementById('say').hidden")
        self.assertSkipsTo("text", "Skip to the message field")

    def assertSkipsTo(self, place, label):
        self.assertEqual(self.run_script("return document.getElementById('skip').textContent"), label)
        self.focus("#skip")
        self.press(Keys.ENTER)
        self.assertAt(place)

    def test_undoing_in_another_window_focuses_the_messages(self):
        self.say("hello")
        self.enter(self.ada)
        self.focus("#log")
        self.press("k", "m")
        self.wait_for(f"{OPEN} === 'message-menu'")
        self.focus("#message-menu [data-action=remove]")
        self.press(Keys.ENTER)
        self.wait_for("document.querySelector('#undo button') !== null")
        self.focus("#undo button")
        self.ada.post(f"{self.room}/messages/1/restore")
        self.wait_for("document.querySelector('#undo button') === null")
        self.assertAt("log")


class Sheets(Keyboard):
    def test_closing_a_sheet_returns_the_focus(self):
        self.enter(self.ada)
        for width, opened in ((1280, ("people", "invite", "more")), (390, ("views", "people", "more"))):
            self.camera.frame(width, 844)
            for sheet in opened:
                with self.subTest(width=width, sheet=sheet):
                    self.focus(f"#show-{sheet}")
                    self.press(Keys.ENTER)
                    self.wait_for(f"{OPEN} === '{sheet}'")
                    self.press(Keys.ESCAPE)
                    self.wait_for(f"{OPEN} === ''")
                    self.assertAt(f"show-{sheet}")

    def test_a_sheet_closes_when_the_focus_leaves(self):
        """Otherwise the focused element would be hidden by the sheet."""
        self.enter(self.ada)
        for width in (1280, 390):
            self.camera.frame(width, 844)
            for key in (Keys.TAB, Keys.SHIFT + Keys.TAB):
                with self.subTest(width=width, key=key):
                    self.focus("#show-more")
                    self.press(Keys.ENTER)
                    self.wait_for(f"{OPEN} === 'more'")
                    for _ in range(60):
                        if self.run_script(f"return {OPEN}") == "":
                            break
                        self.press(key)
                    self.wait_for(f"{OPEN} === '' && {AT} !== 'body'")

    def test_closing_a_nested_sheet_returns_the_focus(self):
        self.camera.frame(390, 844)
        self.enter()
        self.focus("#show-more")
        self.press(Keys.ENTER)
        self.focus("#more [popovertarget=invite]")
        self.press(Keys.ENTER)
        self.wait_for(f"{OPEN} === 'more,invite'")
        self.press(Keys.ESCAPE)
        self.wait_for("document.activeElement.matches('#more [popovertarget=invite]')")
        self.press(Keys.ESCAPE)
        self.assertAt("show-more")


class Said(Keyboard):
    def test_a_new_translator_is_announced(self):
        self.enter()
        self.focus("#views [data-view=pirate]")
        self.press(Keys.ENTER)
        self.assertSaid("Messages are shown in: Pirate")
        self.press("t")
        self.assertSaid("Messages are shown in: As written")

    def test_copying_is_announced(self):
        self.say("```\ncode\n```")
        self.enter()
        self.focus("#m1 .copy")
        self.press(Keys.ENTER)
        self.assertSaid("Copied")
        self.run_script("document.getElementById('announcer').replaceChildren()")
        self.focus("#show-invite")
        self.press(Keys.ENTER)
        self.focus("#copy")
        self.press(Keys.ENTER)
        self.assertSaid("Copied")
        self.assertAt("copy")

    def test_messages_are_announced_once_with_their_language(self):
        self.say("before")
        self.enter()
        bo = self.browser()
        self.say("hello", bo, name="Bo", lang="en")
        self.assertSaid("Bo: hello")
        self.assertEqual(self.run_script("return document.querySelector('#announcer [lang]').lang"), "en")
        self.assertEqual(self.run_script("return document.querySelectorAll('#announcer > p').length"), 1)
        # Nothing else announces it: the log is a live region by its role.
        self.assertEqual(self.run_script("return document.getElementById('log').ariaLive"), "off")

    def test_live_regions_exist_initially(self):
        self.enter()
        display = "return getComputedStyle(document.getElementById('connection')).display"
        self.assertEqual(self.run_script(display), "block")
