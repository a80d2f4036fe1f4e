# ruff: noqa: RUF001 - punctuation and digits of other scripts are what is tested
"""Masking: the parts of a text that a translator receives, and how untrusted results are put together."""

import re
import time
import unittest
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from piratechat.model.text import visible
from piratechat.translation import BadResponse
from piratechat.translators.builtin.pirate import in_pirate
from piratechat.translators.text import protected_spans as marks
from piratechat.translators.text.masking import has_words, mask

MASKINGS = ("split", "tags", "slots", "own")

#: A text, and the pieces for a translator with masking "split".
SPLIT = (
    ("", ()),
    ("hello", ("hello",)),
    ("  hello\t", ("hello",)),
    ("ask @bob about `ls`, please", ("ask", "about", ", please")),
    ("see https://example.org/a.", ("see",)),
    ("one\ntwo\r\n\r\n  three\n", ("one", "two", "three")),
    ("one\u2028two\x85three", ("one", "two", "three")),
    ("fine 😀 :smile:", ("fine",)),
    ("😀 1 + 1 = 2 @bob ...", ()),
    ("½ ² ① _ 12", ()),
    ("你好 👋🏽 مرحبا", ("你好", "مرحبا")),
    ("```\ncode\n```\nis it", ("is it",)),
    ("I *really* **do**", ("I", "really", "do")),
    ("> one\n- two, ~~three~~\n1. four", ("one", "two,", "three", "four")),
)

#: A text, and the piece for a translator with masking "tags".
TAGS = (
    ("", ()),
    ("hello", ("hello",)),
    (" ask @bob or `a < b`\n", ('ask <x id="0"/> or <x id="1"/>',)),
    ("I *really* do\n- **yes**", ('I <x id="0"/>really<x id="1"/> do\n<x id="2"/><x id="3"/>yes<x id="4"/>',)),
    ("a < b & c > d", ("a &lt; b &amp; c &gt; d",)),
    ('<x id="0"/> is no tag', ('&lt;x id="0"/&gt; is no tag',)),
    ("&amp; is &#38;", ("&amp;amp; is &amp;#38;",)),
    ("one\r\ntwo", ("one&#13;\ntwo",)),
    ("a\0\1b\ufffe\ud800 c", ('a<x id="0"/>b<x id="1"/> c',)),
    ("@bob 😀", ()),
)

#: Answers for 'ask <x id="0"/> or <x id="1"/>', and the resulting texts.
GOOD_XML = (
    ('oder <x id="1"/>, frage <x id="0"/>', "oder `ls`, frage @bob"),
    ('ask <x id="0"/> or <x id="1"/>', "ask @bob or `ls`"),
    ("a<x  id = \"0\" /><x\n\tid='1'></x>", "a @bob `ls`"),
    ('<x id="0"></x > a <x id="1"> </x>', "@bob a `ls`"),
    ('\n frage <x id="0"/> &#x6f;der&#32;<x id="1"/> ', "frage @bob oder `ls`"),
    ('&amp;amp; &lt;<x id="0"/>&gt;<x id="1"/>&quot;&apos;', "&amp; <@bob>`ls`\"'"),
)
BAD_XML = (
    # missing, duplicate, invented
    "",
    "ask or",
    'ask <x id="0"/>',
    '<x id="0"/><x id="0"/><x id="1"/>',
    '<x id="0"/><x id="1"/><x id="2"/>',
    '<x id="00"/><x id="1"/>',
    '<x id="0"/><x id="99999999999999999999999"/>',
    '<x id="0"/><x id="１"/>',
    # broken
    '<x id="0"/><x id="1"/',
    '<x id="0"/><x id="1">',
    '<x id="0"/><x id="1">or</x>',
    '<x id="0"/><x id="1" a="b"/>',
    '<x id="0"/><X ID="1"/>',
    '<x id="0"/><x id="1\'/>',
    '<x id="0"/><x id="1"/></x>',
    '<x id="0"/><x id="1"/> a < b',
    '<x id="0"/><x id="1"/> a & b',
    '<b><x id="0"/></b><x id="1"/>',
    '<x id="0"/><!-- --><x id="1"/>',
    '<x id="0"/><![CDATA[a]]><x id="1"/>',
    '<?xml version="1.0"?><x id="0"/><x id="1"/>',
    # undefined entities, and characters that XML does not allow
    '<!DOCTYPE a [<!ENTITY b "c">]><x id="0"/><x id="1"/>',
    '<x id="0"/><x id="1"/>&b;',
    '<x id="0"/><x id="1"/>&nbsp;',
    '<x id="0"/><x id="1"/>&#0;',
    '<x id="0"/><x id="1"/>&#xD800;',
    '<x id="0"/><x id="1"/>&#x110000;',
    '<x id="0"/><x id="1"/>&#99999999;',
    '<x id="0"/><x id="1"/>\0',
    '<x id="0"/><x id="1"/>\ud800',
)

