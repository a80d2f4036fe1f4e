"""Names, slugs and messages, as typed by people."""

import hashlib
import json
import os
import unicodedata
import unittest

from confusable_homoglyphs import confusables
from hypothesis import given
from hypothesis import strategies as st

from piratechat.errors import CommandRejected
from piratechat.model.text import (
    MAX_NAMED,
    SKELETON_VERSION,
    checked_message,
    checked_name,
    checked_nonce,
    checked_title,
    clean,
    skeleton,
    slug,
)
from tests.support.paths import TESTS

#: Difficult text for slugs: marks, compatibility characters, and cases that change when folded twice.
HARD = st.text(
    "aZ0 -_.!\u0301\u0307\u0345\u20e3\u200dİ\u0131ß\u017fΣςﬁ²①Ⅷ½ǅЖ山สิमि한\u1100\u1161\u3164😀ª\u03d2\u2126", max_size=60
)


class Slugs(unittest.TestCase):
    def test_slugs_are_letters_and_digits_of_any_script_and_hyphens(self):
        for name, expected in [
            ("Ada Lovelace", "ada-lovelace"),
            ("  Ada   Lovelace  ", "ada-lovelace"),
            ("O'Neil & Sons", "o-neil-sons"),
            ("_a_", "a"),
            ("--", ""),
            ("Åse", "åse"),
            ("A\u030ase", "åse"),
            ("Дмитрий", "дмитрий"),
            ("山田 太郎", "山田-太郎"),
            ("สวัสดี", "สวัสดี"),
            ("नमस्ते", "नमस्ते"),
            ("مرحبا", "مرحبا"),
            ("Room 101", "room-101"),
            ("../../etc/passwd", "etc-passwd"),
            ("a/b?c#d%2F", "a-b-c-d-2f"),
        ]:
            with self.subTest(name=name):
                self.assertEqual(slug(name), expected)

    def test_long_texts_are_truncated_first(self):
        """Normalizing marks takes quadratic time."""
        marks = "a" + "\u0300\u0323" * 100_000
        self.assertEqual(slug(marks), slug(marks[:MAX_NAMED]))
        self.assertEqual(slug("a" * 1_000), "a" * 40)

    def test_slugs_are_normalized(self):
        for name, expected in [("\uff21\uff24\uff21", "ada"), ("ﬁn", "fin"), ("x²", "x2"), ("Ⅷ", "viii"), ("ΑΣ", "ας")]:
            with self.subTest(name=name):
                self.assertEqual(slug(name), expected)

    def test_symbols_alone_have_no_slug(self):
        for name in ("", "!!!", "😀", "…", "\u0301", "-", " \t\n", "\u200d"):
            with self.subTest(name=name):
                self.assertEqual(slug(name), "")

    def test_slugs_have_at_most_forty_characters(self):
        self.assertEqual(slug("a" * 50), "a" * 40)
        self.assertEqual(slug("a" * 39 + " bc"), "a" * 39, "no hyphen at the end")
        self.assertEqual(slug("ﷺ" * 40), slug("ﷺ" * 40)[:40], "text that normalization lengthens")

    @given(st.text(max_size=60) | HARD)
    def test_a_slug_is_its_own_slug(self, name):
        self.assertEqual(slug(slug(name)), slug(name))

    @given(st.text(max_size=60) | HARD)
    def test_slugs_have_no_other_characters(self, name):
        found = slug(name)
        self.assertLessEqual(len(found), 40)
        self.assertFalse(found.startswith("-") or found.endswith("-") or "--" in found)
        for character in found.replace("-", ""):
            self.assertIn(unicodedata.category(character)[0], "LNM")
        self.assertFalse(found and unicodedata.category(found[0])[0] == "M", "a combining mark needs a base character")


