"""The versions of an edited message as a page, for its author and the room's owner."""

from tests.support.pages import HOSTILE, PagesTest, Visitor

RTL = "مرحبا"


class HistoryTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.owner.send(f"{self.path}/settings", title="Ada & <b>Co</b>", slow="0")
        self.bo = Visitor().visit(self.path).say("see you at sevn", name="Bo <i>")
        self.page = f"{self.path}/messages/1/history"

    def do(self, visitor, what, **fields):
        return visitor.visit(self.path).send(f"{self.path}/messages/1/{what}", **fields)

    def edit(self, *texts):
        for text in texts:
            self.do(self.bo, "edit", text=text)

    def test_the_link_leads_to_all_versions_and_back(self):
        self.edit("see you at seven", f"{RTL} {HOSTILE}\n  at eight")
        self.bo.visit(self.bo.visit(self.path).the("#m1 a.edited").get("href"))
        self.assertEqual(self.bo.heading, "Earlier versions")
        self.assertEqual(self.bo.the("title").text, "Earlier versions in Ada & <b>Co</b> · piratechat")
        versions = [each.text_content() for each in self.bo.page.cssselect("#versions .text")]
        self.assertEqual(versions, ["see you at sevn", "see you at seven", f"{RTL} {HOSTILE}\n  at eight"])
        self.assertEqual({each.get("dir") for each in self.bo.page.cssselect("#versions .text")}, {"auto"})
        self.assertEqual(len(self.bo.page.cssselect("#versions time[datetime]")), 3)
        self.assertEqual(self.bo.texts("#versions li:last-child .current"), ["now"])
        self.assertEqual(self.bo.texts(".current"), ["now"])
        self.assertEqual(self.bo.texts("#back"), ["Back to the message by Bo <i>"])
        self.assertEqual(self.bo.page.cssselect("main :is(img, i, b)"), [])
        self.bo.visit(self.bo.the("#back a").get("href"))
        self.assertEqual(len(self.bo.page.cssselect("#m1[aria-current]")), 1)

    def test_programs_get_json(self):
        self.edit("see you at seven")
        for visitor in (self.bo, self.owner):
            visitor.addHeader("Accept", "application/json")
            answer = visitor.visit(self.page)
            self.assertEqual(answer.headers["Content-Type"], "application/json")
            self.assertEqual([each["text"] for each in answer.json["history"]], ["see you at sevn", "see you at seven"])

    def test_other_visitors_may_not_see_the_history(self):
        self.edit("see you at seven")
        self.assertEqual(self.owner.visit(self.page).status, 200)
        for visitor in (Visitor(), Visitor().visit(self.path).say("hello", name="Cy")):
            self.assertShows(visitor.visit(self.page), 403, "Only the author of this message, or the owner")
            self.assertNotIn("sevn", visitor.contents)

    def test_a_message_without_edits(self):
        self.assertShows(self.bo.visit(self.page), 200, "This message was never edited.", "see you at sevn")

    def test_a_removed_message(self):
        self.edit("see you at seven")
        self.do(self.owner, "remove")
        self.assertShows(self.owner.visit(self.page), 200, "removed by you", "see you at sevn")
        self.assertShows(self.bo.visit(self.page), 200, "removed by the owner", "see you at sevn")
        self.assertEqual(self.bo.texts(".current"), [])

    def test_an_erased_message_has_no_history(self):
        self.edit("see you at seven")
        self.do(self.bo, "erase")
        for visitor in (self.bo, self.owner):
            self.assertShows(visitor.visit(self.page), 404, "Message 1 was erased.")
            self.assertNotIn("seven", visitor.contents)
