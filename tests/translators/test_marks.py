# ruff: noqa: RUF001 - punctuation of other scripts is what is tested
"""Marks, which translators must not change, are found quickly."""

import time
import unittest

import emoji
from hypothesis import given
from hypothesis import strategies as st

from piratechat.translators.text import protected_spans as marks

#: A flag made of a black flag and tag characters.
WALES = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"

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
    # URLs whose queries end before other text
    ("ada@a.org?see=you https://b.org/c", ["ada@a.org?see=you", "https://b.org/c"]),
    ("ada@a.org?https://b.org/c", ["ada@a.org", "https://b.org/c"]),
    ("0@0.ORG?HTTP://`", ["0@0.ORG", "HTTP://`"]),
    ("*ada@a.org?is*", ["*", "ada@a.org?is", "*"]),
    # e-mail addresses
    ("my.friend+is@sub.example.org.", ["my.friend+is@sub.example.org"]),
    ("git@localhost", ["git@localhost"]),
    (
        "ada@example.org.Then, Ada@Example.Org, ada@localhost.test.Then",
        ["ada@example.org", "Ada@Example.Org", "ada@localhost.test"],
    ),
    ("请联系ada@example.org谢谢大家", ["ada@example.org"]),
    # links that end before another script
    ("see example.org/house, it is good", ["example.org/house"]),
    ("https://example.org。次の文", ["https://example.org"]),
    ("https://example.orgを見て、https://example.org/aを見て", ["https://example.org", "https://example.org/a"]),
    ("(https://example.org/a）を見て", ["https://example.org/a"]),
    ("https://example.org/a…then https://example.org/b—look", ["https://example.org/a", "https://example.org/b"]),
    ("https://ja.wikipedia.org/wiki/日本語Wiki", ["https://ja.wikipedia.org/wiki/日本語Wiki"]),
    ("https://ja.wikipedia.org/wiki/C%E8%A8%80を見て", ["https://ja.wikipedia.org/wiki/C%E8%A8%80"]),
    ("https://ja.wikipedia.org/wiki/C言語", ["https://ja.wikipedia.org/wiki/C"]),  # as in "/wiki/Perlを見て"
    ("https://fr.wikipedia.org/wiki/L’Amour”", ["https://fr.wikipedia.org/wiki/L’Amour"]),
    ("请看ftp://example.org/a谢谢 magnet:?xt=a", ["ftp://example.org/a", "magnet:?xt=a"]),
    # mentions
    ("@bob and @mary-jane.", ["@bob", "@mary"]),
    ("thanks @bob.See you, @eve-and you", ["@bob", "@eve"]),
    ("@Żółw, @राहुल कल, @עֲדִי, @Zoe\u0308!", ["@Żółw", "@राहुल", "@עֲדִי", "@Zoe\u0308"]),
    ("@田中さん、@민수님 @สมชาย", ["@田中", "@민수님", "@สมชาย"]),
    ("@" + "a" * 50, ["@" + "a" * 40]),
    ("请看@bob的报告，看\uff20bob", ["@bob", "\uff20bob"]),
    ("(@bob)", ["@bob"]),
    ("@who@where.org", ["@who@where.org"]),
    ("@юля", ["@юля"]),
    # unknown names: a run of one script with marks, periods and hyphens, at most 40 characters
    ("@田中さんに聞いて", ["@田中"]),
    ("你好@田中さん。", ["@田中"]),
    ("@タナカさん", ["@タナカ"]),
    ("@ひろし は", ["@ひろし"]),
    ("ask @Ada你好", ["@Ada"]),
    ("жди@Anna @ЮляAnna", ["@Юля"]),
    ("@अनिता से पूछो, @தமிழ்", ["@अनिता", "@தமிழ்"]),
    ("ถาม@สมชาย ครับ", ["@สมชาย"]),
    ("@민수, @שרה and @José-María.", ["@민수", "@שרה", "@José"]),
    ("@e\u0301mile 2 @2pac", ["@e\u0301mile", "@2pac"]),
    (f"@{'x' * 60} @{'田' * 60}", [f"@{'x' * 40}", f"@{'田' * 40}"]),
    ("你好ann@a.org!", ["ann@a.org"]),
    ("@ noon", []),
    # shortcodes
    ("fine :smile: :+1: :ok_hand:", [":smile:", ":+1:", ":ok_hand:"]),
    (":wave::skin-tone-2:", [":wave:", ":skin-tone-2:"]),
    ("so: it is: that", []),
    ("::", []),
    ("from 10:30:45 to 11:00", []),
    ("你好:wave:你好 hello:wave:", [":wave:", ":wave:"]),
    ("注意:这是非常重要的:请", []),
    ("Frage:Antwort:Ende note:important:read note:key:a 1:100:2", []),
    (":no_such_emoji:", []),
    # formatting
    ("I **really** _do_ like *it*, ~~not~~ ***that***", ["**", "**", "_", "_", "*", "*", "~~", "~~", "***", "***"]),
    ("> quoted\n- *one*\n  10. two", ["> ", "- ", "*", "*", "  10. "]),
    ("snake_case, 2*3*4, ¯\\_(ツ)_/¯ - a > b", []),
    ("*@bob_* and `*x*` **https://a.org/b_c**", ["*", "@bob_", "*", "`*x*`", "**", "https://a.org/b_c", "**"]),
    ("```\n- *a*\n```", ["```\n- *a*\n```"]),
    ("这是**重要**的", ["**", "**"]),
    # emoji
    ("so 😀 it is😀", ["😀", "😀"]),
    ("👍👍🏽", ["👍", "👍🏽"]),
    ("👩‍👩‍👧‍👦 and 👩🏽‍💻", ["👩‍👩‍👧‍👦", "👩🏽‍💻"]),
    ("🇵🇹🇩🇪", ["🇵🇹", "🇩🇪"]),
    (
        "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f!",
        ["🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"],
    ),
    ("🏴‍☠️", ["🏴‍☠️"]),
    ("❤ ❤️ ❤\ufe0e", ["❤", "❤️", "❤\ufe0e"]),
    ("1️⃣ 12️⃣ #️⃣ *⃣", ["1️⃣", "2️⃣", "#️⃣", "*⃣"]),
    ("1 #2 * 3", []),
    ("™ © ® ↔ ▶", []),
    ("™️ ©️ ↔️ ▶️", ["™️", "©️", "↔️", "▶️"]),
    ("C♯, ❝quoted❞, 你好, →", []),
    ("😀\u200d and \u200d", ["😀"]),
    ("😀`is 😀`😀@bob😀", ["😀", "`is 😀`", "😀", "@bob", "😀"]),
    ("https://a.org/😀 😀", ["https://a.org/😀", "😀"]),
)

