"""Pinned messages over HTTP."""

from unittest import mock

from tests.support.pages import HOSTILE, PAGES, PagesTest, Visitor


class PinsTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.fill(self.path, 60)

    def do(self, seq, what):
        self.owner.visit(self.path).send(f"{self.path}/messages/{seq}/{what}")
        return self.owner

    def answer(self, below):
        return self.program().visit(f"{self.path}/{below}").json

    def program(self):
        found = Visitor()
        found.addHeader("Accept", "application/json")
        return found

    def test_old_pinned_messages_are_translated(self):
        for seq in (40, 2):
            self.do(seq, "pin")
        found = self.answer("pinned?as=pirate")
        self.assertEqual([message["seq"] for message in found["messages"]], [40, 2])
        self.assertEqual({(each["view"]["as"], each["pinned"]) for each in found["messages"]}, {("pirate", True)})
        self.assertEqual(self.answer("messages")["pinned"], [40, 2])
        self.assertEqual(self.answer("changes?since=0")["changes"], [{"type": "pinned", "seqs": [40, 2], "rev": 2}])
        self.assertEqual(self.program().visit(f"{self.path}/pinned?as=nobody").status, 400)

    def test_removed_messages_are_not_listed(self):
        self.do(2, "pin")
        self.do(2, "remove")
        self.assertEqual((self.answer("pinned")["messages"], self.answer("messages")["pinned"]), ([], []))
        self.assertShows(self.do(2, "pin"), 400, "removed")

    def test_forms_redirect_to_the_message(self):
        self.assertEqual(self.do(60, "pin").path, f"{self.path}#m60")
        self.assertEqual(self.do(60, "unpin").path, f"{self.path}#m60")
        self.assertEqual(self.answer("pinned")["messages"], [])

    def test_the_number_of_pins_is_limited(self):
        for seq in range(1, 22):
            self.do(seq, "pin")
        self.assertEqual(self.owner.status, 409)
        self.assertEqual(len(self.answer("pinned")["messages"]), 20)


class PageTest(PagesTest):
    """The page with the full texts of pinned messages."""

    def setUp(self):
        self.owner, self.path = self.room()
        self.owner.send(f"{self.path}/settings", title="Ada & <b>Co</b>", slow="0")
        self.page = f"{self.path}/pinned"

    def pin(self, *texts):
        for text in texts:
            self.owner.visit(self.path).say(text)
        for seq in range(1, len(texts) + 1):
            self.do(seq, "pin")

    def do(self, seq, what):
        self.owner.visit(self.path).send(f"{self.path}/messages/{seq}/{what}")

    def test_pins_are_shown_in_full_with_links_to_the_log(self):
        self.pin("where is my friend? " + "and then " * 60, "*Bring* food")
        reader = Visitor().visit(f"{self.path}?as=pirate")
        reader.visit(reader.the("#pins > a").get("href"))
        self.assertEqual(reader.heading, "Pinned messages")
        self.assertEqual(reader.the("title").text, "Pinned in Ada & <b>Co</b> · piratechat")
        first, _second = reader.texts("#pinned .text")
        self.assertTrue(first.startswith("where be me hearty?"), first)
        self.assertGreater(len(first), 500)
        self.assertEqual(reader.texts("#pinned .text em"), ["*Bring*"])
        self.assertIn("where is my friend?", reader.texts("#pinned .original > div")[0])
        self.assertEqual(len(reader.page.cssselect("#pinned time[datetime]")), 2)
        self.assertEqual(reader.texts("#back"), ["Back to Ada & <b>Co</b>"])
        room, message = (reader.the(css).get("href") for css in ("#back a", "#pinned li:first-child .when"))
        self.assertEqual(room, self.path)
        self.assertEqual(len(reader.visit(message).page.cssselect("#m1[aria-current]")), 1)

    def test_the_url_selects_the_translator(self):
        self.pin("where is my friend?")
        for view, line in (("original", "where is my friend?"), ("pirate", "where be me hearty?")):
            self.assertEqual(Visitor().visit(f"{self.page}?as={view}").texts("#pinned .text"), [line])

    def test_texts_are_escaped(self):
        self.pin(f"مرحبا {HOSTILE}")
        page = Visitor().visit(f"{self.page}?as=original").page
        self.assertEqual(page.cssselect("#pinned .text")[0].text_content(), f"مرحبا {HOSTILE}")
        self.assertEqual(
            (page.cssselect("main img, main script"), page.cssselect("#pinned .text")[0].get("dir")), ([], "auto")
        )

    def test_removed_and_erased_messages_are_not_listed(self):
        self.pin("one", "two", "three")
        self.do(1, "remove")
        self.do(2, "erase")
        for reader in (Visitor(), self.owner):
            self.assertEqual(reader.visit(f"{self.page}?as=original").texts("#pinned .text"), ["three"])

    def test_without_pinned_messages(self):
        how = "You can pin a message in its menu"
        self.assertShows(self.owner.visit(self.page), 200, "Nothing is pinned yet.", how)
        self.assertShows(Visitor().visit(self.page), 200, "Nothing is pinned yet.")
        self.assertNotIn(how, Visitor().visit(self.page).contents)

    def test_with_too_many_languages(self):
        self.pin("where is my friend?")
        with mock.patch.object(PAGES.services.language_slots, "visit", return_value=False):
            self.assertShows(
                Visitor().visit(f"{self.page}?as=pirate"), 200, "too many languages", "where is my friend?"
            )