class Names(unittest.TestCase):
    def assertRefused(self, code, check, *given):
        with self.assertRaises(CommandRejected) as caught:
            check(*given)
        self.assertEqual(caught.exception.code, code, caught.exception.message)

    def test_names_are_displayed_as_typed(self):
        for name in (
            "Ada",
            "Ada Lovelace",
            "山田 太郎",
            "สมิธ",
            "नमस्ते",
            "O'Neil",
            "Ada 😀",
            "👩\u200d🚀 Jemison",
            "न्\u200dय",
        ):
            with self.subTest(name=name):
                self.assertEqual(checked_name(name), name)

    def test_spaces_are_collapsed(self):
        self.assertEqual(checked_name("  Ada \t\n Lovelace\u00a0"), "Ada Lovelace")

    def test_names_have_one_to_forty_characters(self):
        self.assertEqual(checked_name("a"), "a")
        self.assertEqual(checked_name("a" * 40), "a" * 40)
        self.assertRefused("too-long", checked_name, "a" * 41)
        self.assertRefused("too-long", checked_name, "a" * 1_000_000)
        with self.assertRaises(CommandRejected) as caught:
            checked_name(" " + "a b " * 60)
        self.assertEqual(
            caught.exception.message, "199 characters too many: a name has at most 40. Choose a shorter one."
        )

    def test_a_blank_name_is_rejected(self):
        for name in ("", " ", "\t\n", "\u3000\u00a0"):
            with self.subTest(name=name):
                self.assertRefused("name-needed", checked_name, name)

    def test_a_name_must_be_visible(self):
        for name in (
            "\u200d",
            "\u200c\u200d",
            "\u034f",
            "\ufe0f",
            "\u115f",
            "\u3164",
            "\uffa0",
            "\u2800",
            "\u3164 \u2800",
        ):
            with self.subTest(name=ascii(name)):
                self.assertRefused("bad-message", checked_name, name)

    def test_control_characters_are_rejected(self):
        for (
            character
        ) in "\x00\x07\x1b\x7f\x85\u061c\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\ue000\ud800\U000e0041":
            with self.subTest(character=ascii(character)):
                if character.isspace():
                    self.assertEqual(checked_name(f"A{character}da"), "A da")
                else:
                    self.assertRefused("bad-message", checked_name, f"A{character}da")

    def test_many_combining_marks_are_rejected(self):
        self.assertEqual(checked_name("A" + 3 * "\u0301" + "da"), "A" + 3 * "\u0301" + "da")
        self.assertRefused("bad-message", checked_name, "A" + 4 * "\u0301" + "da")
        self.assertRefused("bad-message", checked_name, "Z\u0351\u036b\u0343\u036a\u0302algo")

    def test_a_name_must_be_text(self):
        for name in (None, 1, ["Ada"], b"Ada"):
            with self.subTest(name=name):
                self.assertRefused("bad-message", checked_name, name)

    @given(st.text(max_size=50))
    def test_accepted_names_are_stable(self, name):
        try:
            taken = checked_name(name)
        except CommandRejected:
            return
        self.assertEqual(checked_name(taken), taken)
        taken.encode()  # only text that can be encoded

    def test_titles_may_be_longer(self):
        self.assertEqual(checked_title(" The  Captain's " + "x" * 60), "The Captain's " + "x" * 60)
        self.assertRefused("too-long", checked_title, "x" * 81)
        self.assertRefused("bad-message", checked_title, " ")
        self.assertRefused("bad-message", checked_title, "a\u202eb")
        self.assertRefused("bad-message", checked_title, None)

    def test_a_nonce_is_short_text_or_none(self):
        self.assertEqual(checked_nonce(None), "")
        self.assertEqual(checked_nonce("x" * 64), "x" * 64)
        for nonce in ("x" * 65, 1, True, {}, "\x00", "\ud800"):
            with self.subTest(nonce=nonce):
                self.assertRefused("bad-message", checked_nonce, nonce)


class LookAlikes(unittest.TestCase):
    def test_names_that_look_alike_are_the_same(self):
        for name, other in [
            ("Ada", "ADA"),
            ("Ada", "\uff41\uff44\uff41"),
            ("Ada", "\u0410d\u0430"),  # Cyrillic A and a
            ("boo", "b\u043e\u043e"),  # Cyrillic o
            ("peer", "p\u0435\u0435r"),  # Cyrillic e
            ("paypal", "\u0440\u0430\u0443\u0440\u0430l"),
            ("Zoe", "Z\u03bfe"),  # Greek omicron
            ("BOB", "B0B"),
            ("lIl1|", "IIIII"),
            ("Bill", "BiII"),
            ("corn", "com"),
            ("modern", "modem"),
            ("Ada", "A\u200dda"),
            ("Ada", "A\u200bd\ufeffa"),
            ("Ada", "A\ufe0fda"),
            ("Ada", "A\u034fda\u3164"),
            ("Ada Lovelace", "AdaLovelace"),
            ("Ada Lovelace", "Ada\u00a0 Lovelace"),
            ("René", "Rene\u0301"),
            ("René", "Ren\u0435\u0301"),  # Cyrillic e and an accent
            ("Straße", "STRASSE"),
            ("\u041d\u0438\u043d\u0430", "\u043d\u0438\u043d\u0430"),  # Cyrillic: the first letter looks like an H
            ("\u0412\u043e\u0432\u0430", "\u0412\u041e\u0412\u0410"),
            ("B\u03b7\u03c4\u03b1", "\u0392\u0397\u03a4\u0391"),  # Greek
            ("Bob", "\u0412o\u042c"),
            ("ﬁn", "fin"),
        ]:
            with self.subTest(name=name, other=ascii(other)):
                self.assertEqual(skeleton(name), skeleton(other))

    def test_different_names_are_not_the_same(self):
        for name, other in [
            ("Ada", "Bob"),
            ("Ada", "Adam"),
            ("René", "Rene"),
            ("Jürgen", "Jurgen"),
            ("Дмитрий", "Дмитрии"),
            ("山田", "山本"),
            ("สม", "สิม"),  # a vowel above, which is a mark
            ("सुमित", "समित"),  # a vowel below
            ("שלום", "שלם"),
            ("한글", "한국"),
            ("🙂", "🙃"),
        ]:
            with self.subTest(name=name, other=other):
                self.assertNotEqual(skeleton(name), skeleton(other))

    @given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40))
    def test_case_is_ignored(self, name):
        self.assertEqual(skeleton(name), skeleton(name.upper()))
        self.assertEqual(skeleton(name), skeleton(name.lower()))

    @given(st.text(max_size=20), st.integers(0, 20))
    def test_invisible_characters_are_ignored(self, name, place):
        name = unicodedata.normalize("NFKC", name)
        self.assertEqual(skeleton(name[:place] + "\u200b" + name[place:]), skeleton(name))


