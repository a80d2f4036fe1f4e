"""Messages of clients are validated completely, with descriptive errors."""

import inspect
import json
import re
import unittest
from pathlib import Path

from piratechat.errors import CommandRejected
from piratechat.live import event_json
from piratechat.model.catching_up import Position
from piratechat.realtime import messages
from piratechat.realtime.handlers import HANDLERS
from piratechat.realtime.messages import MESSAGES, Bounds, class_of, values_of
from tests.support.paths import TOP
from tests.support.protocol import EVENTS, check_event, faults
from tests.support.protocol import MESSAGES as DESCRIBED
from tools import protocol_reference

BOUNDS = Bounds(20, ("pirate", "original"))


def parsed(**values):
    return parsed_text(json.dumps(values))


def parsed_text(text):
    values = values_of(text)
    return class_of(values).parse(values, BOUNDS)


class Messages(unittest.TestCase):
    def rejected(self, **values):
        with self.assertRaises(CommandRejected) as caught:
            parsed(**values)
        self.assertEqual(caught.exception.code, "bad-message", values)
        return caught.exception.message

    def test_each_message_has_its_class(self):
        for values, message in [
            ({"type": "join"}, messages.Join(Position(), None, None)),
            ({"type": "join", "after": 0, "name": "Bo", "as": "pirate"}, messages.Join(Position(0), "Bo", "pirate")),
            ({"type": "join", "since": 3, "epoch": "e"}, messages.Join(Position(None, 3, "e"), None, None)),
            ({"type": "ping"}, messages.Ping()),
            ({"type": "say", "text": "Ahoy"}, messages.Say("Ahoy", "", "")),
            ({"type": "say", "text": "Hallo", "lang": "DE", "nonce": "n"}, messages.Say("Hallo", "de", "n")),
            ({"type": "as", "as": "pirate"}, messages.As("pirate")),
            ({"type": "read", "seqs": [3, 1, 3]}, messages.Read([3, 1], False)),
            ({"type": "read", "seqs": [], "again": True}, messages.Read([], True)),
            ({"type": "read", "topic": True}, messages.Read([], False, True)),
            ({"type": "typing"}, messages.Typing()),
            ({"type": "remove", "seq": 7}, messages.Remove(7, "")),
            ({"type": "restore", "seq": 7, "nonce": "n"}, messages.Restore(7, "n")),
            ({"type": "say", "text": "Aye", "reply_to": 3}, messages.Say("Aye", "", "", 3)),
            ({"type": "erase", "seq": 7, "nonce": "n"}, messages.Erase(7, "n")),
            ({"type": "edit", "seq": 7, "text": "Aye"}, messages.Edit(7, "Aye", None, "")),
            ({"type": "edit", "seq": 7, "text": "Ja", "lang": "DE"}, messages.Edit(7, "Ja", "de", "")),
            ({"type": "edit", "seq": 7, "text": "Ja", "lang": "", "nonce": "n"}, messages.Edit(7, "Ja", "", "n")),
            (
                {"type": "react", "seq": 7, "emoji": "\u2764", "on": False, "nonce": "n"},
                messages.React(7, "\u2764\ufe0f", False, "n"),
            ),
            ({"type": "pin", "seq": 7, "on": True}, messages.Pin(7, True, "")),
            ({"type": "room", "title": " The  Cabin", "slow": 5}, messages.Room({"title": "The Cabin", "slow": 5}, "")),
            ({"type": "mute", "name": " Bo "}, messages.Mute("Bo", "")),
            ({"type": "unmute", "name": "Bo", "nonce": "n"}, messages.Unmute("Bo", "n")),
        ]:
            with self.subTest(values):
                self.assertEqual(parsed(**values), message)

    def test_every_message_is_handled(self):
        self.assertEqual(set(HANDLERS), set(MESSAGES.values()))
        self.assertEqual([name for name, each in MESSAGES.items() if not each.joins], ["join", "ping"])

    def test_other_texts_are_posted_unchanged(self):
        for text in ("ahoy", '"ahoy"', "[1]", "{broken"):
            self.assertEqual(parsed_text(text), messages.Say(text, "", ""))

    def test_the_error_of_an_unknown_type_lists_the_types(self):
        for kind in ("dance", None, 7, ["say"], {}):
            self.assertIn("join, ping, say", self.rejected(type=kind))

    def test_numbers_are_validated(self):
        for kind in ("remove", "restore"):
            for seq in (None, 0, -1, "7", 7.0, True, 2**62, [7]):
                self.assertIn("seq must be", self.rejected(type=kind, seq=seq))
        for after in (-1, "0", 0.0, False, 2**62):
            self.assertIn("after must be", self.rejected(type="join", after=after))
            self.assertIn("since must be", self.rejected(type="join", since=after))
        self.assertIn("epoch must be", self.rejected(type="join", epoch=7))

    def test_lists_are_bounded(self):
        for seqs in (None, 7, "7", list(range(1, 202)), {"7": 7}):
            self.assertIn("at most 200", self.rejected(type="read", seqs=seqs))
        self.assertIn("seq must be", self.rejected(type="read", seqs=[1, True]))
        self.rejected(type="read", seqs=[1], again=1)

    def test_nonces_are_validated_in_all_messages(self):
        for values in (
            {"type": "say", "text": "ahoy"},
            {"type": "remove", "seq": 1},
            {"type": "room", "slow": 1},
            {"type": "mute", "name": "Bo"},
        ):
            for nonce in (7, "x" * 65, "\ud800"):
                self.assertIn("nonce", self.rejected(**values, nonce=nonce))

    def test_messages_that_are_too_long_are_rejected(self):
        with self.assertRaises(CommandRejected) as caught:
            parsed(type="say", text="x" * 21)
        self.assertEqual(caught.exception.code, "too-long")


