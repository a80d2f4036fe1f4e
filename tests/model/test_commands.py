"""Commands in a room, by its owner and by others."""

import unittest

from piratechat.errors import CommandRejected
from piratechat.model.chat import Chat
from piratechat.model.commands import (
    MAX_BULK,
    Announce,
    Change,
    Claim,
    Done,
    Edit,
    Erase,
    Mute,
    Remove,
    RemoveMany,
    Restore,
    RestoreMany,
    Say,
    Unmute,
    checked_changes,
)
from piratechat.model.edits import MAX_EDITS
from piratechat.model.events import Changed, Erased, Logged, Muted, Named, Removed, RemovedMany, Reply, Unmuted, Updated
from piratechat.model.log import nonce_digest
from piratechat.model.moderation_log import MAX_ENTRIES, LogEntry
from piratechat.model.nonces import Nonces

NOW = 1_800_000_000_000
SLUG = "captain"


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.room = Chat().rooms.open("Captain", "captain")
        self.nonces = Nonces(lambda: 0.0)
        self.room.names.claim("Ada", "ada")
        self.said = self.do(Say(SLUG, "ada", "Ahoy")).events[0]

    def do(self, command, now=NOW):
        self.assertEqual(command.slug, SLUG)
        return command.perform(self.room, now, self.nonces)

    def told(self, command):
        """Do `command`, and return the events for others than the owner."""
        return [event for event in self.do(command).events if not isinstance(event, Logged)]

    def assertRefused(self, code, command, now=NOW):
        before = self.state()
        with self.assertRaises(CommandRejected) as caught:
            self.do(command, now)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual(self.state(), before, "rejected commands change nothing")

    def state(self):
        room = self.room
        return (
            room.messages(0, 100),
            sorted(room.names.all()),
            [room.names.of(visitor) for visitor in ("captain", "ada", "eve")],
            (room.title, room.translator, room.read_only, room.slow, list(room.removed)),
            room.moderation_log,
            list(room.changes.forward(0, 1000)),
        )


class Claiming(CommandTest):
    def test_a_name_is_taken(self):
        self.assertEqual(self.do(Claim(SLUG, "eve", "Eve")), Done((Named("eve", "Eve"),), name="Eve"))
        self.assertEqual(self.do(Claim(SLUG, "eve", "Eve")), Done(name="Eve"))
        owners = (Named("captain", "Hook"), Changed({"owner": "Hook"}, 1))
        self.assertEqual(self.do(Claim(SLUG, "captain", "Hook")).events, owners)
        self.assertEqual(self.room.names.of("eve"), "Eve")

    def test_a_taken_name_is_rejected(self):
        self.assertRefused("name-taken", Claim(SLUG, "eve", "ADA"))
        self.assertRefused("name-taken", Claim(SLUG, "eve", "Captain"))


