"""Actions of visitors and owners by plain forms, and visible reasons for their rejection."""

import time
import urllib.parse
from unittest import mock

from pyramid_sockjs.token_buckets import TokenBuckets
from tests.support.pages import HOST, PAGES, PagesTest, Visitor

WORDS = "What I\nhave typed & not kept"


class FormsTest(PagesTest):
    """Ada owns the room, in which Bo posted message 1 and Cy message 2."""

    def setUp(self):
        self.ada, self.path = self.room()
        self.bo = Visitor().visit(self.path).say("this is my friend", "Bo")
        self.cy = Visitor().visit(self.path).say("aye", "Cy")
        for browser in (self.ada, self.bo, self.cy):
            browser.addHeader("Origin", HOST)  # like browsers, for a form on one of our pages

    def at(self, who, seq=1):
        """Show message `seq` to `who` on its own page."""
        return who.visit(f"{self.path}/messages/{seq}?as=original")

    def submit(self, who, css, button=0, **typed):
        """Submit the only matching form, by its button with number `button`, after typing `typed`."""
        form = who.the(css)
        pressed = form.cssselect("button")[button]
        # Browsers drop a line break at the beginning of a field.
        fields = {name: value.removeprefix("\n") for name, value in form.form_values()} | typed
        if pressed.get("name"):
            fields[pressed.get("name")] = pressed.get("value")
        who.post(urllib.parse.urljoin(HOST, form.get("action")), urllib.parse.urlencode(fields))
        return who

    def do(self, who, what, seq=1, **fields):
        """Send a form that may not be on a page."""
        return who.visit(self.path).send(f"{self.path}/messages/{seq}/{what}", **fields)

    def said(self, seq=1):
        return Visitor().visit(f"{self.path}/messages?as=original").json["messages"][seq - 1]

    def in_sight(self, who):
        """Return the visible texts of errors, without those in hidden elements."""
        return [
            " ".join(element.text_content().split())
            for element in who.page.cssselect(".error, .lead, #reason, [role=alert]")
            if not any(each.get("hidden") for each in (element, *element.iterancestors()))
        ]

    def assertRefused(self, who, status, words):
        self.assertEqual(who.status, status, who.contents)
        self.assertTrue(any(words in text for text in self.in_sight(who)), self.in_sight(who))


class Doing(FormsTest):
    def test_an_author_edits(self):
        self.at(self.bo)
        self.assertEqual(self.bo.the("form.edit textarea").value.strip(), "this is my friend")
        self.submit(self.bo, "form.edit", text="this is my foe")
        self.assertEqual((self.bo.status, self.bo.path), (200, f"{self.path}#m1"))
        self.assertEqual(self.bo.texts("#m1 > .text"), ["this is my foe"])
        self.assertEqual(self.bo.the("#m1 a.edited").get("href"), f"{self.path}/messages/1/history")
        self.assertEqual(self.at(self.cy).texts("#m1 small.edited"), ["edited"])

    def test_an_author_removes_restores_and_erases(self):
        self.at(self.bo)
        self.assertIn("The owner of the room can still read it.", self.bo.texts("form.remove")[0])
        self.submit(self.bo, "form.remove")
        self.assertEqual(self.bo.texts("#m1 > .text"), ["deleted by you"])
        self.assertEqual(self.at(self.cy).texts("#m1 > .text"), ["deleted by its author"])
        self.submit(self.at(self.bo), "form.restore")
        self.assertEqual(self.at(self.cy).texts("#m1 > .text"), ["this is my friend"])
        self.assertIn("This cannot be undone.", self.at(self.bo).texts("form.erase")[0])
        self.submit(self.bo, "form.erase")
        self.assertEqual(self.bo.texts("#m1 > .text"), ["erased"])
        self.assertEqual(self.at(self.bo).texts("#m1 form"), [])

    def test_the_owner_removes_restores_erases_and_pins(self):
        self.submit(self.at(self.ada), "#m1 > form.remove")
        self.assertEqual(self.at(self.bo).texts("#m1 > .text"), ["removed by the owner"])
        self.assertEqual(self.bo.texts("form.restore"), [], "only the owner may restore it")
        self.submit(self.at(self.ada), "#m1 > form.restore")
        self.submit(self.at(self.ada), "form.pin")
        self.assertEqual(self.at(self.bo).texts("#pins q"), ["this is my friend"])
        self.assertEqual(self.at(self.ada).texts("form.pin button"), ["Unpin"])
        self.submit(self.ada, "form.pin")
        self.assertEqual(self.at(self.bo).texts("#pins q"), [])
        self.submit(self.at(self.ada), "form.erase")
        self.assertEqual(self.said().get("erased"), True)

    def test_the_owner_prevents_the_author_from_restoring(self):
        self.do(self.bo, "remove")
        self.assertIn("Its author cannot restore it any more.", self.at(self.ada).texts("#m1 > form.remove")[0])
        self.submit(self.ada, "#m1 > form.remove")
        self.assertEqual(self.said()["by"], "owner")
        self.assertEqual(self.at(self.ada).texts("#m1 > form.remove"), [])
        self.assertRefused(self.do(self.bo, "restore"), 403, "Only the owner of the room can restore it.")

    def test_a_visitor_adds_and_removes_a_reaction(self):
        self.submit(self.at(self.bo, 2), "form.react", button=3)
        self.assertEqual(self.bo.texts("#m2 .reactions button[aria-pressed=true]"), ["🦜 1"])
        self.submit(self.at(self.cy, 2), "#m2 .reactions")
        self.assertEqual(self.cy.the("#m2 .reactions button").get("title"), "Bo, Cy")
        self.submit(self.at(self.bo, 2), "#m2 .reactions")
        self.assertEqual(self.said(2)["reactions"], [{"emoji": "🦜", "count": 1, "names": ["Cy"], "yours": False}])

    def test_a_reply_quotes_the_translated_line(self):
        self.at(self.cy)
        self.submit(self.cy, "#say", text="whose?", reply_to="1")
        for view, line in (("original", "this is my friend"), ("pirate", "this be me hearty")):
            self.cy.visit(f"{self.path}?as={view}")
            self.assertEqual(self.cy.the("#m3 .reply a").get("href"), f"{self.path}/messages/1")
            self.assertEqual(self.cy.texts("#m3 .reply q"), [line])

    def test_a_reply_leaves_boxes_unchecked(self):
        self.at(self.cy)
        self.assertEqual([box.get("checked") for box in self.cy.page.cssselect("#answers input")], [None])
        self.submit(self.cy, "#say", text="by the way")
        self.assertNotIn("reply_to", self.said(3))

    def test_the_owner_sets_the_topic(self):
        self.submit(self.ada.visit(self.path), "#settings", topic="where is my friend?")
        for view, line in (("original", "where is my friend?"), ("pirate", "where be me hearty?")):
            self.assertEqual(self.bo.visit(f"{self.path}?as={view}").texts("#topic"), [line])
        self.submit(self.ada.visit(self.path), "#settings", topic="")
        self.assertEqual(self.bo.visit(self.path).texts("#topic:not([hidden])"), [])

    def test_search_leads_to_a_message_and_back(self):
        self.bo.visit(f"{self.path}?as=original")
        self.bo.visit(self.bo.the("#show-search").get("href"))
        form = self.bo.the("#search")
        query = urllib.parse.urlencode({**dict(form.form_values()), "q": "friend"})
        self.bo.visit(f"{form.get('action')}?{query}")
        self.assertEqual(self.bo.texts("mark"), ["friend"])
        (link,) = {each.get("href") for each in self.bo.page.cssselect("#results a")}
        self.assertEqual(self.bo.visit(link).texts("#m1[aria-current] > .text"), ["this is my friend"])