class Read(dict):
    """A client's JSON object, which records the requested fields."""

    def __init__(self, values):
        super().__init__(values)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

    def items(self):
        self.asked |= self.keys()
        return super().items()


def values_in(text):
    """Yield the JSON objects in `text` one after another."""
    while text.strip():
        values, end = json.JSONDecoder().raw_decode(text.strip())
        text = text.strip()[end:]
        yield values


class Described(unittest.TestCase):
    """`piratechat.protocol` describes what the parser accepts."""

    settings = {"title": "T", "topic": "t", "translator": None, "read_only": True, "slow": 1}
    settings |= {"third_party_translation": False}
    fields = {"text": "x", "lang": "de", "nonce": "n", "reply_to": 1, "seq": 1, "seqs": [1], "on": True, "name": "Bo"}
    fields |= {"emoji": "\U0001f44d", "as": "pirate", "after": 0, "since": 0, "epoch": "e", "topic": True}
    fields |= {"again": True, "later": True, "anyway": True}

    def examples(self):
        """Yield each type with its description, and a message with all of its fields."""
        for name, described in DESCRIBED.items():
            fields = self.fields | (self.settings if name == "room" else {})
            names = described.__annotations__.keys() - {"type"}
            with self.subTest(name):
                yield name, described, {"type": name, **{each: fields[each] for each in names}}

    def test_each_message_has_the_fields_that_the_parser_reads(self):
        self.assertEqual(set(DESCRIBED), set(MESSAGES))
        for name, described, example in self.examples():
            self.assertEqual(faults(example, described), [])
            values = Read(example)
            MESSAGES[name].parse(values, BOUNDS)
            self.assertEqual(values.asked | {"type"}, example.keys())

    def test_required_fields(self):
        for name, described, example in self.examples():
            for missing in described.__required_keys__ - {"type", "as"}:  # the handler checks translators
                with self.assertRaises(CommandRejected) as caught:
                    parsed(**{field: value for field, value in example.items() if field != missing})
                self.assertEqual(caught.exception.code, "bad-message")
            if name not in ("read", "room"):  # they require one of several fields
                parsed(**{field: example[field] for field in described.__required_keys__})

    def test_invalid_events_are_found(self):
        for event in (
            {"type": "gap"},
            {"type": "gap", "before": "1"},
            {"type": "gap", "before": True},
            {"type": "gap", "before": 1, "after": 1},
            {"type": "pinned", "rev": 1, "seqs": [1, None]},
            {"type": "removed", "rev": 1, "seq": 1, "by": "nobody"},
            {"type": "erased", "rev": 1, "seqs": [1], "more": False},
            {"type": "view", "seq": 1, "as": "pirate", "state": "ready", "text": "x", "links": [[1, 2]]},
        ):
            with self.subTest(event), self.assertRaises(AssertionError):
                check_event(event)


class Document:
    """The document docs/talking.md."""

    text = Path(TOP, "docs", "talking.md").read_text()

    @classmethod
    def part(cls, title):
        """Return the part of the document with the heading `title`."""
        return cls.text.partition(f"\n## Messages {title}\n")[2].partition("\n## ")[0]

    @classmethod
    def section(cls, title, kind):
        """Return its section about the messages `kind`."""
        return cls.part(title).partition(f"\n### `{kind}`\n")[2].partition("\n### ")[0]


class Documented(unittest.TestCase):
    """docs/talking.md has exactly the existing messages and events."""

    def test_the_tables_are_current(self):
        """If not: bin/python tools/protocol_reference.py."""
        self.assertEqual(Document.text, protocol_reference.updated(Document.text))

    def kinds(self, part):
        return re.findall(r"^### `(\w+)`$", part, re.MULTILINE)

    def examples(self, part):
        for block in re.findall(r"```json\n(.*?)```", part, re.DOTALL):
            yield from values_in(block)

    def test_the_messages_of_clients_are_documented(self):
        part = Document.part("to the server")
        self.assertEqual(sorted(self.kinds(part)), sorted(MESSAGES))
        examples = list(self.examples(part))
        self.assertEqual({each["type"] for each in examples}, set(MESSAGES))
        for example in examples:
            self.assertEqual(faults(example, DESCRIBED[example["type"]]), [], example)
            class_of(example).parse(example, Bounds(4000, ("pirate",)))

    def test_the_events_of_the_server_are_documented(self):
        part = Document.part("from the server")
        sent = set(re.findall(r'\{"type": "(\w+)"', inspect.getsource(event_json))) | {"welcome", "error", "reactions"}
        self.assertEqual(sorted(self.kinds(part)), sorted(sent))
        self.assertEqual(set(EVENTS), sent)
        examples = list(self.examples(part))
        self.assertEqual({each["type"] for each in examples}, sent)
        for example in examples:
            check_event(example)

    def test_every_field_has_a_description(self):
        rows = re.findall(r"^\| `\w+`\?? \| (.*?) \| (.*?) \|$", Document.text, re.MULTILINE)
        self.assertGreater(len(rows), 120)
        for kind, meaning in rows:
            self.assertTrue(kind and meaning.endswith("."), meaning)

    def test_the_error_codes_are_documented(self):
        raised = set()
        for path in Path(TOP, "piratechat").rglob("*.py"):
            raised |= set(re.findall(r'CommandRejected\(\s*"([a-z-]+)"', path.read_text()))
        codes = Document.text.partition("\n### Error codes\n")[2].partition("\n##")[0]
        self.assertEqual(set(re.findall(r"^\| `([a-z-]+)` \|", codes, re.MULTILINE)), raised)
