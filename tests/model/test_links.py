"""Detection of links, in limited time."""

import time
from unittest import TestCase, mock

from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from piratechat.model import links as module
from piratechat.model.link_words import link_words
from piratechat.model.links import MAX_WORD_LENGTH, Link, links, links_of_view

PIECES = [
    *("を", "。", "看", "é", "”", "C"),
    *("a", "b.co", "é.рф", "www.", "http://x.org", "https:", "mailto:", "javascript:", "data:", "://", "//", "/"),
    *(".", "@", "(", ")", "[", "{", '"', "'", "-", "+", "=", "<", ">", "$", "`", "```", "\n", " ", "🦜"),
    *("*", "**", "_", "~~"),
    *("\u202e", "\u0301", "\u200d"),
]


class LinksTest(TestCase):
    @given(lists(sampled_from(PIECES), max_size=30).map("".join))
    def test_any_text(self, text):
        found = links(text)
        end = 0
        for link in found:
            self.assertLessEqual(end, link.start)
            end = link.end
            self.assertTrue(link.href.lower().startswith(("http://", "https://", "mailto:")), link.href)
            self.assertNotRegex(link.href, r"[\s<>\u202e]")
            self.assertTrue(link.href.endswith(text[link.start : link.end]), "it leads where it says")

    def test_angle_brackets_end_links(self):
        for said, found in {
            "http://x.org<@evil.example": ["http://x.org"],
            "<https://example.org/a>": ["https://example.org/a"],
            "<ada@example.org>,<www.example.org>": ["ada@example.org", "www.example.org"],
            "http://a>b@example.org": ["http://a", "b@example.org"],
        }.items():
            with self.subTest(said):
                self.assertEqual([said[link.start : link.end] for link in links(said)], found)

    def test_a_translator_adds_no_links(self):
        said = "look at my.com and https://example.org/a"
        (mine, other) = links(said)
        self.assertEqual(links_of_view("look at me.com and https://example.org/a", said), [(19, 40, other.href)])
        self.assertEqual(links_of_view("behold: my.com", said), [(8, 14, mine.href)])
        self.assertEqual(list(links_of_view("https://evil.example", "no links here")), [])

    def test_emphasis_around_a_link_is_not_part_of_the_link(self):
        for said, found in {
            "**https://example.org/a**": "https://example.org/a",
            "_https://example.org/a_": "https://example.org/a",
            "~~see www.example.org/a.~~": "www.example.org/a",
            "**_https://example.org/a_**,": "https://example.org/a",
            "这是**https://example.org/a**": "https://example.org/a",
            "*(see https://example.org/a)*": "https://example.org/a",
            "https://example.org/~": "https://example.org/~",
            "https://example.org/*a* https://example.org/*": "https://example.org/*",
            "2*3 https://example.org/_x_": "https://example.org/_x_",
            "_ada@example.org": "_ada@example.org",
        }.items():
            with self.subTest(said):
                link = links(said)[-1]
                self.assertEqual(
                    (said[link.start : link.end], link.href.removeprefix("mailto:").removeprefix("http://")),
                    (found, found),
                )


class CostTest(TestCase):
    """The library needs up to half a second for a malicious text of 2,000 characters."""

    def test_most_texts_are_not_searched(self):
        before = module._links.cache_info()
        for text in ("Hello. How are you?", "x" * 4000, "Well... " * 500, "(" * 4000):
            self.assertEqual(list(links(text)), [])
        self.assertEqual(module._links.cache_info(), before)

    def test_malicious_texts_are_abandoned(self):
        taken = []  # the library may look at each pair of characters

        def counting(name, cost):
            look = getattr(module._LINKIFIER, name)
            return mock.patch.object(module._LINKIFIER, name, lambda word: taken.append(cost(word)) or look(word))

        self.enterContext(counting("match", lambda word: len(word) ** 2))
        self.enterContext(counting("match_at_start", lambda word: 10 * len(word)))
        hostile = ("a.com/(", "b.c+", "http://a/", "|a.com", "a.", "xn--1.2.3.4", "a.com ", "a@b.co ", "a+")
        hostile += ("a.comを", "看a.com", "a.com。", "https://a.を/を", "a.b.C", "a/を")
        for unit in (*hostile, *(f"{unit * 20}a.com " for unit in hostile), "http://a,b.co ", "http:// "):
            with self.subTest(unit):
                taken.clear()
                links(unit * (100_000 // len(unit)))
                self.assertLessEqual(sum(taken), MAX_WORD_LENGTH**2)
                self.assertLessEqual(len(taken), 2 * MAX_WORD_LENGTH)

    def test_words_are_split_in_linear_time(self):
        units = (
            "a.comを",
            "看a.com",
            "aを",
            "/を",
            "を/a",
            "a\u2019",
            "“a",
            "https://",
            "xhttps://",
            "a.bc.B",
            "を.a",
            "。",
        )
        for unit in units:
            with self.subTest(unit):
                word = unit * (100_000 // len(unit))
                start = time.process_time()
                self.assertLessEqual(sum(end - start for start, end in link_words(word)), len(word))
                self.assertLess(time.process_time() - start, 2)

    @given(lists(sampled_from(PIECES), min_size=2, max_size=10).map("".join))
    def test_a_word_that_is_a_link_is_found_directly(self, text):
        word = "".join(text.replace("mailto", "http").split())
        found = module._only_link(word)
        if found is not None:
            found = [Link(begin, begin + len(match.raw), match.url) for begin, match in found]
            library = module._LINKIFIER.match(word) or ()
            self.assertEqual(found, [Link(match.index, match.last_index, match.url) for match in library])

    def test_ordinary_texts_are_searched_completely(self):
        address = "https://example.org/search?" + "&".join(f"parameter{n}=value+of+{n}" for n in range(20))
        self.assertGreater(len(address), 450)
        self.assertEqual([link.href for link in links(f"see {address}.")], [address])
        self.assertEqual([link.href for link in links(f"(see:{address[:130]}), " * 10)], [address[:130]] * 10)
        for address in ("https://example.org/" + "x" * 1_880, "example.org/" + "x" * 118):
            self.assertEqual(len(links(address)), 1)
            self.assertEqual(list(links(address * 2)), [])
        text = "\n".join(f"{n}. https://example.org/{n}" for n in range(30))
        self.assertEqual(len(links(text)), 30)