class Announcing(CommandTest):
    def announce(self, words, id="", **more):
        return self.do(Announce(SLUG, "queue:orders", "Shop", words, id, **more))

    def test_a_program_claims_its_name_and_posts(self):
        done = self.announce("Order 7 is paid", "7")
        self.assertEqual(done.events, (Named("queue:orders", "Shop"), self.room.message(2)))
        self.assertEqual((self.room.message(2).author, self.room.message(2).nonce), ("Shop", ""))
        self.assertRefused("name-taken", Say(SLUG, "eve", "I am the shop", name="shop"))

    def test_a_redelivered_message_is_not_posted_again(self):
        first = self.announce("Order 7 is paid", "7").events[-1]
        for number in range(300):
            self.announce(f"Order {number} is sent", f"sent {number}")
        again = self.announce("Order 7 is paid", "7")
        self.assertEqual((again.events, again.repeated), ((), first))
        self.assertEqual(self.room.log.last, 302)

    def test_a_redelivered_erased_message_is_not_posted_again(self):
        seq = self.announce("a secret", "7").events[-1].seq
        self.do(Erase(SLUG, "captain", seq))
        self.assertEqual((self.announce("a secret", "7").events, self.room.message(seq).text), ((), ""))

    def test_messages_without_an_id_are_posted_each_time(self):
        self.assertEqual([self.announce("Ping").events[-1].seq for _ in range(2)], [2, 3])

    def test_each_program_has_its_own_ids(self):
        self.announce("Order 7 is paid", "7")
        self.assertEqual(self.do(Announce(SLUG, "queue:news", "News", "Ahoy", "7")).events[-1].text, "Ahoy")

    def test_a_program_can_post_in_read_only_and_slow_rooms(self):
        self.do(Change(SLUG, "captain", {"read_only": True, "slow": 60}))
        self.assertEqual([self.announce(each).events[-1].seq for each in ("one", "two")], [2, 3])

    def test_the_owner_can_mute_a_program(self):
        self.announce("Buy more")
        self.do(Mute(SLUG, "captain", "Shop"))
        self.assertRefused("muted", Announce(SLUG, "queue:orders", "Shop", "Buy more"))

    def test_a_program_cannot_take_the_name_of_a_visitor(self):
        self.assertRefused("name-taken", Announce(SLUG, "queue:orders", "Ada", "I am Ada"))

    def test_a_program_mentions_people_on_request_only(self):
        self.assertEqual(self.announce("@Ada").events[-1].mentions, ())
        self.assertEqual(self.announce("@Ada", mentions_people=True).events[-1].mentions, ((0, 4, "Ada"),))


class Saying(CommandTest):
    def test_readers_receive_the_message(self):
        done = self.do(Say(SLUG, "ada", "Where is the rum?", "n1"))
        self.assertEqual(done.events, (self.room.message(2),))
        self.assertEqual((done.repeated, done.name), (None, None))

    def test_a_name_can_be_included(self):
        done = self.do(Say(SLUG, "eve", "Hello", name="Eve"))
        self.assertEqual((done.events[0], done.events[1].author, done.name), (Named("eve", "Eve"), "Eve", "Eve"))

    def test_posting_requires_a_name(self):
        self.assertRefused("name-needed", Say(SLUG, "eve", "Hello"))

    def test_a_taken_name_rejects_the_message(self):
        self.assertRefused("name-taken", Say(SLUG, "eve", "Hello", name="Ada"))

    def test_a_rejected_message_claims_no_name(self):
        self.do(Change(SLUG, "captain", {"read_only": True}))
        self.assertRefused("read-only", Say(SLUG, "eve", "Hello", name="Eve"))

    def test_a_rate_limited_message_claims_no_name(self):
        self.do(Change(SLUG, "captain", {"slow": 10}))
        self.do(Say(SLUG, "ada", "one"))
        self.assertRefused("rate-limited", Say(SLUG, "ada", "two", name="Countess"), NOW + 1)

    def test_a_repeated_message_is_acknowledged_again(self):
        first = self.do(Say(SLUG, "ada", "once", "n1")).events[0]
        done = self.do(Say(SLUG, "ada", "once", "n1"), NOW + 1)
        self.assertEqual((done.events, done.repeated), ((), first))
        self.assertEqual(self.room.log.last, first.seq)

    def test_a_repeated_message_is_not_rate_limited(self):
        self.do(Change(SLUG, "captain", {"slow": 10}))
        first = self.do(Say(SLUG, "ada", "once", "n1")).events[0]
        self.assertEqual(self.do(Say(SLUG, "ada", "once", "n1"), NOW + 1).repeated, first)

    def test_a_repeated_removed_message_has_no_text(self):
        seq = self.do(Say(SLUG, "ada", "once", "n1")).events[0].seq
        self.do(Remove(SLUG, "captain", seq))
        repeated = self.do(Say(SLUG, "ada", "once", "n1"), NOW + 1).repeated
        self.assertEqual((repeated.text, repeated.removed), ("", True))


