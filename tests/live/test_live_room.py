"""The readers of a room: the events that they receive, missed messages, and presence."""

import json
import unittest
from contextlib import contextmanager
from unittest import mock

import gevent
from hypothesis import given, settings
from hypothesis import strategies as st

from piratechat.errors import CommandRejected
from piratechat.live.coming_back import PAGE
from piratechat.live.event_json import error_event, typing_event
from piratechat.live.names_here import MAX_NAMES
from piratechat.live.registry import LiveRooms, RoomHistory
from piratechat.live.room import LiveRoom
from piratechat.model.chat import Chat
from piratechat.model.events import (
    Changed,
    Envelope,
    Logged,
    Message,
    Muted,
    Named,
    Numbers,
    Removed,
    Unmuted,
    Updated,
)
from piratechat.model.moderation_log import LogEntry
from piratechat.peers.messages import Whispered
from piratechat.serialization import iso, message_values
from piratechat.translation import BadRequest, Failed, Skipped, Translated, TranslationError, Unavailable
from piratechat.translators.builtin.original import Original
from piratechat.translators.engine.waiting_texts import Urgency
from tests.support.engines import TIMEOUT, BackEnd, engine

NOW = 1_800_000_000_000


class Reader:
    def __init__(self, visitor=""):
        self.visitor = visitor
        self.heard = []

    def send(self, message):
        self.heard.append(json.loads(message))

    def seqs(self):
        return [event["seq"] for event in self.heard]


class Group:
    """Readers of the same view."""

    def __init__(self):
        self.readers = []

    def __len__(self):
        return len(self.readers)

    def __iter__(self):
        return iter(self.readers)

    def add(self, reader):
        self.readers.append(reader)

    def discard(self, reader):
        if reader in self.readers:
            self.readers.remove(reader)

    def broadcast(self, message):
        for reader in self.readers:
            reader.send(message)


class Translator(Original):
    """A translator that applies `how` to a batch."""

    name = "test"
    title = "Test"

    def __init__(self, how):
        self.how = how
        self.batches = []

    def translate(self, batch, target=None, source=None, deadline=None):
        self.batches.append(list(batch))
        return self.how(batch)


def shout(batch):
    return [Translated(text.upper()) for text in batch]


def message(seq, text="Ahoy", **more):
    return Message(seq, NOW + seq, "Ada", text, **more)


class LiveRoomTest(unittest.TestCase):
    def setUp(self):
        self.log = []
        self.asked = []
        self.shout = Translator(shout)
        self.room = LiveRoom(
            "tavern", Numbers(0, 0, ""), {"original": Original(), "shout": self.shout}, engine(), self, Group
        )

    def behind(self, after, limit):
        self.asked.append((after, limit))
        self.assertLessEqual(limit, PAGE)
        return self.log[after : after + limit]

    def among(self, seqs):
        return [self.log[seq - 1] for seq in seqs if seq <= len(self.log)]

    def changes(self, since, after):
        return [], self.numbers()

    def numbers(self):
        return Numbers(len(self.log), self.room.rev, "")

    def translators(self, rev):
        return {"original": Original(), "shout": self.shout}

    def remove(self, seq):
        """Remove a message from the log, and notify readers."""
        self.log[seq - 1] = message(seq, "", removed=True)
        self.room.receive([Removed(seq, self.room.rev + 1)])

    def removing(self, seq):
        """Return a translation function during which another greenlet removes the message `seq`."""

        def shout_and_let_remove(batch):
            if not self.log[seq - 1].removed:
                self.enterContext(mock.patch("piratechat.cooperative.TURN", 0))
                gevent.spawn(self.remove, seq)
            return shout(batch)

        return shout_and_let_remove

    def keep(self, count):
        """Add `count` messages to the log; return them."""
        fresh = [message(len(self.log) + number) for number in range(1, count + 1)]
        self.log += fresh
        return fresh

    def say(self, count=1):
        """Add `count` messages, and send them."""
        self.room.receive(self.keep(count))

    def reader(self, view="original", visitor=""):
        reader = Reader(visitor)
        self.room.presence.enter(reader)
        self.room.add(reader, view)
        return reader


