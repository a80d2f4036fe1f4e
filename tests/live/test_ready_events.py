"""Many readers return at the same time: the newest messages are read and translated once, for the first of them."""

import json
import unittest

import gevent

from piratechat.live.coming_back import PAGE
from piratechat.live.ready_events import ReadyEvents
from piratechat.model.events import Numbers, Reacted, Reaction
from tests.live.test_live_room import LiveRoomTest, Reader, message
from tests.support.engines import TIMEOUT, BackEnd


class ManyReturn(LiveRoomTest):
    def missed(self, after, view="original", reader=None):
        return [json.loads(event) for event in self.room.coming_back.messages(after, view, reader)]

    def test_the_log_is_read_once_for_several_readers(self):
        self.say(10)
        first = self.missed(4)
        self.assertEqual([event["seq"] for event in first], [5, 6, 7, 8, 9, 10])
        self.assertEqual(self.missed(4), first)
        self.assertEqual(self.missed(7), first[3:])
        self.assertEqual(self.asked, [(4, 6)])

    def test_earlier_messages_are_read_and_cached_when_needed(self):
        self.say(10)
        self.missed(7)
        self.assertEqual([event["seq"] for event in self.missed(2)], list(range(3, 11)))
        self.asked.clear()
        self.missed(2)
        self.assertEqual(self.asked, [])

    def test_only_new_messages_are_read(self):
        self.say(10)
        self.missed(4)
        self.say(2)
        self.assertEqual([event["seq"] for event in self.missed(4)], list(range(5, 13)))
        self.assertEqual(self.asked, [(4, 6), (10, 2)])

    def test_each_view_has_its_own_cache(self):
        self.say(2)
        self.missed(0)
        self.assertEqual([event["view"]["text"] for event in self.missed(0, "shout")], ["AHOY", "AHOY"])
        self.assertNotIn("view", self.missed(0)[0])

    def test_removed_messages_are_not_sent_again(self):
        self.say(3)
        self.missed(0)
        self.remove(2)
        self.assertEqual([event["text"] for event in self.missed(0)], ["Ahoy", "", "Ahoy"])

    def test_messages_removed_while_they_are_sent_are_not_cached(self):
        self.say(3)
        self.shout.how = self.removing(1)
        self.missed(0, "shout")
        self.assertEqual([event["text"] for event in self.missed(0, "shout")], ["", "Ahoy", "Ahoy"])

    def test_reactions_depend_on_the_reader(self):
        self.log.append(message(1, reactions=(Reaction("🦜", 1, ("Bo",)),)))
        self.room.receive([self.log[0]])
        for visitor, yours in (("bo", True), ("cleo", False), ("bo", True)):
            (event,) = self.missed(0, reader=Reader(visitor))
            self.assertEqual(event["reactions"][0].get("yours", False), yours)

    def test_a_reaction_to_a_cached_message(self):
        self.say(1)
        self.missed(0)
        self.log[0] = message(1, reactions=(Reaction("🦜", 1, ("Bo",)),))
        self.room.receive([Reacted(1, self.log[0].reactions, 1)])
        self.assertEqual(self.missed(0, reader=Reader("bo"))[0]["reactions"][0]["count"], 1)

    def reacted(self, visitor, seqs):
        return {seq: ["🦜"] for seq in seqs} if visitor == "bo" else {}

    def test_pending_translations_are_not_cached(self):
        back_end = self.room.translations.translators["later"] = BackEnd(name="later", held=True)
        self.addCleanup(back_end.free.set)
        self.say(1)
        self.assertEqual(self.missed(0, "later", Reader())[0]["view"]["state"], "pending")
        back_end.wait()
        back_end.free.set()
        with gevent.Timeout(TIMEOUT, AssertionError("it is still being translated")):
            while self.missed(0, "later", Reader())[0]["view"]["state"] != "ready":
                gevent.sleep(0.001)

    def test_the_newest_of_very_many_are_cached(self):
        self.say(PAGE)
        self.missed(0)
        self.say(PAGE // 2)
        self.missed(PAGE)
        self.asked.clear()
        self.assertEqual(len(self.missed(PAGE // 2)), PAGE)
        self.assertEqual(self.asked, [])


class Bounds(unittest.TestCase):
    def setUp(self):
        self.ready = ReadyEvents(depth=3, most=100)
        self.room = object()

    def keep(self, events, last=10, rev=1, room=None, epoch="one"):
        self.ready.keep(room or self.room, "original", Numbers(last, rev, epoch), events)

    def kept(self, last=10, rev=1, room=None, epoch="one"):
        return self.ready.of(room or self.room, "original", Numbers(last, rev, epoch))

    def test_old_events_are_removed(self):
        self.keep({7: "a", 8: "b"})
        self.keep({11: "c"}, last=11)
        self.assertEqual(self.kept(11), {11: "c"})

    def test_a_change_of_the_room_invalidates_the_cache(self):
        self.keep({10: "a"})
        self.assertEqual((self.kept(rev=2), self.kept(epoch="another")), ({}, {}))

    def test_all_rooms_share_a_limit(self):
        other = object()
        self.keep({10: "a" * 60})
        self.keep({10: "b" * 60}, room=other)
        self.assertEqual((self.kept(), self.kept(room=other)), ({}, {10: "b" * 60}))

    def test_long_events_are_not_cached(self):
        self.keep({10: "a" * 101})
        self.assertEqual(self.kept(), {})
