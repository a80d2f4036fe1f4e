"""Programs' whispers, which are sent to readers in order, and not stored."""

import contextlib
import unittest

import gevent

from piratechat.model.chat import Chat
from piratechat.model.commands import Done
from piratechat.notifications.whispers import DROPPED, Whisper, Whispers
from piratechat.peers.messages import Whispered
from piratechat.rate_limits import WHISPERING, Limits
from piratechat.settings import Settings
from tests.support.engines import TIMEOUT

WHISPER = Whisper("tavern", "queue:tide", "Tide", "Rising", "en")


class WhispersTest(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Tavern", "captain")
        self.told, self.answers = [], []
        self.now = 0.0
        self.fault = None
        limits = Limits(Settings(), lambda: self.now)
        whispers = Whispers(self.reading, lambda *told: self.told.append(told), limits.may_whisper, lambda: 7)
        self.submit = whispers.submit
        self.greenlet = gevent.spawn(whispers.run)
        self.addCleanup(self.greenlet.kill)

    @contextlib.contextmanager
    def reading(self):
        if self.fault is not None:
            raise self.fault
        yield self.chat

    def whisper(self, *whispers):
        """Return the results of whispers."""
        self.answers.clear()
        for whisper in whispers:
            self.submit(whisper, self.answers.append)
        with gevent.Timeout(TIMEOUT):
            while len(self.answers) < len(whispers):
                gevent.sleep(0)
        return list(self.answers)

    def test_whispers_are_sent_and_not_stored(self):
        other = Whisper("tavern", "queue:tide", "Tide", "Falling")
        self.assertEqual(self.whisper(WHISPER, other), [Done(), Done()])
        said = [Whispered("Tide", 7, "Rising", "en"), Whispered("Tide", 7, "Falling", "")]
        self.assertEqual(self.told, [("tavern", each) for each in said])
        self.assertEqual((self.room.log.last, self.room.names.owner("Tide")), (0, None))

    def test_whispering_requires_permission_to_post(self):
        self.room.names.claim("Tide", "queue:tide")
        self.room.names.mute("queue:tide")
        self.room.names.claim("Moon", "bo")
        refused = self.whisper(
            WHISPER, Whisper("nowhere", "queue:tide", "Tide", "x"), Whisper("tavern", "queue:moon", "Moon", "x")
        )
        self.assertEqual([each.code for each in refused], ["muted", "bad-message", "name-taken"])
        self.assertEqual(self.told, [])

    def test_publications_of_this_database_are_not_whispered(self):
        here, there = (
            Whisper("tavern", "queue:tide", "Tide", "Rising", origin=each) for each in (self.chat.epoch, "x")
        )
        self.assertEqual([getattr(each, "code", "") for each in self.whisper(here, there)], ["not-allowed", ""])
        self.assertEqual(len(self.told), 1)

    def test_database_errors_are_retried(self):
        self.fault = OSError("away")
        with self.assertLogs("piratechat.notifications.whispers", "WARNING"):
            (refused,) = self.whisper(WHISPER)
        self.assertEqual(refused.code, "not-stored")
        self.fault = None
        self.assertEqual(self.whisper(WHISPER), [Done()])

    def test_too_many_in_one_room_are_dropped(self):
        rate, burst = WHISPERING
        answers = self.whisper(*[WHISPER] * (burst + 5))
        self.assertEqual(sum(answer is DROPPED for answer in answers), 5)
        self.assertEqual(len(self.told), burst)
        self.now += 1
        self.assertEqual(sum(answer is DROPPED for answer in self.whisper(*[WHISPER] * (rate + 5))), 5)
