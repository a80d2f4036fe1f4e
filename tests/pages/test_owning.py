"""The owner's panel without JavaScript: removed messages, the moderation log, and error pages with a link back."""

import re

from lxml import etree
from webob import Request

from piratechat.model.commands import Change, Claim
from piratechat.views.owner_panel import MAX_VISITORS
from piratechat.views.qr import QUIET_ZONE, drawn
from tests.support.pages import HOST, PAGES, PagesTest, Visitor
from tests.support.qrcode import read


class OwningTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.slug = self.path.rpartition("/")[2]
        self.bo = Visitor().visit(self.path).say("this is rude", "Bo")

    def do(self, what, **fields):
        self.owner.visit(self.path).send(f"{self.path}/{what}", **fields)
        return self.owner

    def settings(self, **changes):
        values = {"title": self._name(), "translator": "pirate", "slow": "0", **changes}
        return self.do("settings", **values)

    def moderation_log(self):
        return [
            re.sub("[\u2068\u2069]", "", entry["says"])
            for entry in self.owner.visit(f"{self.path}/log").json["moderation_log"]
        ]


class RemovedTest(OwningTest):
    def setUp(self):
        super().setUp()
        self.do("messages/1/remove")

    def test_removed_text_is_for_its_author_and_the_owner(self):
        for path in (self.path, f"{self.path}?as=original", f"{self.path}/messages/1"):
            for browser in (self.owner, self.bo):
                browser.visit(path)
                self.assertEqual(browser.texts("#m1.removed details:not([open]) > div"), ["this is rude"], path)
        (listed,) = self.owner.visit(f"{self.path}/messages?as=pirate").json["messages"]
        self.assertEqual((listed["text"], listed["removed_text"], listed.get("view")), ("", "this is rude", None))

    def test_removed_text_is_not_for_others(self):
        cy, nowhere = Visitor().visit(self.path).say("aye", "Cy"), Visitor()
        for query in ("", "?as=original", "?as=pirate"):
            for path in ("", "/messages", "/messages/1", "/export.json", "/export.txt", "/log"):
                for browser in (cy, nowhere):
                    browser.visit(f"{self.path}{path}{query}")
                    self.assertNotRegex(str(browser.contents), "this (is|be) rude|removed_text", path)

    def test_a_removed_message_links_to_its_position(self):
        self.assertShows(self.bo.visit(f"{self.path}/messages/1"), 200, "removed by the owner")
        self.assertTrue(self.bo.texts("#m1[aria-current]"))


class ModerationLogTest(OwningTest):
    def test_actions_are_listed(self):
        self.settings(title="The Cabin", slow="5", read_only="1")
        self.do("mute", name="Bo")
        self.do("unmute", name="Bo")
        self.do("messages/1/remove")
        expected = [
            "Message 1 removed",
            "Bo unmuted",
            "Bo muted",
            "Seconds between messages: 5, before: 0",
            "Only you can post",
            f"Title: The Cabin, before: {self._name()}",
        ]
        self.assertEqual(self.moderation_log(), expected)
        shown = [re.sub("[\u2068\u2069]", "", text) for text in self.owner.visit(self.path).texts("#moderation-log li")]
        for text, words in zip(shown, expected, strict=True):
            self.assertRegex(text, rf"^\d{{4}}-\d\d-\d\d \d\d:\d\d {re.escape(words)}$")
        self.assertEqual(self.owner.the("#moderation-log li a").get("href"), f"{self.path}/messages/1")

    def test_unchanged_settings_are_not_listed(self):
        self.settings()
        self.assertEqual(self.moderation_log(), [])

    def test_another_translator(self):
        self.settings(translator="original")
        self.settings(translator="pirate")
        self.assertEqual(
            self.moderation_log(),
            [
                "Default translation: Pirate, before: As written",
                "Default translation: As written, before: the default of the chat",
            ],
        )

    def test_the_log_is_not_for_others(self):
        self.do("mute", name="Bo")
        for browser in (self.bo, Visitor()):
            self.assertShows(browser.visit(f"{self.path}/log"), 403, "Only the owner of a room can do that")
            self.assertEqual(browser.visit(self.path).texts("#moderation-log, #owner"), [])

    def test_entries_are_escaped(self):
        hostile = "<b onclick=x>"
        self.settings(title=hostile)
        self.assertEqual(self.owner.visit(self.path).page.cssselect("#moderation-log b"), [])
        self.assertIn(hostile, self.owner.texts("#moderation-log li")[0])


