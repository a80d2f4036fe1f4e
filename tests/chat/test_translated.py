"""Slow translators as seen by readers: over SockJS, as JSON, and on the page."""

from urllib.parse import quote

from lxml import html

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import ChatTest

#: With the translators of tests/support/plugins/slow_translators.py.
TRANSLATED = ChatLayer("TRANSLATED", ini="translated.ini")


class TranslatedTest(ChatTest):
    layer = TRANSLATED

    def setUp(self):
        self.owner, self.room = self.open_room()
        self.bo = self.visitor(self.room, "Bo", **{"as": "original"})

    def let_go(self, text):
        """Let the translator continue with `text`."""
        self.assertEqual(self.browser().get(f"/let-go?text={quote(text)}").body, b"gone")

    def reader(self, view="loud", **more):
        window = self.window(self.room)
        window.join(**{"as": view}, **more)
        return window

    def say(self, text):
        """Post `text`, and wait until it is stored."""
        self.bo.say(text)
        return self.bo.hear("message")

    def found(self, view="loud"):
        """Return the first message's translation as JSON."""
        (first, *_others) = self.browser().json(f"{self.room}/messages?as={view}")["messages"]
        return first


class OverSockJS(TranslatedTest):
    def test_the_original_is_sent_first_and_the_translation_later(self):
        reader, plain = self.reader(), self.reader("original")
        self.say("hold the rope")
        message = reader.hear("message")
        self.assertEqual((message["text"], message["view"]), ("hold the rope", {"as": "loud", "state": "pending"}))
        self.assertNotIn("view", plain.hear("message"))
        self.let_go("hold the rope")
        told = {"type": "view", "seq": 1, "as": "loud", "state": "ready", "text": "HOLD THE ROPE"}
        self.assertEqual(reader.hear_view(1), told)

    def test_other_readers_are_not_delayed(self):
        self.addCleanup(self.let_go, "hold everything")
        reader, plain = self.reader(), self.reader("original")
        self.bo.say("hold everything")
        for number in range(20):
            self.bo.say(f"number {number}")
        self.assertEqual([plain.hear("message")["seq"] for _ in range(21)], list(range(1, 22)))
        self.assertEqual([reader.hear("message")["seq"] for _ in range(21)], list(range(1, 22)))

    def test_returning_readers_receive_the_translation(self):
        self.say("hold the line")
        reader = self.reader(after=0)
        self.assertEqual(reader.hear("message")["view"]["state"], "pending")
        self.let_go("hold the line")
        self.assertEqual(reader.hear_view(1)["text"], "HOLD THE LINE")

    def test_another_translation_is_requested_for_existing_messages(self):
        self.say("ahoy there")
        reader = self.reader("original", after=0)
        reader.hear("message")
        reader.send({"type": "as", "as": "loud"})
        reader.send({"type": "read", "seqs": [1]})
        view = reader.hear_view(1)
        self.assertEqual((view["as"], view["text"]), ("loud", "AHOY THERE"))

    def test_a_failure_has_a_reason_and_can_be_retried(self):
        reader = self.reader()
        self.say("fail once please")
        self.assertEqual(reader.hear("message")["view"]["state"], "pending")
        failed = reader.hear_view(1)
        self.assertEqual((failed["state"], failed["reason"]), ("failed", "The parrot is asleep."))
        reader.send({"type": "read", "seqs": [1], "again": True})
        self.assertEqual(reader.hear_view(1)["text"], "FAIL ONCE PLEASE")

    def test_a_single_message_can_use_another_translator(self):
        reader = self.reader("original")
        self.say("ahoy aside")
        reader.hear("message")
        reader.send({"type": "read", "seqs": [1], "as": "loud"})
        view = reader.hear_view(1)
        self.assertEqual((view["as"], view["seq"], view["text"]), ("loud", 1, "AHOY ASIDE"))
        self.say("and back")
        self.assertNotIn("view", reader.hear("message"), "other messages are not translated")

    def test_skipped_messages_can_be_translated_anyway(self):
        reader = self.reader("german")
        self.say("ok")
        skipped = reader.hear("message")["view"]
        self.assertEqual((skipped["state"], skipped["anyway"]), ("skipped", True))
        self.assertEqual(skipped["reason"], "It is too short to tell its language.")
        reader.send({"type": "read", "seqs": [1], "anyway": True})
        self.assertEqual(reader.hear_view(1)["text"], "auf Deutsch: ok")

    def test_translations_of_removed_messages_are_not_sent(self):
        reader = self.reader()
        self.say("hold a mistake")
        owner = self.window(self.room, self.owner)
        owner.join(**{"as": "original"})
        owner.send({"type": "remove", "seq": 1})
        reader.hear("removed")
        self.let_go("hold a mistake")
        self.say("ahoy again")
        events = []
        while not events or events[-1].get("text") != "AHOY AGAIN":
            events.append(reader.next())
        self.assertNotIn("MISTAKE", str(events))

    def test_a_leaving_reader_does_not_cancel_translations(self):
        leaving, staying = self.reader(), self.reader()
        self.say("hold the door")
        for reader in (leaving, staying):
            reader.hear("message")
        leaving.close()
        self.let_go("hold the door")
        self.assertEqual(staying.hear_view(1)["text"], "HOLD THE DOOR")

    def test_invalid_requests_are_rejected(self):
        reader = self.reader()
        for values in (
            {},
            {"seqs": 1},
            {"seqs": [0]},
            {"seqs": ["1"]},
            {"seqs": [1] * 201},
            {"seqs": [1], "again": 1},
            {"seqs": [1], "later": 1},
            {"seqs": [1], "anyway": "yes"},
            {"seqs": [1], "as": "gone"},
            {"seqs": [1], "as": ["loud"]},
        ):
            with self.subTest(values):
                reader.send({"type": "read", **values})
                self.assertEqual(reader.hear("error")["code"], "bad-message")

    def test_the_authors_language_counts(self):
        reader = self.reader("german")
        self.bo.say("das Schiff", lang="de")
        self.assertEqual(reader.hear("message")["view"]["state"], "skipped")
        self.bo.say("the ship", lang="en")
        self.assertEqual(reader.hear_view(2)["text"], "auf Deutsch: the ship")


