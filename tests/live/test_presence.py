"""Presence: visitors with all their windows, each under one name."""

import unittest
from unittest import mock

from piratechat.live.names_here import MAX_NAMES
from piratechat.live.presence import Presence


class Window:
    def __init__(self, visitor):
        self.visitor = visitor


class PresenceTest(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch("piratechat.live.names_here.PRESENCE_DELAY", 0))
        self.heard = []
        self.presence = Presence(self.hear)

    def hear(self, joined, left, too_little):
        self.heard.append(f"{self.presence.count} are here" if too_little else (joined, left))

    def enter(self, name, visitor=None):
        """Add a window of `visitor` with the name `name`; return it."""
        window = Window(visitor or name)
        self.presence.enter(window)
        self.presence.introduce(window.visitor, name)
        return window

    def told(self):
        """Return the events that are sent after joins and leaves have been collected."""
        if self.presence._all.telling is not None:
            self.presence._all.telling.get(timeout=5)
        heard, self.heard = self.heard, []
        return heard


class JoiningAndLeaving(PresenceTest):
    def test_joins_are_collected(self):
        for name in ("Bob", "ada", "Eve"):
            self.enter(name)
        self.assertEqual(self.heard, [])
        self.assertEqual(self.told(), [(["Bob", "ada", "Eve"], [])])
        self.assertEqual(self.presence.names, ["ada", "Bob", "Eve"])

    def test_joins_and_leaves_are_collected(self):
        ada = self.enter("Ada")
        self.told()
        self.enter("Bob")
        self.presence.leave(ada)
        self.assertEqual(self.told(), [(["Bob"], ["Ada"])])
        self.assertEqual(self.presence.names, ["Bob"])

    def test_a_visitor_with_two_windows_joins_once_and_leaves_once(self):
        first = self.enter("Ada")
        self.told()
        second = self.enter("Ada")
        self.presence.leave(first)
        self.assertEqual(self.told(), [])
        self.assertEqual(self.presence.names, ["Ada"])
        self.presence.leave(second)
        self.assertEqual(self.told(), [([], ["Ada"])])
        self.assertEqual(self.presence.names, [])

    def test_a_reload_of_the_page_is_not_sent(self):
        window = self.enter("Ada")
        self.told()
        self.presence.leave(window)
        self.enter("Ada")
        self.assertEqual(self.told(), [])

    def test_a_short_visit_is_not_sent(self):
        self.presence.leave(self.enter("Ada"))
        self.assertEqual(self.told(), [])

    def test_later_joins_are_sent_separately(self):
        for name in ("Ada", "Bob"):
            self.enter(name)
            self.assertEqual(self.told(), [([name], [])])

    def test_the_number_of_a_crowd_is_sent_until_it_is_small_enough_for_names(self):
        windows = [self.enter(f"{number}") for number in range(MAX_NAMES)]
        ((joined, _left),) = self.told()
        self.assertEqual(len(joined), MAX_NAMES)
        one_more = self.enter("One more")
        self.assertEqual(self.told(), [f"{MAX_NAMES + 1} are here"])
        self.assertEqual(len(self.presence.names), MAX_NAMES)
        self.presence.leave(one_more)
        self.assertEqual(self.told(), [f"{MAX_NAMES} are here"])
        self.presence.leave(windows[0])
        self.assertEqual(self.told(), [([], ["0"])])

    def test_a_crowd_at_another_process_counts(self):
        self.enter("Ada")
        self.told()
        self.presence.hear_present("there", "list", 1, ["Bo", "Cy"], 5_000)
        self.assertEqual(self.told(), ["5001 are here"])
        self.assertEqual(self.presence.names, ["Ada", "Bo", "Cy"])
        self.assertTrue(self.presence.hear_moved("there", "list", 2, [], [], 4_999))
        self.assertEqual(self.told(), ["5000 are here"])
        self.presence.forget("there")
        self.assertEqual(self.told(), ["1 are here"])

    def test_visitors_without_a_name_are_present_and_not_listed(self):
        window = self.enter(None, "v1")
        self.assertEqual(self.told(), [])
        self.assertEqual(self.presence.windows_of("v1"), (window,))
        self.presence.leave(window)
        self.assertEqual(self.told(), [])
        self.assertEqual(self.presence.windows_of("v1"), ())


class Renaming(PresenceTest):
    def test_a_new_name_is_that_of_all_windows(self):
        windows = [self.enter("Ann", "v1") for _ in range(2)]
        self.told()
        self.assertTrue(self.presence.rename("v1", "Anna"))
        self.assertEqual(self.heard, [(["Anna"], ["Ann"])])
        self.assertEqual(self.presence.names, ["Anna"])
        self.assertEqual(self.presence.name_of("v1"), "Anna")
        self.heard.clear()
        self.presence.leave(windows[0])
        self.assertEqual(self.told(), [])
        self.presence.leave(windows[1])
        self.assertEqual(self.told(), [([], ["Anna"])])

    def test_collected_joins_are_sent_once_with_the_new_name(self):
        self.enter("Ann", "v1")
        self.enter("Bo")
        self.presence.rename("v1", "Anna")
        self.assertEqual(self.heard, [(["Bo", "Anna"], [])])
        self.enter("Cy")
        self.assertEqual(self.told()[1:], [(["Cy"], [])])

    def test_a_first_name_is_collected_like_a_join(self):
        self.enter(None, "v1")
        self.assertTrue(self.presence.rename("v1", "Ann"))
        self.assertEqual(self.heard, [])
        self.assertEqual(self.told(), [(["Ann"], [])])

    def test_the_same_name_is_not_sent(self):
        self.enter("Ann", "v1")
        self.told()
        self.assertFalse(self.presence.rename("v1", "Ann"))
        self.assertFalse(self.presence.rename("somebody else", "Bo"))
        self.assertEqual(self.told(), [])
        self.assertEqual(self.presence.names, ["Ann"])

    def test_a_name_of_an_event_is_newer_than_that_of_the_database(self):
        window = Window("v1")
        self.presence.enter(window)
        self.presence.rename("v1", "Anna")
        self.presence.introduce("v1", "Ann")
        self.assertEqual(self.presence.name_of("v1"), "Anna")