class Receiving(LiveRoomTest):
    def test_readers_receive_new_messages(self):
        self.say()
        reader = self.reader()
        self.say(2)
        self.assertEqual(reader.seqs(), [2, 3])

    def test_the_fields_of_a_message(self):
        reader = self.reader()
        self.room.receive([Message(1, NOW, "Ada", "Ahoy", "n1")])
        self.assertEqual(
            reader.heard,
            [
                {
                    "type": "message",
                    "seq": 1,
                    "at": "2027-01-15T08:00:00.000Z",
                    "author": "Ada",
                    "text": "Ahoy",
                    "nonce": "n1",
                }
            ],
        )

    def test_readers_receive_messages_in_their_view(self):
        plain, loud, louder = self.reader(), self.reader("shout"), self.reader("shout")
        self.say()
        self.assertNotIn("view", plain.heard[0])
        self.assertEqual(loud.heard[0]["view"], {"as": "shout", "state": "ready", "text": "AHOY"})
        self.assertEqual(loud.heard[0]["text"], "Ahoy")
        self.assertEqual(louder.heard, loud.heard)
        self.assertEqual(self.shout.batches, [["Ahoy"]], "translated once for all of them")

    def test_views_without_readers_are_not_translated(self):
        reader = self.reader("shout")
        self.room.discard(reader, "shout")
        self.reader()
        self.say(3)
        self.assertEqual((self.shout.batches, reader.heard), ([], []))

    def test_other_readers_stay_when_one_leaves(self):
        one, other = self.reader(), self.reader()
        self.room.discard(one, "original")
        self.say()
        self.assertEqual((one.heard, other.seqs()), ([], [1]))

    def test_a_reader_can_switch_to_another_view(self):
        reader = self.reader()
        self.say()
        self.room.discard(reader, "original")
        self.room.add(reader, "shout")
        self.say()
        self.assertEqual([event.get("view", {}).get("text") for event in reader.heard], [None, "AHOY"])

    def test_removed_and_restored(self):
        self.say(3)
        plain, loud = self.reader(), self.reader("shout")
        self.room.receive([Removed(2, 1)])
        self.room.receive([Updated(self.log[1], 2)])
        self.assertEqual(plain.heard[0], {"type": "removed", "seq": 2, "rev": 1, "by": "owner"})
        self.assertEqual(
            (plain.heard[1]["type"], plain.heard[1]["seq"], plain.heard[1]["text"]), ("message", 2, "Ahoy")
        )
        self.assertEqual(loud.heard[0], plain.heard[0])
        self.assertEqual(loud.heard[1]["view"]["text"], "AHOY")
        self.assertEqual(self.room.last, 3)

    def test_a_changed_room(self):
        reader = self.reader()
        self.room.receive([Changed({"title": "The Cabin", "slow": 5}, 1)])
        self.assertEqual(reader.heard, [{"type": "room", "title": "The Cabin", "slow": 5, "rev": 1}])

    def test_only_the_windows_of_a_muted_visitor_are_notified(self):
        bo, bo_again, cleo = self.reader(visitor="bo"), self.reader("shout", "bo"), self.reader(visitor="cleo")
        self.room.receive([Muted("bo"), Unmuted("bo")])
        self.assertEqual(bo.heard, [{"type": "muted"}, {"type": "unmuted"}])
        self.assertEqual((bo_again.heard, cleo.heard), (bo.heard, []))

    def test_a_new_name_is_sent_to_the_visitors_windows_and_in_the_presence(self):
        bo, bo_again, cleo = self.reader(visitor="bo"), self.reader("shout", "bo"), self.reader(visitor="cleo")
        self.room.presence.introduce("bo", "Bo")
        self.room.presence._all.tell_now()
        for reader in (bo, bo_again, cleo):
            reader.heard.clear()
        self.room.receive([Named("bo", "Bob"), Named("bo", "Bob"), Named("nobody", "Noah")])
        present = {"type": "present", "joined": ["Bob"], "left": ["Bo"]}
        self.assertEqual(bo.heard, [present, {"type": "named", "you": "Bob"}])
        self.assertEqual(bo_again.heard, bo.heard)
        self.assertEqual(cleo.heard, [present])

    def test_a_crowd_is_sent_as_a_number_until_a_few_remain(self):
        reader, crowd = self.reader(visitor="bo"), [Reader(f"visitor {number}") for number in range(MAX_NAMES + 1)]
        for number, window in enumerate(crowd):
            self.room.presence.enter(window)
            self.room.presence.introduce(window.visitor, f"{number:03}")
        self.room.presence._all.tell_now()
        for window in crowd[1:]:
            self.room.presence.leave(window)
        self.room.presence._all.tell_now()
        self.assertEqual(
            reader.heard, [{"type": "present", "here": MAX_NAMES + 1}, {"type": "present", "names": ["000"], "here": 1}]
        )

    def test_a_window_that_is_catching_up_receives_events_for_its_visitor(self):
        bo = Reader("bo")
        self.room.presence.enter(bo)
        self.room.receive([Muted("bo"), Named("bo", "Bob")])
        self.assertEqual(bo.heard, [{"type": "muted"}, {"type": "named", "you": "Bob"}])

    def test_only_the_owner_receives_the_moderation_log(self):
        ada, bo = self.reader(visitor="ada"), self.reader(visitor="bo")
        self.room.receive(
            [Logged("ada", LogEntry(NOW, "title", "The Cabin", "Ada")), Logged("ada", LogEntry(NOW, "removed", 7))]
        )
        self.assertEqual(
            ada.heard,
            [
                {"type": "logged", "at": iso(NOW), "what": "title", "from": "Ada", "to": "The Cabin"},
                {"type": "logged", "at": iso(NOW), "what": "removed", "seq": 7},
            ],
        )
        self.assertEqual(bo.heard, [])

    def test_broadcasts_are_sent_to_all_readers(self):
        readers = [self.reader(), self.reader("shout")]
        self.room.broadcast(typing_event("Ada"))
        self.assertEqual([reader.heard for reader in readers], [[{"type": "typing", "author": "Ada"}]] * 2)

    def test_a_whisper_has_no_number_and_is_translated(self):
        plain, loud = self.reader(), self.reader("shout")
        self.room.hear_whisper(Whispered("Tide", NOW, "Rising, see https://tide.example", "en"))
        whisper = {
            "type": "whisper",
            "author": "Tide",
            "at": iso(NOW),
            "text": "Rising, see https://tide.example",
            "lang": "en",
            "links": [[12, 32, "https://tide.example"]],
        }
        self.assertEqual(plain.heard, [whisper])
        self.room.hear_whisper(Whispered("Tide", NOW, "Rising", ""))
        self.assertEqual(loud.heard[1]["view"], {"as": "shout", "state": "ready", "text": "RISING"})
        self.assertEqual((self.room.last, self.room.rev), (0, 0))

    def test_back_ends_do_not_translate_whispers_because_they_store_translations(self):
        translators = {"slow": BackEnd("slow", shout)}
        self.room.translations.translators = translators
        reader = self.reader("slow")
        self.room.hear_whisper(Whispered("Tide", NOW, "The water is rising, my friend", ""))
        self.assertNotIn("view", reader.heard[0])
        self.assertEqual(self.room.translations.pending, 0)

    def test_removed_messages_are_not_translated(self):
        self.room.last, self.log = 1, [message(1, "", removed=True)]
        (event,) = map(json.loads, self.room.coming_back.messages(0, "shout"))
        self.assertEqual((event["removed"], event["text"]), (True, ""))
        self.assertNotIn("view", event)


