"""Processes with different settings are detected, without publishing the settings."""

import unittest

from piratechat.peers.agreement import PAUSE, Agreement, digests_of
from piratechat.settings import Settings

SECRET = "of all processes"


def of(**options):
    """Return the agreement of a process with these settings; `__` stands for a dot."""
    options = {f"piratechat.{name.replace('__', '.')}": value for name, value in options.items()}
    settings = Settings.from_ini({name: value for name, value in options.items() if ".translator." not in name})
    return Agreement(digests_of(settings, options, SECRET))


class AgreementTest(unittest.TestCase):
    def difference(self, here, there):
        """Return the differences that `here` detects in `there`."""
        if here.heard("there", there.digest, 0.0):
            here.compare("there", there.own)
        return here.problem

    def test_published_rooms_must_be_the_same(self):
        self.assertIsNone(self.difference(of(amqp__rooms="ada  ops-*"), of(amqp__rooms="ada ops-*")))
        self.assertIn("piratechat.amqp.rooms", self.difference(of(amqp__rooms="ada"), of()))

    def test_a_default_is_the_same_as_its_value(self):
        self.assertIsNone(self.difference(of(message_length="4000", hosts=""), of()))

    def test_addresses_may_differ(self):
        self.assertIsNone(self.difference(of(node="a", var="/a", disk_reserve="1"), of(node="b", var="/b")))

    def test_differences_are_named(self):
        found = self.difference(of(message_length="100", translator__german__url="http://a"), of(edit_time="0"))
        self.assertEqual(
            found,
            "settings: there has another piratechat.edit_time, piratechat.message_length, "
            "piratechat.translator.german.url; all processes need the same",
        )

    def test_the_number_of_named_settings_is_limited(self):
        names = "message_length", "page_length", "edit_time", "message_burst", "form_timeout", "message_rate"
        self.assertIn(" and 1 more;", self.difference(of(**dict.fromkeys(names, "7")), of()))

    def test_differences_without_details_are_reported(self):
        here = of()
        here.heard("there", of(edit_time="0").digest, 0.0)
        self.assertEqual(here.problem, "settings: there has other settings; all processes need the same")

    def test_details_are_sent_periodically(self):
        here, there = of(), of(edit_time="0")
        told = [here.heard("there", there.digest, now) for now in (0.0, 1.0, PAUSE - 1, PAUSE, PAUSE + 1)]
        self.assertEqual(told, [True, False, False, True, False])

    def test_processes_that_leave_or_agree_are_removed(self):
        here, there = of(), of(edit_time="0")
        self.difference(here, there)
        here.left("there")
        self.assertIsNone(here.problem)
        self.difference(here, there)
        here.heard("there", here.digest, 1.0)
        self.assertIsNone(here.problem)

    def test_details_may_come_before_the_heartbeat(self):
        here, there = of(), of(edit_time="0")
        here.compare("there", there.own)
        here.heard("there", there.digest, 0.0)
        self.assertIn("piratechat.edit_time", here.problem)
        here.compare("elsewhere", here.own)
        self.assertNotIn("elsewhere", here.problem)

    def test_an_earlier_version_sends_no_digest(self):
        here = of()
        self.assertFalse(here.heard("there", "", 0.0))
        self.assertIsNone(here.problem)

    def test_digests_are_keyed(self):
        settings = Settings.from_ini({})
        one, other = (digests_of(settings, {}, secret) for secret in (SECRET, "of another chat"))
        self.assertFalse(set(one.values()) & set(other.values()))
