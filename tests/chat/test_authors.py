"""Changes that authors make to their messages: editing, removing and erasing."""

import json

from piratechat.rate_limits import CHANGING
from tests.support.chat_servers import CHAT
from tests.support.chatting import ChatTest


class AuthorsTest(ChatTest):
    layer = CHAT

    def setUp(self):
        super().setUp()
        self.owner, self.path = self.open_room()
        self.bo_browser = self.browser().visit(self.path)
        self.bo = self.window(self.path, self.bo_browser)
        self.bo.join(name="Bo")
        self.bo.say("the pasword is 1234", nonce="n1")
        self.bo.hear("message")

    def asked(self, window, **values):
        """Return the response to a request of `window`: `done` or `error`."""
        window.send({**values, "nonce": "asked"})
        while True:
            event = window.next()
            if event["type"] in ("done", "error") and event.get("nonce") == "asked":
                return event

    def edit(self, text, **others):
        return self.asked(self.bo, type="edit", seq=1, text=text, **others)

    def history(self, browser):
        return browser.get(f"{self.path}/messages/1/history", "application/json")


class Editing(AuthorsTest):
    def test_readers_receive_the_new_text_marked_as_edited(self):
        cleo = self.visitor(self.path, "Cleo")
        self.assertEqual(self.edit("the password is 1234", lang="en"), {"type": "done", "nonce": "asked", "rev": 1})
        event = cleo.hear("message")
        self.assertEqual((event["seq"], event["text"]), (1, "the password is 1234"))
        self.assertEqual((event["lang"], event["rev"]), ("en", 1))
        self.assertGreater(event["edited"], event["at"])
        self.assertEqual(event["view"]["state"], "ready")
        self.assertNotIn("nonce", event)
        listed = self.browser().json(f"{self.path}/messages")["messages"]
        exported = self.browser().json(f"{self.path}/export.json")["messages"]
        for found in (*listed, *exported):
            self.assertEqual((found["text"], found["edited"]), (event["text"], event["edited"]))
        self.assertIn("the password is 1234", self.browser().get(f"{self.path}/export.txt").body.decode())
        self.assertIn("the password is 1234", self.browser().get(f"{self.path}?as=original").body.decode())

    def test_a_returning_reader_receives_the_change(self):
        self.edit("the password is 1234")
        welcome = self.window(self.path)
        epoch = welcome.join()["epoch"]
        late = self.window(self.path)
        late.join(after=1, since=0, epoch=epoch)
        event = late.hear("message")
        self.assertEqual((event["seq"], event["text"], event["rev"]), (1, "the password is 1234", 1))
        self.assertEqual(late.next(), {"type": "current", "last": 1, "rev": 1})
        (change,) = self.browser().json(f"{self.path}/changes?since=0")["changes"]
        self.assertEqual((change["type"], change["text"]), ("message", "the password is 1234"))

    def test_an_edit_counts_as_a_message(self):
        self.assertEqual(self.edit("")["code"], "bad-message")
        self.assertEqual(self.edit("x" * 4001)["code"], "too-long")
        self.assertEqual(self.asked(self.bo, type="edit", seq=2, text="Aye")["code"], "bad-message")

    def test_earlier_versions_are_for_the_author_and_the_owner(self):
        self.edit("the password is 1234")
        for browser in (self.bo_browser, self.owner):
            answer = json.loads(self.history(browser).body)
            self.assertEqual(answer["seq"], 1)
            self.assertEqual(
                [each["text"] for each in answer["history"]], ["the pasword is 1234", "the password is 1234"]
            )
        self.assertEqual(self.history(self.browser().visit(self.path)).status, 403)

    def test_editing_by_a_form(self):
        answer = self.bo_browser.post(f"{self.path}/messages/1/edit", text="by a form", lang="en")
        self.assertEqual((answer.status, answer["Location"].rpartition("#")[2]), (303, "m1"))
        self.assertEqual(self.bo.hear("message")["text"], "by a form")
        refused = self.bo_browser.post(f"{self.path}/messages/1/edit", text="y" * 4001)
        self.assertEqual(refused.status, 413)
        self.assertEqual(self.owner.post(f"{self.path}/messages/1/edit", text="not mine").status, 403)


