"""The topic of a room over HTTP: its form, and its representations."""

import re

from tests.support.pages import PagesTest, Visitor


class TopicTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()

    def set(self, topic):
        self.owner.visit(self.path).send(f"{self.path}/settings", title="The Room", slow="0", topic=topic)

    def answer(self, below):
        return Visitor().visit(f"{self.path}/{below}").json

    def test_the_topic_is_translated_for_the_reader(self):
        self.set(" Hello,\n my  friend ")
        told = self.answer("messages?as=pirate")
        self.assertEqual(told["topic"], "Hello, my friend")
        self.assertEqual((told["topic_view"]["as"], told["topic_view"]["state"]), ("pirate", "ready"))
        self.assertNotEqual(told["topic_view"]["text"], told["topic"])
        (change,) = self.answer("changes?since=0&as=pirate")["changes"]
        self.assertEqual((change["topic"], change["topic_view"]), (told["topic"], told["topic_view"]))
        self.assertNotIn("topic_view", self.answer("messages"))
        self.assertEqual(self.answer("export.json")["topic"], "Hello, my friend")

    def test_changes_of_the_topic_are_in_the_moderation_log(self):
        self.set("Ahoy")
        self.set("")
        says = [
            re.sub("[\u2068\u2069]", "", entry["says"])
            for entry in self.owner.visit(f"{self.path}/log").json["moderation_log"]
        ]
        self.assertEqual(says[:2], ["Topic removed: Ahoy", "Topic: Ahoy"])

    def test_long_topics_are_rejected(self):
        for topic in ("x" * 501, "\u202e" * 3):
            self.owner.visit(self.path).send(f"{self.path}/settings", title="The Room", slow="0", topic=topic)
            self.assertIn(self.owner.status, (400, 413))
        self.assertEqual(self.answer("messages")["topic"], "")

    def test_a_form_without_a_topic_keeps_the_topic(self):
        self.set("Ahoy")
        self.owner.visit(self.path).send(f"{self.path}/settings", title="Another", slow="0")
        self.assertEqual(self.answer("messages")["topic"], "Ahoy")