class Missed(LiveRoomTest):
    def test_duplicate_messages_are_sent_once(self):
        reader = self.reader()
        said = self.keep(3)
        self.room.receive(said)
        self.room.receive(said[1:])
        self.assertEqual(reader.seqs(), [1, 2, 3])

    def test_lost_messages_are_read_from_the_log(self):
        reader = self.reader()
        self.room.receive(self.keep(2))
        self.keep(3)
        self.assertTrue(self.room.catch_up(Numbers(5, 0, "")))
        self.assertEqual(reader.seqs(), [1, 2, 3, 4, 5])
        self.assertEqual((self.asked, self.room.last), ([(2, 3)], 5))

    def test_many_lost_messages_are_read_in_pages(self):
        reader = self.reader()
        self.keep(450)
        self.room.catch_up(Numbers(450, 0, ""))
        self.assertEqual(reader.seqs(), list(range(1, 451)))
        self.assertEqual(self.asked, [(0, 200), (200, 200), (400, 50)])

    def test_available_messages_of_a_log_that_lags_behind_are_sent(self):
        reader = self.reader()
        self.keep(3)
        self.assertFalse(self.room.catch_up(Numbers(5, 0, "")))
        self.assertEqual((reader.seqs(), self.room.last), ([1, 2, 3], 3))

    def test_a_removal_is_sent_in_its_place(self):
        reader = self.reader()
        said = self.keep(2)
        self.room.receive([said[0], Removed(1, 1), said[1]])
        heard = [(event["type"], event["seq"]) for event in reader.heard]
        self.assertEqual(heard, [("message", 1), ("removed", 1), ("message", 2)])


