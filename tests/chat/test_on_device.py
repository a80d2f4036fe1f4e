"""Translation by the browser itself, in Chromium with a simulation of its Translator interface."""

from pathlib import Path

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sockjs_support.layers import BROWSER
from tests.pages.test_display import DisplayTest
from tests.support.chat_servers import ChatLayer
from tests.support.paths import TOP
from tests.support.stage import THEMES

ON_DEVICE = ChatLayer("ON_DEVICE", BROWSER)
STAND_IN = Path(TOP, "tests", "support", "device_translator.js").read_text()
WITHOUT = "delete window.Translator; delete window.LanguageDetector"


class OnDeviceTest(DisplayTest):
    layer = ON_DEVICE

    def before_scripts(self, source):
        """Run `source` in each page before its own scripts."""
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        self.addCleanup(self.driver.execute_cdp_cmd, "Page.removeScriptToEvaluateOnNewDocument", added)

    def open_chooser(self):
        self.wait_for("document.getElementById('to-device').checkVisibility()")
        self.driver.find_element(By.ID, "to-device").click()
        self.wait_for("document.querySelectorAll('#device li').length > 0")
        return self.driver.find_element(By.CSS_SELECTOR, "#device input")

    def read_in(self, tag="de"):
        self.open_chooser()
        self.driver.find_element(By.CSS_SELECTOR, f"#device button[value={tag}]").click()
        self.wait_for("!document.getElementById('device').open")

    def assertReads(self, seq, text):
        self.wait_for(f"document.querySelector('#m{seq} > .text')?.textContent.trim() === {text!r}")

    def assertShows(self, css, text):
        self.wait_for(f"document.querySelector({css!r})?.textContent.trim() === {text!r}")

    def reload(self):
        self.driver.refresh()
        self.wait_for("document.getElementById('connection')?.dataset.state === 'connected'")

    def keep(self, **changes):
        """Set properties of the simulated translator, also for reloaded pages."""
        self.run_script("standIn.keep(arguments[0])", changes)


