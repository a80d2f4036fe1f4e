"""What no translator may touch is found, and found quickly."""

import time
import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.translators import marks

#: A text, and its marks in their order.
EXAMPLES = (
    ("", []),
    ("no marks at all, here: none", []),
    # code
    ("run `make test` now", ["`make test`"]),
    ("`a` and `b`", ["`a`", "`b`"]),
    ("a lone ` is no code", []),
    ("no `code\nspan` over lines", []),
    ("``a ` in it``", ["``a ` in it``"]),
    ("```\nis\n\nmy\n``` is", ["```\nis\n\nmy\n```"]),
    ("```python\nx = '`'\n```", ["```python\nx = '`'\n```"]),
    ("``` is never closed", []),
    # URLs
    ("see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]),
    ("http://a.org, ftp://b.org; HTTPS://C.ORG!", ["http://a.org", "ftp://b.org", "HTTPS://C.ORG"]),
    ("(https://a.org/is)", ["https://a.org/is"]),
    ("https://a.org/Ship_(boat).", ["https://a.org/Ship_(boat)"]),
    ("[my link](https://a.org/my)", ["https://a.org/my"]),
    ("<https://a.org/my>", ["https://a.org/my"]),
    ("www.example.org/my and Www.example.org", ["www.example.org/my", "Www.example.org"]),
    ("www. is no address", []),
    ("https:// is none, either", []),
    ("mailto:my@friend.org?subject=is", ["mailto:my@friend.org?subject=is"]),
    ("Mailto:my@friend.org", ["Mailto:my@friend.org"]),
    # e-mail addresses
    ("my.friend+is@sub.example.org.", ["my.friend+is@sub.example.org"]),
    ("git@localhost", ["git@localhost"]),
    # mentions
    ("@bob and @mary-jane.", ["@bob", "@mary-jane"]),
    ("(@bob)", ["@bob"]),
    ("@who@where.org", ["@who@where.org"]),
    ("@юля", ["@юля"]),
    ("@ noon", []),
    # shortcodes
    ("fine :smile: :+1: :ok_hand:", [":smile:", ":+1:", ":ok_hand:"]),
    (":wave::skin-tone-2:", [":wave:", ":skin-tone-2:"]),
    ("so: it is: that", []),
    ("::", []),
)

#: What a stranger may repeat to keep the pattern busy.
HOSTILE = (
    *(" ", "@", ":", "/", ".", "a", "-", "_", "`", "a-_", "\n", "\\", "(", "a.", "a@", "@a", ":a", "a:", " @", "` "),
    *("``", "```", "`\n", "``a", "```a", "``\n", "http://", "http://(", "http://.", "http://a(", "www.", "www.a("),
    *("mailto:", "a@a.", "@a@a", "a-", "http://a.", "w", "ww."),
)

PIECES = st.sampled_from([text for text, _ in EXAMPLES] + list(HOSTILE))
TEXTS = st.text() | st.text("`@:/.a-_ \nw()") | st.lists(PIECES).map("".join)


class Marks(unittest.TestCase):
    def test_examples(self):
        for text, found in EXAMPLES:
            with self.subTest(text):
                self.assertEqual(marks.marks(text), found)

    def test_pieces_say_whether_they_are_marks(self):
        self.assertEqual(
            marks.split("ask @bob, or `man ls`"),
            [(False, "ask "), (True, "@bob"), (False, ", or "), (True, "`man ls`")],
        )

    def test_without_marks_there_is_one_piece(self):
        self.assertEqual(marks.split("ahoy: there"), [(False, "ahoy: there")])
        self.assertEqual(marks.split(""), [])

    @given(TEXTS)
    def test_pieces_concatenate_to_the_text(self, text):
        pieces = marks.split(text)
        self.assertEqual("".join(piece for _, piece in pieces), text)
        self.assertTrue(all(piece for _, piece in pieces))

    @given(TEXTS)
    def test_a_text_not_worth_a_look_has_no_marks(self, text):
        if not marks.may_have_marks(text):
            self.assertIsNone(marks._MARKS.search(text))

    def test_hostile_texts_take_time_by_their_length_only(self):
        # 40,000 characters take about 10 ms; in quadratic time they would take many seconds
        for unit in HOSTILE:
            text = (unit * 40_000)[:39_998] + "@`"
            with self.subTest(unit):
                start = time.perf_counter()
                marks.split(text)
                self.assertLess(time.perf_counter() - start, 1)