class History(LiveRoomTest):
    def missed(self, after, view="original"):
        return [json.loads(event) for event in self.room.coming_back.messages(after, view)]

    def test_returning_readers_receive_missed_messages(self):
        self.say(10)
        self.assertEqual([event["seq"] for event in self.missed(7)], [8, 9, 10])
        self.assertEqual(self.missed(7, "shout")[0]["view"]["text"], "AHOY")

    def test_readers_without_missed_messages_receive_nothing(self):
        self.say(10)
        self.assertEqual(self.missed(10), [])
        self.assertEqual(self.missed(10_000), [])
        self.assertEqual(self.asked, [])

    def test_messages_that_the_room_has_not_received_are_not_replayed(self):
        self.say(5)
        self.keep(1)
        self.assertEqual([event["seq"] for event in self.missed(3)], [4, 5])

    def test_two_hundred_messages_are_sent_without_a_gap(self):
        self.say(PAGE)
        self.assertEqual([event["seq"] for event in self.missed(0)], list(range(1, PAGE + 1)))

    def test_more_messages_are_sent_as_a_gap_and_the_newest(self):
        self.say(PAGE + 57)
        gap, *events = self.missed(0)
        self.assertEqual(gap, {"type": "gap", "before": 58})
        self.assertEqual([event["seq"] for event in events], list(range(58, PAGE + 58)))

    def test_messages_posted_while_the_log_is_read_are_sent(self):
        self.say(3)
        read = self.behind

        def slow(after, limit):
            found = read(after, limit)
            if len(self.log) < 5:
                self.say()
            return found

        self.behind = slow
        self.assertEqual([event["seq"] for event in self.missed(0)], [1, 2, 3, 4, 5])

    def test_other_greenlets_run_meanwhile(self):
        self.say(3)
        turns = []
        self.enterContext(mock.patch("piratechat.cooperative.TURN", 0))
        other = gevent.spawn(lambda: turns.append(self.shout.batches[-1]))
        self.missed(0, "shout")
        self.assertTrue(other.dead)
        self.assertEqual(len(turns), 1)

    def test_messages_removed_meanwhile_are_sent_as_removed(self):
        self.say(3)
        self.shout.how = self.removing(1)
        told = self.missed(0, "shout")
        self.assertEqual([event["seq"] for event in told], [1, 2, 3])
        self.assertEqual([(event["text"], event.get("removed")) for event in told][:2], [("", True), ("Ahoy", None)])

    def test_translations_of_messages_removed_meanwhile_are_not_sent(self):
        self.say(3)
        self.shout.how = self.removing(2)
        told = [json.loads(event) for event in self.room.views([1, 2, 3], "shout", Reader(), False)]
        self.assertEqual([event["seq"] for event in told], [1, 3])

    def test_joining_between_two_messages_causes_no_duplicates(self):
        listener, late = self.reader("shout"), Reader()
        self.enterContext(mock.patch("piratechat.cooperative.TURN", 0))

        def join():
            for event in self.room.coming_back.messages(0, "shout", late):
                late.send(event)
            self.room.add(late, "shout")

        joining = gevent.spawn(join)
        self.say(5)
        joining.get(timeout=TIMEOUT)
        self.say()
        self.assertEqual(listener.seqs(), [1, 2, 3, 4, 5, 6])
        self.assertEqual(late.seqs(), [1, 2, 3, 4, 5, 6])

    def test_a_log_that_is_shorter_than_the_room_expects(self):
        self.room.last = 5
        self.assertEqual(self.missed(0), [])


class HistoryMeanwhile(LiveRoomTest):
    """Whatever others do between two messages, the reader ends up with the current log."""

    def behind(self, after, limit):
        return self.while_others_act(super().behind, after, limit)

    def among(self, seqs):
        return self.while_others_act(super().among, seqs)

    def while_others_act(self, read, *args):
        gevent.sleep(0)
        found = list(read(*args))
        gevent.sleep(0)
        return found

    def act(self, actions):
        for action, number in actions:
            seq = number % len(self.log) + 1 if self.log else 0
            if action == "say" or not self.log:
                self.say()
            elif action == "remove":
                self.remove(seq)
            else:
                self.log[seq - 1] = message(seq, "Ahoy again")
                self.room.receive([Updated(self.log[seq - 1], self.room.rev + 1)])
            gevent.sleep(0)

    @settings(deadline=None, database=None)
    @given(
        st.integers(0, 8),
        st.integers(0, 8),
        st.lists(st.tuples(st.sampled_from(["say", "remove", "restore"]), st.integers(0, 20)), max_size=20),
    )
    def test_replayed_messages_are_complete_and_current(self, said, after, actions):
        self.setUp()
        with mock.patch("piratechat.live.coming_back.PAGE", 5), mock.patch("piratechat.cooperative.TURN", 0):
            self.say(said)
            others = gevent.spawn(self.act, actions)
            told = [json.loads(event) for event in self.room.coming_back.messages(after, "original")]
            now, last = list(self.log), self.room.last
            others.get(timeout=TIMEOUT)
        first = max(after, said - 5)
        gap = [{"type": "gap", "before": first + 1}] if first > after else []
        events = [{"type": "message", **message_values(each)} for each in now[first:last]]
        self.assertEqual(told, gap + events)