#: A text, a translator's limit in characters, and the pieces.
CUT = (
    ("One two. Three four!  Five?", 20, ("One two. Three four!", "Five?")),
    ("One two. Three four", 12, ("One two.", "Three four")),
    ("He said “no.” Then he went", 14, ("He said “no.”", "Then he went")),
    ("Version 1.2.3 is here", 14, ("Version 1.2.3", "is here")),
    ("你好。再见！好吗？", 6, ("你好。再见！", "好吗？")),
    ("كيف حالك؟ بخير جدا", 12, ("كيف حالك؟", "بخير جدا")),
    ("नमस्ते। फिर मिलेंगे", 12, ("नमस्ते।", "फिर मिलेंगे")),
    ("And so on… and on", 10, ("And so on…", "and on")),
    ("no end of it", 5, ("no", "end", "of it")),
    ("abcdefgh", 3, ("abc", "def", "gh")),
    ("abe\u0301d", 3, ("ab", "e\u0301d")),
    ("a\u0301\u0302\u0303b", 3, ("b",)),  # a letter that is too long is left out
    ("ab 12345 cd", 2, ("ab", "cd")),
)

WORDS = st.sampled_from(
    (
        *("you", "Hello.", "it's", "king?", "нет!", "שלום", "你好。", "e\u0301", "…", "1", "]]>", "\r"),
        *("<b>", "&amp;", '<x id="0"/>'),
    )
)
MARKS = st.sampled_from(
    (
        *("https://a.org/b?c=d", "www.a.org", "`you`", "```\nyou\n\nme\n```", "@bob", "@ann@a.org", "ann@a.org"),
        *(":smile:", "😀", "👍🏽", "👩\u200d👩\u200d👧\u200d👦", "🇵🇹", "1\ufe0f\u20e3"),
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    )
)
BETWEEN = st.sampled_from([" ", " ", " ", "\n", "\n\n", "  ", "\r\n", "\t", "", ", ", "\0", "\u200d"])
MIXED = st.lists(st.tuples(WORDS | MARKS, BETWEEN)).map(lambda pairs: "".join(map("".join, pairs)))
CHARACTERS = st.text(st.characters(exclude_categories=()))  # lone surrogates, too
TEXTS = MIXED | CHARACTERS
LIMITS = st.integers(1, 60) | st.just(4000)

LINE_BREAK = "[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]"

