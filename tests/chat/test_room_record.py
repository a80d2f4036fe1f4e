"""The soak test's comparison with the database: it detects everything lost, duplicated or unchanged."""

from types import SimpleNamespace
from unittest import TestCase

from piratechat.model.changes import Changes
from piratechat.model.chat import Chat
from piratechat.model.commands import Change as ChangeRoom
from piratechat.model.commands import Claim, Edit, Erase, Pin, React, Remove, Restore, Say
from piratechat.model.nonces import Nonces
from tests.support.room_record import RoomRecord
from tests.support.talkers import RequestedChange

SLUG, NOW, DAY = "captain", 1_800_000_000_000, 86_400.0


def person(name):
    return SimpleNamespace(name_here=name, acknowledged={}, replies={}, refused=set(), requested=[], said=0)


class RoomRecordTest(TestCase):
    def setUp(self):
        self.chat = Chat()
        self.room = self.chat.rooms.open("Captain", SLUG)
        self.nonces = Nonces(lambda: 0)
        self.ada, self.bo = person("Captain"), person("Bo")
        self.perform(Claim(SLUG, "bo", "Bo"))
        self.record = RoomRecord(self.ada, [self.ada, self.bo])
        for one in (self.ada, self.bo, self.bo):
            self.say(one)

    def perform(self, command):
        return command.perform(self.room, NOW, self.nonces)

    def visitor(self, one):
        return SLUG if one is self.ada else "bo"

    def say(self, one, reply_to=None):
        one.said += 1
        text = f"{one.name_here} {one.said}"
        self.perform(Say(SLUG, self.visitor(one), text, reply_to=reply_to))
        one.acknowledged[text] = self.room.log.last

    def do(self, one, kind, *values, **command):
        """Perform a change, and acknowledge it."""
        request = RequestedChange({**command, **({} if kind is ChangeRoom else {"seq": values[0]})})
        one.requested.append(request)
        request.times, request.is_settled = 1, True
        request.rev = self.perform(kind(SLUG, self.visitor(one), *values)).rev
        return request

    def edit(self, seq, text):
        self.do(self.bo, Edit, seq, text, DAY, type="edit", text=text)

    def do_all(self):
        """Perform one change of each kind."""
        self.edit(2, "other")
        self.do(self.ada, React, 2, "👍", type="react", emoji="👍", on=True)
        self.do(self.bo, React, 2, "👍", type="react", emoji="👍", on=True)
        self.do(self.ada, React, 2, "👍", False, type="react", emoji="👍", on=False)
        self.do(self.ada, Pin, 2, type="pin", on=True)
        self.do(self.ada, Remove, 3, type="remove")
        self.do(self.ada, ChangeRoom, {"topic": "Ships"}, type="room", topic="Ships")
        self.do(self.bo, Remove, 2, type="remove")
        self.do(self.bo, Restore, 2, type="restore")
        self.do(self.ada, Erase, 1, type="erase")

    def faults(self):
        return dict(+self.record.faults(self.room))

    def test_everything_acknowledged_is_stored(self):
        self.do_all()
        self.assertEqual(self.faults(), {}, self.record.differences)
        self.edit(2, "once more")
        self.assertEqual(self.faults(), {}, self.record.differences)
        self.assertEqual(self.record.erased_words, {"Captain 1"})

    def test_a_reverted_state(self):
        self.do_all()
        for spoil, wrong in (
            (lambda: self.room.unpin(2), {"pins"}),
            (lambda: self.room.restore(3), {"pins", "message 3"}),
            (lambda: setattr(self.room, "topic", ""), {"pins", "message 3", "settings"}),
        ):
            spoil()
            self.assertEqual(self.faults(), {"states": len(wrong)})
            self.assertEqual({what for _kind, what, _how in self.record.differences}, wrong)

    def test_a_reverted_edit_and_reaction(self):
        for spoil in (
            lambda: self.room.edits.forget(2),
            lambda: self.room.kept_reactions(2).remove("👍", self.room.names.participant("bo")),
        ):
            self.setUp()
            self.do_all()
            spoil()
            self.assertEqual(self.faults(), {"states": 1})

    def test_lost_duplicate_and_unknown_changes(self):
        request = self.do(self.bo, Remove, 2, type="remove")
        lost, self.room._changes = self.room._changes, Changes()
        self.room.restore(2)
        self.assertEqual(self.faults(), {"changes": 1})
        self.assertIn(request, self.record.differences[0])
        self.record.through, self.record._next = 0, type(self.record._next)()
        self.room._changes = lost
        self.perform(Remove(SLUG, "bo", 2))
        self.assertEqual(self.faults(), {"changes": 1})

    def test_lost_duplicate_and_different_messages(self):
        self.bo.acknowledged["Bo 3"], self.bo.said = 4, 3
        self.assertEqual(self.faults(), {"losses": 2})
        self.perform(Say(SLUG, "bo", "Bo 2"))
        self.assertEqual(self.faults(), {"losses": 1, "doubles": 1})
        self.perform(Erase(SLUG, SLUG, 2))
        self.assertEqual(self.faults()["changes"], 1)

    def test_unacknowledged_changes_may_be_stored_or_not(self):
        done = self.do(self.bo, Remove, 2, type="remove")
        done.rev = None  # it was sent again, and had already succeeded
        self.bo.requested.insert(0, RequestedChange({"type": "restore", "seq": 3}))
        self.bo.requested[0].is_settled, self.bo.requested[0].times = True, 1  # it had no effect
        refused = self.do(self.bo, Edit, 3, "other", DAY, type="edit", text="other")
        refused.rev, refused.is_refused, refused.times = None, True, 2  # ... because others had removed the message
        self.assertEqual(self.faults(), {}, self.record.differences)

    def test_requests_without_an_effect_between_those_of_the_same_kind(self):
        self.do(self.ada, ChangeRoom, {"slow": 1}, type="room", slow=1)
        without = self.do(self.ada, ChangeRoom, {"slow": 1}, type="room", slow=1)
        self.assertIsNone(without.rev)
        self.do(self.ada, ChangeRoom, {"slow": 0}, type="room", slow=0)
        self.assertEqual(self.faults(), {}, self.record.differences)

    def test_rejected_changes_are_not_stored(self):
        request = self.do(self.bo, Remove, 2, type="remove")
        request.rev, request.is_refused = None, True
        self.assertIn("changes", self.faults())

    def test_a_reply_to_another_message(self):
        self.say(self.bo, reply_to=1)
        self.assertEqual(self.faults(), {"states": 1})
        self.bo.replies[4] = 1
        self.assertEqual(self.faults(), {})
