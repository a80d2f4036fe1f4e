"""The home page has examples of the available translators."""

from types import SimpleNamespace
from unittest import TestCase

from piratechat.translators.builtin.original import Original
from piratechat.translators.builtin.pirate import Pirate
from piratechat.views.examples import SENTENCES, examples
from tests.support.engines import BackEnd, engine
from tests.support.pages import PagesTest, Visitor
from tests.support.stage import THEMES, Seen

#: The visible parts of the examples, and the position of the form.
STATE = """
    const isShown = (one) => getComputedStyle(one).visibility === 'visible'
    const shown = [...document.querySelectorAll('.example')].filter(isShown)
    return [shown.map((one) => one.querySelector('.written q').textContent), document.getElementById('open').offsetTop]
"""


class HomePageTest(PagesTest):
    def test_examples_use_the_available_translators(self):
        browser = Visitor().visit("/")
        said = "You write Hello, my friends! They read in Pirate Ahoy, me hearties!"
        self.assertEqual(browser.texts(".example.shown"), [said])
        self.assertEqual(len(browser.page.cssselect(".example")), len(SENTENCES))
        self.assertEqual(browser.texts(".lead"), ["Open a room and share its link. Read it in Pirate or as written."])

    def test_the_name_of_the_chat_is_on_the_page_once(self):
        said = Visitor().visit("/").page.cssselect("body")[0].text_content()
        self.assertEqual(said.count("piratechat"), 1)

    def test_the_home_page_does_not_link_to_itself(self):
        self.assertEqual(Visitor().visit("/").page.cssselect("body > footer a"), [])


class ExamplesTest(TestCase):
    def of(self, **translators):
        request = SimpleNamespace(services=SimpleNamespace(engine=self.engine))
        return [(one["title"], one["written"], one["read"]) for one in examples(request, translators)]

    def setUp(self):
        self.engine = engine()

    def test_examples_do_not_call_back_ends(self):
        back_end = BackEnd(title="Spanish", kind="language", target="es")
        found = self.of(pirate=Pirate(), original=Original(), spanish=back_end)
        self.assertEqual({title for title, _, _ in found}, {"Pirate"})
        self.assertEqual(back_end.batches, [])

    def test_there_is_no_example_without_translations(self):
        self.assertEqual(self.of(original=Original()), [])
        self.assertEqual(self.of(spanish=BackEnd()), [])


class ShownTest(Seen):
    def test_another_example_causes_no_layout_shift(self):
        for theme in THEMES:
            with self.subTest(theme):
                self.camera.frame(390, 844)
                self.camera.show(self.stage, "home", theme)
                button = self.driver.find_element("css selector", "#examples button")
                self.assertTrue(button.is_displayed())
                (first,), top = self.driver.execute_script(STATE)
                seen = [first]
                for _ in SENTENCES:
                    button.click()
                    (one,), now = self.driver.execute_script(STATE)
                    seen.append(one)
                    self.assertEqual(now, top)
                self.assertEqual(seen, [*SENTENCES, first])
                self.assertGreaterEqual(min(button.size["width"], button.size["height"]), 44)

    def test_without_scripts_there_is_one_and_no_button(self):
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.setScriptExecutionDisabled", {"value": False})
        self.camera.show(self.stage, "home", "pirate")
        shown = [one for one in self.driver.find_elements("css selector", ".example") if one.is_displayed()]
        self.assertEqual([one.find_element("css selector", ".written q").text for one in shown], [SENTENCES[0]])
        self.assertFalse(self.driver.find_element("css selector", "#examples button").is_displayed())
        self.assertFalse(self.driver.find_element("id", "my-rooms").is_displayed())
