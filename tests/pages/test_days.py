"""The log from a day on, over HTTP: as a page and as data."""

import urllib.parse
from datetime import datetime
from unittest import mock

from piratechat.model.commands import Say
from tests.support.pages import PAGES, PagesTest, Visitor


class DaysTest(PagesTest):
    """Two messages around midnight UTC, and one three days later."""

    def setUp(self):
        _owner, self.path = self.room()
        slug = self.path.rpartition("/")[2]
        for at in ("2030-01-01T23:30+00:00", "2030-01-02T00:30+00:00", "2030-01-05T12:00+00:00"):
            now = int(datetime.fromisoformat(at).timestamp() * 1e9)
            with mock.patch("time.time_ns", return_value=now):
                PAGES.services.committer.perform(Say(slug, "somebody", at, name="Somebody"))

    def seqs(self, query):
        return [message["seq"] for message in Visitor().visit(f"{self.path}/messages?{query}").json["messages"]]

    def test_a_day_begins_with_its_first_message(self):
        self.assertEqual(self.seqs("on=2030-01-01"), [1, 2, 3])
        self.assertEqual(self.seqs("on=2030-01-02"), [2, 3])
        self.assertEqual(self.seqs("on=2030-01-03"), [3], "messages of later days are included")
        self.assertEqual(self.seqs("on=2030-01-06"), [])
        self.assertEqual(self.seqs("on=0001-01-01&limit=1"), [1])
        self.assertEqual(self.seqs("on=9999-12-31"), [])

    def test_a_day_can_be_combined_with_other_parameters(self):
        self.assertEqual(self.seqs("on=2030-01-01&limit=1"), [1])
        self.assertEqual(self.seqs("on=2030-01-02&before=3"), [2])
        self.assertEqual(self.seqs("on=2030-01-01&after=2"), [3])

    def test_a_day_depends_on_the_time_zone(self):
        self.assertEqual(self.seqs("on=2030-01-02&zone=Europe/Berlin"), [1, 2, 3])
        self.assertEqual(self.seqs("on=2030-01-02&zone=America/New_York"), [3])

    def test_the_page_begins_there(self):
        self.assertEqual(len(Visitor().visit(f"{self.path}?on=2030-01-02").messages), 2)
        page = Visitor().visit(f"{self.path}?on=2030-01-03&as=original")
        self.assertEqual(page.messages, ["2030-01-05T12:00+00:00"])
        self.assertTrue(page.texts("#older a"))
        self.assertEqual(Visitor().visit(f"{self.path}?on=2031-01-01").messages, page.messages)

    def test_the_first_message_is_marked_and_scrolled_to(self):
        for day, first in (("2030-01-02", 2), ("2030-01-03", 3), ("2031-01-01", 3)):
            page = Visitor().visit(f"{self.path}?on={day}").page
            (marked,) = page.cssselect("#messages > [aria-current][autofocus]")
            self.assertEqual(marked.get("id"), f"m{first}")

    def test_forms_lead_to_a_day(self):
        for place, css in (("?as=original", "#more #day form"), ("/search?as=pirate", "main > #day form")):
            visitor = Visitor().visit(f"{self.path}{place}")
            form = visitor.the(css)
            query = urllib.parse.urlencode({**dict(form.form_values()), "on": "2030-01-02"})
            visitor.visit(f"{form.get('action').partition('?')[0]}?{query}")
            self.assertEqual([each.get("id") for each in visitor.page.cssselect("#messages > .message")], ["m2", "m3"])

    def test_in_an_empty_room(self):
        _owner, empty = self.room("An empty one")
        self.assertEqual(Visitor().visit(f"{empty}?on=2030-01-02").status, 200)
        self.assertEqual(Visitor().visit(f"{empty}/messages?on=2030-01-02").json["messages"], [])

    def test_invalid_days_and_zones(self):
        for wrong in ("x", "2030-02-30", "2030-1-1", "20300101", "2030-01-01T10:00", "", "203%D9%A0-01-01"):
            self.assertRefused(f"on={wrong}", "on must be a day")
        for wrong in ("x", "Europe", "../../etc/passwd", "/etc/passwd", "Europe/Berlin/", "a" * 1000, "", "%00"):
            self.assertRefused(f"on=2030-01-01&zone={wrong}", "zone must be the name of a time zone")

    def assertRefused(self, query, words):
        with self.subTest(query):
            self.assertShows(Visitor().visit(f"{self.path}?{query}"), 400, words)
            answer = Visitor().visit(f"{self.path}/messages?{query}")
            self.assertEqual(answer.status, 400)
            self.assertIn(words, answer.json["error"])


class ExportTest(PagesTest):
    def export(self, path, query=""):
        lines = Visitor().visit(f"{path}/export.txt{query}").contents.splitlines()
        return [line.split(": ", 1)[1] for line in lines]

    def test_an_export_is_translated_for_the_reader(self):
        owner, path = self.room()
        owner.say("where is my friend?").say("a secret").say("zzz")
        owner.send(f"{path}/messages/2/remove")
        self.assertEqual(self.export(path), ["where is my friend?", "(removed)", "zzz"])
        self.assertEqual(self.export(path, "?as=original"), ["where is my friend?", "(removed)", "zzz"])
        self.assertEqual(self.export(path, "?as=pirate")[:2], ["where be me hearty?", "(removed)"])
        self.assertShows(Visitor().visit(f"{path}/export.txt?as=nobody"), 400, "pirate")

    def test_the_page_has_a_form_for_exports(self):
        owner, path = self.room()
        owner.say("where is my friend?")
        reader = Visitor().visit(f"{path}?as=pirate")
        form = reader.the("#download form")
        self.assertEqual(dict(form.form_values()), {"as": "pirate"}, "the selected translator")
        self.assertEqual(form.get("action"), f"{path}/export.txt")
        self.assertEqual(form.inputs["as"].value_options[:2], ["pirate", "original"])
        self.assertEqual(self.export(path, "?as=pirate"), ["where be me hearty?"])

    def test_no_back_end_is_called_and_untranslated_messages_are_marked(self):
        owner, path = self.room()
        owner.say("where is my friend?")
        engine = PAGES.services.engine
        with (
            mock.patch.object(engine, "read", side_effect=AssertionError),
            mock.patch.object(engine, "known", return_value=None),
        ):
            self.assertEqual(self.export(path, "?as=pirate"), ["[original] where is my friend?"])
