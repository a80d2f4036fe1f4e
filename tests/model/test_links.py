"""Links and code in what is said: what is one, and that nobody waits for it."""

import json
import os
from unittest import TestCase

from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from piratechat.model import links as module
from piratechat.model.links import EXAMINED, links, links_of_view, parts
from tests.layers import TESTS

#: What tests/pages_js/text.test.mjs holds the page's scripts to.
with open(os.path.join(TESTS, "pages_js", "parts.json")) as file:
    CASES = json.load(file)

PIECES = [
    *("a", "b.co", "é.рф", "www.", "http://x.org", "https:", "mailto:", "javascript:", "data:", "://", "//", "/"),
    *(".", "@", "(", ")", "[", "{", '"', "'", "-", "+", "=", "<", ">", "$", "`", "```", "\n", " ", "🦜"),
    *("\u202e", "\u0301", "\u200d"),
]


class LinksTest(TestCase):
    def test_the_cases_that_the_page_has_too(self):
        for case in CASES:
            with self.subTest(case["what"]):
                found = links(case["text"])
                self.assertEqual([list(link) for link in found], case["links"])
                self.assertEqual([[part.kind, part.value] for part in parts(case["text"], found)], case["parts"])

    @given(lists(sampled_from(PIECES), max_size=30).map("".join))
    def test_whatever_is_said(self, text):
        found = links(text)
        self.assertEqual("".join(part.value for part in parts(text, found)), text)
        end = 0
        for link in found:
            self.assertLessEqual(end, link.start)
            end = link.end
            self.assertTrue(link.href.lower().startswith(("http://", "https://", "mailto:")), link.href)
            self.assertNotRegex(link.href, r"[\s<>\u202e]")
            self.assertTrue(link.href.endswith(text[link.start : link.end]), "it leads where it says")

    def test_a_translator_adds_no_links(self):
        said = "look at my.com and https://example.org/a"
        (mine, other) = links(said)
        self.assertEqual(links_of_view("look at me.com and https://example.org/a", said), [(19, 40, other.href)])
        self.assertEqual(links_of_view("behold: my.com", said), [(8, 14, mine.href)])
        self.assertEqual(list(links_of_view("https://evil.example", "no links here")), [])


class CostTest(TestCase):
    """The library needs up to half a second for a text of 2,000 characters that is made for it."""

    def test_most_texts_are_not_looked_at(self):
        before = module._links.cache_info()
        for text in ("Hello. How are you?", "x" * 4000, "Well... " * 500, "(" * 4000):
            self.assertEqual(list(links(text)), [])
        self.assertEqual(module._links.cache_info(), before)

    def test_hostile_texts_are_given_up_at_once(self):
        examined = []
        match = module._LINKIFIER.match

        def counting(word):
            examined.append(len(word))
            return match(word)

        module._LINKIFIER.match = counting
        self.addCleanup(delattr, module._LINKIFIER, "match")
        for unit in ("a.com/(", "b.c+", "http://a/", "|a.com", "a.", "xn--1.2.3.4", "a.com ", "a@b.co "):
            with self.subTest(unit):
                examined.clear()
                links(unit * (100_000 // len(unit)))
                self.assertLess(sum(examined) + 30 * len(examined), EXAMINED + 1)

    def test_what_people_say_is_looked_at_to_the_end(self):
        address = "https://example.org/search?" + "&".join(f"parameter{n}=value+of+{n}" for n in range(20))
        self.assertGreater(len(address), 450)
        self.assertEqual([link.href for link in links(f"see {address}.")], [address])
        text = "\n".join(f"{n}. https://example.org/{n}" for n in range(30))
        self.assertEqual(len(links(text)), 30)
