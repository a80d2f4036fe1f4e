"""The list of people who reacted to a message, on a page that has been open for a while."""

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.device import DeviceTest
from tests.support.toolbar import Toolbar


class WhoReacted(DeviceTest):
    layer = ChatLayer("CHAT_AND_BROWSER", BROWSER)

    def title(self):
        return self.driver.execute_script("return document.querySelector('#m1 .reactions button')?.title")

    def test_people_have_their_current_names(self):
        self.say("hello")
        self.enter()
        self.ada.visit(self.room).post(f"{self.room}/messages/1/react", emoji="👍")
        wait_until(self.title, "the reaction")
        before = self.title()
        self.ada.visit(self.room).post(f"{self.room}/messages", text="aye", name="Captain Flint")
        wait_until(lambda: self.messages == ["hello", "aye"], "the other name")
        Toolbar(self.driver).choose(1, "who")
        dialog = self.driver.find_element("id", "about-message")
        wait_until(dialog.is_displayed, "who reacted")
        self.assertIn("Captain Flint", dialog.text)
        self.assertNotIn(before, dialog.text)
        self.assertEqual(self.title(), "Captain Flint")
