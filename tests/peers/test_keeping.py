"""Leases of other processes, and repeated positions of rooms."""

import unittest
from unittest import mock

import gevent

from piratechat.model.events import Envelope, Numbers
from piratechat.peers.beacons import Beacons
from piratechat.peers.nodes import LEASE, MAX_NODES, Nodes
from sockjs_support.greenlets import join_all


class NodesTest(unittest.TestCase):
    def setUp(self):
        self.nodes = Nodes()
        self.nodes.heard("a", 0)
        self.nodes.heard("b", 0)

    def test_a_lease_expires(self):
        self.nodes.heard("a", 5)
        self.assertEqual(self.nodes.expired(LEASE), [])
        self.assertEqual(self.nodes.expired(LEASE + 1), ["b"])
        self.assertEqual(self.nodes.expired(LEASE + 1), [])
        self.assertEqual(len(self.nodes), 1)

    def test_a_goodbye_ends_a_lease(self):
        self.nodes.left("a")
        self.nodes.left("nobody")
        self.assertEqual(self.nodes.expired(LEASE + 1), ["b"])

    def test_leases_do_not_expire_while_the_relay_is_unavailable(self):
        self.nodes.extend(100)
        self.assertEqual(self.nodes.expired(100 + LEASE), [])

    def test_the_number_of_nodes_is_limited(self):
        known = [self.nodes.heard(f"forged {number}", 0) for number in range(2 * MAX_NODES)]
        self.assertEqual((len(self.nodes), known.count(True)), (MAX_NODES, MAX_NODES - 2))
        self.assertTrue(self.nodes.heard("a", 1))


class BeaconsTest(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch("piratechat.peers.beacons.DELAYS", (0.01, 0.02)))
        self.enterContext(mock.patch("piratechat.peers.beacons.PAUSE", 0.001))
        self.sent = []
        self.connected = True
        self.beacons = Beacons(lambda *sent: self.sent.append(sent), lambda: self.connected)

    def settle(self):
        while self.beacons._sending is not None:
            join_all([self.beacons._sending])

    def test_a_position_is_sent_twice(self):
        numbers = Numbers(5, 2, "epoch")
        self.beacons.add("ada", numbers)
        self.settle()
        self.assertEqual(self.sent, [("ada", Envelope((), numbers))] * 2)

    def test_the_last_position_of_a_burst_is_sent(self):
        for last in range(1, 6):
            self.beacons.add("ada", Numbers(last, 0, "epoch"))
            self.beacons.add("bo", Numbers(last, 1, "epoch"))
        self.settle()
        self.assertEqual(len(self.sent), 4)
        self.assertEqual({envelope.numbers.last for _slug, envelope in self.sent}, {5})

    def test_positions_wait_for_the_relay(self):
        self.connected = False
        self.beacons.add("ada", Numbers(5, 2, "epoch"))
        gevent.sleep(0.03)
        self.assertEqual(self.sent, [])
        self.connected = True
        self.settle()
        self.assertEqual(len(self.sent), 2)

    def test_very_many_rooms(self):
        self.enterContext(mock.patch("piratechat.peers.beacons.MAX_ROOMS", 10))
        for number in range(100):
            self.beacons.add(str(number), Numbers(1, 0, "epoch"))
        self.settle()
        self.assertEqual({slug for slug, _envelope in self.sent}, {str(number) for number in range(90, 100)})
