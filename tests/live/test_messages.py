"""What clients send is checked as a whole, and told what is wrong with it."""

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

    def test_each_has_its_class(self):
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

    def test_anything_else_is_said_as_it_stands(self):
        for text in ("ahoy", '"ahoy"', "[1]", "{broken"):
            self.assertEqual(parsed_text(text), messages.Say(text, "", ""))

    def test_an_unknown_type_is_told_which_there_are(self):
        for kind in ("dance", None, 7, ["say"], {}):
            self.assertIn("join, ping, say", self.rejected(type=kind))

    def test_numbers_are_numbers(self):
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

    def test_nonces_are_checked_wherever_they_are_sent(self):
        for values in (
            {"type": "say", "text": "ahoy"},
            {"type": "remove", "seq": 1},
            {"type": "room", "slow": 1},
            {"type": "mute", "name": "Bo"},
        ):
            for nonce in (7, "x" * 65, "\ud800"):
                self.assertIn("nonce", self.rejected(**values, nonce=nonce))

    def test_a_message_is_of_the_chats_length(self):
        with self.assertRaises(CommandRejected) as caught:
            parsed(type="say", text="x" * 21)
        self.assertEqual(caught.exception.code, "too-long")


class Documented(unittest.TestCase):
    """docs/talking.md has every message and every event, and no others."""

    def setUp(self):
        text = Path(TOP, "docs", "talking.md").read_text()
        _before, self.clients, self.server = re.split("^## Messages .* the server$", text, flags=re.MULTILINE)
        self.server = self.server.split("\n## ")[0]

    def types(self, text):
        return set(re.findall(r'\{"type": "(\w+)"', text))

    def test_what_clients_send(self):
        self.assertEqual(self.types(self.clients), set(MESSAGES))

    def test_what_is_sent_to_clients(self):
        self.assertEqual(self.types(self.server), self.types(inspect.getsource(event_json)))

    def test_the_codes_of_errors(self):
        raised = set()
        for path in Path(TOP, "piratechat").rglob("*.py"):
            raised |= set(re.findall(r'CommandRejected\(\s*"([a-z-]+)"', path.read_text()))
        self.assertEqual(set(re.findall(r"^\| `([a-z-]+)` \|", self.server, re.MULTILINE)), raised)