#: All emoji recommended by Unicode for general interchange.
EMOJI = tuple(
    sequence for sequence, data in emoji.EMOJI_DATA.items() if data["status"] == emoji.STATUS["fully_qualified"]
)

#: Texts that attackers could repeat to slow down the pattern.
HOSTILE = (
    *(" ", "@", ":", "/", ".", "a", "-", "_", "`", "a-_", "\n", "\\", "(", "a.", "a@", "@a", ":a", "a:", " @", "` "),
    *("``", "```", "`\n", "``a", "```a", "``\n", "http://", "http://(", "http://.", "http://a(", "www.", "www.a("),
    *("*", "*a ", "**a*", "~~a", "> ", "- a\n", "1. a\n", "*a_b~~", "*`a`", "> - *a\n"),
    *("mailto:", "a@a.", "@a@a", "a-", "http://a.", "w", "ww."),
    *(
        "😀",
        "😀\u200d",
        "\u200d",
        "1",
        "1\ufe0f",
        "\ufe0f",
        "\u20e3",
        "🇵",
        "🏽",
        "🏴\U000e0067",
        "\U000e0067",
        "™",
        "a😀",
    ),
)

PIECES = st.sampled_from([text for text, _ in EXAMPLES] + list(HOSTILE)) | st.sampled_from(EMOJI)
TEXTS = st.text() | st.text("`@:/.a-_*~> \nw()1#😀🏽\u200d\ufe0f\u20e3🇵™") | st.lists(PIECES).map("".join)


class Marks(unittest.TestCase):
    def test_examples(self):
        for text, found in EXAMPLES:
            with self.subTest(text):
                self.assertEqual(marks.marks(text), found)

    def test_pieces_say_whether_they_are_marks(self):
        self.assertEqual(
            list(marks.pieces("ask *@bob*, `man ls`")),
            [
                ("words", "ask "),
                ("format", "*"),
                ("mark", "@bob"),
                ("format", "*"),
                ("words", ", "),
                ("mark", "`man ls`"),
            ],
        )
        self.assertEqual(
            marks.split("ask @bob, or `man ls`"),
            [(False, "ask "), (True, "@bob"), (False, ", or "), (True, "`man ls`")],
        )

    def test_without_marks_there_is_one_piece(self):
        self.assertEqual(marks.split("ahoy: there"), [(False, "ahoy: there")])
        self.assertEqual(marks.split(""), [])

    def test_every_emoji_is_one_mark(self):
        self.assertGreater(len(EMOJI), 3000)
        for sequence in EMOJI:
            with self.subTest(sequence):
                self.assertEqual(marks.split(f"a{sequence}z"), [(False, "a"), (True, sequence), (False, "z")])

    def test_emoji_that_are_not_qualified_are_whole_or_text(self):
        # ❤ of old keyboards is an emoji, and © is plain text
        for sequence, data in emoji.EMOJI_DATA.items():
            if data["status"] != emoji.STATUS["fully_qualified"]:
                with self.subTest(sequence):
                    self.assertIn(marks.marks(f"a{sequence}z"), ([sequence], []))

    @given(st.lists(st.sampled_from(EMOJI)))
    def test_emoji_that_follow_each_other_are_apart(self, sequences):
        # skin tones and hair would combine with the preceding emoji
        self.assertEqual(marks.marks("\u2060".join(sequences)), sequences)

    @given(TEXTS)
    def test_pieces_concatenate_to_the_text(self, text):
        pieces = marks.split(text)
        self.assertEqual("".join(piece for _, piece in pieces), text)
        self.assertTrue(all(piece for _, piece in pieces))

    @given(TEXTS)
    def test_a_text_not_worth_a_look_has_no_marks(self, text):
        if not marks.may_have_marks(text):
            self.assertEqual(marks._found_by_the_model(text, ()), [])
            self.assertEqual(list(marks._others(text, 0, len(text))), [])

    def test_hostile_texts_take_time_by_their_length_only(self):
        # 40,000 characters take about 10 ms; in quadratic time they would take many seconds
        for unit in HOSTILE:
            text = (unit * 40_000)[:39_998] + "@`"
            with self.subTest(unit):
                start = time.process_time()
                marks.split(text)
                self.assertLess(time.process_time() - start, 1)
