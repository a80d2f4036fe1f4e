"""Saying the same again, under the same nonce, does not say it twice."""

import unittest

from piratechat.model.chat import Chat
from piratechat.model.commands import Say
from piratechat.model.recent import Nonces

NOW = 1_800_000_000_000
MINUTE = 60_000
SLUG = "captain"


class NoncesTest(unittest.TestCase):
    def setUp(self):
        self.room = Chat().rooms.open("Captain", "captain")
        self.room.names.claim("Ada", "ada")
        self.room.names.claim("Bob", "bob")
        self.nonces = Nonces()

    def say(self, nonce, now=NOW, visitor="ada"):
        """Say something under `nonce`; return the number of what is kept."""
        done = Say(SLUG, visitor, f"words of {nonce}", nonce).perform(self.room, now, self.nonces)
        return (done.repeated or done.events[0]).seq

    def test_once_within_a_minute(self):
        self.assertEqual(self.say("n"), 1)
        for later in (0, 1, 30_000, MINUTE):
            self.assertEqual(self.say("n", NOW + later), 1)
        self.assertEqual(self.room.log.last, 1)

    def test_again_after_a_minute(self):
        self.say("n")
        self.assertEqual(self.say("n", NOW + MINUTE + 1), 2)
        self.assertEqual(self.say("n", NOW + MINUTE + 2), 2, "and then once within the next")

    def test_without_a_nonce_as_often_as_one_likes(self):
        self.assertEqual([self.say(""), self.say("")], [1, 2])

    def test_others_have_nonces_of_their_own(self):
        self.assertEqual([self.say("n"), self.say("n", visitor="bob")], [1, 2])
        self.assertEqual([self.say("n"), self.say("n", visitor="bob")], [1, 2])

    def test_others_may_speak_meanwhile(self):
        self.say("n")
        for number in range(50):
            self.say(f"{number}", NOW + number, visitor="bob")
        self.assertEqual(self.say("n", NOW + 60), 1)

    def test_a_restart_forgets_nothing(self):
        for number in range(40):
            self.say(f"{number}", NOW + 2_000 * number)
        self.nonces = Nonces()
        now = NOW + 2_000 * 39
        self.assertEqual(self.say("39", now), 40)
        self.assertEqual(self.say("10", now), 11, "a minute ago, less two seconds")
        self.assertEqual(self.say("5", now), 41, "more than a minute ago")

    def test_another_process_may_write_to_the_room(self):
        self.say("n1")
        here, self.nonces = self.nonces, Nonces()
        self.say("n2")
        self.nonces = here
        self.assertEqual([self.say("n1"), self.say("n2")], [1, 2])

    def test_what_was_not_kept_can_be_said_again(self):
        self.say("kept")
        other = Chat().rooms.open("Captain", "captain")  # the room as it is after an aborted transaction
        other.names.claim("Ada", "ada")
        other.say("ada", "words of kept", NOW, "kept")
        self.say("lost")
        self.room = other
        self.nonces.forget_after(1)
        self.assertEqual(self.say("kept"), 1)
        self.assertEqual(self.say("lost"), 2)
        self.assertEqual(other.log.last, 2)

    def test_a_log_that_has_become_shorter_is_noticed(self):
        self.assertEqual([self.say(nonce) for nonce in ("n1", "n2", "n2")], [1, 2, 2])
        shorter = Chat().rooms.open("Captain", "captain")
        shorter.names.claim("Ada", "ada")
        shorter.say("ada", "words of n1", NOW, "n1")
        self.room = shorter
        self.assertEqual([self.say("n1"), self.say("n3"), self.say("n2")], [1, 2, 3])
        self.assertEqual(shorter.log.last, 3)

    def test_a_clock_that_was_set_back_forgets_nothing(self):
        self.say("n")
        self.assertEqual(self.say("n", NOW - 3_600_000), 1)

    def test_old_nonces_are_not_kept_in_mind(self):
        for number in range(500):
            self.say(f"{number}", NOW + 1_000 * number)
        self.assertLessEqual(len(self.nonces._seqs), 62)
