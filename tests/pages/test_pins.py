"""Pinned messages over HTTP."""

from tests.support.pages import PagesTest, Visitor


class PinsTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.fill(self.path, 60)

    def do(self, seq, what):
        self.owner.visit(self.path).send(f"{self.path}/messages/{seq}/{what}")
        return self.owner

    def answer(self, below):
        return Visitor().visit(f"{self.path}/{below}").json

    def test_they_are_read_by_the_reader_however_old(self):
        for seq in (40, 2):
            self.do(seq, "pin")
        found = self.answer("pinned?as=pirate")
        self.assertEqual([message["seq"] for message in found["messages"]], [40, 2])
        self.assertEqual({(each["view"]["as"], each["pinned"]) for each in found["messages"]}, {("pirate", True)})
        self.assertEqual(self.answer("messages")["pinned"], [40, 2])
        self.assertEqual(self.answer("changes?since=0")["changes"], [{"type": "pinned", "seqs": [40, 2], "rev": 2}])
        self.assertEqual(Visitor().visit(f"{self.path}/pinned?as=nobody").status, 400)

    def test_what_is_removed_is_not_among_them(self):
        self.do(2, "pin")
        self.do(2, "remove")
        self.assertEqual((self.answer("pinned")["messages"], self.answer("messages")["pinned"]), ([], []))
        self.assertShows(self.do(2, "pin"), 400, "removed")

    def test_forms_lead_back_to_the_message(self):
        self.assertEqual(self.do(60, "pin").path, f"{self.path}#m60")
        self.assertEqual(self.do(60, "unpin").path, f"{self.path}#m60")
        self.assertEqual(self.answer("pinned")["messages"], [])

    def test_not_too_many(self):
        for seq in range(1, 22):
            self.do(seq, "pin")
        self.assertEqual(self.owner.status, 409)
        self.assertEqual(len(self.answer("pinned")["messages"]), 20)
