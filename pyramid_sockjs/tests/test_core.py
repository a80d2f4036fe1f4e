"""The life of a session, without sockets and with a simulated clock (section "Protocol and framing")."""

import unittest

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pyramid_sockjs.protocol.core import SessionCore, State
from pyramid_sockjs.protocol.frames import Batch, CloseFrame, quote
from pyramid_sockjs.settings import Settings

SETTINGS = Settings(heartbeat_delay=25, disconnect_delay=5, max_backlog=100)
GO_AWAY = CloseFrame(3000, "Go away!")


class CoreTest(unittest.TestCase):
    def setUp(self):
        self.now = 1000.0
        self.core = SessionCore(SETTINGS)

    def later(self, seconds):
        self.now += seconds
        return self.now

    def open(self):
        """Open the session, and let a receiver read the open frame."""
        self.core.open(self.now)
        self.core.attach(self.now)
        self.assertFrame("o")

    def send(self, text):
        return self.core.send(Batch(text, quote(text), self.core.pending), self.now)

    def assertFrame(self, payload):
        """Assert that the next frame is `payload`, or that there is none if it is None."""
        frame = self.core.next_frame(self.now)
        self.assertEqual(frame and frame.payload().decode(), payload)


class Opening(CoreTest):
    def test_a_new_session_has_no_frame(self):
        self.assertIs(self.core.state, State.NEW)
        self.assertFrame(None)
        self.assertFalse(self.send("too early"))

    def test_the_first_frame_is_o(self):
        self.open()
        self.assertIs(self.core.state, State.OPEN)
        self.assertFrame(None)

    def test_messages_follow_the_open_frame(self):
        self.core.open(self.now)
        self.send("hello")
        self.core.attach(self.now)
        self.assertFrame("o")
        self.assertFrame('a["hello"]')


class Messages(CoreTest):
    def test_waiting_messages_are_sent_together_in_order(self):
        self.open()
        self.assertTrue(self.send("1"), "the receiver has to be woken")
        self.assertFalse(self.send("2"), "the receiver is awake")
        self.assertFrame('a["1","2"]')
        self.assertFrame(None)
        self.assertTrue(self.send("3"))
        self.assertFrame('a["3"]')

    def test_messages_wait_for_the_next_receiver(self):
        self.open()
        self.core.detach(self.now)
        self.send("m")
        self.core.attach(self.later(4))
        self.assertFrame('a["m"]')

    def test_a_closed_session_accepts_no_messages(self):
        self.open()
        self.core.close(GO_AWAY, self.now)
        self.assertFalse(self.send("too late"))
        self.assertFrame('c[3000,"Go away!"]')


class Receivers(CoreTest):
    def test_a_second_receiver_is_rejected(self):
        self.open()
        refusal = self.core.attach(self.now)
        self.assertEqual(refusal.payload(), b'c[2010,"Another connection still open"]')
        self.send("m")
        self.assertFrame('a["m"]')

    def test_a_receiver_may_attach_after_a_detach(self):
        self.open()
        self.core.detach(self.now)
        self.assertIsNone(self.core.attach(self.now))

    def test_a_disconnected_receiver_ends_the_session(self):
        self.open()
        self.send("lost")
        self.core.interrupt(self.now)
        self.assertIs(self.core.state, State.CLOSED)
        self.assertIsNone(self.core.attach(self.now))

    def test_the_next_receiver_gets_the_interruption(self):
        self.open()
        self.send("lost")
        self.core.interrupt(self.now)
        self.core.attach(self.now)
        self.assertFrame('c[1002,"Connection interrupted"]')

    def test_a_removed_session_accepts_no_receiver(self):
        self.open()
        self.core.end()
        self.assertEqual(self.core.attach(self.now).payload(), b'c[1002,"Connection interrupted"]')