class StandInTest(OnDeviceTest):
    def setUp(self):
        super().setUp()
        self.before_scripts(STAND_IN)

    def press(self, css):
        self.wait_for(f"document.querySelector({css!r})")
        self.driver.find_element(By.CSS_SELECTOR, css).click()

    def test_choosing_a_language_translates_all_messages(self):
        self.say("Run `ls` at https://example.org/x now, @eve 🦜")
        self.enter()
        self.read_in()
        self.assertReads(1, "de: Run `ls` de: at https://example.org/x de: now, @eve 🦜")
        link = self.driver.find_element(By.CSS_SELECTOR, "#m1 > .text a")
        self.assertEqual(link.text, "https://example.org/x")
        self.assertEqual(self.driver.find_element(By.CSS_SELECTOR, "#m1 > .text").get_attribute("lang"), "de")
        self.assertEqual(self.run_script("return standIn.translated"), ["Run", "at", "now,"])
        current = self.driver.find_element(By.CSS_SELECTOR, "#views [aria-current]")
        self.assertEqual(current.get_attribute("data-view"), "device:de")
        self.run_script("document.querySelector('#m1 .original > summary').click()")
        self.assertShows("#m1 .original > div", "Run `ls` at https://example.org/x now, @eve 🦜")

    def test_the_server_only_sends_originals(self):
        self.say("Hello there")
        self.enter()
        self.read_in()
        self.assertReads(1, "de: Hello there")
        self.say("Good evening")
        self.assertReads(2, "de: Good evening")
        sent = self.run_script("return standIn.sent.join(' ')")
        self.assertIn("original", sent)
        self.assertNotIn("device", sent)
        self.assertNotIn("de:", sent)
        stored = self.run_script("return JSON.stringify(Object.entries(localStorage))")
        self.assertNotIn("Hello", stored)

    def test_skipped_messages_can_be_translated_anyway(self):
        for text in ("Hallo zusammen", "zzz", "12:30"):
            self.say(text)
        self.say("Guten Tag", lang="de")
        self.enter()
        self.read_in()
        self.assertShows("#m2 > .note bdi", "Its language is not clear.")
        self.keep(downloaded=["detector", "es-de"])
        self.press("#m2 .anyway")
        self.assertReads(2, "de: zzz")
        self.wait_for("!document.querySelector('.message[data-view=pending]')")
        for seq, text in ((1, "Hallo zusammen"), (3, "12:30"), (4, "Guten Tag")):
            self.assertReads(seq, text)
            self.assertEqual(self.run_script(f"return document.getElementById('m{seq}').dataset.view"), "skipped")
        self.assertEqual(self.run_script("return standIn.translated"), ["zzz"])

    def test_failed_translations_can_be_retried(self):
        for number in range(2):
            self.say(f"fail {number}")
        self.enter()
        self.read_in()
        self.assertShows("#m1 > .note bdi", "Your browser could not translate it.")
        self.assertShows("#m2 .translate-all", "Try all again")
        self.run_script("standIn.healed = true")
        self.press("#m2 .translate-all")
        self.assertReads(1, "de: fail 0")
        self.assertReads(2, "de: fail 1")

    def test_edits_are_translated_and_removals_discarded(self):
        self.say("Hello there")
        self.enter(self.ada)
        self.read_in()
        self.assertReads(1, "de: Hello there")
        self.ada.visit(self.room).post(f"{self.room}/messages/1/edit", text="Hello again")
        self.assertReads(1, "de: Hello again")
        self.ada.visit(self.room).post(f"{self.room}/messages/1/remove")
        self.wait_for("document.getElementById('m1').matches('.removed')")
        self.assertFalse(self.run_script("return document.getElementById('messages').innerHTML.includes('de: ')"))

    def test_topic_quotes_and_pins_are_translated(self):
        self.say("Hello there")
        self.say("Indeed", reply_to="1")
        room = self.window(self.room, self.ada)
        room.join()
        for command in ({"type": "pin", "seq": 1, "on": True}, {"type": "room", "topic": "What we sail for"}):
            room.send(command)
        self.enter()
        self.wait_for("!document.getElementById('pins').hidden && !document.getElementById('topic').hidden")
        self.read_in()
        self.assertShows("#topic", "de: What we sail for")
        self.assertShows("#m2 .reply q", "de: Hello there")
        self.wait_for("document.querySelector('#pins q').textContent === 'de: Hello there'")

    def test_the_choice_is_remembered_until_the_next_one(self):
        self.say("Hello there")
        self.enter()
        self.read_in()
        self.assertReads(1, "de: Hello there")
        self.reload()
        self.assertReads(1, "de: Hello there")
        self.assertEqual(self.run_script("return document.querySelector('#show-views bdi').textContent"), "Deutsch")
        self.driver.find_element(By.CSS_SELECTOR, "#views [data-view=original]").click()
        self.assertReads(1, "Hello there")
        self.wait_for("standIn.open === 0")
        self.reload()
        self.assertReads(1, "Hello there")
        self.assertEqual(self.driver.find_elements(By.CSS_SELECTOR, "[data-view^=device]"), [])

    def test_the_key_t_toggles_the_original(self):
        self.say("Hello there")
        self.enter()
        self.read_in()
        self.assertReads(1, "de: Hello there")
        for text in ("Hello there", "de: Hello there"):
            self.driver.find_element(By.ID, "log").send_keys("t")
            self.assertReads(1, text)

    def test_a_download_shows_its_progress(self):
        self.say("Bonjour", lang="fr")
        self.say("Hello there")
        self.enter()
        self.keep(downloaded=["detector", "en-de"], slow=True)
        self.read_in()
        self.assertReads(2, "de: Hello there")
        self.assertShows("#hint-device-loads", "Downloading French to German: 40%")
        self.assertEqual(self.run_script("return document.getElementById('m1').dataset.view"), "pending")
        self.run_script("standIn.finish()")
        self.assertReads(1, "de: Bonjour")
        self.wait_for("!document.getElementById('hint-device-loads')")

    def test_a_failed_download_shows_the_reason(self):
        self.say("Bonjour", lang="fr")
        self.enter()
        self.keep(downloaded=["detector"], breaks=True)
        self.read_in()
        self.assertShows("#m1 > .note bdi", "Your browser could not get French to German.")
        self.assertReads(1, "Bonjour")
        self.keep(breaks=False)
        self.press("#m1 .translate")
        self.assertReads(1, "de: Bonjour")

    def test_an_unsupported_language_shows_a_notice(self):
        self.say("Ahoj", lang="cs")
        self.enter()
        self.read_in()
        self.assertShows("#m1 > .note bdi", "Your browser does not have Czech to German.")

    def test_a_button_resumes_the_download_after_a_reload(self):
        self.say("Hello there")
        self.enter()
        self.read_in()
        for downloaded, missing in ((["detector"], "English to German"), ([], "the model that recognizes languages")):
            with self.subTest(missing):
                self.assertReads(1, "de: Hello there")
                self.keep(downloaded=downloaded)
                self.reload()
                asked = f"To translate here, your browser must first download: {missing}."
                self.assertShows("#hint-device-asks > span", asked)
                self.assertReads(1, "Hello there")
                self.assertShows("#m1 > .note bdi", f"Your browser must first download {missing}.")
                self.press("#hint-device-asks button")
                self.assertReads(1, "de: Hello there")
                self.wait_for("!document.getElementById('hint-device-asks')")

    def test_visible_messages_are_translated_first(self):
        texts = [f"Message number {number}" for number in range(40)]
        for text in texts:
            self.say(text)
        self.enter()
        self.open_chooser()
        self.run_script("document.getElementById('m1').scrollIntoView({block: 'center', behavior: 'instant'})")
        self.wait_for("document.getElementById('m1').getBoundingClientRect().top > 0")
        self.driver.find_element(By.CSS_SELECTOR, "#device button[value=de]").click()
        self.wait_for("standIn.translated.length === 40")
        asked = self.run_script("return standIn.translated")
        seen = asked.index(texts[-1])
        self.assertGreater(seen, 2)
        self.assertCountEqual(asked[:seen], texts[:seen])
        self.assertEqual(asked[seen:], texts[seen:][::-1])

    def test_by_keyboard_alone(self):
        self.say("Hello there")
        self.enter()
        self.run_script("document.getElementById('to-device').focus()")
        self.driver.switch_to.active_element.send_keys(Keys.ENTER)
        self.wait_for("document.querySelectorAll('#device li').length > 0")
        self.assertEqual(self.run_script("return document.activeElement.type"), "search")
        self.driver.switch_to.active_element.send_keys("germ", Keys.ARROW_DOWN)
        self.assertEqual(self.run_script("return document.activeElement.value"), "de")
        self.driver.switch_to.active_element.send_keys(Keys.ARROW_UP)
        self.driver.switch_to.active_element.send_keys("zzz")
        self.assertShows("#device [role=status]", "No language is called that")
        self.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.wait_for("!document.getElementById('device').open")
        field = self.open_chooser()
        field.clear()
        field.send_keys("german", Keys.ENTER)
        self.assertReads(1, "de: Hello there")

    def test_the_list_and_the_link_are_accessible_in_every_theme(self):
        axe = Path(TOP, "node_modules", "axe-core", "axe.min.js").read_text()
        run = "axe.run(arguments[0]).then(({violations}) => arguments[1](violations.map(({id}) => id)))"
        for theme in THEMES:
            with self.subTest(theme):
                self.enter(theme=theme)
                self.open_chooser()
                self.run_script(axe)
                self.assertEqual(self.driver.execute_async_script(run, "#device"), [])
                self.driver.find_element(By.CSS_SELECTOR, "#device button[value=de]").click()
                self.assertEqual(self.driver.execute_async_script(run, "#views"), [])
                self.driver.find_element(By.CSS_SELECTOR, "#views [data-view=original]").click()

    def test_on_a_phone(self):
        self.camera.frame(390, 844)
        self.say("Hello there")
        self.enter()
        self.driver.find_element(By.ID, "show-views").click()
        self.read_in()
        self.assertReads(1, "de: Hello there")
        self.assertEqual(self.run_script("return document.documentElement.scrollWidth"), 390)