class RemovingAndRestoring(CommandTest):
    def test_the_owner_removes_and_restores(self):
        self.assertEqual(self.told(Remove(SLUG, "captain", 1)), [Removed(1, 1)])
        self.assertEqual(self.room.message(1).text, "")
        self.assertEqual(self.told(Restore(SLUG, "captain", 1)), [Updated(self.said, 2)])
        self.assertEqual(self.room.message(1), self.said)

    def test_readers_are_notified_once(self):
        self.assertEqual(self.do(Restore(SLUG, "captain", 1)), Done())
        self.do(Remove(SLUG, "captain", 1))
        self.assertEqual(self.do(Remove(SLUG, "captain", 1)), Done())

    def test_other_visitors_may_not_remove_or_restore(self):
        self.assertRefused("not-allowed", Remove(SLUG, "eve", 1))
        self.do(Remove(SLUG, "captain", 1))
        self.assertRefused("not-allowed", Restore(SLUG, "eve", 1))

    def test_authors_remove_their_messages_without_a_log_entry(self):
        self.assertEqual(self.do(Remove(SLUG, "ada", 1)), Done((Removed(1, 1, "author"),), rev=1, forgotten=("Ahoy",)))
        self.assertEqual(self.room.message(1), self.said._replace(text="", removed=True, by="author"))
        self.assertEqual(self.do(Restore(SLUG, "ada", 1)), Done((Updated(self.said, 2),), rev=2))
        self.assertEqual(self.room.moderation_log, [])

    def test_authors_restore_only_messages_they_removed(self):
        for by in ("owner", "operator", "rule"):
            self.do(Remove(SLUG, "captain", 1, by=by))
            self.assertRefused("not-allowed", Restore(SLUG, "ada", 1))
            self.do(Restore(SLUG, "captain", 1))
        self.do(Remove(SLUG, "ada", 1))
        self.assertEqual(self.told(Restore(SLUG, "captain", 1)), [Updated(self.said, 8)])

    def test_the_owner_prevents_authors_from_restoring(self):
        for by in ("owner", "operator", "rule"):
            self.do(Remove(SLUG, "ada", 1))
            rev = self.room.rev + 1
            removed = self.do(Remove(SLUG, "captain", 1, by=by))
            self.assertEqual((removed.events[0], removed.forgotten), (Removed(1, rev, by), ("Ahoy",)))
            self.assertEqual(self.room.moderation_log[0].what, "removed")
            self.assertRefused("not-allowed", Restore(SLUG, "ada", 1))
            self.assertEqual(self.do(Remove(SLUG, "ada", 1)), Done())
            self.assertEqual(self.do(Remove(SLUG, "captain", 1)), Done())
            self.do(Restore(SLUG, "captain", 1))

    def test_removing_many_keeps_removals_by_authors(self):
        self.do(Say(SLUG, "ada", "Aye"))
        self.do(Remove(SLUG, "ada", 1))
        self.assertEqual(self.told(RemoveMany(SLUG, "captain", [1, 2])), [RemovedMany((2,), 2, "owner")])
        self.assertEqual(self.room.message(1).by, "author")

    def test_muted_authors_can_remove_but_not_restore(self):
        self.do(Mute(SLUG, "captain", "Ada"))
        self.do(Remove(SLUG, "ada", 1))
        self.assertRefused("muted", Restore(SLUG, "ada", 1))

    def test_clients_without_a_cookie_cannot_remove(self):
        self.do(Say(SLUG, "@address", "Ahoy", name="Ape"))
        for command in (Remove, Restore, Erase):
            self.assertRefused("not-allowed", command(SLUG, "@address", 2))
        self.assertRefused("not-allowed", Edit(SLUG, "@address", 2, "Aye", 60))

    def test_a_missing_message_is_an_error(self):
        self.assertRefused("bad-message", Remove(SLUG, "captain", 2))
        self.assertRefused("bad-message", Restore(SLUG, "captain", 0))


