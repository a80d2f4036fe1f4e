"""Reactions over HTTP: by forms, and as data."""

from urllib.parse import quote

from tests.support.pages import PagesTest, Visitor


class ReactionsTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.bo = Visitor().visit(self.path).say("Ahoy", "Bo")

    def react(self, who, emoji="👍", **more):
        who.visit(self.path).send(f"{self.path}/messages/1/react", emoji=emoji, **more)
        return who

    def answer(self, below, who=None):
        return (who or Visitor()).visit(f"{self.path}/{below}").json

    def test_readers_get_their_own_reactions(self):
        self.react(self.bo)
        self.assertEqual(self.bo.path, f"{self.path}#m1")
        reaction = {"emoji": "👍", "count": 1, "names": ["Bo"]}
        for who, yours in ((self.bo, True), (self.owner, False)):
            expected = [{**reaction, "yours": yours}]
            self.assertEqual(self.answer("messages", who)["messages"][0]["reactions"], expected)
            self.assertEqual(self.answer("messages/1/reactions", who)["reactions"], expected)
            (change,) = self.answer("changes?since=0", who)["changes"]
            self.assertEqual(change, {"type": "reactions", "seq": 1, "reactions": expected, "rev": 1})
        self.assertEqual(self.answer("export.json")["messages"][0]["reactions"], [reaction])

    def test_pages_show_the_authors_of_reactions(self):
        for who in (self.bo, self.owner):
            self.react(who, "❤")
        found = self.answer(f"messages/1/reactions?emoji={quote('❤')}")
        self.assertEqual((found["emoji"], found["count"], sorted(found["names"])), ("❤️", 2, sorted(found["names"])))
        self.assertEqual(len(found["names"]), 2)
        self.assertEqual(self.answer(f"messages/1/reactions?emoji={quote('👍')}")["names"], [])
        self.assertEqual(Visitor().visit(f"{self.path}/messages/1/reactions?emoji=x").status, 400)

    def test_a_reaction_is_removed(self):
        self.react(self.bo)
        self.react(self.bo, on="0")
        self.assertNotIn("reactions", self.answer("messages")["messages"][0])

    def test_invalid_reactions(self):
        self.assertEqual(self.react(self.bo, "hm").status, 400)
        self.assertEqual(self.react(Visitor().visit(self.path)).status, 400)
        self.assertEqual(self.answer("messages")["rev"], 0)
