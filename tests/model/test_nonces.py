"""A message that is sent again with the same nonce is not stored twice."""

import unittest
import unittest.mock

from piratechat.model.chat import Chat
from piratechat.model.commands import Erase, Say
from piratechat.model.log import nonce_digest
from piratechat.model.nonces import MAX_MESSAGES, MIN_MESSAGES, NONCE_TTL, Nonces

NOW = 1_800_000_000_000
MINUTE = 60_000
SLUG = "captain"


class NoncesTest(unittest.TestCase):
    def setUp(self):
        self.room = Chat().rooms.open("Captain", "captain")
        self.room.names.claim("Ada", "ada")
        self.room.names.claim("Bob", "bob")
        self.now = NOW  # the wall clock
        self.seconds = 0.0  # the monotonic clock
        self.start()

    def start(self, key=b"the installation's"):
        """Start the process."""
        self.nonces = Nonces(lambda: self.seconds, key)

    def erase(self, seq):
        Erase(SLUG, "captain", seq).perform(self.room, self.now, self.nonces)

    def say(self, nonce, visitor="ada"):
        """Post a message with `nonce`; return the number of the stored message."""
        done = Say(SLUG, visitor, f"words of {nonce}", nonce).perform(self.room, self.now, self.nonces)
        return (done.repeated or done.events[0]).seq

    def chatter(self, count, visitor="bob"):
        """Let others post `count` messages."""
        for _ in range(count):
            self.say(f"chatter {self.room.log.last}", visitor)


class Saying(NoncesTest):
    def test_a_nonce_is_stored_once(self):
        self.assertEqual([self.say("n"), self.say("n"), self.say("n")], [1, 1, 1])
        self.assertEqual(self.room.log.last, 1)

    def test_messages_without_a_nonce_are_always_stored(self):
        self.assertEqual([self.say(""), self.say("")], [1, 2])

    def test_each_visitor_has_separate_nonces(self):
        self.assertEqual([self.say("n"), self.say("n", visitor="bob")], [1, 2])
        self.assertEqual([self.say("n"), self.say("n", visitor="bob")], [1, 2])

    def test_nonces_are_known_under_a_new_name(self):
        self.say("n")
        self.room.names.claim("Countess", "ada")
        self.assertEqual(self.say("n"), 1)

    def test_erased_messages_are_not_stored_again(self):
        self.say("n")
        self.assertEqual(self.say("n", visitor="bob"), 2)
        self.erase(1)
        repeated = Say(SLUG, "ada", "words of n", "n").perform(self.room, self.now, self.nonces).repeated
        self.assertEqual((repeated.seq, repeated.text, repeated.erased, repeated.nonce), (1, "", True, "n"))
        self.assertEqual(self.say("another"), 3)

    def test_erased_messages_are_not_stored_again_by_other_processes(self):
        self.say("n")
        self.erase(1)
        self.start()
        self.assertEqual([self.say("n", visitor="bob"), self.say("n"), self.say("another")], [2, 1, 3])

    def test_an_erased_message_keeps_a_digest_of_its_nonce(self):
        self.say("a secret in a nonce")
        self.erase(1)
        self.assertNotIn("secret", repr(self.room.log.get(1)))
        digest = self.room.log.get(1)[3]
        self.start()
        self.assertEqual([self.say(digest), self.say(digest, visitor="bob")], [2, 3])

    def test_the_digest_is_keyed(self):
        self.say("a guess")
        self.erase(1)
        kept = self.room.log.get(1)[3]
        self.assertEqual(kept, nonce_digest("a guess", b"the installation's"))
        self.assertNotEqual(kept, nonce_digest("a guess"))
        self.assertNotEqual(kept, nonce_digest("a guess", b"another's"))

    def test_messages_erased_by_earlier_versions_are_not_stored_again(self):
        self.say("n")
        self.room.erase(1)  # without a key
        self.start()
        self.assertEqual([self.say("n"), self.say("another")], [1, 2])

    def test_another_process_may_write_to_the_room(self):
        self.say("n1")
        here = self.nonces
        self.start()
        self.say("n2")
        self.nonces = here
        self.assertEqual([self.say("n1"), self.say("n2")], [1, 2])

    def test_messages_of_aborted_transactions_can_be_sent_again(self):
        self.say("kept")
        other = Chat().rooms.open("Captain", "captain")  # the room after an aborted transaction
        other.names.claim("Ada", "ada")
        other.say("ada", "words of kept", NOW, "kept")
        self.say("lost")
        self.room = other
        self.nonces.forget_after(1)
        self.assertEqual(self.say("kept"), 1)
        self.assertEqual(self.say("lost"), 2)
        self.assertEqual(other.log.last, 2)

    def test_a_shortened_log_is_detected(self):
        self.assertEqual([self.say(nonce) for nonce in ("n1", "n2", "n2")], [1, 2, 2])
        shorter = Chat().rooms.open("Captain", "captain")
        shorter.names.claim("Ada", "ada")
        shorter.say("ada", "words of n1", NOW, "n1")
        self.room = shorter
        self.assertEqual([self.say("n1"), self.say("n3"), self.say("n2")], [1, 2, 3])
        self.assertEqual(shorter.log.last, 3)

    def test_hash_collisions_are_resolved(self):
        self.say("n")
        self.nonces._seqs[hash(("Bob", "other"))] = 1
        self.assertEqual(self.say("other", visitor="bob"), 2)