class Refused(FormsTest):
    def test_messages_of_others(self):
        self.assertRefused(self.do(self.cy, "edit", text="x"), 403, "Only the author of this message can do that.")
        for what in ("remove", "restore", "erase"):
            with self.subTest(what):
                self.assertRefused(self.do(self.cy, what), 403, "Only the author of this message, or the owner")
        for what in ("pin", "unpin"):
            with self.subTest(what):
                self.assertRefused(self.do(self.bo, what), 403, "Only the owner of a room can do that")
        self.bo.visit(self.path).send(f"{self.path}/settings", title="Bo's", slow="0", topic="Bo's")
        self.assertRefused(self.bo, 403, "Only the owner of a room can do that")
        self.assertEqual(self.said()["text"], "this is my friend")

    def test_muted_visitors_see_the_reason(self):
        self.ada.visit(self.path).send(f"{self.path}/mute", name="Bo")
        self.do(self.bo, "erase")
        self.assertRefused(self.do(self.bo, "remove"), 400, "Message 1 was erased.")

    def try_all(self, status, words):
        """Assert that everything that needs permission to post is rejected, and that the text is shown again."""
        self.do(self.bo, "edit", text=WORDS)
        self.assertRefused(self.bo, status, words)
        self.assertEqual(self.bo.the("#typed-text").value.strip(), WORDS)
        self.assertRefused(self.do(self.bo, "react", emoji="👍"), status, words)
        self.bo.visit(self.path).send(f"{self.path}/messages", text=WORDS, reply_to="2")
        self.assertRefused(self.bo, status, words)
        self.assertEqual(self.bo.the("#text").value.strip(), WORDS)
        self.do(self.bo, "remove")
        self.assertEqual(self.bo.status, 200, "authors may always remove their messages")
        self.assertRefused(self.do(self.bo, "restore"), status, words)
        self.assertEqual(self.do(self.bo, "erase").status, 200)
        self.assertEqual(Visitor().visit(f"{self.path}/messages").json["last"], 2)

    def test_muted_visitors(self):
        self.ada.visit(self.path).send(f"{self.path}/mute", name="Bo")
        self.try_all(403, "The room's owner has muted you.")

    def test_in_a_room_that_is_read_only(self):
        self.ada.visit(self.path).send(f"{self.path}/settings", title="Quiet", slow="0", read_only="1")
        self.try_all(403, "This room is read-only: only its owner can post.")

    def test_long_text_is_shown_again(self):
        self.do(self.bo, "edit", text="x" * 4001)
        self.assertRefused(self.bo, 413, "1 character too many")
        self.assertEqual(self.bo.the("#typed-text").value.strip(), "x" * 4001)
        self.submit(self.bo, "#typed", text="shorter")
        self.assertEqual(self.said()["text"], "shorter")
        self.bo.visit(self.path).send(f"{self.path}/messages", text="x" * 4001, reply_to="2")
        self.assertRefused(self.bo, 413, "1 character too many")
        self.submit(self.ada.visit(self.path), "#settings", topic="x" * 501)
        self.assertRefused(self.ada, 413, "1 character too many")
        self.assertEqual(self.ada.the("#topic-field").get("value"), "x" * 501)

    def test_rate_limits(self):
        limits = PAGES.services.limits
        once = TokenBuckets(0.001, 1)
        with mock.patch.object(limits, "_changing", once):
            self.assertEqual(self.do(self.bo, "remove").status, 200)
            for what in ("restore", "remove", "erase"):
                with self.subTest(what):
                    self.assertRefused(self.do(self.bo, what), 429, "You are sending too fast. Try again in")
        with mock.patch.object(limits, "_changing", TokenBuckets(0.001, 1)):
            self.assertEqual(self.do(self.ada, "pin", 2).status, 200)
            self.assertRefused(self.do(self.ada, "unpin", 2), 429, "You are sending too fast.")
            self.submit(self.ada.visit(self.path), "#settings", topic="too soon")
            self.assertRefused(self.ada, 429, "You are sending too fast.")
        with mock.patch.object(limits, "_reacting", TokenBuckets(0.001, 1)):
            self.assertEqual(self.do(self.bo, "react", 2, emoji="👍").status, 200)
            self.assertRefused(self.do(self.bo, "react", 2, emoji="👍"), 429, "You are sending too fast.")
        with mock.patch.object(limits, "_messages", TokenBuckets(0.001, 1)):
            self.assertEqual(self.do(self.cy, "edit", 2, text="aye, aye").status, 200)
            self.assertRefused(self.do(self.cy, "edit", 2, text=WORDS), 429, "You are sending too fast.")
            self.assertGreater(int(self.cy.headers["Retry-After"]), 1)
        self.submit(self.cy, "#typed")
        self.assertEqual(self.said(2)["text"], WORDS)
        with mock.patch.object(limits, "_searching", TokenBuckets(0.001, 1)):
            self.bo.visit(f"{self.path}/search?q=friend")
            self.assertRefused(self.bo.visit(f"{self.path}/search?q=friend"), 429, "too")

    def test_erased_messages(self):
        self.do(self.bo, "erase")
        for who, what, more in (
            (self.bo, "edit", {"text": WORDS}),
            (self.bo, "remove", {}),
            (self.bo, "restore", {}),
            (self.cy, "react", {"emoji": "👍"}),
            (self.ada, "pin", {}),
        ):
            with self.subTest(what):
                self.assertRefused(self.do(who, what, **more), 400, "Message 1 was erased.")
        self.cy.visit(self.path).send(f"{self.path}/messages", text=WORDS, reply_to="1")
        self.assertRefused(self.cy, 400, "Message 1 was erased.")
        self.assertEqual(self.cy.the("#text").value.strip(), WORDS)

    def test_removed_messages(self):
        self.do(self.bo, "remove")
        self.do(self.bo, "edit", text=WORDS)
        self.assertRefused(self.bo, 400, "Message 1 was removed.")
        self.assertEqual(self.bo.the("#typed-text").value.strip(), WORDS)
        self.assertRefused(self.do(self.ada, "pin"), 400, "Message 1 was removed.")

    def test_a_late_edit(self):
        later = time.time_ns() + int(PAGES.services.settings.edit_time * 1e9)
        with mock.patch("time.time_ns", return_value=later):
            self.do(self.bo, "edit", text=WORDS)
            self.assertRefused(self.bo, 403, "This message can no longer be edited.")
            self.assertEqual(self.bo.the("#typed-text").value.strip(), WORDS)
            self.assertEqual(self.at(self.bo).texts("form.edit"), [], "editing is not offered")

    def test_an_expired_form_keeps_the_text(self):
        self.at(self.bo)
        self.submit(self.bo, "form.edit", text=WORDS, csrf_token="x")
        self.assertRefused(self.bo, 400, "This form had expired")
        self.assertEqual(self.bo.the("#typed-text").value.strip(), WORDS)
        self.submit(self.bo, "#typed")
        self.assertEqual(self.said()["text"], WORDS)

    def test_a_reaction_needs_a_name(self):
        self.assertRefused(self.do(Visitor(), "react", emoji="👍"), 400, "Enter your name first")

    def test_clients_without_cookies(self):
        self.assertEqual(self.at(Visitor()).texts("form.edit, form.remove, form.erase, form.restore, form.pin"), [])