class BrokenTranslators(LiveRoomTest):
    def heard_through(self, how):
        """Return the events for two messages with a translator that applies `how`."""
        self.room.translations.translators = {"test": Translator(how)}
        reader = self.reader("test")
        self.room.receive([message(self.room.last + 1, "one")])
        fresh = [message(self.room.last + 1, "two"), message(self.room.last + 2, "three")]
        return reader.heard + [json.loads(event) for event in (self.room.event(each, "test") for each in fresh)]

    def test_readers_receive_the_original(self):
        def fail(_batch):
            raise RuntimeError("all parrots are asleep")

        for how in (
            fail,
            lambda _batch: [],
            lambda batch: shout([*batch, "more"]),
            lambda _batch: None,
            lambda _batch: 5,
        ):
            with self.subTest(how=how):
                events = self.heard_through(how)
                self.assertEqual([event["text"] for event in events], ["one", "two", "three"])
                for event in events:
                    self.assertEqual((event["view"]["as"], event["view"]["state"]), ("test", "failed"))
                    self.assertRegex(event["view"]["reason"], "Test (could|did) not translate|returned an invalid")

    def test_the_exception_is_logged(self):
        with self.assertLogs("piratechat.translators.engine", "ERROR"):
            self.heard_through(lambda _batch: 1 / 0)

    def test_outcomes_may_be_generated(self):
        events = self.heard_through(lambda batch: (Translated(text.upper()) for text in batch))
        self.assertEqual([event["view"]["text"] for event in events], ["ONE", "TWO", "THREE"])

    def test_a_translator_may_report_a_failure(self):
        events = self.heard_through(lambda batch: [Failed(TranslationError("Too busy.", 30))] * len(batch))
        self.assertEqual(events[0]["view"], {"as": "test", "state": "failed", "reason": "Too busy.", "retry_after": 30})

    def test_skipped_messages_have_no_view(self):
        for event in self.heard_through(lambda batch: [Skipped("")] * len(batch)):
            self.assertNotIn("view", event)

    def test_a_skipped_translation_may_have_a_reason(self):
        events = self.heard_through(lambda batch: [Skipped("the same language")] * len(batch))
        self.assertEqual(events[0]["view"], {"as": "test", "state": "skipped", "reason": "the same language"})

    def test_the_original_is_sent_without_the_translator(self):
        reader = self.reader("gone")
        self.say()
        self.assertEqual([(event["text"], "view" in event) for event in reader.heard], [("Ahoy", False)])