class TakingBack(AuthorsTest):
    def test_authors_remove_and_restore_their_messages(self):
        cleo = self.visitor(self.path, "Cleo")
        self.assertEqual(self.asked(self.bo, type="remove", seq=1)["rev"], 1)
        self.assertEqual(cleo.hear("removed"), {"type": "removed", "seq": 1, "rev": 1, "by": "author"})
        (listed,) = self.browser().json(f"{self.path}/messages")["messages"]
        self.assertEqual((listed["text"], listed["removed"], listed["by"]), ("", True, "author"))
        self.assertEqual(self.asked(self.bo, type="restore", seq=1)["rev"], 2)
        self.assertEqual(cleo.hear("message")["text"], "the pasword is 1234")
        self.assertEqual(self.owner.json(f"{self.path}/log")["moderation_log"], [])

    def test_authors_cannot_restore_messages_removed_by_the_owner(self):
        self.owner.post(f"{self.path}/messages/1/remove")
        self.assertEqual(self.asked(self.bo, type="restore", seq=1)["code"], "not-allowed")
        self.assertEqual(self.bo_browser.post(f"{self.path}/messages/1/restore").status, 403)

    def test_removed_text_is_for_the_author_and_the_owner_only(self):
        cleo = self.browser().visit(self.path)
        cleo.post(f"{self.path}/messages", text="hello", name="Cleo")
        for remover in (self.bo_browser, self.owner):
            remover.post(f"{self.path}/messages/1/remove")
            for browser, sees in ((self.bo_browser, True), (self.owner, True), (cleo, False), (self.browser(), False)):
                for path in (f"{self.path}/messages", f"{self.path}/messages/1"):
                    told = json.loads(browser.get(path, "application/json").body)
                    message = told["messages"][0] if "messages" in told else told
                    self.assertEqual(message.get("removed_text"), "the pasword is 1234" if sees else None)
                    self.assertEqual(message["text"], "")
                for path in (self.path, f"{self.path}/messages/1"):
                    self.assertEqual("1234" in browser.get(path).body.decode(), sees)
        self.bo_browser.post(f"{self.path}/messages/1/erase")
        for browser in (self.bo_browser, self.owner):
            self.assertNotIn("removed_text", browser.json(f"{self.path}/messages")["messages"][0])

    def test_a_returning_author_can_request_removed_text(self):
        epoch = self.bo.join()["epoch"]
        self.asked(self.bo, type="remove", seq=1)
        late = self.window(self.path, self.bo_browser)
        late.join(after=1, since=0, epoch=epoch)
        self.assertEqual(late.next(), {"type": "removed", "seq": 1, "rev": 1, "by": "author"})
        (change,) = self.bo_browser.json(f"{self.path}/changes?since=0")["changes"]
        self.assertEqual(change, {"type": "removed", "seq": 1, "rev": 1, "by": "author"})

    def test_an_owner_prevents_the_author_from_restoring(self):
        self.assertEqual(self.asked(self.bo, type="remove", seq=1)["rev"], 1)
        self.assertIn("Keep removed", self.owner.get(f"{self.path}/messages/1").body.decode())
        self.assertEqual(self.owner.post(f"{self.path}/messages/1/remove").status, 303)
        self.assertEqual(self.bo.hear("removed"), {"type": "removed", "seq": 1, "rev": 2, "by": "owner"})
        self.assertEqual(self.asked(self.bo, type="restore", seq=1)["code"], "not-allowed")
        self.assertNotIn("Keep removed", self.owner.get(f"{self.path}/messages/1").body.decode())
        (entry,) = self.owner.json(f"{self.path}/log")["moderation_log"]
        self.assertEqual((entry["what"], entry["seq"]), ("removed", 1))
        (change,) = self.browser().json(f"{self.path}/changes?since=0")["changes"]
        self.assertEqual(change, {"type": "removed", "seq": 1, "rev": 2, "by": "owner"})

    def test_an_erased_text_is_nowhere(self):
        cleo = self.visitor(self.path, "Cleo")
        self.edit("the password is 5678")
        cleo.hear("message")
        self.assertEqual(self.asked(self.bo, type="erase", seq=1)["rev"], 2)
        self.assertEqual(cleo.hear("erased"), {"type": "erased", "seqs": [1], "rev": 2})
        (listed,) = self.owner.json(f"{self.path}/messages?as=pirate")["messages"]
        self.assertEqual({**listed, "at": ""}, {"seq": 1, "at": "", "author": "Bo", "text": "", "erased": True})
        self.assertEqual(self.history(self.owner).status, 404)
        for path in ("", "/messages/1", "/messages", "/changes?since=0", "/export.json", "/export.txt"):
            body = self.owner.get(f"{self.path}{path}").body.decode()
            self.assertNotRegex(body, "1234|5678", path)
        (change,) = self.owner.json(f"{self.path}/changes?since=0")["changes"]
        self.assertEqual(change, {"type": "erased", "seqs": [1], "rev": 2})
        self.assertEqual(self.asked(self.bo, type="restore", seq=1)["code"], "bad-message")

    def test_an_owner_who_erases_is_in_the_moderation_log(self):
        self.assertEqual(self.owner.post(f"{self.path}/messages/1/erase").status, 303)
        self.assertEqual(self.bo.hear("erased")["seqs"], [1])
        (entry,) = self.owner.json(f"{self.path}/log")["moderation_log"]
        self.assertEqual((entry["what"], entry["seq"]), ("erased", 1))

    def test_a_returning_reader_receives_the_erasure(self):
        self.asked(self.bo, type="erase", seq=1)
        epoch = self.window(self.path).join()["epoch"]
        late = self.window(self.path)
        late.join(after=1, since=0, epoch=epoch)
        self.assertEqual(late.next(), {"type": "erased", "seqs": [1], "rev": 1})
        self.assertEqual(late.next(), {"type": "current", "last": 1, "rev": 1})