class Erasing(CommandTest):
    def setUp(self):
        super().setUp()
        self.do(Edit(SLUG, "ada", 1, "the secret", 60))
        self.erased = self.said._replace(text="", nonce="", erased=True)

    def test_the_text_is_deleted_and_the_number_kept(self):
        for who, logged in (("ada", []), ("captain", [LogEntry(NOW, "erased", 3)])):
            with self.subTest(who):
                self.do(Say(SLUG, "ada", "more secrets", f"for {who}", lang="de"))
                seq = self.room.log.last
                done = self.do(Erase(SLUG, who, seq))
                self.assertEqual(done.events[0], Erased((seq,), done.rev))
                self.assertEqual((done.forgotten, self.room.moderation_log), (["more secrets"], logged))
                self.assertEqual(
                    self.room.log.get(seq), (NOW, "Ada", None, nonce_digest(f"for {who}"), "", self.room.log.get(1)[5])
                )
                self.assertEqual(self.room.author(seq), "ada")

    def test_all_versions_are_deleted(self):
        done = self.do(Erase(SLUG, "ada", 1))
        self.assertEqual(done.forgotten, ["Ahoy", "the secret"])
        self.assertEqual((self.room.message(1), self.room.history(1)), (self.erased, []))
        self.assertEqual(self.room.message(1, include_removed=True), self.erased)
        self.assertEqual(list(self.room.edits.messages()), [])

    def test_removed_messages_can_be_erased(self):
        self.do(Remove(SLUG, "captain", 1))
        self.do(Erase(SLUG, "ada", 1))
        self.assertEqual((self.room.message(1), list(self.room.removed)), (self.erased, []))

    def test_an_erasure_cannot_be_reverted(self):
        self.do(Erase(SLUG, "ada", 1))
        for command in (Remove, Restore):
            self.assertRefused("bad-message", command(SLUG, "ada", 1))
            self.assertRefused("bad-message", command(SLUG, "captain", 1))
        self.assertRefused("bad-message", Edit(SLUG, "ada", 1, "Aye", 60))
        self.assertEqual(self.do(Erase(SLUG, "captain", 1)), Done())
        for many in (RemoveMany, RestoreMany):
            self.assertEqual(self.do(many(SLUG, "captain", [1])), Done())

    def test_other_visitors_may_not_erase(self):
        self.assertRefused("not-allowed", Erase(SLUG, "eve", 1))
        self.assertRefused("bad-message", Erase(SLUG, "captain", 9))

    def test_muted_visitors_may_erase_in_a_read_only_room(self):
        self.do(Mute(SLUG, "captain", "Ada"))
        self.do(Change(SLUG, "captain", {"read_only": True}))
        self.assertEqual(self.do(Erase(SLUG, "ada", 1)).rev, 3)

    def test_a_full_segment_keeps_its_others(self):
        for number in range(2, 40):
            self.do(Say(SLUG, "ada", f"number {number}"))
        self.do(Erase(SLUG, "ada", 5))
        texts = [message.text for message in self.room.messages(0, 100)]
        self.assertEqual(texts, ["the secret", *("" if n == 5 else f"number {n}" for n in range(2, 40))])


