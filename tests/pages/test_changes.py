"""The changes of a room over HTTP, for programs."""

from unittest import mock

from piratechat.model import changes
from piratechat.model.commands import Change, RemoveMany
from tests.support.pages import PAGES, PagesTest, Visitor


class ChangesTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.fill(self.path, 5)
        self.slug = self.path.rpartition("/")[2]

    def do(self, command, *values):
        return PAGES.services.committer.perform(command(self.slug, "", *values, by="operator"))

    def answer(self, query, browser=None):
        return (browser or Visitor()).visit(f"{self.path}/changes?{query}").json

    def test_a_room_without_changes(self):
        answer = self.answer("since=0")
        self.assertRegex(answer.pop("epoch"), "^[0-9a-f]{16}$")
        self.assertEqual(answer, {"room": self.slug, "last": 6, "rev": 0, "changes": [], "more": False})

    def test_changes_have_the_current_state(self):
        for what in ("2/remove", "3/remove", "3/restore"):
            self.owner.send(f"{self.path}/messages/{what}")
        self.do(Change, {"title": "The Ship", "slow": 3})
        self.do(RemoveMany, [4, 5])
        self.do(Change, {"title": "The Cabin"})
        answer = self.answer("since=0&as=original")
        self.assertEqual((answer["rev"], answer["more"]), (6, False))
        message = answer["changes"].pop(1)
        self.assertEqual((message["type"], message["rev"], message["text"]), ("message", 3, "number 3"))
        self.assertEqual(
            answer["changes"],
            [
                {"type": "removed", "seq": 2, "rev": 1, "by": "owner"},
                {"type": "room", "slow": 3, "rev": 4},
                {"type": "removed", "seqs": [4, 5], "rev": 5, "by": "operator"},
                {"type": "room", "title": "The Cabin", "rev": 6},
            ],
        )
        self.assertEqual([each["rev"] for each in self.answer("since=4")["changes"]], [5, 6])
        self.assertEqual(self.answer("since=6")["changes"], [])

    def test_changes_are_paginated(self):
        for slow in range(1, 6):
            self.do(Change, {"slow": slow})
            self.owner.send(f"{self.path}/messages/{slow}/remove")
        since, revs, more = 0, [], True
        while more:
            answer = self.answer(f"since={since}&limit=2")
            self.assertLessEqual(len(answer["changes"]), 2)
            revs += [each["rev"] for each in answer["changes"]]
            since, more = revs[-1], answer["more"]
        self.assertEqual(revs, [2, 4, 6, 8, 9, 10])

    def test_invalid_positions_cause_a_reset(self):
        epoch = self.answer("since=0")["epoch"]
        self.do(Change, {"slow": 1})
        self.assertEqual(len(self.answer(f"since=0&epoch={epoch}")["changes"]), 1)
        for query in ("since=2", "since=0&epoch=0123456789abcdef", "since=0&epoch="):
            answer = self.answer(query)
            self.assertTrue(answer["reset"], query)
            self.assertEqual((answer["last"], answer["rev"], answer["epoch"]), (6, 1, epoch))
            self.assertNotIn("changes", answer)

    def test_expired_changes_cause_a_reset(self):
        with mock.patch.object(changes, "MAX_CHANGES", 16):
            for slow in range(1, 50):
                self.do(Change, {"slow": slow})
        self.assertTrue(self.answer("since=5")["reset"])
        self.assertEqual(self.answer("since=40")["changes"], [{"type": "room", "slow": 49, "rev": 49}])

    def test_invalid_parameters_are_rejected(self):
        for query in ("", "since=-1", "since=x", "since=0&limit=201", "since=0&limit=0", "since=0&as=nobody"):
            browser = Visitor()
            browser.raiseHttpErrors = False
            answer = browser.visit(f"{self.path}/changes?{query}")
            self.assertEqual(answer.status, 400, query)
            self.assertIn("error", answer.json)

    def test_messages_have_the_numbers_too(self):
        self.do(Change, {"slow": 1})
        answer = Visitor().visit(f"{self.path}/messages?limit=1").json
        changed = self.answer("since=0")
        for name in ("room", "epoch", "last", "rev"):
            self.assertEqual(answer[name], changed[name])