class Table(unittest.TestCase):
    """Databases store names by their skeletons: with different tables, names would not be found."""

    def test_the_version_changes_with_the_tables(self):
        table = json.dumps(confusables.confusables_data, sort_keys=True).encode()
        self.assertEqual(
            (SKELETON_VERSION, hashlib.sha256(table).hexdigest()[:16]),
            (2, "bf5e9c50227d9540"),
            "another table: raise SKELETON_VERSION, and add an upgrade that files all names and rooms again",
        )

    def test_look_alikes_are_folded_before_compatibility_letters(self):
        for name in ("\u03f9aptain", "\u2ca4aptain", "\u03f2aptain", "\uff23aptain"):
            with self.subTest(name=ascii(name)):
                self.assertEqual(skeleton(name), skeleton("Captain"))


class Messages(unittest.TestCase):
    def assertRefused(self, code, text, limit=4_000):
        with self.assertRaises(CommandRejected) as caught:
            checked_message(text, limit)
        self.assertEqual(caught.exception.code, code)
        return caught.exception.message

    def test_there_is_one_kind_of_line_break(self):
        self.assertEqual(clean("a\r\nb\rc\nd\n\re"), "a\nb\nc\nd\n\ne")

    def test_undisplayable_characters_are_replaced(self):
        self.assertEqual(clean("a\x00b\x1bc\x7fd"), "a\ufffdb\ufffdc\ufffdd")
        self.assertEqual(clean("\ud800 \udfff \uffff"), "\ufffd \ufffd \ufffd")

    def test_other_characters_are_unchanged(self):
        for text in (
            "\tindented\n\n  twice",
            "😀",
            "a\u0301\u0301\u0301\u0301\u0301",
            "\u202e!ohA",
            "<b>&amp;",
            "\ufeff",
        ):
            with self.subTest(text=text):
                self.assertEqual(clean(text), text)

    @given(st.text(st.characters(), max_size=50))
    def test_messages_can_be_encoded(self, text):
        cleaned = clean(text)
        cleaned.encode()
        self.assertEqual(clean(cleaned), cleaned)
        self.assertFalse(set(cleaned) & set("\x00\r\x1b"))

    def test_messages_have_a_maximum_length(self):
        for text in ("x", "x" * 4_000, "😀" * 4_000, "."):
            self.assertEqual(checked_message(text, 4_000), text)
        self.assertEqual(
            self.assertRefused("too-long", "x" * 4_001),
            "1 character too many: a message has at most 4,000. Shorten it, or send it in parts.",
        )
        self.assertIn("1,003 characters too many", self.assertRefused("too-long", "x" * 5_003))
        self.assertRefused("too-long", "12345", 4)

    def test_pages_count_in_the_same_way(self):
        with open(os.path.join(TESTS, "pages_js", "lengths.json")) as file:
            cases = [case for case in json.load(file) if case["length"]]
        for case in cases:
            with self.subTest(case["what"]):
                self.assertEqual(len(checked_message(case["text"], case["length"])), case["length"])
                self.assertRefused("too-long", case["text"], case["length"] - 1)

    def test_any_line_break_counts_once(self):
        self.assertEqual(checked_message("x\r\n" * 2_000, 4_000), "x\n" * 2_000)

    def test_surrounding_spaces_are_kept(self):
        self.assertEqual(checked_message("  x \n", 10), "  x \n")

    def test_a_blank_message_is_rejected(self):
        for text in ("", " ", "\r\n\t ", "\u3000"):
            with self.subTest(text=text):
                self.assertRefused("bad-message", text)

    def test_a_message_must_be_text(self):
        for text in (None, 1, True, ["x"], {"text": "x"}, b"x"):
            with self.subTest(text=text):
                self.assertRefused("bad-message", text)
