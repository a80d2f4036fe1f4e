"""Notifications and the count in the title in Chromium while the tab is hidden."""

from tests.pages.test_display import DisplayTest
from tests.support.toolbar import Toolbar

#: Records the texts of notifications in window.witnessed.
WITNESS = """
    window.witnessed = []
    window.Notification = class extends Notification {
        constructor(title, options) { super(title, options); witnessed.push(options.body) }
        close() { super.close(); witnessed.push('put away') }
    }
"""


class AttentionTest(DisplayTest):
    """A test case with Bo, who posted message 1 and has the room open, and Ada, its owner, in another window."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.driver.execute_cdp_cmd, "Browser.resetPermissions", {})
        self.driver.execute_cdp_cmd(
            "Browser.setPermission",
            {"permission": {"name": "notifications"}, "setting": "granted", "origin": self.layer.url},
        )
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WITNESS})
        self.addCleanup(self.driver.execute_cdp_cmd, "Page.removeScriptToEvaluateOnNewDocument", added)
        self.bo = self.browser().visit(self.room)
        self.say("I am Bo", self.bo, name="Bo")
        self.owner = self.window(self.room, self.ada)
        self.owner.join()

    def enter_wishing(self, wish):
        """Open the room as Bo with notifications of "all", "mentions" or "none", and hide the tab."""
        self.enter(self.bo)
        self.title = self.driver.title
        self.choose(wish)
        self.run_script("document.querySelector('#notify [name=notification]').click()")
        self.addCleanup(self.take_out)
        self.driver.minimize_window()
        self.wait_for("document.hidden")

    def choose(self, wish):
        self.run_script(
            """
            const about = document.getElementById('about')
            about.value = arguments[0]
            about.dispatchEvent(new Event('change', { bubbles: true }))
            """,
            wish,
        )

    def take_out(self):
        window = self.driver.execute_cdp_cmd("Browser.getWindowForTarget", {})["windowId"]
        self.driver.execute_cdp_cmd(
            "Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "normal"}}
        )
        self.wait_for("!document.hidden")

    def say_all(self):
        """Post as Ada: a message to all, a mention of Bo, and a reply to Bo, with the numbers 2 to 4."""
        for text, more in (("hello", {}), ("hello @Bo", {}), ("me too", {"reply_to": 1})):
            self.owner.say(text, **more)
            self.owner.hear("message")
        self.wait_for("document.getElementById('m4') !== null")

    def assertTold(self, count, *bodies):
        """Assert that the title soon has this count, and that notifications had these texts."""
        self.wait_for(f"JSON.stringify(witnessed) === {self.as_json(bodies)}")
        self.wait_for(f"document.title === {f'({count}) {self.title}' if count else self.title!r}")

    def as_json(self, bodies):
        return repr("[" + ",".join(f'"{body}"' for body in bodies) + "]")


class Choices(AttentionTest):
    def test_everything(self):
        self.enter_wishing("all")
        self.say_all()
        self.assertTold(3, "hello", "hello @Bo", "me too")
        self.take_out()
        self.assertTold(0, "hello", "hello @Bo", "me too", "put away")

    def test_mentions_and_replies(self):
        self.enter_wishing("mentions")
        self.say_all()
        self.assertTold(2, "hello @Bo", "me too")
        self.take_out()
        self.assertTold(0, "hello @Bo", "me too", "put away")

    def test_nothing(self):
        self.enter_wishing("none")
        self.say_all()
        self.assertTold(0)
        self.choose("all")
        self.owner.say("do you hear me?")
        self.wait_for("document.getElementById('m5') !== null")
        self.assertTold(4, "do you hear me?")

    def test_the_choice_is_stored_for_the_room(self):
        self.enter_wishing("mentions")
        self.take_out()
        self.driver.refresh()
        self.wait_for("document.getElementById('about')?.value === 'mentions'")


class Changing(AttentionTest):
    def test_a_removed_mention_is_not_counted(self):
        self.enter_wishing("mentions")
        self.say_all()
        self.assertTold(2, "hello @Bo", "me too")
        self.owner.send({"type": "remove", "seq": 4})
        self.assertTold(1, "hello @Bo", "me too", "hello @Bo")
        self.owner.send({"type": "erase", "seq": 3})
        self.assertTold(0, "hello @Bo", "me too", "hello @Bo", "put away")

    def test_a_notification_is_updated_by_an_edit(self):
        self.enter_wishing("mentions")
        self.say_all()
        self.owner.send({"type": "edit", "seq": 4, "text": "so am I"})
        self.assertTold(2, "hello @Bo", "me too", "so am I")
        spoken = "[...document.querySelectorAll('#announcer [data-seq]')].map((line) => line.textContent).join('|')"
        self.wait_for(f"{spoken}.endsWith('so am I')")
        self.assertNotIn("me too", self.run_script(f"return {spoken}"))

    def test_a_mention_added_by_an_edit_is_notified_once(self):
        self.enter_wishing("mentions")
        self.owner.say("hello")
        self.wait_for("document.getElementById('m2') !== null")
        self.assertTold(0)
        for text in ("hello @Bo", "hello, @Bo"):
            self.owner.send({"type": "edit", "seq": 2, "text": text})
            self.wait_for(f"document.querySelector('#m2 > .text').textContent === {text!r}")
        self.assertTold(1, "hello @Bo", "hello, @Bo")

    def test_a_hidden_person_causes_no_notification(self):
        cleo = self.visitor(self.room, "Cleo")
        cleo.say("noise")
        self.enter_wishing("all")
        self.take_out()
        self.wait_for("document.getElementById('m2') !== null")
        Toolbar(self.driver).choose(2, "hide")
        self.wait_for("document.querySelector('#m2 > .text') === null")
        self.driver.minimize_window()
        self.wait_for("document.hidden")
        cleo.say("hello @Bo")
        self.owner.say("hello")
        self.wait_for("document.getElementById('m4') !== null")
        self.wait_for("JSON.stringify(witnessed) === '[\"hello\"]'")