class TranslatedLater(LiveRoomTest):
    """Readers receive the original immediately, and the translation when it is finished."""

    def setUp(self):
        super().setUp()
        self.back_end = BackEnd(name="later", held=True)
        self.addCleanup(self.back_end.free.set)
        self.room.translations.translators["later"] = self.back_end

    def let_go(self):
        """Finish pending translations, and send them."""
        self.back_end.wait()
        self.back_end.free.set()
        with gevent.Timeout(TIMEOUT, AssertionError("it is still being translated")):
            while self.room.translations._engine._flights:
                gevent.sleep(0.001)

    def tell(self, *texts):
        """Add messages with these `texts`, and send them."""
        for text in texts:
            self.log.append(message(len(self.log) + 1, text))
            self.room.receive([self.log[-1]])

    def states(self, reader):
        return [(event["type"], event.get("view", event).get("state")) for event in reader.heard]

    def views(self, reader, seqs, again=False, view="later"):
        """Let `reader` request translations; return the immediate events."""
        return [json.loads(event) for event in self.room.views(seqs, view, reader, again)]

    def test_all_readers_of_the_view_receive_the_translation(self):
        readers, other = [self.reader("later"), self.reader("later")], self.reader()
        self.say()
        for reader in readers:
            self.assertEqual(reader.heard[0]["text"], "Ahoy")
            self.assertEqual(reader.heard[0]["view"], {"as": "later", "state": "pending"})
        self.let_go()
        for reader in readers:
            self.assertEqual(
                reader.heard[1:], [{"type": "view", "seq": 1, "as": "later", "state": "ready", "text": "AHOY"}]
            )
        self.assertEqual([event["type"] for event in other.heard], ["message"])
        self.assertEqual(self.back_end.batches, [["Ahoy"]])

    def hear(self, text):
        """Post `text`."""
        self.log.append(Message(len(self.log) + 1, NOW, "Ada", text))
        self.room.receive(self.log[-1:])

    def test_translators_with_context_receive_earlier_messages(self):
        self.reader("later")
        self.back_end.context = 2
        self.back_end.free.set()
        self.tell("One.", "Two.", "Three.")
        self.log[1] = message(2, "", removed=True)
        self.tell("Four.")
        self.let_go()
        asked = dict(zip(self.back_end.texts, self.back_end.befores, strict=True))
        self.assertEqual(asked, {"One.": [], "Two.": ["One."], "Three.": ["One.", "Two."], "Four.": ["Three."]})

    def test_translators_without_context_receive_no_earlier_messages(self):
        self.reader("later")
        self.tell("One.", "Two.")
        self.let_go()
        self.assertEqual([said for said in self.back_end.befores if said], [])

    def test_a_translation_has_only_the_links_of_the_original(self):
        self.back_end.how = lambda batch: [Translated(f"{text.upper()} evil.example") for text in batch]
        reader = self.reader("later")
        self.hear("see example.org/ahoy.")
        self.let_go()
        self.assertEqual(reader.heard[0]["links"], [[4, 20, "http://example.org/ahoy"]])
        self.assertEqual(reader.heard[1]["text"], "SEE evil.example example.org/ahoy.")
        self.assertEqual(reader.heard[1]["links"], [[17, 33, "http://example.org/ahoy"]])
        self.back_end.how = lambda batch: [Translated(f"Lo, evil.example: {text}") for text in batch]
        self.hear("see https://example.org")
        self.let_go()
        self.assertEqual(reader.heard[-1]["links"], [[22, 41, "https://example.org"]])

    def test_the_reason_of_a_failure_is_sent(self):
        self.back_end.how = lambda batch: [Failed(BadRequest("What?", 7))] * len(batch)
        reader = self.reader("later")
        self.say()
        self.let_go()
        told = {"type": "view", "seq": 1, "as": "later", "state": "failed", "reason": "What?", "retry_after": 7}
        self.assertEqual(reader.heard[1:], [told])

    def test_the_reason_of_a_skipped_translation_is_sent(self):
        for reason in ("the same language", ""):
            with self.subTest(reason=reason):
                self.back_end.how = lambda batch, reason=reason: [Skipped(reason)] * len(batch)
                reader = self.reader("later")
                self.say()
                self.let_go()
                told = {"type": "view", "seq": len(self.log), "as": "later", "state": "skipped", "reason": reason}
                self.assertEqual(reader.heard[1:], [told])

    def test_readers_who_join_meanwhile_receive_the_translation(self):
        self.reader("later")
        self.say()
        late = self.reader("later")
        self.let_go()
        self.assertEqual(self.states(late), [("view", "ready")])

    def test_translations_of_older_messages_are_sent_on_request(self):
        self.say()
        asking, other = self.reader("later"), self.reader("later")
        self.assertEqual([event["state"] for event in self.views(asking, [1])], ["pending"])
        self.let_go()
        self.assertEqual((self.states(asking), other.heard), ([("view", "ready")], []))
        self.assertEqual([event["text"] for event in self.views(other, [1])], ["AHOY"])

    def test_two_readers_with_the_same_request_share_one_translation(self):
        self.say()
        readers = [self.reader("later"), self.reader("later")]
        for reader in readers:
            self.views(reader, [1])
        self.let_go()
        self.assertEqual([self.states(reader) for reader in readers], [[("view", "ready")]] * 2)
        self.assertEqual(self.back_end.batches, [["Ahoy"]])

    def test_two_views_are_distinguished(self):
        other = self.room.translations.translators["other"] = BackEnd(
            lambda batch: [Translated("other")] * len(batch), "other"
        )
        one, two = self.reader("later"), self.reader("other")
        self.say()
        other.wait()
        self.let_go()
        self.assertEqual([event.get("text") for event in one.heard], ["Ahoy", "AHOY"])
        self.assertEqual([event.get("text") for event in two.heard], ["Ahoy", "other"])

    def test_readers_of_replayed_messages_receive_translations(self):
        self.say(2)
        reader = Reader()
        missed = [json.loads(event) for event in self.room.coming_back.messages(0, "later", reader)]
        self.assertEqual([event["view"]["state"] for event in missed], ["pending"] * 2)
        self.let_go()
        self.assertEqual(sorted(reader.seqs()), [1, 2])

    def test_translations_of_removed_messages_are_not_sent(self):
        for gone in (False, True):
            with self.subTest(gone=gone):
                self.back_end.free.clear()
                reader = self.reader("later")
                self.room.receive([message(len(self.log) + 1, f"a mistake {gone}")])
                self.log.append(message(len(self.log) + 1, "", removed=True))
                if gone:  # the room has no reader of this view any more
                    del self.room.translations.translators["later"]
                self.room.receive([Removed(self.log[-1].seq, self.room.rev + 1)])
                self.let_go()
                self.assertEqual([event["type"] for event in reader.heard], ["message", "removed"])
                self.assertEqual(self.views(reader, [self.log[-1].seq]), [])

    def test_the_translation_of_a_restored_message_is_sent_once(self):
        reader = self.reader("later")
        self.say()
        self.room.receive([Removed(1, 1), Updated(self.log[0], 2)])
        self.let_go()
        self.assertEqual(
            self.states(reader),
            [("message", "pending"), ("removed", None), ("message", "pending"), ("view", "ready")],
        )

    def test_readers_who_left_meanwhile_receive_nothing(self):
        gone, here = self.reader("later"), self.reader("later")
        self.say()
        self.room.discard(gone, "later")
        self.let_go()
        self.assertEqual((self.states(gone), self.states(here)[1:]), ([("message", "pending")], [("view", "ready")]))

    def test_no_translation_is_sent_after_all_readers_left(self):
        reader = self.reader("later")
        self.say()
        self.room.discard(reader, "later")
        self.let_go()
        self.assertEqual((len(reader.heard), self.room.translations.pending), (1, 0))

    def test_readers_who_switched_meanwhile_receive_the_new_view(self):
        reader = self.reader("later")
        self.say()
        self.room.discard(reader, "later")
        self.room.add(reader, "shout")
        self.assertEqual([event["as"] for event in self.views(reader, [1], view="shout")], ["shout"])
        self.let_go()
        self.assertEqual(self.states(reader), [("message", "pending")])

    def test_the_original_needs_no_translation(self):
        self.say()
        told = {"type": "view", "seq": 1, "as": "original", "state": "skipped", "reason": ""}
        self.assertEqual(self.views(self.reader(), [1], view="original"), [told])

    def test_failed_translations_are_retried_on_request(self):
        self.back_end.how = lambda batch: [Failed(BadRequest("What?"))] * len(batch)
        reader, other = self.reader("later"), self.reader("later")
        self.say()
        self.let_go()
        self.assertEqual([event["state"] for event in self.views(reader, [1])], ["failed"])
        self.back_end.how = lambda batch: [Translated("at last")] * len(batch)
        self.back_end.free.clear()  # `views` may let others run, so that a result would already be there
        self.assertEqual([event["state"] for event in self.views(reader, [1], again=True)], ["pending"])
        self.let_go()
        self.assertEqual((self.states(reader)[-1], self.states(other)[-1]), (("view", "ready"), ("view", "failed")))
        self.assertEqual([event["text"] for event in self.views(other, [1])], ["at last"])

    def test_temporary_failures_are_retried_automatically(self):
        """The newest message is retried until the back end is back, and then the others; no failure is sent again."""
        self.enterContext(mock.patch("piratechat.live.healing.SHORTEST", 0.01))
        self.enterContext(mock.patch("piratechat.translators.engine.circuit_breaker.MIN_PAUSE", 0.01))
        failures = iter(range(5))

        def how(batch):
            if next(failures, None) is not None:
                raise Unavailable("It is away.")
            return shout(batch)

        self.back_end.how, self.back_end.max_items = how, 1
        self.back_end.free.set()
        reader = self.reader("later")
        with self.assertLogs("piratechat.translators.engine.dispatcher", "WARNING"):
            self.tell("one", "two", "three")
            with gevent.Timeout(TIMEOUT, AssertionError("the translations were not retried")):
                while self.states(reader).count(("view", "ready")) < 3:
                    gevent.sleep(0.001)
        self.assertEqual(
            sorted(event["text"] for event in reader.heard if event.get("state") == "ready"), ["ONE", "THREE", "TWO"]
        )
        self.assertLessEqual(self.states(reader).count(("view", "failed")), 3)

    def test_removed_messages_are_not_retried(self):
        self.enterContext(mock.patch("piratechat.live.healing.SHORTEST", 0.01))
        self.back_end.how = lambda batch: [Failed(Unavailable("It is away."))] * len(batch)
        reader = self.reader("later")
        self.say()
        self.let_go()
        self.log[0] = message(1, "", removed=True)
        self.room.receive([Removed(1, 1)])
        self.back_end.how = shout
        gevent.sleep(0.05)
        self.assertEqual(self.states(reader)[-1], ("removed", None))

    def test_views_without_readers_are_not_retried(self):
        self.enterContext(mock.patch("piratechat.live.healing.SHORTEST", 0.01))
        self.back_end.how = lambda batch: [Failed(Unavailable("It is away."))] * len(batch)
        reader = self.reader("later")
        self.say()
        self.let_go()
        self.room.discard(reader, "later")
        asked = len(self.back_end.batches)
        gevent.sleep(0.05)
        self.assertEqual(len(self.back_end.batches), asked)

    def test_visible_messages_are_translated_first(self):
        self.back_end.max_items = 1
        reader = self.reader()
        self.tell("begun", "begun too", "old", "older than in sight", "in sight")
        self.views(reader, [1, 2])
        self.back_end.wait(2)
        self.room.views([3, 4, 5], "later", reader, False, Urgency.LATER)
        self.views(reader, [3, 5])
        self.let_go()
        self.assertEqual(self.back_end.texts[2:], ["in sight", "old", "older than in sight"])

    def test_translations_finished_during_a_request_are_not_sent_as_pending(self):
        self.tell("one", "two")
        self.back_end.free.set()
        reader = self.reader("later")

        def slowly(messages):
            for each in messages:
                yield each
                self.let_go()

        with mock.patch("piratechat.live.room.in_turns", slowly):
            self.assertEqual(self.views(reader, [1, 2]), [])
        self.assertEqual(self.states(reader), [("view", "ready")] * 2)

    def test_requests_for_unknown_messages_return_nothing(self):
        self.say()
        self.keep(1)
        self.assertEqual(self.views(self.reader("later"), [2, 99]), [])

    def test_a_back_end_that_does_not_answer_delays_no_messages(self):
        original, loud, waiting = self.reader(), self.reader("shout"), self.reader("later")
        for number in range(1, 51):
            self.room.receive([message(number, f"number {number}")])
        self.assertEqual([len(reader.heard) for reader in (original, loud, waiting)], [50, 50, 50])
        self.assertEqual({event["view"]["state"] for event in loud.heard}, {"ready"})
        self.assertEqual({event["view"]["state"] for event in waiting.heard}, {"pending"})


