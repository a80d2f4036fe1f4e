"""The pirate's strength: landlubber, sailor and captain, and its setting in the ini file."""

import unittest

from piratechat.options import Options
from piratechat.translators.builtin.pirate import Pirate, from_options, in_pirate

EXAMPLES = (
    (
        "Hello my friend, the server is down and nobody is working on it",
        "Ahoy me hearty, the server be down an' nobody be workin' on it",
        "Ahoy me hearty, the server be down an' nary a soul be workin' on it",
        "Ahoy me hearty, th' galleon be down an' nary a soul be workin' on it",
    ),
    # from docs/translators.md
    (
        "Hello my friend, the server is down at 5:30 pm",
        "Ahoy me hearty, the server be down at 5:30 pm",
        "Ahoy me hearty, the server be down at three bells (5:30 pm)",
        "Ahoy me hearty, th' galleon be down at three bells o' th' first dog watch (5:30 pm)",
    ),
)


def made(**settings):
    return from_options(Options("pirate", {f"piratechat.translator.pirate.{key}": settings[key] for key in settings}))


class Strength(unittest.TestCase):
    maxDiff = None

    def test_examples(self):
        for said, *read in EXAMPLES:
            for strength, expected in zip(("landlubber", "sailor", "captain"), read, strict=True):
                with self.subTest(strength):
                    self.assertEqual(in_pirate(said, strength), expected)

    def test_landlubbers_do_not_cry(self):
        for number in range(200):
            self.assertEqual(in_pirate(f"you have {number} messages!", "landlubber"), f"ye have {number} messages!")

    def test_captains_cry_twice_as_often(self):
        cries = {
            strength: sum(
                in_pirate(f"ye galleons have {number} sails!", strength) != f"ye galleons have {number} sails!"
                for number in range(1000)
            )
            for strength in ("sailor", "captain")
        }
        self.assertAlmostEqual(cries["sailor"], 250, delta=50)
        self.assertAlmostEqual(cries["captain"], 500, delta=60)

    def test_is_a_setting(self):
        self.assertEqual(made().strength, "sailor")
        self.assertEqual(made(strength="captain", title="Cap'n").title, "Cap'n")
        (outcome,) = made(strength="landlubber").translate(["Is it the server?"])
        self.assertEqual(outcome.text, "Be it the server?")

    def test_an_invalid_strength_is_rejected(self):
        with self.assertRaisesRegex(
            ValueError,
            "piratechat.translator.pirate.strength must be one of landlubber, sailor, captain, not 'admiral'",
        ):
            made(strength="admiral")

    def test_each_strength_has_its_own_version(self):
        versions = {Pirate(strength).version for strength in ("landlubber", "sailor", "captain")}
        self.assertEqual(len(versions), 3)
        self.assertEqual(made(strength="captain").version, Pirate("captain").version)