class AsData(TranslatedTest):
    def test_json_has_finished_translations(self):
        self.say("hold the mast")
        self.assertEqual(self.found()["view"], {"as": "loud", "state": "pending"})
        self.assertNotIn("view", self.found("original"))
        self.let_go("hold the mast")
        wait_until(lambda: self.found()["view"]["state"] != "pending", "the translation")
        self.assertEqual(self.found()["view"], {"as": "loud", "state": "ready", "text": "HOLD THE MAST"})


class OnThePage(TranslatedTest):
    def shown(self, **headers):
        """Return the first message on the page, and its translator."""
        answer = self.browser()._request("GET", f"{self.room}", {"Accept": "text/html", **headers})
        page = html.fromstring(answer.body.decode())
        (view,) = page.xpath("//@data-as")
        return page.xpath("//li[@id='m1']")[0], view

    def message(self):
        answer = self.browser().get(f"{self.room}?as=loud")
        return html.fromstring(answer.body.decode()).xpath("//li[@id='m1']")[0]

    def test_without_javascript_a_reload_shows_the_translation(self):
        self.say("hold the anchor")
        before = self.message()
        self.assertEqual(before.get("data-view"), "pending")
        self.assertEqual(before.xpath("string(*[@class='text'])"), "hold the anchor")
        self.assertIn("Translating…", before.xpath("string(p[@class='note'])"))
        self.let_go("hold the anchor")
        wait_until(lambda: self.message().get("data-view") == "ready", "the translation")
        self.assertEqual(self.message().xpath("string(*[@class='text'])"), "HOLD THE ANCHOR")
        self.assertIn("hold the anchor", self.message().xpath("string(details)"))

    def test_the_browsers_language_is_the_default(self):
        self.say("ahoy")
        for accepted, view in [
            ("de-AT,de;q=0.9,en;q=0.5", "german"),
            ("de", "german"),
            ("fr", "original"),
            ("", "original"),
        ]:
            with self.subTest(accepted=accepted):
                self.assertEqual(self.shown(**{"Accept-Language": accepted})[1], view)

    def test_third_parties_are_offered_if_the_owner_allows_it(self):
        def offered():
            page = html.fromstring(self.browser().get(self.room).body.decode())
            return page.xpath("//nav[@id='views']//@data-view")

        self.assertEqual(offered(), ["original", "loud", "german"])
        window = self.window(self.room)
        self.assertEqual(window.join(**{"as": "abroad"})["as"], "original")
        owner = self.window(self.room, self.owner)
        owner.join()
        owner.send({"type": "room", "third_party_translation": True})
        owner.hear("room")
        self.assertEqual(offered(), ["original", "loud", "german", "abroad"])
        self.assertEqual(self.window(self.room).join(**{"as": "abroad"})["as"], "abroad")