class Editing(CommandTest):
    def edit(self, text, who="ada", seq=1, within=60, **others):
        return Edit(SLUG, who, seq, text, within, **others)

    def test_readers_receive_the_new_text(self):
        done = self.do(self.edit("Aye", lang="de"), NOW + 500)
        edited = self.said._replace(text="Aye", lang="de", edited=NOW + 500)
        self.assertEqual(done, Done((Updated(edited, 1),), rev=1, forgotten=("Ahoy",)))
        self.assertEqual(self.room.messages(0, 9), [edited])
        self.assertEqual(self.room.moderation_log, [])

    def test_earlier_versions_are_stored(self):
        for number, text in enumerate(("one", "two"), 1):
            self.do(self.edit(text), NOW + number)
        history = [(version.at - NOW, version.text) for version in self.room.history(1)]
        self.assertEqual(history, [(0, "Ahoy"), (1, "one"), (2, "two")])

    def test_the_language_is_kept_by_default(self):
        self.do(self.edit("Aye", lang="de"))
        self.do(self.edit("Oh"))
        self.assertEqual(self.room.message(1).lang, "de")
        self.do(self.edit("Oh", lang=""))
        self.assertEqual(self.room.message(1).lang, "")

    def test_the_same_text_changes_nothing(self):
        self.assertEqual(self.do(self.edit("Ahoy")), Done())
        self.assertEqual(self.room.rev, 0)

    def test_only_its_author_may(self):
        self.assertRefused("not-allowed", self.edit("Aye", "captain"))
        self.assertRefused("not-allowed", self.edit("Aye", "eve"))
        self.assertRefused("bad-message", self.edit("Aye", seq=2))

    def test_only_for_some_time(self):
        self.do(self.edit("Aye"), NOW + 60_000)
        self.assertRefused("not-allowed", self.edit("Oh"), NOW + 60_001)
        self.assertRefused("not-allowed", self.edit("Oh", within=0), NOW + 1)

    def test_editing_requires_permission_to_post(self):
        self.do(Change(SLUG, "captain", {"slow": 5}))
        self.do(self.edit("Aye"))
        self.assertRefused("rate-limited", self.edit("Oh"), NOW + 1)
        self.assertRefused("rate-limited", Say(SLUG, "ada", "Oh"), NOW + 1)
        self.do(Change(SLUG, "captain", {"read_only": True}))
        self.assertRefused("read-only", self.edit("Oh"), NOW + 6000)
        self.do(Mute(SLUG, "captain", "Ada"))
        self.assertRefused("muted", self.edit("Oh"), NOW + 6000)

    def test_removed_messages_cannot_be_edited(self):
        self.do(Remove(SLUG, "ada", 1))
        self.assertRefused("bad-message", self.edit("Aye"))

    def test_restoring_keeps_the_last_version(self):
        self.do(self.edit("Aye"))
        self.do(Remove(SLUG, "ada", 1))
        self.assertEqual(self.room.message(1).text, "")
        self.assertEqual(self.told(Restore(SLUG, "ada", 1))[0].message.text, "Aye")

    def test_the_number_of_edits_is_limited(self):
        for number in range(MAX_EDITS):
            self.do(self.edit(f"number {number}"))
        self.assertRefused("not-allowed", self.edit("Oh"))

    def test_times_never_decrease(self):
        self.do(self.edit("Aye"), NOW + 500)
        self.do(self.edit("Oh"), NOW - 500)
        self.assertEqual(self.room.message(1).edited, NOW + 500)


class Replying(CommandTest):
    def test_a_reply_is_stored_and_sent(self):
        (told,) = self.do(Say(SLUG, "captain", "Aye", reply_to=1)).events
        self.assertEqual(told.reply_to, Reply(1, "Ada"))
        self.assertEqual(self.room.message(2), told)

    def test_replies_need_an_existing_message(self):
        self.do(Say(SLUG, "ada", "two"))
        self.do(Remove(SLUG, "ada", 1))
        self.do(Erase(SLUG, "ada", 2))
        for seq in (1, 2, 3):
            self.assertRefused("bad-message", Say(SLUG, "captain", "Aye", reply_to=seq))
            self.assertRefused("bad-message", Say(SLUG, "eve", "Aye", name="Eve", reply_to=seq))

    def test_replies_to_removed_messages_are_kept(self):
        self.do(Say(SLUG, "captain", "Aye", reply_to=1))
        self.do(Erase(SLUG, "ada", 1))
        self.assertEqual(self.room.message(2).reply_to, Reply(1, ""))
        self.do(Edit(SLUG, "captain", 2, "Aye!", 60))
        self.assertEqual(self.room.message(2).reply_to, Reply(1, ""))