class OtherBrowsersTest(OnDeviceTest):
    def test_without_the_api_the_translator_is_neither_offered_nor_loaded(self):
        self.before_scripts(WITHOUT)
        self.before_scripts("localStorage.setItem('piratechat:device', 'de')")
        self.say("Hello there")
        self.enter()
        self.assertFalse(self.run_script("return document.getElementById('to-device').checkVisibility()"))
        loaded = self.run_script("return performance.getEntriesByType('resource').map(({name}) => name)")
        self.assertFalse([name for name in loaded if "on_device" in name])
        self.assertReads(1, "Hello there")

    def test_the_script_is_loaded_on_demand(self):
        self.before_scripts(STAND_IN)
        self.enter()
        names = "return performance.getEntriesByType('resource').map(({name}) => new URL(name).pathname)"
        self.assertFalse([name for name in self.run_script(names) if "on_device" in name])
        self.open_chooser()
        (path,) = [name for name in self.run_script(names) if "on_device" in name]
        self.assertRegex(path, "^/static/v-[0-9a-f]{12}/scripts/on_device.js$")

    def test_without_a_detector_declared_languages_are_translated(self):
        self.before_scripts(STAND_IN + "\ndelete window.LanguageDetector")
        self.say("Hello there", lang="en")
        self.say("Good evening")
        self.enter()
        self.read_in()
        self.assertReads(1, "de: Hello there")
        self.assertShows("#m2 > .note bdi", "Its language is not clear.")

    def test_the_policy_allows_the_translator(self):
        answer = self.ada.get(self.room)
        policy = answer["Permissions-Policy"] or ""
        self.assertNotRegex(policy, "translator|language-detector")
        self.assertIn("script-src 'self'", answer["Content-Security-Policy"])