class PanelTest(OwningTest):
    def test_the_panel_stays_open_and_confirms_saving(self):
        for owner in (self.settings(title="The Cabin"), self.do("mute", name="Bo")):
            self.assertEqual(owner.texts("#owner[open] #saved"), ["Saved"])
            self.assertTrue(owner.url.endswith("?panel=saved#owner"), owner.url)
        self.assertEqual(self.owner.visit(self.path).texts("#owner[open]"), [])

    def test_invalid_settings_keep_the_typed_text(self):
        self.settings(title="x" * 81, slow="7", read_only="1")
        self.assertShows(self.owner, 413, "1 character too many")
        self.assertEqual(self.owner.the("#title").get("value"), "x" * 81)
        self.assertEqual(self.owner.the("#slow").get("value"), "7")
        self.assertEqual(len(self.owner.page.cssselect("#read_only[checked]")), 1)
        self.assertEqual(
            self.owner.texts("#title[aria-invalid] ~ .error"),
            ["1 character too many: a title has at most 80. Choose a shorter one."],
        )

    def test_files_are_rejected(self):
        body = '--x\r\nContent-Disposition: form-data; name="slow"; filename="x"\r\n\r\nabc\r\n--x--\r\n'
        self.owner.post(f"{HOST}{self.path}/settings", body, "multipart/form-data; boundary=x")
        self.assertEqual(self.owner.status, 400)

    def test_muted_visitors_are_first_and_marked(self):
        Visitor().visit(self.path).say("hello", "Al")
        self.do("mute", name="Bo")
        self.assertEqual(self.owner.visit(self.path).texts("#names li"), ["Bo muted Unmute", "Al Mute"])

    def test_the_owner_is_not_listed_under_any_name(self):
        with PAGES.services.database.reading() as chat:
            owner = chat.rooms[self.slug].owner
        PAGES.services.committer.perform(Claim(self.slug, owner, "Captain"))
        self.assertEqual(self.owner.visit(self.path).texts("#names bdi"), ["Bo"])

    def test_unlisted_visitors_can_be_muted_by_name(self):
        for number in range(MAX_VISITORS):
            PAGES.services.committer.submit(Claim(self.slug, f"v{number}", f"Visitor {number}"), lambda _done: None)
        PAGES.services.committer.perform(Claim(self.slug, "zoe", "Zoe"))
        self.assertEqual(len(self.owner.visit(self.path).texts("#names li")), MAX_VISITORS)
        self.assertNotIn("Zoe", self.owner.texts("#names bdi"))
        form = self.owner.getForm(id="another")
        form.getControl("Somebody else").value = "zoe"
        form.getControl("Mute").click()
        self.assertEqual(self.owner.texts("#names li")[0], "Zoe muted Unmute")

    def test_an_unknown_name(self):
        self.assertShows(self.do("mute", name="Cy"), 400, "Nobody is called Cy here.")
        self.assertEqual(self.owner.texts("#owner[open] #name-error:not([hidden])"), ["Nobody is called Cy here."])


class WaysOutTest(OwningTest):
    def assertLeadsToTheRoom(self, browser, status):
        self.assertEqual(browser.status, status, browser.contents)
        self.assertEqual(browser.the("#links a:first-of-type[href^='/rooms']").get("href"), self.path)

    def test_other_visitors_cannot_send_the_owners_forms(self):
        cleo = Visitor().visit(self.path).say("aye", "Cleo")
        for what in ("settings", "mute", "unmute", *(f"messages/1/{what}" for what in ("remove", "restore", "erase"))):
            with self.subTest(what):
                self.assertLeadsToTheRoom(cleo.visit("/").send(f"{self.path}/{what}", name="Bo"), 403)

    def test_missing_messages(self):
        for seq in ("0", "2", "x", "9" * 25):
            with self.subTest(seq):
                self.bo.visit(f"{self.path}/messages/{seq}")
                self.assertShows(self.bo, 404, "There is no such message")
                self.assertLeadsToTheRoom(self.bo, 404)

    def test_missing_pages_of_a_room(self):
        self.assertLeadsToTheRoom(self.bo.visit(f"{self.path}/nothing"), 404)
        self.assertLeadsToTheRoom(self.bo.visit(f"{self.path}/messages/1/nothing"), 404)
        self.assertLeadsToTheRoom(self.bo.visit(f"{self.path}?before=x"), 400)

    def test_pages_of_a_missing_room(self):
        for below in ("messages/3", "qr.svg", "export.txt"):
            with self.subTest(below):
                nobody = Visitor().visit(f"/rooms/blackbeard/{below}")
                self.assertShows(nobody, 404, "There is no such room yet")
                self.assertEqual(nobody.getControl("Name").value, "blackbeard")

    def test_the_title_of_the_room_is_escaped(self):
        with PAGES.services.database.reading() as chat:
            owner = chat.rooms[self.slug].owner
        PAGES.services.committer.perform(Change(self.slug, owner, {"title": "<b>Cabin</b>"}))
        self.assertEqual(self.bo.visit(f"{self.path}/nothing").texts("#links a")[0], "Back to the room <b>Cabin</b>")


class QRCodeTest(OwningTest):
    def test_the_qr_code_has_the_link_of_the_room(self):
        self.bo.visit(self.path)
        image = self.bo.the("#invite img")
        self.assertEqual(image.get("alt"), "QR code of the link to this room")
        link = self.bo.the("#link").get("value")
        self.assertEqual(link, HOST + self.path)
        self.bo.visit(image.get("src"))
        self.assertEqual((self.bo.status, self.bo.headers["Content-Type"]), (200, "image/svg+xml; charset=UTF-8"))
        self.assertRegex(self.bo.headers["Cache-Control"], r"^private, max-age=\d+$")
        self.assertEqual(self.bo.contents.encode(), drawn(link))

    def test_the_qr_code_can_be_decoded(self):
        for link in ("http://a.example/rooms/bo", "https://chat.example/rooms/ada-lovelace"):
            self.assertEqual(read(drawn(link)), link)

    def test_the_qr_code_has_a_light_margin_in_each_theme(self):
        ground, modules = etree.fromstring(drawn("https://chat.example/rooms/ada")).findall("{*}path")
        self.assertEqual((ground.get("fill"), modules.get("stroke")), ("#fff", "#000"))
        self.assertTrue(modules.get("d").startswith(f"M{QUIET_ZONE} {QUIET_ZONE}.5"))

    def test_names_of_all_scripts_fit(self):
        owner, path = self.room("船長" * 20)
        self.assertEqual(owner.visit(f"{path}/qr.svg").status, 200)

    def test_a_long_url_is_rejected(self):
        request = Request.blank(f"{self.path}/qr.svg", headers={"Host": f"{'x' * 2000}.example"})
        self.assertEqual(request.get_response(PAGES.application).status_int, 400)
