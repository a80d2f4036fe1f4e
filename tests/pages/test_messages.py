"""A message on the room's page, as rendered by the server."""

import json
import os
import re
from html import escape
from unittest import TestCase, mock

import gevent

from piratechat.model.events import Message
from piratechat.model.links import Link
from piratechat.translators.registry import TranslatorRegistry
from piratechat.views.authors import initial
from piratechat.views.message_list import as_html, shown
from tests.support.engines import TIMEOUT, BackEnd
from tests.support.pages import HOSTILE, PagesTest, Visitor
from tests.support.paths import TOP

NOON = 1_795_262_400_000  # 21 November 2026, 12:00 UTC
MINUTE = 60_000


def kinds(*said):
    """Return the classes and days of messages given as (author, milliseconds since noon)."""
    messages = [Message(seq, NOON + at, author, "Ahoy") for seq, (author, at) in enumerate(said, 1)]
    found = shown(messages, lambda _message: None, lambda _message: None, lambda name: name == "Ada", ("Bo", "Bob"))
    return [(each["class"].removeprefix("message").strip(), each["day"]) for each in found]


class GroupsTest(TestCase):
    def test_messages_of_an_author_are_grouped_for_five_minutes(self):
        self.assertEqual(
            kinds(("Cy", 0), ("Cy", 5 * MINUTE), ("Cy", 10 * MINUTE + 1), ("Bo", 11 * MINUTE), ("Cy", 11 * MINUTE)),
            [("", "21 November 2026"), ("again", None), ("", None), ("own", None), ("", None)],
        )

    def test_groups_end_at_midnight(self):
        night = 12 * 60 * MINUTE
        self.assertEqual(
            kinds(("Ada", night - 1), ("Ada", night)),
            [("by-owner", "21 November 2026"), ("by-owner", "22 November 2026")],
        )

    def test_messages_under_a_former_name_are_own_messages(self):
        self.assertEqual([kind for kind, _day in kinds(("Bo", 0), ("Bob", 1))], ["own", "own"])

    def test_removed_messages_are_marked(self):
        removed = Message(1, NOON, "Ada", "", removed=True)
        (found,) = shown([removed], lambda _message: None, lambda _message: None, lambda _name: False, ("Ada",))
        self.assertEqual(found["class"], "message own removed")


class ContextTest(PagesTest):
    def test_pages_pass_context_to_translators_that_accept_context(self):
        _owner, room = self.room()
        for text, name in (("One.", "Bo"), ("Two.", "Cy"), ("Three.", "Di")):
            Visitor().visit(room).say(text, name)
        model = BackEnd(name="model", context=2)
        self.enterContext(mock.patch.object(TranslatorRegistry, "of", return_value={"model": model}))
        Visitor().visit(f"{room}?as=model")
        with gevent.Timeout(TIMEOUT, AssertionError("they are not translated")):
            while len(model.texts) < 3:
                gevent.sleep(0.001)
        asked = dict(zip(model.texts, model.befores, strict=True))
        self.assertEqual(asked, {"One.": [], "Two.": ["One."], "Three.": ["One.", "Two."]})


class AuthorsTest(PagesTest):
    def test_the_initial_of_a_name(self):
        with open(os.path.join(TOP, "tests", "pages_js", "initials.json")) as file:
            cases = json.load(file)
        for name, begins in cases:
            with self.subTest(name):
                self.assertEqual(initial(name), begins)

    def test_a_message_has_the_initial_of_its_author(self):
        _owner, room = self.room()
        for name in ("العربية", "👩🏽‍🚀 Sally", "x"):
            Visitor().visit(room).say("Ahoy", name)
        messages = Visitor().visit(room).page.cssselect("#messages .message")
        self.assertEqual([one.get("data-initial") for one in messages], ["ا", "👩🏽‍🚀", "x"])  # noqa: RUF001


