"""`welcome` events whose common parts are encoded once."""

import json
import unittest
from unittest import mock

from piratechat.live import event_json, welcomes
from piratechat.live.names_here import MAX_NAMES
from piratechat.live.presence import Presence
from piratechat.live.welcomes import MAX_VIEWS, Shared, Welcomes
from piratechat.protocol.events import Welcome
from piratechat.translators.builtin.original import Original


class Targets(Original):
    """A translator whose languages change."""

    name, kind, target = "several", "language", None

    def __init__(self):
        self.found = ["de"]

    def targets(self):
        return self.found


class WelcomesTest(unittest.TestCase):
    def setUp(self):
        self.presence = Presence(mock.Mock())
        self.translators = {"original": Original(), "several": Targets()}
        self.shared = Shared("v-1", "ada", 0, 0, "e", "original", "Ada", "", None, (), read_only=False)
        self.welcomes = Welcomes()

    def told(self, you=None, muted=False, **changes):
        """Return the event; with nothing kept it would be the same."""
        self.shared = self.shared._replace(**changes)
        arguments = you, "mark", muted, self.shared, self.presence, self.translators
        found = self.welcomes.event(*arguments)
        self.assertEqual(found, Welcomes().event(*arguments))
        return json.loads(found)

    def enter(self, name):
        window = mock.Mock(visitor=f"visitor {name}")
        self.presence.enter(window)
        self.presence.introduce(window.visitor, name)
        return window

    def encoded(self, **arguments):
        """Return the number of parts that were encoded for an event, besides the reader's own."""
        with mock.patch.object(welcomes, "part_of_welcome", side_effect=event_json.part_of_welcome) as encode:
            self.told(**arguments)
        return encode.call_count - 4  # `told` makes another event with three parts

    def test_the_documented_fields(self):
        documented = {name for each in Welcome.__mro__ for name in getattr(each, "__annotations__", {})}
        documented |= Welcome.__required_keys__ | Welcome.__optional_keys__
        told = self.told(topic="see example.org", topic_view={"as": "pirate", "state": "ready", "text": "Arr"})
        self.assertEqual(set(told), documented)
        self.assertEqual(set(self.told(topic="", topic_view=None)), set(Welcome.__required_keys__))

    def test_each_change_is_told_to_the_next_reader(self):
        self.told()
        for change in (
            {"version": "v-2"},
            {"last": 1},
            {"rev": 1},
            {"epoch": "f"},
            {"owner": None},
            {"topic": "Ships"},
            {"pinned": (1, 2)},
            {"read_only": True},
        ):
            with self.subTest(change):
                ((field, value),) = change.items()
                self.assertEqual(self.told(**change)[field], list(value) if isinstance(value, tuple) else value)

    def test_the_translation_of_the_topic(self):
        pending = {"as": "several:de", "state": "pending"}
        ready = {"as": "several:de", "state": "ready", "text": "Schiffe"}
        for view in (pending, ready, pending):
            told = self.told(view="several:de", topic="Ships", topic_view=view)
            self.assertEqual(told["topic_view"], view)

    def test_translators(self):
        self.assertEqual([each["name"] for each in self.told()["translators"]], ["original", "several"])
        self.translators["several"].found = ["de", "fr"]
        self.assertEqual(self.told()["translators"][1]["targets"], ["de", "fr"])
        self.translators["several"].found.append("pl")
        self.assertEqual(self.told()["translators"][1]["targets"], ["de", "fr", "pl"])
        self.translators = {"original": Original()}
        self.assertEqual([each["name"] for each in self.told()["translators"]], ["original"])

    def test_each_reader_is_told_about_themselves(self):
        self.assertEqual(self.told("Bo", muted=True)["you"], "Bo")
        self.assertEqual(self.told('"}', muted=True)["you"], '"}')
        told = self.told()
        self.assertEqual((told["you"], told["muted"], told["visitor"]), (None, False, "mark"))

    def test_people(self):
        bo = self.enter("Bo")
        self.assertEqual(self.told()["present"], ["Bo"])
        self.enter("Ada")
        told = self.told()
        self.assertEqual((told["present"], told["here"]), (["Ada", "Bo"], 2))
        self.presence.rename(bo.visitor, "Zed")
        self.assertEqual(self.told()["present"], ["Ada", "Zed"])
        self.presence.leave(bo)
        self.assertEqual(self.told()["present"], ["Ada"])
        self.presence.hear_present("other", "list", 1, ["Cy"], 3)
        told = self.told()
        self.assertEqual((told["present"], told["here"]), (["Ada", "Cy"], 4))
        self.presence.forget("other")
        self.assertEqual(self.told()["here"], 1)

    def test_a_crowd(self):
        """Only its first names are told: others do not change them."""
        people = [self.enter(f"n{number:03}") for number in range(MAX_NAMES)]
        self.told()
        self.assertEqual(self.encoded(), 0)
        self.enter("z")
        self.assertEqual(self.encoded(), 0)
        self.assertEqual(self.told()["here"], MAX_NAMES + 1)
        self.presence.leave(people[7])
        self.assertEqual(self.encoded(), 1)
        self.assertEqual(self.told()["present"][-1], "z")
        self.enter("a")
        self.assertEqual(self.told()["present"][0], "a")

    def test_common_parts_are_encoded_once(self):
        self.told(topic="Ships")
        self.assertEqual(self.encoded(you="Bo", muted=True), 0)
        self.assertEqual(self.encoded(view="several:de"), 1)
        self.assertEqual(self.encoded(view="original"), 0)
        self.assertEqual(self.encoded(last=1), 1)

    def test_the_number_of_kept_parts_is_bounded(self):
        for number in range(3 * MAX_VIEWS):
            self.told(view=f"several:{number}")
        self.assertLessEqual(len(self.welcomes._rooms), MAX_VIEWS)