class Rooms(unittest.TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Captain", "captain")
        self.names = ["original"]
        self.rooms = LiveRooms(self.reading, self.translators, engine(), Group)

    @contextmanager
    def reading(self):
        yield self.chat

    def translators(self, room):
        self.assertIs(room, self.room)
        return {name: Original() for name in self.names}

    def test_a_room_is_live_from_its_first_reader_to_its_last(self):
        self.assertIsNone(self.rooms.get("captain"))
        live = self.rooms.enter("captain")
        self.assertIs(self.rooms.enter("captain"), live)
        self.rooms.leave("captain")
        self.assertIs(self.rooms.get("captain"), live)
        self.rooms.leave("captain")
        self.assertIsNone(self.rooms.get("captain"))

    def test_a_live_room_starts_at_the_end_of_the_log(self):
        for _ in range(3):
            self.room.say("captain", "Ahoy", NOW)
        self.assertEqual(self.rooms.enter("captain").last, 3)

    def publish(self, slug, *events):
        self.rooms.publish(slug, Envelope(events, self.room.numbers))

    def test_published_messages_are_sent_to_the_readers_of_the_room(self):
        reader = Reader()
        self.rooms.enter("captain").add(reader, "original")
        self.publish("captain", self.room.say("captain", "Ahoy", NOW))
        self.publish("tavern", message(1))
        self.assertEqual(reader.seqs(), [1])

    def test_messages_published_while_the_room_is_read_are_not_lost(self):
        reader = Reader()
        state = RoomHistory.state

        def interrupted(history):
            found = state(history)
            self.publish("captain", self.room.say("captain", "Ahoy", NOW))
            return found

        with mock.patch.object(RoomHistory, "state", interrupted):
            live = self.rooms.enter("captain")
        live.add(reader, "original")
        self.assertEqual(live.last, 1)

    def test_a_changed_room_may_have_other_translators(self):
        live = self.rooms.enter("captain")
        self.names = ["original", "shout"]
        rev = self.room.note_change(NOW, "room", ("translator",), "captain")
        self.publish("captain", Changed({"translator": "shout"}, rev))
        self.assertEqual(list(live.translations.translators), ["original", "shout"])

    def test_publishing_to_a_room_without_readers_does_nothing(self):
        self.publish("captain", message(1), Changed({"slow": 1}, 1))
        self.assertIsNone(self.rooms.get("captain"))


class Wire(unittest.TestCase):
    def test_times_are_in_the_format_of_rfc_3339(self):
        for at, text in [
            (0, "1970-01-01T00:00:00.000Z"),
            (NOW + 7, "2027-01-15T08:00:00.007Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ]:
            self.assertEqual(iso(at), text)

    def test_an_error_has_its_nonce_and_the_seconds_to_wait(self):
        self.assertEqual(
            json.loads(error_event(CommandRejected("rate-limited", "Wait.", 1.23456), "n1")),
            {"type": "error", "code": "rate-limited", "message": "Wait.", "nonce": "n1", "retry_after": 1.235},
        )
        self.assertEqual(
            json.loads(error_event(CommandRejected("too-long", "Split it."))),
            {"type": "error", "code": "too-long", "message": "Split it."},
        )

    def test_a_nonce_is_not_sent_to_others(self):
        self.assertNotIn("nonce", message_values(message(1, nonce="n1")))