class Closing(CoreTest):
    def test_every_later_receiver_gets_the_close_frame(self):
        self.open()
        self.core.close(GO_AWAY, self.now)
        self.assertIs(self.core.state, State.CLOSING)
        for _ in range(3):
            self.assertFrame('c[3000,"Go away!"]')
            self.assertIs(self.core.state, State.CLOSED)
            self.core.detach(self.now)
            self.assertIsNone(self.core.attach(self.later(1)))

    def test_earlier_messages_are_still_sent(self):
        self.open()
        self.send("goodbye")
        self.core.close(GO_AWAY, self.now)
        self.assertFrame('a["goodbye"]')
        self.assertFrame('c[3000,"Go away!"]')

    def test_the_first_close_counts(self):
        self.open()
        self.assertTrue(self.core.close(GO_AWAY, self.now))
        self.assertFalse(self.core.close(CloseFrame(4000, "Again"), self.now))
        self.assertFrame('c[3000,"Go away!"]')

    def test_a_slow_reader_is_closed_with_a_reason(self):
        self.open()
        for _ in range(4):
            self.send("x" * 20)  # 22 bytes in JSON
        self.assertIs(self.core.state, State.OPEN)
        self.assertTrue(self.send("x" * 20), "the receiver has to notify the client")
        self.assertIs(self.core.state, State.CLOSING)
        self.assertIsNone(self.core.pending)
        self.assertFrame('c[3008,"Reading too slowly"]')


class Time(CoreTest):
    def test_an_open_receiver_gets_heartbeats(self):
        self.open()
        for _ in range(3):
            self.assertEqual(self.core.deadline, self.now + 25)
            self.assertFalse(self.core.tick(self.later(25)))
            self.assertFrame("h")
            self.assertFrame(None)

    def test_a_message_replaces_a_heartbeat(self):
        self.open()
        self.core.tick(self.later(25))
        self.send("m")
        self.assertFrame('a["m"]')
        self.assertFrame("h")

    def test_a_heartbeat_does_not_wait_for_the_next_receiver(self):
        self.open()
        self.core.tick(self.later(25))
        self.core.detach(self.now)
        self.core.attach(self.now)
        self.assertFrame(None)

    def test_without_a_receiver_the_session_is_removed(self):
        self.open()
        self.core.detach(self.now)
        self.assertEqual(self.core.deadline, self.now + 5)
        self.assertTrue(self.core.tick(self.later(5)))

    def test_a_session_without_a_first_receiver_is_removed(self):
        self.core.open(self.now)
        self.assertEqual(self.core.deadline, self.now + 5)
        self.assertTrue(self.core.tick(self.later(5)))

    def test_a_closed_session_is_removed_in_time(self):
        self.open()
        self.core.close(GO_AWAY, self.now)
        self.assertEqual(self.core.deadline, self.now + 5)
        self.assertTrue(self.core.tick(self.later(5)), "the session ends although its receiver is open")


class AnyOrder(RuleBasedStateMachine):
    """After any order of events, a client has received all messages once and in order, and then the close frame."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.core = SessionCore(Settings(max_backlog=10**6))
        self.core.open(self.now)
        self.sent = []
        self.read = []
        self.frames = []
        self.was = State.OPEN

    @rule(seconds=st.floats(0, 3))
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def a_receiver_comes(self):
        busy = self.core.receiving
        refusal = self.core.attach(self.now)
        assert (refusal is not None) == busy

    @precondition(lambda self: self.core.receiving)
    @rule()
    def it_ends(self):
        self.core.detach(self.now)

    @precondition(lambda self: self.core.receiving)
    @rule()
    def it_is_cut(self):
        self.core.interrupt(self.now)

    @precondition(lambda self: self.core.receiving)
    @rule()
    def it_reads(self):
        frame = self.core.next_frame(self.now)
        if frame is not None:
            self.frames.append(frame.payload()[:1])
            self.read += frame.texts()

    @rule(text=st.text(max_size=3))
    def the_application_sends(self, text):
        self.core.send(Batch(text, quote(text), self.core.pending), self.now)
        if self.core.state is State.OPEN:
            self.sent.append(text)

    @rule()
    def it_closes(self):
        self.core.close(GO_AWAY, self.now)

    @precondition(lambda self: self.core.receiving and self.core.state is State.OPEN)
    @rule()
    def a_heartbeat_is_due(self):
        assert not self.core.tick(self.now)

    @invariant()
    def what_is_read_is_what_was_sent(self):
        assert self.read == self.sent[: len(self.read)]

    @invariant()
    def frames_come_in_the_order_of_the_protocol(self):
        text = b"".join(self.frames)
        assert b"o" not in text[1:]
        assert text[:1] in (b"", b"o", b"c")
        assert not text.lstrip(b"oah").strip(b"c")

    @invariant()
    def states_only_go_forward(self):
        assert self.core.state >= self.was
        self.was = self.core.state


AnyOrderTest = AnyOrder.TestCase