class Mentioning(CommandTest):
    def test_people_mentioned_by_an_edit_are_notified_once(self):
        (told,) = self.do(Say(SLUG, "ada", "Ahoy @captain")).events
        self.assertEqual(told.mentions, ((5, 13, "Captain"),))
        (edited,) = self.do(Edit(SLUG, "ada", 2, "Ahoy @ada and @captain and @ada", 60)).events
        self.assertEqual(edited.mentioned, ("Ada",))
        self.assertEqual([name for *_, name in self.room.message(2).mentions], ["Ada", "Captain", "Ada"])
        (again,) = self.do(Edit(SLUG, "ada", 2, "@ada", 60)).events
        self.assertEqual(again.mentioned, ())


class Many(CommandTest):
    def setUp(self):
        super().setUp()
        for number in range(2, 6):
            self.do(Say(SLUG, "ada", f"number {number}"))

    def test_a_bulk_removal_is_one_change(self):
        self.do(Remove(SLUG, "captain", 2))
        done = self.do(RemoveMany(SLUG, "captain", [4, 2, 1, 4]))
        logged = Logged("captain", LogEntry(NOW, "removed_many", (2, 2)))
        self.assertEqual(done, Done((RemovedMany((1, 4), 2), logged), rev=2, forgotten=("Ahoy", "number 4")))
        self.assertEqual([seq for seq in range(1, 6) if self.room.message(seq).removed], [1, 2, 4])
        done = self.do(RestoreMany(SLUG, "captain", [1, 3, 4]))
        self.assertEqual([event.rev for event in done.events[:-1]], [3, 3])
        self.assertEqual([event.message for event in done.events[:-1]], [self.room.message(1), self.room.message(4)])
        self.assertEqual(done.events[-1].entry, LogEntry(NOW, "restored_many", (2, 3)))
        self.assertEqual((self.room.rev, done.rev), (3, 3))
        self.assertEqual([change.subject for change in self.room.changes.forward(0, 9)], [2, (1, 4), (1, 4)])

    def test_messages_removed_already_are_not_sent(self):
        self.assertEqual(self.do(RestoreMany(SLUG, "captain", [1, 2])), Done())
        self.assertEqual(self.do(RemoveMany(SLUG, "captain", [])), Done())
        self.assertEqual(self.room.rev, 0)

    def test_all_messages_are_removed_or_none(self):
        self.assertRefused("bad-message", RemoveMany(SLUG, "captain", [1, 2, 6]))
        self.assertRefused("bad-message", RemoveMany(SLUG, "captain", [1] * (MAX_BULK + 1)))
        self.assertRefused("bad-message", RestoreMany(SLUG, "captain", [0]))

    def test_other_visitors_may_not_remove_or_restore_many(self):
        for by in ("owner", "author"):
            self.assertRefused("not-allowed", RemoveMany(SLUG, "ada", [1], by=by))
            self.assertRefused("not-allowed", RestoreMany(SLUG, "ada", [1], by=by))

    def test_the_operator_may(self):
        done = self.do(RemoveMany(SLUG, "", [1, 2], by="operator"))
        self.assertEqual(done.events[0], RemovedMany((1, 2), 1, "operator"))
        self.assertEqual(self.room.removed[1], "operator")
        self.assertIsNone(next(self.room.changes.forward(0, 1)).participant)


