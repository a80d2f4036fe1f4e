"""Mutants and generated inputs for parts without sockets, which are fast."""

import json
import time
import unicodedata
from functools import partial
from unittest import TestCase

from hypothesis import given, seed, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from piratechat.errors import CommandRejected
from piratechat.model.commands import checked_changes
from piratechat.model.text import (
    checked_lang,
    checked_message,
    checked_name,
    checked_nonce,
    checked_tag,
    checked_title,
    skeleton,
    slug,
)
from piratechat.realtime.messages import MESSAGES as CLASSES
from piratechat.realtime.messages import Bounds, class_of, values_of
from piratechat.views.theme import LOCAL_PATH
from pyramid_sockjs.protocol.frames import BrokenJSON, TooLarge, parse_messages, quote
from pyramid_sockjs.protocol.websocket_frames import Stream, whole_messages
from tests.attacks.fuzz.chance import INPUTS, SEED, chance, tell
from tests.attacks.fuzz.mutation import Mutator
from tests.attacks.fuzz.recording import MESSAGES

#: Maximum size of a message in bytes, if it is limited.
LIMIT = 4096
BOUNDS = Bounds(4000, ("pirate",))

NAMES = (
    "Ada Lovelace",
    "Зоя",
    "王小明",
    "Ünï & Co.",
    "rn m 0O lI1|",
    "a\u0301\u0301",
    "\u202eevil",
    "\u200bx",
    "\uff21\uff24\uff21",
    "ﷺ",
)