class HtmlTest(TestCase):
    def test_everything_is_escaped(self):
        marks = ("`{}`", "```{}```", "```\n{}\n```", "{} `b`", "*{}*x*", "**a {}**", "> {}", "- {}", "1. {}")
        for text in (HOSTILE, *(mark.format(HOSTILE) for mark in marks)):
            with self.subTest(text):
                made = as_html(text, ())
                self.assertIn(escape(HOSTILE), made)
                self.assertNotIn("<img", made)

    def test_mentions_are_whole_words_in_scripts_with_spaces(self):
        for text, marked in (
            ("@Bobby, x@Bob and @bob", ["@bob"]),
            ("看@Bob的, @민수님", ["@Bob", "@민수"]),
            ("\uff20Bob! @Bob_ @Bob1", ["\uff20Bob"]),
        ):
            with self.subTest(text):
                made = as_html(text, (), {"Bob": True, "민수": False})
                self.assertEqual(re.findall('<span class="mention[^>]*>([^<]*)</span>', made), marked)

    def test_links_are_whole_words(self):
        made = as_html('x"><b>', [Link(0, 6, 'https://a.example/"onclick="alert(1)')])
        self.assertEqual(
            made,
            '<a href="https://a.example/&quot;onclick=&quot;alert(1)" rel="nofollow noopener noreferrer"'
            ' target="_blank">x&quot;&gt;&lt;b&gt;</a>',
        )


class LinksTest(PagesTest):
    def anchors(self, browser, place="#m1 > .text"):
        return [
            (one.text, one.get("href"), one.get("rel"), one.get("target"))
            for one in browser.page.cssselect(f"{place} a")
        ]

    def test_links_open_other_sites_without_a_referrer(self):
        owner, _ = self.room()
        owner.say("this is https://example.org/is?a=1&b=2, or münchen.de and ada@example.org")
        safe = ("nofollow noopener noreferrer", "_blank")
        expected = [
            ("https://example.org/is?a=1&b=2", "https://example.org/is?a=1&b=2", *safe),
            ("münchen.de", "http://münchen.de", *safe),
            ("ada@example.org", "mailto:ada@example.org", *safe),
        ]
        self.assertEqual(self.anchors(owner), expected)
        self.assertEqual(self.anchors(owner, "#m1 .original"), expected)

    def test_unsafe_links(self):
        owner, _ = self.room()
        owner.say(
            f'javascript:alert(1) data:text/html,<b> https://a.example/"onclick="alert(1) https://b.example/{HOSTILE}'
        )
        for anchor in owner.page.cssselect("#messages .text a, #messages .original a"):
            self.assertTrue(anchor.get("href").startswith("https://"), anchor.get("href"))
            self.assertEqual(sorted(anchor.keys()), ["href", "rel", "target"])
        self.assertEqual(owner.page.cssselect("#messages img, #messages script, #messages b:not(.author)"), [])

    def test_code(self):
        owner, room = self.room()
        owner.say("run `is https://a.example`:\n```\n<is>\n```\nthis is it")
        reader = Visitor().visit(f"{room}?as=original")
        self.assertEqual(reader.texts("#m1 > .text code"), ["`is https://a.example`", "``` <is> ```"])
        self.assertEqual(reader.texts("#m1 > .text [hidden]"), ["`", "`", "```", "```"])
        self.assertEqual(self.anchors(reader), [])

    def test_formatting_preserves_the_text(self):
        owner, room = self.room()
        said = "> *Who*?\n- **Bo**\n1. ~~Ada~~"
        owner.say(said)
        owner.say("🦜🦜")
        reader = Visitor().visit(f"{room}?as=original")
        self.assertEqual(reader.the("#m1 > .text").text_content(), said)
        self.assertEqual(
            [reader.texts(f"#m1 > .text {place}") for place in ("blockquote em", "ul strong", "ol s")],
            [["*Who*"], ["**Bo**"], ["~~Ada~~"]],
        )
        self.assertEqual(reader.the("#m2 > .text").get("class"), "text large")
        self.assertEqual(owner.visit(f"{room}/messages?as=original").json["messages"][0]["text"], said)
        self.assertIn("*Who*?\n", owner.visit(f"{room}/export.txt").contents)

    def test_clients_receive_the_positions_of_links(self):
        owner, room = self.room()
        owner.say("🦜 is at example.org")
        owner.say("this is it")
        first, second = owner.visit(f"{room}/messages?as=pirate").json["messages"]
        self.assertEqual(first["links"], [[8, 19, "http://example.org"]])
        self.assertEqual(first["view"]["text"], "🦜 be at example.org")
        self.assertEqual(first["view"]["links"], [[8, 19, "http://example.org"]])
        self.assertNotIn("links", second)
        self.assertNotIn("links", second["view"])
        self.assertNotIn(
            "links", owner.visit(f"{room}/export.json").json["messages"][0], "an export has the original text"
        )