class Remembering(NoncesTest):
    """Nonces of the last 200 messages are known, and all of the last minute, regardless of changes of the clock."""

    def test_nonces_of_the_last_messages_are_known_for_days(self):
        self.say("n")
        self.now += 48 * 60 * MINUTE
        self.seconds += 48 * 60 * 60
        self.chatter(MIN_MESSAGES - 1)
        self.assertEqual(self.say("n"), 1)

    def test_nonces_are_known_for_a_minute_in_a_busy_room(self):
        self.say("n")
        self.chatter(1)  # it is seen from now on
        self.chatter(10 * MIN_MESSAGES)
        self.seconds = NONCE_TTL
        self.assertEqual(self.say("n"), 1)

    def test_nonces_expire_after_a_minute_and_many_messages(self):
        self.say("n")
        self.chatter(MIN_MESSAGES)
        self.seconds = NONCE_TTL + 2
        self.chatter(1)
        self.assertEqual(self.say("n"), MIN_MESSAGES + 3)
        self.assertEqual(self.say("n"), MIN_MESSAGES + 3, "after that, the nonce is known again")

    def test_changes_of_the_clock_have_no_effect(self):
        for step in (70_000, -70_000, 86_400_000, -2 * 86_400_000):
            with self.subTest(step=step):
                nonce = str(step)
                first = self.say(nonce)
                self.chatter(2 * MIN_MESSAGES)
                self.now += step
                self.seconds += 0.1
                self.assertEqual(self.say(nonce), first)

    def test_nonces_in_a_room_with_a_message_per_second(self):
        """At least for a minute, and not much longer, for any steps of the clock."""
        known = {}
        for second in range(200):
            self.seconds = second + 0.37 * (second % 3)
            known[self.say(f"n{second}")] = self.seconds
            self.chatter(10)
            expected = {seq for seq, at in known.items() if self.seconds - at <= NONCE_TTL}
            found = {
                seq
                for number, seq in enumerate(known)
                if self.nonces.find(self.room.log, self.room.names.participant("ada"), f"n{number}")
            }
            self.assertLessEqual(expected, found)
            last = self.room.log.last
            late = {
                seq for seq, at in known.items() if self.seconds - at > NONCE_TTL + 4 and seq <= last - MIN_MESSAGES
            }
            self.assertFalse(late & found)


class Starting(NoncesTest):
    def test_a_restart_knows_the_last_messages_however_old(self):
        self.say("n")
        self.chatter(MIN_MESSAGES - 1)
        self.now += 48 * 60 * MINUTE
        self.start()
        self.assertEqual(self.say("n"), 1)

    def test_a_restart_knows_messages_of_the_minute_before_the_newest(self):
        numbers = [self.say("before")]
        self.now += 1
        numbers.append(self.say("within"))
        self.now += MINUTE
        self.chatter(2 * MIN_MESSAGES)
        for step in (0, 70_000, -70_000):
            with self.subTest(step=step):
                self.now += step
                self.start()
                self.assertEqual(self.say("within"), numbers[1])
        self.assertNotEqual(self.say("before"), numbers[0], "a nonce that is a millisecond too old")

    def test_loaded_nonces_are_known_for_a_minute(self):
        self.say("n")
        self.chatter(2 * MIN_MESSAGES)
        self.start()
        self.chatter(1)
        self.seconds += NONCE_TTL
        self.assertEqual(self.say("n"), 1)
        self.seconds += 1
        self.chatter(1)
        self.assertGreater(self.say("n"), 1)

    def test_only_the_end_of_a_long_log_is_read(self):
        self.say("n")
        for _ in range(MAX_MESSAGES):
            self.room.log.append((self.now, "Bob", "chatter", "x"))
        all_of_it = AssertionError("the whole log is read")
        with unittest.mock.patch.object(type(self.room.log), "forward", side_effect=all_of_it):
            self.nonces.catch_up(self.room.log)
        self.assertLessEqual(len(self.nonces), MAX_MESSAGES)


class Bounds(NoncesTest):
    def test_few_nonces_of_a_slow_room_are_cached(self):
        for _ in range(5 * MIN_MESSAGES):
            self.seconds += 10
            self.chatter(1)
        self.assertLessEqual(len(self.nonces), MIN_MESSAGES)

    def test_the_number_of_cached_nonces_is_limited(self):
        for number in range(MAX_MESSAGES + 500):
            self.room.log.append((self.now, "Bob", "chatter", f"n{number}"))
            if number % 100 == 0:
                self.nonces.catch_up(self.room.log)
                self.assertLessEqual(len(self.nonces), MAX_MESSAGES)
        self.assertLessEqual(len(self.nonces._steps), NONCE_TTL + 2)

    def test_the_number_of_time_steps_is_limited(self):
        for _ in range(1_000):
            self.seconds += 0.3
            self.chatter(1)
        self.assertLessEqual(len(self.nonces._steps), NONCE_TTL + 2)