#: Any JSON value, including lone surrogates.
TEXT = st.text(st.characters(codec=None), max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


def frames():
    """Return WebSocket frames of a client, including fragments and control frames."""
    whole = [
        Frame(Opcode.TEXT, b'["hello"]'),
        Frame(Opcode.TEXT, '["Привет, 王小明"]'.encode() * 20),
        Frame(Opcode.TEXT, b"x" * 70_000),
        Frame(Opcode.BINARY, b"\0\1"),
        Frame(Opcode.PING, b"are you there"),
        Frame(Opcode.PONG, b""),
        Frame(Opcode.CLOSE, b"\x03\xe8bye"),
        Frame(Opcode.CLOSE, b"\x03"),
        Frame(Opcode.TEXT, b"[", fin=False),
        Frame(Opcode.CONT, b'"in parts"', fin=False),
        Frame(Opcode.CONT, b"]"),
    ]
    masked = [frame.serialize(mask=True) for frame in whole]
    return [*masked, b"".join(masked[8:]), b"".join(masked[:2]), masked[8] + masked[4] + masked[10]]


def heard(stream, pieces):
    """Return the messages that `stream` reads from `pieces`, its answers, and whether it has ended."""
    payloads, answers = [], b""
    for piece in pieces:
        payloads += stream.receive(piece)
        answers += stream.data_to_send()
        if stream.ended:
            break
    return payloads, answers, stream.ended


def cut(data, random):
    """Return `data` in pieces."""
    places = sorted(random.randint(0, len(data)) for _ in range(random.randint(0, 4)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


class Mutants(TestCase):
    """Mutants of valid inputs."""

    def mutants(self, samples, share):
        """Yield mutants of `samples`, for a `share` of the inputs, each with its random generator."""
        random = chance(self.id())
        mutator = Mutator(random, samples)
        count = max(1, INPUTS * share // 10)
        started = time.monotonic()
        for _ in range(count):
            yield mutator.mutant(), random
        tell(f"{count} inputs to {self.id().rpartition('.')[2][5:]} in {time.monotonic() - started:.0f} s")

    def test_websocket_frames_read_the_same_however_they_arrive(self):
        for data, random in self.mutants(frames(), 4):
            one = heard(Stream(LIMIT), [data])
            self.assertEqual(heard(Stream(LIMIT), cut(data, random)), one, data)
            for payload in one[0]:
                self.assertLessEqual(len(payload), LIMIT)
            whole = whole_messages(data, LIMIT)
            if whole is not None:
                self.assertEqual((whole, b"", False), one, data)

    def test_sockjs_frames(self):
        samples = [json.dumps([json.dumps(values)]).encode() for values in MESSAGES] + [b'"one"', b"[]", b'["a","b"]']
        for data, _random in self.mutants(samples, 3):
            try:
                messages = parse_messages(data, 10, LIMIT)
            except (UnicodeDecodeError, BrokenJSON, TooLarge):
                continue
            self.assertLessEqual(len(messages), 10)
            for message in messages:
                quoted = quote(message)
                self.assertEqual(json.loads(quoted), message)
                self.assertNotRegex(
                    quoted.decode(), "[\0-\x1f\x7f-\x9f\u200c-\u200f\u2028-\u202f\ud800-\udfff\ufff0-\uffff]"
                )

    def test_messages_of_clients(self):
        for data, _random in self.mutants([json.dumps(values).encode() for values in MESSAGES], 3):
            values = values_of(data.decode("utf-8", "surrogateescape"))
            self.assertIsInstance(values, dict)
            self.check(values)

    def test_names(self):
        for data, _random in self.mutants([name.encode() for name in NAMES], 2):
            name = data.decode("utf-8", "replace")[:200]
            key = slug(name)
            self.assertEqual(slug(key), key, name)
            self.assertNotRegex(key, r"[/\\?#%.\s:<>&\"'\0-\x1f]")
            try:
                shown = checked_name(name)
            except CommandRejected:
                continue
            self.assertLessEqual(len(shown), 40)
            self.assertTrue(skeleton(shown))
            self.assertEqual(checked_name(shown), shown)
            self.assertFalse(
                {unicodedata.category(each) for each in shown} & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}, name
            )

    def check(self, values):
        """Check that each value is accepted or rejected without an exception."""
        for take in (
            lambda: checked_message(values.get("text"), 4000),
            lambda: checked_name(values.get("name")),
            lambda: checked_title(values.get("title")),
            lambda: checked_nonce(values.get("nonce")),
            lambda: checked_lang(values.get("lang")),
            lambda: class_of(values),
            *(partial(each.parse, values, BOUNDS) for each in CLASSES.values()),
            lambda: checked_changes({name: value for name, value in values.items() if name != "type"}, ("pirate",)),
        ):
            try:
                take()
            except CommandRejected as refused:
                self.assertTrue(refused.message)


class Inventions(TestCase):
    """Generated inputs."""

    @seed(SEED)
    @settings(max_examples=max(50, INPUTS // 50), deadline=None, database=None)
    @given(JSON)
    def test_any_json_is_taken_or_refused(self, value):
        values = values_of(json.dumps(value))
        self.assertIsInstance(values, dict)
        Mutants.check(self, values)
        Mutants.check(
            self, dict.fromkeys(("text", "name", "title", "nonce", "lang", "seq", "slow", "translator"), value)
        )

    @seed(SEED)
    @settings(max_examples=max(50, INPUTS // 50), deadline=None, database=None)
    @given(TEXT)
    def test_accepted_messages_can_be_displayed(self, text):
        try:
            kept = checked_message(text, 4000)
        except CommandRejected:
            return
        kept.encode()
        self.assertNotRegex(kept, "[\0-\x08\x0b-\x1f\x7f\ufffe\uffff]")

    @seed(SEED)
    @settings(max_examples=max(50, INPUTS // 50), deadline=None, database=None)
    @given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=3))
    def test_any_bytes_are_read_the_same_however_they_arrive(self, data, places):
        places = sorted(min(place, len(data)) for place in places)
        pieces = [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
        self.assertEqual(heard(Stream(LIMIT), pieces), heard(Stream(LIMIT), [data]))

    @seed(SEED)
    @settings(max_examples=max(50, INPUTS // 50), deadline=None, database=None)
    @given(st.text(st.characters(min_codepoint=1, max_codepoint=0x17F), max_size=40))
    def test_language_tags(self, text):
        checked_tag(text)

    @seed(SEED)
    @settings(max_examples=max(50, INPUTS // 50), deadline=None, database=None)
    @given(st.from_regex(r"[/\\]{0,3}[a-z.@:%\t\r\n /\\?#-]{0,12}", fullmatch=True))
    def test_ways_back_stay_on_this_site(self, back):
        if LOCAL_PATH.fullmatch(back):
            self.assertTrue(back.startswith("/"))
            self.assertNotRegex(back, r"^/[/\\]|[\s\\]")
