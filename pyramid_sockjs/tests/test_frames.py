"""Frames and their JSON (sections "Protocol and framing" and "JSON Unicode Encoding")."""

import json
import unittest

from hypothesis import given
from hypothesis import strategies as st

from pyramid_sockjs.protocol.frames import (
    HEARTBEAT,
    OPEN,
    Batch,
    BrokenJSON,
    CloseFrame,
    TooLarge,
    parse_messages,
    quote,
)

# Text as in browsers: with lone surrogates, but a high one followed by a low one is one character.
TEXT = st.text(st.characters(exclude_categories=())).map(
    lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)

MUST_BE_ESCAPED = [
    chr(code)
    for first, last in [
        (0x0000, 0x001F),
        (0x200C, 0x200F),
        (0x2028, 0x202F),
        (0x2060, 0x206F),
        (0xD800, 0xDFFF),
        (0xFFF0, 0xFFFF),
    ]
    for code in range(first, last + 1)
]


def batch(*texts):
    """Return a batch of `texts`, built as sessions do."""
    result = None
    for text in texts:
        result = Batch(text, quote(text), result)
    return result


def parse(payload, max_messages=1000, max_message_size=1000):
    return parse_messages(payload, max_messages, max_message_size)


class Quoting(unittest.TestCase):
    def test_characters_that_browsers_lose_are_escaped(self):
        for character in MUST_BE_ESCAPED:
            quoted = quote(f"a{character}b").decode("ascii")
            self.assertRegex(quoted, r'^"a\\(u[0-9a-f]{4}|[bfnrt])b"$', repr(character))
        self.assertEqual(quote("\x00\u200c\ufffe"), b'"\\u0000\\u200c\\ufffe"')

    def test_other_characters_are_not_escaped(self):
        self.assertEqual(quote('Arr, "ø" ☠ 🏴'), '"Arr, \\"ø\\" ☠ 🏴"'.encode())

    @given(TEXT)
    def test_any_text_can_be_parsed_again(self, text):
        quoted = quote(text)
        self.assertEqual(json.loads(quoted.decode()), text)
        self.assertFalse(set(quoted.decode()) & set(MUST_BE_ESCAPED))

    def test_only_text_is_accepted(self):
        for thing in (b"bytes", 1, None, ["list"]):
            with self.assertRaises((TypeError, AttributeError)):
                quote(thing)


class Frames(unittest.TestCase):
    def test_each_kind_has_its_letter(self):
        self.assertEqual(OPEN.payload(), b"o")
        self.assertEqual(HEARTBEAT.payload(), b"h")
        self.assertEqual(batch("m1", "m2").payload(), b'a["m1","m2"]')
        self.assertEqual(CloseFrame(3000, "Go away!").payload(), b'c[3000,"Go away!"]')

    def test_only_a_close_frame_is_final(self):
        self.assertTrue(CloseFrame(3000, "Go away!").final)
        self.assertFalse(OPEN.final or HEARTBEAT.final or batch("m").final)

    def test_a_batch_grows_without_changing(self):
        first = batch("a")
        second = Batch("b", quote("b"), first)
        self.assertEqual(first.payload(), b'a["a"]')
        self.assertEqual(second.payload(), b'a["a","b"]')
        self.assertEqual(list(second.texts()), ["a", "b"])
        self.assertEqual((first.size, second.size), (3, 6))

    def test_a_long_batch_is_not_deeply_nested(self):
        texts = [str(number) for number in range(20_000)]
        self.assertEqual(json.loads(batch(*texts).payload()[1:]), texts)

    def test_readers_share_one_encoding(self):
        made = []

        def wrap(frame):
            made.append(frame)
            return frame.payload() + b"\n"

        frame = batch("a")
        self.assertIs(frame.wrapped(wrap), frame.wrapped(wrap))
        self.assertEqual((frame.wrapped(wrap), len(made)), (b'a["a"]\n', 1))
        self.assertEqual(frame.wrapped(lambda frame: b"other"), b"other")

    @given(st.lists(TEXT, min_size=1))
    def test_a_batch_is_an_array_of_its_messages(self, texts):
        self.assertEqual(json.loads(batch(*texts).payload()[1:]), texts)


class Parsing(unittest.TestCase):
    def test_an_array_or_one_string(self):
        self.assertEqual(parse(b'["a","b"]'), ["a", "b"])
        self.assertEqual(parse(b'"a"'), ["a"])
        self.assertEqual(parse(b"[]"), [])
        self.assertEqual(parse(b' [ "a" ,\n"b" ] '), ["a", "b"])

    def test_everything_else_is_invalid(self):
        for payload in (
            b"",
            b" ",
            b"[",
            b'["a',
            b'["a"]x',
            b'["a"',
            b"x",
            b"{}",
            b"1",
            b"null",
            b"[1]",
            b'["a",null]',
            b'[["a"]]',
            b'["\x01"]',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"[" + b"9" * 5000 + b"]",
        ):
            with self.assertRaises(BrokenJSON, msg=payload[:20]):
                parse(payload)

    def test_text_is_utf_8(self):
        for payload in (b'["\xff"]', b'["\xed\xa0\x80"]', b'["\xc0\x80"]'):
            with self.assertRaises(UnicodeDecodeError):
                parse(payload)

    def test_lone_surrogates_must_be_escaped(self):
        self.assertEqual(parse(b'["\\ud800"]'), ["\ud800"])

    def test_arrays_and_messages_are_bounded(self):
        self.assertEqual(len(parse(b'["",""]', max_messages=2)), 2)
        with self.assertRaisesRegex(TooLarge, "at most 1 messages"):
            parse(b'["",""]', max_messages=1)
        self.assertEqual(parse('["ää"]'.encode(), max_message_size=4), ["ää"])
        with self.assertRaisesRegex(TooLarge, "at most 3 bytes"):
            parse('["ää"]'.encode(), max_message_size=3)
        # escapes do not count, what they stand for does
        self.assertEqual(parse(b'["\\u0041\\u0041"]', max_message_size=2), ["AA"])

    @given(st.binary())
    def test_any_bytes_are_messages_or_an_error(self, payload):
        try:
            messages = parse(payload)
        except (UnicodeDecodeError, BrokenJSON, TooLarge):
            return
        self.assertTrue(all(isinstance(message, str) for message in messages))

    @given(st.lists(TEXT))
    def test_messages_of_clients_are_parsed(self, texts):
        self.assertEqual(parse(json.dumps(texts).encode(), max_message_size=10_000), texts)