class Numbering(CommandTest):
    """Each event for all readers increments `rev`, and no other event does."""

    def revs(self, *commands):
        return [self.do(command).rev for command in commands]

    def test_events_for_all_readers(self):
        commands = (
            Remove(SLUG, "captain", 1),
            Restore(SLUG, "captain", 1),
            Change(SLUG, "captain", {"slow": 1, "title": "B"}),
        )
        self.assertEqual(self.revs(*commands), [1, 2, 3])
        found = list(self.room.changes.forward(0, 9))
        number = self.room.names.participant("captain")
        self.assertEqual(
            [tuple(change) for change in found],
            [
                (1, NOW, "removed", 1, 1, number),
                (2, NOW, "restored", 1, 1, number),
                (3, NOW, "room", ("slow", "title"), 1, number),
            ],
        )

    def test_events_for_some_or_no_readers(self):
        commands = (
            Say(SLUG, "ada", "x"),
            Claim(SLUG, "ada", "Countess"),
            Mute(SLUG, "captain", "Countess"),
            Unmute(SLUG, "captain", "Countess"),
            Restore(SLUG, "captain", 1),
            Change(SLUG, "captain", {"slow": 0}),
        )
        self.assertEqual(self.revs(*commands), [None] * 6)
        self.assertEqual(self.room.rev, 0)
        self.assertNotIn("_changes", vars(self.room), "nothing is stored for a room without changes")

    def test_a_new_name_of_the_owner(self):
        self.do(Say(SLUG, "captain", "it is me", name="Hook"))
        self.assertEqual([change.subject for change in self.room.changes.forward(0, 9)], [("owner",)])


class Muting(CommandTest):
    def test_the_owner_mutes_and_unmutes(self):
        self.assertEqual(self.told(Mute(SLUG, "captain", "Ada")), [Muted("ada")])
        self.assertRefused("muted", Say(SLUG, "ada", "But"))
        self.assertEqual(self.told(Unmute(SLUG, "captain", "Ada")), [Unmuted("ada")])
        self.do(Say(SLUG, "ada", "Thanks"))

    def test_muted_visitors_are_notified_once(self):
        self.assertEqual(self.do(Unmute(SLUG, "captain", "Ada")), Done())
        self.do(Mute(SLUG, "captain", "Ada"))
        self.assertEqual(self.do(Mute(SLUG, "captain", "Ada")), Done())

    def test_any_name_of_a_visitor_can_be_used(self):
        self.do(Claim(SLUG, "ada", "Countess"))
        self.do(Mute(SLUG, "captain", "ADA"))
        self.assertRefused("muted", Say(SLUG, "ada", "But"))
        self.assertRefused("muted", Say(SLUG, "ada", "But", name="Fresh"))

    def test_other_visitors_may_not_mute(self):
        self.assertRefused("not-allowed", Mute(SLUG, "ada", "Captain"))
        self.assertRefused("not-allowed", Unmute(SLUG, "ada", "Ada"))

    def test_owners_do_not_mute_themselves(self):
        self.assertRefused("not-allowed", Mute(SLUG, "captain", "Captain"))

    def test_an_unknown_name_is_an_error(self):
        self.assertRefused("bad-message", Mute(SLUG, "captain", "Nobody"))
        self.assertRefused("bad-message", Unmute(SLUG, "captain", "Nobody"))


class Changing(CommandTest):
    def test_the_owner_changes_the_room(self):
        values = {"title": "The Cabin", "translator": "pirate", "read_only": True, "slow": 5}
        self.assertEqual(self.told(Change(SLUG, "captain", values)), [Changed(values, 1)])
        room = self.room
        self.assertEqual((room.title, room.translator, room.read_only, room.slow), ("The Cabin", "pirate", True, 5))

    def test_readers_receive_changed_settings(self):
        self.do(Change(SLUG, "captain", {"slow": 5}))
        self.assertEqual(
            self.told(Change(SLUG, "captain", {"slow": 5, "read_only": True})), [Changed({"read_only": True}, 2)]
        )
        self.assertEqual(self.do(Change(SLUG, "captain", {"slow": 5})), Done())

    def test_other_visitors_may_not_change_settings(self):
        self.assertRefused("not-allowed", Change(SLUG, "ada", {"title": "Mine"}))


