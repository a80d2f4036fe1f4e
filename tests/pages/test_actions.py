"""Actions on messages by a visitor in Chromium, while the owner is in the room."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from piratechat.model.edits import MAX_EDITS
from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.pages.test_display import DisplayTest
from tests.support.chat_servers import ChatLayer
from tests.support.toolbar import Toolbar


class ActingTest(DisplayTest):
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
        """Assert that the only element matching `css` shows `text`, soon and after a reload."""
        condition = f"document.querySelector({css!r})?.innerText.trim() === {text!r}"
        self.wait_for(condition)
        self.reload()
        self.wait_for(condition)

    def reload(self):
        self.driver.refresh()
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")

    def assertField(self, text):
        self.wait_for(f"document.getElementById('text').value === {text!r}")

    def assertError(self, text):
        self.wait_for(f"document.querySelector('#say-error:not([hidden])')?.textContent === {text!r}")


class ActionsTest(ActingTest):
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

    def test_an_edit_of_a_removed_message_keeps_the_text(self):
        self.enter(self.bo)
        self.type("a draft")
        self.toolbar.choose(1, "edit")
        self.type(" and my words")
        self.owner.send({"type": "remove", "seq": 1})
        self.assertField("a draft\nI am Bo and my words")
        self.assertError("The message that you were editing is gone. What you typed is still here.")
        self.reload()
        self.assertField("a draft\nI am Bo and my words")

    def test_an_unchanged_edit_keeps_the_draft(self):
        self.enter(self.bo)
        self.type("a draft")
        self.toolbar.choose(1, "edit")
        self.assertField("I am Bo")
        self.owner.send({"type": "remove", "seq": 1})
        self.assertField("a draft")

    def test_a_reply_to_a_removed_message_keeps_the_text(self):
        self.say("a question")
        self.enter(self.bo)
        self.toolbar.press(2, "reply")
        self.type("an answer")
        self.owner.send({"type": "remove", "seq": 2})
        self.assertError("The message that you were answering is gone.")
        self.assertField("an answer")
        self.type(Keys.ENTER)
        said = self.owner.hear("message")
        while said["text"] != "an answer":
            said = self.owner.hear("message")
        self.assertNotIn("reply_to", said)

    def test_a_rejected_edit_keeps_the_text(self):
        bo = self.window(self.room, self.bo)
        bo.join()
        for number in range(MAX_EDITS):
            bo.send({"type": "edit", "seq": 1, "text": f"I am Bo {number}", "nonce": f"e{number}"})
            bo.hear("done")
        self.enter(self.bo)
        self.type(Keys.ARROW_UP)
        self.assertField(f"I am Bo {MAX_EDITS - 1}")
        self.type(" for good", Keys.ENTER)
        self.assertError(f"This message was edited {MAX_EDITS} times. It cannot be edited again.")
        self.assertField(f"I am Bo {MAX_EDITS - 1} for good")
        self.assertFalse(self.run_script("return document.getElementById('purpose').hidden"), "it can be tried again")

    def test_an_offline_edit_keeps_the_text(self):
        self.enter(self.bo)
        self.toolbar.choose(1, "edit")
        self.run_script("window.SockJS = function () { return {close() {}, send() {}} }")
        self.run_script("dispatchEvent(new Event('online'))")
        self.wait_for("document.getElementById('connection').dataset.state !== 'connected'")
        self.type("!", Keys.ENTER)
        self.assertError("There is no connection. Try again when it is back.")
        self.assertField("I am Bo!")

    def test_a_quote_leads_to_its_message_and_back(self):
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
        self.the(f"#{answer} > .reply a").click()
        self.wait_for("document.activeElement.id === 'm2' && document.getElementById('hint-back') !== null")

    def test_a_reaction_is_added_and_removed(self):
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

    def test_a_mention_is_completed_and_marked(self):
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

    def test_pins_and_the_topic_are_updated(self):
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

    def test_copying_a_message_copies_the_original(self):
        self.driver.execute_cdp_cmd(
            "Browser.grantPermissions",
            {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": self.layer.url},
        )
        self.addCleanup(self.driver.execute_cdp_cmd, "Browser.resetPermissions", {})
        self.say("this is **my** friend\n`code`")
        self.enter(self.bo)
        self.driver.get(f"{self.layer.url}{self.room}?as=pirate")
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")
        self.wait_for("document.querySelector('#m2 > .text').textContent.startsWith('this be')")
        self.toolbar.choose(2, "copy")
        self.wait_for("document.getElementById('undo').textContent === 'Copied'")
        read = "navigator.clipboard.readText().then(arguments[0])"
        self.assertEqual(self.driver.execute_async_script(read), "this is **my** friend\n`code`")
        self.toolbar.choose(2, "link")
        wait_until(
            lambda: self.driver.execute_async_script(read) == f"{self.layer.url}{self.room}/messages/2", "the link"
        )

    def test_an_author_deletes_and_restores_or_erases(self):
        self.enter(self.bo)
        self.toolbar.choose(1, "remove")
        self.wait_for(
            "document.getElementById('undo').textContent.includes('The owner of the room can still read it.')"
        )
        self.assertEqual(self.owner.hear("removed")["by"], "author")
        self.the("#undo button").click()
        self.wait_for("document.querySelector('#m1:not(.removed) > .text')?.textContent === 'I am Bo'")
        self.toolbar.choose(1, "remove")
        self.wait_for("document.getElementById('undo').textContent.includes('Erase it instead')")
        self.driver.find_element(By.XPATH, "//*[@id='undo']/button[.='Erase it instead']").click()
        self.the("#about-message .danger").click()
        self.assertEqual(self.owner.hear("erased")["seqs"], [1])
        self.assertShows("#m1 > .text", "erased")

    def test_an_author_sees_removed_text_after_a_reload(self):
        for text in ("one", "two", "a secret"):
            self.say(text, self.bo)
        self.enter(self.bo)
        self.toolbar.choose(4, "remove")
        for _ in range(2):
            self.wait_for("document.querySelector('#m4.removed > .text')?.textContent === 'deleted by you'")
            self.toolbar.point_at(4)
            self.the("#m4 .words > summary").click()
            self.wait_for("document.querySelector('#m4 .words > div').innerText === 'a secret'")
            self.reload()
        self.owner.send({"type": "erase", "seq": 4})
        self.wait_for("document.querySelector('#m4 > .text').textContent === 'erased'")
        self.assertEqual(self.driver.find_elements(By.CSS_SELECTOR, "#m4 .words"), [])

    def test_an_owner_prevents_the_author_from_restoring(self):
        bo = self.window(self.room, self.bo)
        bo.join()
        bo.send({"type": "remove", "seq": 1})
        self.enter(self.ada)
        self.toolbar.choose(1, "keepRemoved")
        self.wait_for("document.getElementById('undo').textContent === 'Its author cannot restore it any more.'")
        self.assertShows("#m1.removed > .text", "removed by you")
        self.assertNotIn("Keep removed", self.toolbar.open(1))
        bo.send({"type": "restore", "seq": 1, "nonce": "n"})
        self.assertEqual(bo.hear("error")["code"], "not-allowed")

    def test_a_person_is_hidden_and_shown(self):
        self.say("noise")
        self.enter(self.bo)
        self.toolbar.choose(2, "hide")
        self.wait_for("document.querySelector('#m2 > .text') === null")
        self.reload()
        self.wait_for("document.querySelector('#m2 > .text') === null")
        self.the("#m2 .unhide").click()
        self.assertShows("#m2 > .text", "noise")


class TooLate(ActingTest):
    """The time limit for edits has been shortened since the page was loaded."""

    layer = ChatLayer("LATE", BROWSER)

    def test_a_late_edit_shows_an_error_and_keeps_the_text(self):
        self.enter(self.bo)
        self.toolbar.choose(1, "edit")
        self.type(" and my words")
        port = self.layer.port
        BROWSER.console.expect()
        self.layer.server.stop()
        self.wait_for("document.getElementById('connection').dataset.state !== 'connected'")
        self.layer.ini = "late.ini"
        self.layer.start(port)
        self.wait_for("document.getElementById('connection').dataset.state === 'connected'")
        self.assertField("I am Bo and my words")
        self.type(Keys.ENTER)
        self.assertError("This message can no longer be edited.")
        self.assertField("I am Bo and my words")
        self.reload()
        self.assertNotIn("Edit", self.toolbar.open(1))
