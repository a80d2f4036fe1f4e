"""What a visitor does with messages in Chromium, while the owner is there as well."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.pages.test_display import DisplayTest
from tests.support.toolbar import Toolbar


class ActionsTest(DisplayTest):
    def setUp(self):
        super().setUp()
        self.bo = self.browser().visit(self.room)
        self.say("I am Bo", self.bo, name="Bo")
        self.owner = self.window(self.room, self.ada)
        self.owner.join()
        self.toolbar = Toolbar(self.driver)

    def the(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def type(self, *keys):
        self.the("#text").send_keys(*keys)

    def assertShows(self, css, text):
        """The one element that `css` selects shows `text`, now or soon, and after a reload."""
        condition = f"document.querySelector({css!r})?.innerText.trim() === {text!r}"
        self.wait_for(condition)
        self.reload()
        self.wait_for(condition)

    def reload(self):
        self.driver.refresh()
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")

    def assertField(self, text):
        self.wait_for(f"document.getElementById('text').value === {text!r}")

    def test_editing_from_the_menu_and_by_the_arrow_up(self):
        self.enter(self.bo)
        self.toolbar.choose(1, "edit")
        self.assertField("I am Bo")
        self.type(Keys.END, "!", Keys.ENTER)
        self.assertEqual(self.owner.hear("message")["text"], "I am Bo!")
        self.assertField("")
        self.type(Keys.ARROW_UP)
        self.assertField("I am Bo!")
        self.type("?", Keys.ENTER)
        self.assertEqual(self.owner.hear("message")["text"], "I am Bo!?")
        self.assertShows("#m1 > .text", "I am Bo!?")
        self.assertTrue(self.driver.find_elements(By.CSS_SELECTOR, "#m1 a.edited"))

    def test_a_draft_comes_back_when_editing_is_cancelled(self):
        self.enter(self.bo)
        self.type("a draft")
        self.toolbar.choose(1, "edit")
        self.assertField("I am Bo")
        self.type(" changed", Keys.ESCAPE)
        self.assertField("a draft")
        self.assertTrue(self.run_script("return document.getElementById('purpose').hidden"))
        self.reload()
        self.assertField("a draft")
        self.assertEqual(self.the("#m1 > .text").text, "I am Bo")

    def test_an_answer_leads_to_what_it_answers_and_back(self):
        self.say("a question")
        self.enter(self.bo)
        self.toolbar.press(2, "reply")
        self.type("an answer", Keys.ENTER)
        self.assertEqual(self.owner.hear("message")["text"], "a question")
        said = self.owner.hear("message")
        self.assertEqual((said["text"], said["reply_to"]["seq"]), ("an answer", 2))
        self.assertShows("#m3 > .reply q", "a question")
        self.owner.say("another answer", reply_to=2)
        self.wait_for("document.getElementById('m4') !== null")
        self.jump("m3")
        self.jump("m4")
        self.driver.find_element(By.XPATH, "//button[.='Back to the answer']").click()
        self.wait_for("document.activeElement.id === 'm4'")

    def jump(self, answer):
        self.the(f"#{answer} > .reply bdi").click()
        self.wait_for("document.activeElement.id === 'm2' && document.getElementById('hint-back') !== null")

    def test_a_reaction_comes_and_goes(self):
        self.say("a joke")
        self.enter(self.bo)
        self.toolbar.press(2, "react")
        self.the("#reaction-picker button[value='👍']").click()
        self.assertEqual(self.owner.hear("reactions")["reactions"], [{"emoji": "👍", "count": 1, "names": ["Bo"]}])
        self.assertShows("#m2 .reactions [aria-pressed=true] b", "1")
        self.toolbar.choose(2, "who")
        self.wait_for("document.querySelector('#about-message[open]')?.textContent.includes('Bo')")
        ActionChains(self.driver).send_keys(Keys.ESCAPE).perform()
        self.the("#m2 .reactions button").click()
        self.assertEqual(self.owner.hear("reactions")["reactions"], [])
        self.wait_for("document.querySelector('#m2 .reactions') === null")

    def test_a_mention_is_completed_by_one_and_marked_for_the_other(self):
        self.enter(self.bo)
        self.owner.say("hello @Bo")
        self.wait_for("document.querySelector('#m2.for-you .mention.you')?.textContent === '@Bo'")
        name = self.run_script("return document.querySelector('#m2').dataset.author")
        self.type("@", name[:3])
        self.wait_for("document.querySelector('#people-names li') !== null")
        self.type(Keys.ENTER)
        self.assertField(f"@{name} ")
        self.type("hello", Keys.ENTER)
        self.assertShows("#m3 .mention", f"@{name}")

    def test_pins_and_the_topic_come_and_go_while_one_reads(self):
        self.enter(self.bo)
        self.owner.send({"type": "pin", "seq": 1, "on": True})
        self.owner.send({"type": "room", "topic": "this is my friend"})
        self.assertShows("#topic", "this is my friend")
        self.assertShows("#pins summary", "One pinned message")
        self.driver.get(f"{self.layer.url}{self.room}?as=pirate")
        self.wait_for("document.querySelector('#topic').textContent === 'this be me hearty'")
        self.owner.send({"type": "pin", "seq": 1, "on": False})
        self.owner.send({"type": "room", "topic": ""})
        self.wait_for("document.getElementById('pins').hidden && document.getElementById('topic').hidden")

    def test_an_author_deletes_and_takes_it_back_or_erases(self):
        self.enter(self.bo)
        self.toolbar.choose(1, "remove")
        self.wait_for(
            "document.getElementById('undo').textContent.includes('The owner of the room can still read it.')"
        )
        self.assertEqual(self.owner.hear("removed")["by"], "author")
        self.the("#undo button").click()
        self.wait_for("document.querySelector('#m1:not(.removed) > .text')?.textContent === 'I am Bo'")
        self.toolbar.choose(1, "remove")
        self.driver.find_element(By.XPATH, "//*[@id='undo']/button[.='Erase it instead']").click()
        self.the("#about-message .danger").click()
        self.assertEqual(self.owner.hear("erased")["seqs"], [1])
        self.assertShows("#m1 > .text", "erased")

    def test_a_person_is_hidden_and_shown(self):
        self.say("noise")
        self.enter(self.bo)
        self.toolbar.choose(2, "hide")
        self.wait_for("document.querySelector('#m2 > .text') === null")
        self.reload()
        self.wait_for("document.querySelector('#m2 > .text') === null")
        self.the("#m2 .unhide").click()
        self.assertShows("#m2 > .text", "noise")