#: Changes that a translator may make to its texts.
GARBLERS = {
    "says nothing": lambda text: "",
    "says it backwards": lambda text: text[::-1],
    "says it twice": lambda text: text + text,
    "says the first half": lambda text: text[: len(text) // 2],
    "says the second half": lambda text: text[len(text) // 2 :],
    "says it in capitals": str.upper,
    "says every other character": lambda text: text[::2],
    "eats tags": lambda text: text.replace("<", "").replace(">", ""),
    "eats slashes": lambda text: text.replace("/", ""),
    "eats white space": lambda text: "".join(text.split()),
    "puts spaces everywhere": " ".join,
    "says links of its own": lambda text: f"https://b.org/@eve:wave:{text}`😀``",
    "says half a mark before": lambda text: "` @ : http:// " + text,
    "says half a mark after": lambda text: text + "\u200d@`",
    "says a tag": lambda text: f'<x id="0"/>{text}<x id="1"/>',
    "says an entity": lambda text: text + "&lol;",
    "says XML": lambda text: f"<?xml version='1.0'?><!DOCTYPE x><p>{text}</p>",
    "moves tags": lambda text: " ".join(reversed(text.split(" "))),
}


def found_in_order(marks_, text):
    """Whether `marks_` are in `text` in this order."""
    at = 0
    for mark in marks_:
        at = text.find(mark, at)
        if at < 0:
            return False
        at += len(mark)
    return True


class Pieces(unittest.TestCase):
    maxDiff = None

    def test_split_gives_the_text_between_marks_by_lines(self):
        for text, pieces in SPLIT:
            with self.subTest(text):
                self.assertEqual(mask(text, "split").pieces, pieces)

    def test_split_is_the_default(self):
        self.assertEqual(mask("ask @bob"), mask("ask @bob", "split", 4000))

    def test_tags_give_xml(self):
        for text, pieces in TAGS:
            with self.subTest(repr(text)):
                self.assertEqual(mask(text, "tags").pieces, pieces)

    def test_own_gives_the_whole(self):
        self.assertEqual(mask(" ask @bob\nor `ls`\n", "own").pieces, ("ask @bob\nor `ls`",))
        self.assertEqual(mask("@bob 😀", "own").pieces, ())

    def test_long_text_is_cut_where_a_reader_would_pause(self):
        for text, limit, pieces in CUT:
            for masking in MASKINGS:
                with self.subTest(text, masking=masking):
                    self.assertEqual(mask(text, masking, limit).pieces, pieces)

    def test_long_lines_are_cut_between_lines_first(self):
        for masking in ("own", "tags"):
            self.assertEqual(mask("one two\nthree four", masking, 12).pieces, ("one two", "three four"))

    def test_no_mark_is_cut(self):
        text = "ask @bobandmary@too.org now"
        self.assertEqual(mask(text, "own", 20).pieces, ("ask", "now"))
        self.assertEqual(mask(text, "own", 23).pieces, ("ask @bobandmary@too.org", "now"))
        self.assertEqual(mask("see https://a.org/long it", "own", 9).pieces, ("see", "it"))
        self.assertEqual(mask("see 👩‍👩‍👧‍👦 it", "tags", 13).pieces, ("see", "it"))
        self.assertEqual(mask("a&&b", "tags", 7).pieces, ("a&amp;", "&amp;b"))

    def test_has_words(self):
        for text, pieces in SPLIT:
            with self.subTest(text):
                self.assertEqual(has_words(text), bool(pieces))

    def test_invalid_values_are_rejected(self):
        for masking, limit in (("tag", 4000), ("", 4000), ("split", 0), ("own", -1)):
            with self.subTest(masking, limit=limit), self.assertRaises(ValueError):
                mask("hello", masking, limit)

    def test_long_and_hostile_texts_take_time_by_their_length_only(self):
        # 40,000 characters take 50 ms at most; in quadratic time they would take many seconds
        units = (*".\n &<@?a。😀", "\0", "\u0301", "\u200d", ". ", "a.", "a ", "?)", "a\u0301", "a @b ")
        for unit in units:
            for masking in MASKINGS:
                with self.subTest(unit, masking=masking):
                    text = (unit * 40_000)[:40_000]
                    start = time.process_time()
                    masked = mask(text, masking, 100)
                    self.assertEqual(masked.restore(masked.pieces), text)
                    self.assertLess(time.process_time() - start, 3)

    def test_hostile_answers_take_time_by_their_length_only(self):
        masked = mask("hello @bob", "tags")
        for unit in ("<x", "<x id=", "<x id='0'", "<x id='0'>", "<x ", "&", "&#1", "a", '<x id="0"/>', "&amp;"):
            with self.subTest(unit):
                start = time.process_time()
                with self.assertRaises(BadResponse):
                    masked.restore([unit * 40_000])
                self.assertLess(time.process_time() - start, 3)


class Restored(unittest.TestCase):
    def test_in_the_places_of_the_pieces(self):
        masked = mask("  ask @bob:\n\n- or `ls`\t\n", "split")
        self.assertEqual(masked.pieces, ("ask", "or"))
        self.assertEqual(masked.restore(["frage", "oder"]), "  frage @bob:\n\n- oder `ls`\t\n")

    def test_white_space_around_a_translation_is_not_taken(self):
        self.assertEqual(mask("ask @bob, please").restore(["frage\n", " , bitte "]), "frage @bob, bitte")

    def test_the_number_of_results_must_match(self):
        for masking in MASKINGS:
            for answer in ([], ["a", "b"]):
                with self.subTest(masking, answer=answer), self.assertRaises(BadResponse):
                    mask("hello", masking).restore(answer)

    def test_marks_that_format_words_come_back_or_the_translation_does_not_count(self):
        masked = mask("I *really* do", "own")
        self.assertEqual(masked.restore(["Ich tue es *wirklich*"]), "Ich tue es *wirklich*")
        for answer in ("Ich tue es wirklich", "Ich tue es * wirklich *", "**Ich** tue es *wirklich*"):
            with self.subTest(answer), self.assertRaises(BadResponse):
                masked.restore([answer])

    def test_complete_tags(self):
        masked = mask("ask @bob or `ls`", "tags")
        for xml, text in GOOD_XML:
            with self.subTest(xml):
                self.assertEqual(masked.restore([xml]), text)

    def test_incomplete_tags(self):
        masked = mask("ask @bob or `ls`", "tags")
        for xml in BAD_XML:
            with self.subTest(repr(xml)), self.assertRaises(BadResponse):
                masked.restore([xml])

    def test_tags_come_back_where_they_were_given(self):
        masked = mask("ask @bob now.\nOr ask @ann then.", "tags", 30)
        self.assertEqual(masked.pieces, ('ask <x id="0"/> now.', 'Or ask <x id="1"/> then.'))
        with self.assertRaises(BadResponse):
            masked.restore(masked.pieces[::-1])

    def test_changed_marks(self):
        masked = mask("ask @bob or `ls`", "own")
        self.assertEqual(masked.restore(["frage @bob oder `ls`"]), "frage @bob oder `ls`")
        for answer in ("frage", "@bob", "`ls` @bob", "@bob @bob `ls`", "@Bob `ls`", "@bob `ls` 😀", "@bobby `ls`"):
            with self.subTest(answer), self.assertRaises(BadResponse):
                masked.restore([answer])

    def test_empty_results_are_rejected(self):
        for masking, seen in (("split", ["…"]), ("tags", ['…<x id="0"/>']), ("slots", ["…⟦1⟧"]), ("own", ["… @bob"])):
            masked = mask("ahoy @bob", masking)
            for answer in ("", " ", "\u200b", "\u2060\u3164\xad", "\u202e"):
                with self.subTest(masking, answer=answer):
                    answers = [seen[0].replace("…", answer)]
                    with self.assertRaises(BadResponse) as caught:
                        masked.restore(answers)
                    self.assertEqual(caught.exception.message.id, "translation.came_back_empty")
            self.assertEqual(masked.restore(seen).replace(" ", ""), "…@bob")
            with self.assertRaises(BadResponse):
                masked.restore(seen, in_words=True)

    def test_bidirectional_controls_are_removed(self):
        for masking in ("split", "tags", "slots", "own"):
            with self.subTest(masking):
                self.assertEqual(mask("ahoy", masking).restore(["\u202eyoha\u2066"]), "yoha")
                self.assertEqual(mask("\u2067ahoy\u2069", masking).restore(["\u2067hallo\u2069"]), "\u2067hallo\u2069")

    def test_slots(self):
        masked = mask("Run `ls` in @bob, ⟦1⟧ *now*", "slots")
        self.assertEqual(masked.pieces, ("Run ⟦1⟧ in ⟦2⟧, ⟦3⟧1⟦4⟧ ⟦5⟧now⟦6⟧",))
        self.assertEqual(masked.restore(["⟦2⟧ läuft ⟦5⟧jetzt⟦6⟧ ⟦ 1 ⟧ ⟦3⟧1⟦4⟧"]), "@bob läuft *jetzt* `ls` ⟦1⟧")
        for lost in (
            "⟦1⟧ ⟦2⟧ ⟦3⟧ ⟦4⟧ ⟦5⟧ a",
            "⟦1⟧⟦1⟧⟦2⟧⟦3⟧⟦4⟧⟦5⟧a⟦6⟧",
            "⟦2⟧⟦1⟧⟦3⟧⟦4⟧⟦6⟧a⟦5⟧",
            "⟦1⟧⟦2⟧⟦3⟧⟦4⟧⟦5⟧a⟦6⟧⟦7⟧",
            "⟦1⟧⟦2⟧⟦3⟧⟦4⟧⟦5⟧a⟦6⟧⟧",
        ):
            with self.subTest(lost), self.assertRaises(BadResponse):
                masked.restore([lost])

    def test_placeholders_may_come_in_another_order(self):
        masked = mask("ask *Bo* and `ls` @eve", "tags")
        self.assertEqual(
            masked.restore(['<x id="3"/> <x id="2"/> und <x id="0"/>Bo<x id="1"/> frag']), "@eve `ls` und *Bo* frag"
        )
        for moved in (
            'a <x id="1"/>b<x id="0"/> <x id="2"/><x id="3"/>',
            'a<x id="0"/><x id="0"/><x id="2"/><x id="3"/>',
        ):
            with self.subTest(moved), self.assertRaises(BadResponse):
                masked.restore([moved])

    def test_marks_of_lines_stay_where_lines_begin(self):
        masked = mask("> ahoy\n- one\n- two", "slots")
        self.assertEqual(masked.restore(["⟦1⟧hallo\n⟦3⟧zwei\n⟦2⟧eins"]), "> hallo\n- zwei\n- eins")
        with self.assertRaises(BadResponse):
            masked.restore(["⟦1⟧hallo ⟦2⟧eins\n⟦3⟧zwei"])

    def test_words_do_not_run_into_marks(self):
        for text, answers, read in (
            ("「https://example.org」を見て", ["」look"], "「https://example.org」look"),
            ("https://example.orgを見て", ["look"], "https://example.org look"),
            ("请看example.org谢谢", ["see", "-thanks"], "see example.org -thanks"),
            ("@田中さん", ["san"], "@田中 san"),
            ("这是**重要**的", ["this is", "important", "de"], "this is **important** de"),
            ("请用`ls`命令", ["use", "command"], "use `ls` command"),
            ("the `ls`-command", ["die", "-Anweisung"], "die `ls`-Anweisung"),
            ("你好👍🏽吗", ["hi", "\u200dthere"], "hi 👍🏽 \u200dthere"),
            ("你好:smile:", ["1"], "1 :smile:"),
        ):
            with self.subTest(text):
                self.assertEqual(mask(text, "split").restore(answers), read)
        masked = mask("请看example.org谢谢@bob", "slots")
        self.assertEqual(masked.restore(["see⟦1⟧,thanks⟦2⟧"]), "see example.org ,thanks @bob")
        self.assertEqual(masked.restore(["thanks⟦2⟧⟦1⟧"]), "thanks @bob example.org")
        masked = mask("I do *this*", "tags")
        self.assertEqual(masked.restore(['<x id="0"/> dies <x id="1"/>tue ich']), "*dies* tue ich")

    def test_pieces_are_tagged_for_translators_of_xml(self):
        masked = mask("Tom & Jerry: @bob <and>\0@eve a&b", "split", 4000, is_xml=True)
        self.assertEqual(masked.pieces, ("Tom &amp; Jerry:", "&lt;and&gt;", "a&amp;b"))
        self.assertEqual(masked.restore(masked.pieces), "Tom & Jerry: @bob <and>\0@eve a&b")
        self.assertEqual(masked.restore(["T &amp; &#74;:", "und", "b"]), "T & J: @bob und\0@eve b")
        for broken in ("Tom & Jerry", "<b>", '<x id="0"/>'):
            with self.subTest(broken), self.assertRaises(BadResponse):
                masked.restore([broken, "a", "b"])

    def test_errors_do_not_contain_texts(self):
        for masking in ("tags", "own"):
            with self.assertRaises(BadResponse) as caught:
                mask("my secret @bob", masking).restore(["secret"])
            self.assertNotIn("secret", str(caught.exception))


class Promises(unittest.TestCase):
    """Properties for any text and any translator."""

    @given(TEXTS, st.sampled_from(MASKINGS), LIMITS)
    def test_a_translator_that_changes_nothing_changes_nothing(self, text, masking, limit):
        masked = mask(text, masking, limit)
        self.assertEqual(masked.restore(masked.pieces), text)

    @given(TEXTS, st.sampled_from(MASKINGS), LIMITS)
    def test_every_piece_fits_and_has_words(self, text, masking, limit):
        for piece in mask(text, masking, limit).pieces:
            self.assertLessEqual(len(piece), limit)
            self.assertEqual(piece, piece.strip())
            self.assertTrue(any(map(str.isalpha, piece)))

    @given(TEXTS, LIMITS)
    def test_split_gives_no_marks_and_no_line_breaks(self, text, limit):
        masked = mask(text, "split", limit)
        self.assertEqual([piece for piece in masked.pieces if len(piece.splitlines()) > 1], [])
        gone = masked.restore(["…"] * len(masked.pieces))
        self.assertTrue(found_in_order(marks.marks(text), gone))

    @given(TEXTS, LIMITS, st.sampled_from(sorted(GARBLERS)))
    def test_split_loses_no_mark_and_no_line_break(self, text, limit, garbler):
        masked = mask(text, "split", limit)
        answers = [GARBLERS[garbler](piece) for piece in masked.pieces]
        if not all(map(visible, answers)):
            with self.assertRaises(BadResponse):
                masked.restore(answers)
            return
        read = masked.restore(answers)
        self.assertTrue(found_in_order(marks.marks(text), read))
        self.assertTrue(found_in_order(masked.between, read))
        self.assertEqual(
            "".join(re.findall(LINE_BREAK, "".join(masked.between))), "".join(re.findall(LINE_BREAK, text))
        )

    @given(st.lists(st.tuples(WORDS, st.sampled_from(["`{}`", "https://a.org/{}", "@b{}", ":w{}:"]))), LIMITS)
    def test_split_has_every_mark_once(self, pairs, limit):
        text = "".join(f"{word} {mark.format(number)} " for number, (word, mark) in enumerate(pairs))
        masked = mask(text, "split", limit)
        read = masked.restore(["z"] * len(masked.pieces))
        for mark in marks.marks(text):
            self.assertEqual(read.count(mark), text.count(mark))

    @given(TEXTS, LIMITS, st.sampled_from(("tags", "slots", "own")), st.sampled_from(sorted(GARBLERS)))
    @example("you 😀 ", 4000, "own", "says it twice")
    def test_other_maskings_detect_lost_marks(self, text, limit, masking, garbler):
        masked = mask(text, masking, limit)
        try:
            read = masked.restore([GARBLERS[garbler](piece) for piece in masked.pieces])
        except BadResponse:
            return
        for mark, times in Counter(marks.marks(text)).items():
            self.assertGreaterEqual(read.count(mark), times)
        if masking == "own":
            self.assertEqual(marks.marks(read), marks.marks(text))

    @given(TEXTS, LIMITS, st.data())
    def test_any_answer_is_restored_or_rejected(self, text, limit, data):
        for masking in MASKINGS:
            masked = mask(text, masking, limit)
            answers = data.draw(st.lists(CHARACTERS | MIXED, min_size=len(masked.pieces), max_size=len(masked.pieces)))
            try:
                read = masked.restore(answers)
            except BadResponse:
                if masking == "split":
                    self.assertFalse(all(map(visible, answers)))
            else:
                self.assertTrue(all(mark in read for mark in marks.marks(text)))

    @given(TEXTS)
    def test_pieces_are_there_for_words_only(self, text):
        for masking in MASKINGS:
            self.assertEqual(bool(mask(text, masking).pieces), has_words(text))

    def test_a_translator_with_its_own_masking_adds_emoji_only(self):
        masked = mask("see https://a.example 🙂", "own")
        added = "🎉 see https://a.example 🏴\u200d☠️ 🙂🦜"
        self.assertEqual(masked.restore([added]), added)
        for wrong in (
            "see https://a.example https://b.example 🙂",
            "see https://a.example 🎉",
            "see https://a.example 🙂🙂",
            "see https://a.example 🙂" + " 🎉" * 101,
            "🙂 https://a.example",
            "a@b.example",
        ):
            with self.subTest(wrong), self.assertRaises(BadResponse):
                masked.restore([wrong])

    @given(TEXTS, LIMITS)
    @example("`x` I goes home now 3 ok", 4000)  # with a flag
    def test_the_pirate_preserves_marks(self, text, limit):
        masked = mask(text, "own", limit)
        read = masked.restore([in_pirate(piece) for piece in masked.pieces])
        self.assertEqual(without_flags(marks.marks(read)), without_flags(marks.marks(text)))


def without_flags(found):
    """Return the marks without those that the pirate adds."""
    return [mark for mark in found if mark != "🏴\u200d☠️"]
