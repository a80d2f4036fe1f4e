"""Formatting of texts: the server's page and the scripts produce the same, in linear time."""

import json
import random
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path
from unittest import TestCase

from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from piratechat.model.emoji import is_few_emoji
from piratechat.model.formatting import marks, may_be_formatted, parts
from piratechat.model.links import links
from piratechat.views.message_list import as_html
from tests.support.paths import NODE, TESTS, TOP

#: Cases shared with tests/pages_js/formatting.test.mjs, which tests the page's scripts.
CASES = json.loads(Path(TESTS, "pages_js", "formatting.json").read_text("utf-8"))

PIECES = [
    *("*", "**", "***", "_", "__", "~~", "~", "`", "``", "```", "```py\n", "> ", ">", "- ", "  - ", "1. ", "30. "),
    *("\n", " ", "a", "b1", "2", ".", ",", "-", '"', "'", "(", ")", "\\", "/", ":", "<b>", "&", "¯"),
    *("…", "é", "न", "ि", "重", "。", "한", "ส", "א", "و", "🦜", "❤️", "🏴‍☠️", "1️⃣", "©", "\u0301"),
    *("https://example.org/a_b", "example.org", "a@b.co"),
]  # fmt: skip


def joined(found):
    return "".join(part.value if part.kind in ("text", "mark") else joined(part.parts) for part in found)


class Outline(HTMLParser):
    """The text of HTML, and its nesting depth; raises AssertionError if elements are not closed."""

    def __init__(self, html):
        super().__init__()
        self.text, self.open, self.depth = "", [], 0
        self.feed(html)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.depth = max(self.depth, len(self.open))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


class FormattingTest(TestCase):
    def test_shared_cases(self):
        for case in CASES:
            with self.subTest(case["what"]):
                found = links(case["text"])
                self.assertEqual([list(link) for link in found], case["links"])
                self.assertEqual(as_html(case["text"], found), case["html"])

    @given(lists(sampled_from(PIECES), max_size=40).map("".join))
    def test_all_parts_are_the_text(self, text):
        found = links(text)
        self.assertEqual(joined(parts(text, found)), text)
        if not may_be_formatted(text):
            self.assertEqual({part.kind for part in parts(text, found)} - {"text", "link"}, set())
        outline = Outline(as_html(text, found))
        self.assertEqual(outline.text, text)
        self.assertLessEqual(outline.depth, 14)
        self.assertEqual(
            [text[mark.start : mark.end] for mark in marks(text, found)],
            [part.value for part in _marks(parts(text, found))],
        )

    def test_scripts_produce_the_same(self):
        """The same texts are formatted in Python and in Node."""
        chance = random.Random(15)
        texts = ["".join(chance.choices(PIECES, k=chance.randrange(30))) for _ in range(3000)]
        asked = json.dumps([[text, links(text)] for text in texts])
        done = subprocess.run(
            [NODE, "tests/pages_js/html.mjs"],
            cwd=TOP,
            input=asked,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        for text, (html, is_few) in zip(texts, json.loads(done.stdout), strict=True):
            self.assertEqual(html, as_html(text, links(text)), text)
            self.assertEqual(is_few, is_few_emoji(text), text)

    def test_few_emoji(self):
        for text in ("🦜", "🏴‍☠️", "❤️", "🇩🇪 1️⃣\n🎉"):
            self.assertTrue(is_few_emoji(text), text)
        for text in ("", " ", "🦜🦜🦜🦜", "🦜 a", "1", "©", ":parrot:"):
            self.assertFalse(is_few_emoji(text), text)


def _marks(found):
    for part in found:
        if part.kind == "mark":
            yield part
        elif part.kind not in ("code", "block"):
            yield from _marks(part.parts)


class CostTest(TestCase):
    HOSTILE = (
        *("*", "**a ", "*a* ", "a*", "_", "~~a", "***a", '*"', '*",', "*a*b", "*a_b~~", "*a _b **c ~~d ***e "),
        *(
            "> ",
            "> > ",
            ">",
            ">\n",
            "- a\n",
            "- ",
            "1. ",
            "1. a\n  - *b\n",
            "> - *a\n",
            "`a",
            "``",
            "``a ",
            "```",
            "*a`b`",
        ),
        *("א *a* `b`\n", "🦜", "https://a.co/_", "*https://a.co/* ", "\n"),
    )

    def test_time_is_linear(self):
        """40,000 characters may take some times as long as a quarter of them, but much less than quadratic time."""
        for unit in self.HOSTILE:
            with self.subTest(unit):
                # Up to three attempts, because other processes can slow down one of them.
                self.assertTrue(any(self.is_quick_enough(unit) for _ in range(3)))

    def is_quick_enough(self, unit):
        short, long = (self.time_for(unit * (length // len(unit))) for length in (10_000, 40_000))
        return long < 12 * short + 0.2  # quadratic time: 16 times as long

    def time_for(self, text):
        start = time.process_time()
        as_html(text, links(text))
        list(marks(text))
        return time.process_time() - start

    def test_most_texts_need_no_parsing(self):
        for text in ("Hello. How are you?", "x" * 4000, "Well... (it is 3.11, and 5:30)", "東京", "😀"):
            self.assertFalse(may_be_formatted(text), text)
