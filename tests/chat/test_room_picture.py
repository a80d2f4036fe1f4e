"""The soak test's model of a reader: it rejects events that contradict earlier ones."""

from unittest import TestCase

from tests.support.room_picture import InconsistentEvent, KnownMessage, RoomPicture


def message(seq, **values):
    return {"type": "message", "seq": seq, "author": "Ada", "text": f"number {seq}", **values}


def removed(rev, *seqs):
    return {"type": "removed", "rev": rev, "by": "owner", **({"seq": seqs[0]} if len(seqs) == 1 else {"seqs": seqs})}


def reacted(rev, seq, emoji, *names):
    return {"type": "reactions", "rev": rev, "seq": seq, "reactions": [one_reaction(emoji, *names)] if names else []}


def one_reaction(emoji, *names):
    return {"emoji": emoji, "count": len(names), "names": list(names)}


def ada(text, **more):
    return KnownMessage("Ada", text, **more)


GONE = ada(None, gone="owner")


def room(rev, **values):
    return {"type": "room", "rev": rev, **values}


class RoomPictureTest(TestCase):
    def setUp(self):
        self.asked = []
        self.pages = {}
        self.picture = RoomPicture(self._fetch)
        self.hear({"type": "welcome", "last": 0, "rev": 0, "epoch": "one"}, {"type": "current", "last": 0, "rev": 0})

    def _fetch(self, path):
        self.asked.append(path)
        return self.pages[path]

    def hear(self, *events):
        for event in events:
            self.picture.receive(event)

    def assertInconsistent(self, *events):
        *before, last = events
        self.hear(*before)
        with self.assertRaises(InconsistentEvent):
            self.picture.receive(last)

    def test_messages_removals_and_settings(self):
        self.hear(message(1), message(2), message(3), removed(1, 2), room(2, title="The Cabin"), removed(3, 1, 3))
        self.hear(message(1, rev=4), message(3, rev=4), {"type": "typing", "author": "Bo"})
        self.assertEqual(self.picture.messages, {1: ada("number 1"), 2: GONE, 3: ada("number 3")})
        self.assertEqual((self.picture.removed, self.picture.settings), ({2}, {"title": "The Cabin"}))
        self.assertEqual(self.picture.position, {"after": 3, "since": 4, "epoch": "one"})

    def test_edits_replies_reactions_pins_and_erasures(self):
        answer = {"seq": 1, "author": "Ada"}
        self.hear(message(1), message(2, reply_to=answer), reacted(1, 1, "👍", "Bo"), reacted(2, 2, "👍", "Bo"))
        self.hear({"type": "pinned", "rev": 3, "seqs": [2, 1]}, message(1, rev=4, text="other", edited="now"))
        self.assertEqual(self.picture.messages[1], ada("other", edited="now"))
        self.hear(reacted(5, 2, "👍"), removed(6, 1))
        self.assertEqual((self.picture.messages, self.picture.pins), ({1: GONE, 2: ada("number 2", reply_to=1)}, {2}))
        back = message(1, rev=7, text="other", pinned=True, reactions=[one_reaction("🎉", "Bo", "Cy")])
        self.hear(back, {"type": "erased", "rev": 8, "seqs": [2]})
        self.assertEqual(self.picture.messages[1], ada("other", reactions=(("🎉", 2, ("Bo", "Cy")),)))
        self.assertEqual(self.picture.messages[2], ada(None, gone="erased"))
        self.assertEqual((self.picture.pins, self.picture.erased), ({1}, {2}))
        self.assertInconsistent(reacted(9, 2, "👍", "Bo"))

    def test_pages_may_be_ahead_of_the_next_events(self):
        gone = {**message(1), "text": "", "removed": True, "by": "owner"}
        self.pages = {
            "/messages?limit=1": {"epoch": "one", "last": 1, "rev": 1, "messages": [message(1)]},
            "/messages?after=0&before=2&limit=200&as=original": {"last": 1, "rev": 3, "messages": [gone]},
            "/changes?since=0&as=original": {"last": 1, "rev": 3, "changes": [], "more": False},
        }
        self.hear({"type": "reset"}, reacted(2, 1, "👍", "Bo"), removed(3, 1))
        self.assertEqual((self.picture.messages, self.picture.rev), ({1: GONE}, 3))
        self.assertInconsistent(reacted(4, 1, "👍"))

    def test_skipped_and_repeated_numbers(self):
        self.assertInconsistent(message(1), message(3))
        self.assertInconsistent(removed(2, 1))
        self.assertInconsistent(removed(1, 1), removed(1, 1))
        self.assertInconsistent(removed(2, 7))
        self.assertInconsistent(message(7, rev=2))

    def test_missed_changes_count_when_complete(self):
        self.hear(message(1), message(2), {"type": "welcome", "last": 3, "rev": 9, "epoch": "one"})
        self.hear(removed(4, 1), room(9, slow=1))
        self.assertEqual(self.picture.position["since"], 0)
        self.hear(message(3), {"type": "current", "last": 3, "rev": 9})
        self.assertEqual(self.picture.position, {"after": 3, "since": 9, "epoch": "one"})
        self.assertFalse(self.picture.is_open)
        self.assertInconsistent(removed(11, 2))

    def test_an_early_current_event(self):
        self.assertInconsistent(
            {"type": "welcome", "last": 2, "rev": 0, "epoch": "one"},
            message(1),
            {"type": "current", "last": 2, "rev": 0},
        )

    def test_a_gap_is_filled_over_http(self):
        self.pages["/messages?after=1&before=4&limit=200&as=original"] = {"messages": [message(2), message(3)]}
        self.hear(message(1), {"type": "gap", "before": 4}, message(4))
        self.assertEqual(self.picture.last, 4)

    def test_a_reset_reads_the_room_again(self):
        self.hear(message(1), room(1, title="Old"))
        self.pages = {
            "/messages?limit=1": {"last": 2, "rev": 3, "epoch": "two"},
            "/messages?after=0&before=3&limit=200&as=original": {
                "messages": [message(1, text="other"), message(2, removed=True, by="owner", text="")]
            },
            "/changes?since=0&as=original": {"changes": [room(1, slow=1)], "more": True},
            "/changes?since=1&as=original": {"changes": [removed(3, 2)], "more": False},
        }
        self.hear({"type": "welcome", "last": 2, "rev": 2, "epoch": "two"}, {"type": "reset"})
        self.assertEqual(self.picture.messages, {1: ada("other"), 2: GONE})
        self.assertEqual(self.picture.position, {"after": 2, "since": 3, "epoch": "two"})
        # Events about changes that were read are received again, and change nothing.
        self.hear(message(2), removed(3, 2), removed(4, 1))
        self.assertEqual((self.picture.removed, self.picture.settings), ({1, 2}, {"slow": 1}))

    def test_two_pictures(self):
        other = RoomPicture(self._fetch)
        other.receive({"type": "welcome", "last": 0, "rev": 0, "epoch": "one"})
        self.assertEqual(self.picture.differences(other), [])
        self.hear(message(1), room(1, slow=1))
        self.assertEqual(len(self.picture.differences(other)), 3)