class ModerationLog(CommandTest):
    def test_actions_are_logged_newest_first(self):
        for number, command in enumerate(
            (
                Change(SLUG, "captain", {"title": "The Cabin", "slow": 5}),
                Mute(SLUG, "captain", "Ada"),
                Unmute(SLUG, "captain", "Ada"),
                Remove(SLUG, "captain", 1),
                Restore(SLUG, "captain", 1),
            )
        ):
            self.do(command, NOW + number)
        self.assertEqual(
            self.room.moderation_log,
            [
                LogEntry(NOW + 4, "restored", 1),
                LogEntry(NOW + 3, "removed", 1),
                LogEntry(NOW + 2, "unmuted", "Ada"),
                LogEntry(NOW + 1, "muted", "Ada"),
                LogEntry(NOW, "slow", 5, 0),
                LogEntry(NOW, "title", "The Cabin", "Captain"),
            ],
        )

    def test_the_owner_receives_log_entries(self):
        done = self.do(Remove(SLUG, "captain", 1))
        self.assertEqual(done.events, (Removed(1, 1), Logged("captain", LogEntry(NOW, "removed", 1))))

    def test_commands_without_changes_are_not_logged(self):
        self.do(Change(SLUG, "captain", {"slow": 0}))
        self.do(Restore(SLUG, "captain", 1))
        self.do(Unmute(SLUG, "captain", "Ada"))
        self.assertEqual(self.room.moderation_log, [])

    def test_old_entries_are_removed(self):
        for pause in range(1, MAX_ENTRIES + 11):
            self.do(Change(SLUG, "captain", {"slow": pause}))
        self.assertEqual(len(self.room.moderation_log), MAX_ENTRIES)
        self.assertEqual(
            (self.room.moderation_log[0].value, self.room.moderation_log[-1].value), (MAX_ENTRIES + 10, 11)
        )

    def test_old_rooms_have_an_empty_moderation_log(self):
        self.room.__dict__.pop("_moderation_log", None)
        self.assertEqual(self.room.moderation_log, [])
        self.do(Remove(SLUG, "captain", 1))
        self.assertEqual(len(self.room.moderation_log), 1)


class CheckedChanges(unittest.TestCase):
    def check(self, values):
        return checked_changes(values, ("pirate", "original"))

    def test_valid_settings_are_accepted(self):
        for values in (
            {"title": "The Cabin"},
            {"translator": None},
            {"translator": "original"},
            {"read_only": False},
            {"slow": 0},
            {"slow": 3600},
            {"slow": 1, "read_only": True},
        ):
            with self.subTest(values=values):
                self.assertEqual(self.check(values), values)

    def test_a_title_is_tidied(self):
        self.assertEqual(self.check({"title": "  The \n Cabin "}), {"title": "The Cabin"})

    def test_invalid_settings_are_rejected(self):
        for values in (
            {},
            {"owner": "eve"},
            {"slow": 1, "owner": "eve"},
            {"__class__": "x"},
            {"log": None},
            {"title": ""},
            {"title": None},
            {"title": "a\u202eb"},
            {"translator": "klingon"},
            {"translator": 1},
            {"translator": ["pirate"]},
            {"translator": {}},
            {"read_only": "yes"},
            {"read_only": 1},
            {"read_only": None},
            {"slow": -1},
            {"slow": 3601},
            {"slow": 1.5},
            {"slow": True},
            {"slow": "5"},
            {"slow": None},
        ):
            with self.subTest(values=values), self.assertRaises(CommandRejected) as caught:
                self.check(values)
            self.assertEqual(caught.exception.code, "bad-message")
            self.assertIn(caught.exception.field, (None, *values))
        with self.assertRaises(CommandRejected) as caught:
            self.check({"title": "x" * 81})
        self.assertEqual((caught.exception.code, caught.exception.field), ("too-long", "title"))