class TooOften(AuthorsTest):
    def test_changes_for_all_readers_are_rate_limited(self):
        window = self.window(self.path, self.owner)
        window.join()
        kinds = (
            {"type": "pin", "seq": 1, "on": True},
            {"type": "room", "topic": "Ours"},
            {"type": "remove", "seq": 1},
            {"type": "restore", "seq": 1},
            {"type": "mute", "name": "Bo"},
            {"type": "unmute", "name": "Bo"},
        )
        answers = [self.asked(window, **kinds[0]) for _ in range(2 * CHANGING[1])]
        self.assertEqual([answer["type"] for answer in answers[: CHANGING[1]]], ["done"] * CHANGING[1])
        refused = next(answer for answer in answers if answer["type"] == "error")
        self.assertEqual((refused["code"], refused["nonce"]), ("rate-limited", "asked"))
        self.assertGreater(refused["retry_after"], 0)
        for values in kinds:
            with self.subTest(values["type"]):
                events = [self.asked(window, **values) for _ in range(CHANGING[1])]
                self.assertIn("rate-limited", [event.get("code") for event in events])


class WithoutACookie(AuthorsTest):
    def test_clients_at_the_same_address_cannot_change_messages(self):
        program = self.window(self.path)
        program.join(name="Program")
        program.say("ahoy", nonce="n")
        program.hear("message")
        for values in ({"type": "edit", "text": "aye"}, {"type": "remove"}, {"type": "erase"}):
            with self.subTest(values):
                answer = self.asked(program, seq=2, **values)
                self.assertEqual(answer["code"], "not-allowed")
                self.assertIn("cookie", answer["message"])


class Answering(AuthorsTest):
    def test_a_reply_has_its_reference_and_mentions(self):
        cleo = self.visitor(self.path, "Cleo")
        cleo.say("@Bo, nobody is to know", nonce="n2", reply_to=1)
        for window in (cleo, self.bo):
            event = window.hear("message")
            self.assertEqual(event["reply_to"], {"seq": 1, "author": "Bo"})
            self.assertEqual(event["mentions"], [[0, 3, "Bo"]])
        self.asked(self.bo, type="erase", seq=1)
        for path in ("messages", "export.json"):
            _first, answer = self.browser().json(f"{self.path}/{path}")["messages"]
            self.assertEqual((answer["reply_to"], answer["mentions"]), ({"seq": 1, "author": ""}, [[0, 3, "Bo"]]))
        self.assertIn("(in reply to 1)", self.browser().get(f"{self.path}/export.txt").body.decode())
        cleo.say("too late", nonce="n3", reply_to=1)
        self.assertEqual(cleo.hear("error")["code"], "bad-message")
        self.assertEqual(self.asked(cleo, type="edit", seq=2, text="@Bo, @Cleo knows")["type"], "done")
        self.assertEqual(self.bo.hear("message")["mentioned"], ["Cleo"])

    def test_replying_by_a_form(self):
        self.assertEqual(self.bo_browser.post(f"{self.path}/messages", text="forget it", reply_to="1").status, 303)
        self.assertEqual(self.bo.hear("message")["reply_to"], {"seq": 1, "author": "Bo"})
        for wrong in ("x", "99", "-1", "9" * 30):
            self.assertEqual(self.bo_browser.post(f"{self.path}/messages", text="x", reply_to=wrong).status, 400)
