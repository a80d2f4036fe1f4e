"""WebSocket framing by section of RFC 6455, without sockets."""

import struct
import unittest

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from pyramid_sockjs.protocol.websocket_frames import (
    MAX_FRAMES_PER_HEARTBEAT,
    PING,
    Stream,
    apply_mask,
    apply_mask_in_python,
    text_frame,
    whole_messages,
)

MAX_SIZE = 1000


def client_frame(opcode, data=b"", fin=True, **bits):
    """Return a masked frame, as sent by clients."""
    return Frame(opcode, data, fin, **bits).serialize(mask=True)


def text(data, fin=True):
    return client_frame(Opcode.TEXT, data, fin)


def header(first, second, *more):
    return bytes([first, second, *more])


class StreamTest(unittest.TestCase):
    def setUp(self):
        self.stream = Stream(MAX_SIZE)

    def assertReceived(self, data, *payloads):
        self.assertEqual(self.stream.receive(data), list(payloads))

    def answers(self):
        """Return the frames that the stream sends, as read by clients."""
        client = Protocol(CLIENT)
        client.receive_data(self.stream.data_to_send())
        return client.events_received()

    def assertIdle(self):
        """Assert that the next heartbeat discards the counts of received frames."""
        self.stream.beat()
        self.assertTrue(self.stream.idle)

    def assertFailed(self, code):
        """Assert that the stream has ended with a close frame of `code`, and sends nothing else."""
        (frame,) = self.answers()
        self.assertIs(frame.opcode, Opcode.CLOSE)
        self.assertEqual(Close.parse(frame.data).code, code)
        self.assertTrue(self.stream.ended)
        self.assertReceived(text(b"too late"))
        self.assertEqual(self.stream.data_to_send(), b"")


class Framing(StreamTest):
    """Section 5.2."""

    LENGTHS = (0, 1, 125, 126, 127, 128, MAX_SIZE)

    def test_text_comes_unmasked(self):
        for length in self.LENGTHS:
            self.assertReceived(text(b"x" * length), b"x" * length)
        self.assertTrue(self.stream.idle)

    def test_several_frames_at_once(self):
        self.assertReceived(text(b"1") + text(b"2") + text(b"3"), b"1", b"2", b"3")

    def test_text_goes_out_in_the_shortest_form(self):
        for length in (*self.LENGTHS, 65535, 65536):
            payload = b"x" * length
            self.assertEqual(text_frame(payload), Frame(Opcode.TEXT, payload).serialize(mask=False))

    def test_a_frame_without_a_mask_is_rejected_immediately(self):
        self.assertReceived(header(0x81, 5))
        self.assertFailed(1002)

    def test_reserved_bits_and_opcodes_are_refused(self):
        for first in (0xC1, 0xA1, 0x91, 0x83, 0x8B, 0x8F):
            self.stream = Stream(MAX_SIZE)
            self.assertReceived(header(first, 0x80, 0, 0, 0, 0))
            self.assertFailed(1002)

    def test_oversized_frames_are_rejected_by_their_headers(self):
        for head in (
            header(0x81, 0xFE) + struct.pack("!H", MAX_SIZE + 1),
            header(0x81, 0xFF) + struct.pack("!Q", MAX_SIZE + 1),
            header(0x81, 0xFF) + struct.pack("!Q", 2**63),
        ):
            self.stream = Stream(MAX_SIZE)
            self.assertReceived(head + b"mask")
            self.assertFailed(1009)

    def test_binary_is_refused(self):
        """Section 7.4.1: 1003."""
        self.assertReceived(client_frame(Opcode.BINARY, b"x"))
        self.assertFailed(1003)


class Fragments(StreamTest):
    """Section 5.4."""

    def test_fragments_are_joined(self):
        self.assertReceived(text(b"a", fin=False))
        self.assertIsNotNone(self.stream.unfinished)
        self.assertReceived(client_frame(Opcode.CONT, b"b", fin=False))
        self.assertReceived(client_frame(Opcode.CONT, b"c"), b"abc")
        self.assertIsNone(self.stream.unfinished)
        self.assertIdle()

    def test_control_frames_may_come_between(self):
        self.assertReceived(text(b"a", fin=False))
        self.assertReceived(client_frame(Opcode.PING, b"p") + client_frame(Opcode.CONT, b"b"), b"ab")
        self.assertEqual([frame.opcode for frame in self.answers()], [Opcode.PONG])

    def test_other_messages_may_not_come_between(self):
        self.assertReceived(text(b"a", fin=False) + text(b"b"))
        self.assertFailed(1002)

    def test_a_continuation_of_nothing_is_refused(self):
        self.assertReceived(client_frame(Opcode.CONT, b"b"))
        self.assertFailed(1002)

    def test_the_joined_message_has_a_maximum_size(self):
        self.assertReceived(text(b"x" * MAX_SIZE, fin=False))
        self.assertReceived(client_frame(Opcode.CONT, b"x"))
        self.assertFailed(1009)


class Control(StreamTest):
    """Section 5.5."""

    def test_a_ping_is_answered_with_its_data(self):
        self.assertReceived(client_frame(Opcode.PING, b"data"))
        (pong,) = self.answers()
        self.assertEqual((pong.opcode, bytes(pong.data)), (Opcode.PONG, b"data"))
        self.assertIdle()

    def test_a_pong_is_not_answered(self):
        self.assertReceived(client_frame(Opcode.PONG, b"data"))
        self.assertEqual(self.stream.data_to_send(), b"")
        self.assertIdle()

    def test_the_server_sends_valid_pings(self):
        client = Protocol(CLIENT)
        client.receive_data(PING)
        self.assertIs(client.events_received()[0].opcode, Opcode.PING)

    def test_control_frames_must_be_short_and_not_fragmented(self):
        for frame in (
            header(0x89, 0xFE, 0, 126) + b"mask" + b"x" * 126,
            header(0x09, 0x80) + b"mask",
        ):
            self.stream = Stream(MAX_SIZE)
            self.assertReceived(frame)
            self.assertFailed(1002)


class Services(StreamTest):
    """Control frames and fragments are expensive, and limits of messages do not count them."""

    PING = client_frame(Opcode.PING)
    FRAGMENT = client_frame(Opcode.CONT, fin=False)

    def test_too_many_pings_are_refused(self):
        self.assertReceived(self.PING * MAX_FRAMES_PER_HEARTBEAT)
        self.assertEqual(len(self.answers()), MAX_FRAMES_PER_HEARTBEAT)
        self.assertReceived(self.PING)
        self.assertFailed(1008)

    def test_too_many_fragments_are_refused(self):
        self.assertReceived(text(b"", fin=False) + self.FRAGMENT * MAX_FRAMES_PER_HEARTBEAT)
        self.assertFailed(1008)

    def test_each_heartbeat_resets_the_counts(self):
        for _ in range(3):
            self.assertReceived(self.PING * MAX_FRAMES_PER_HEARTBEAT)
            self.assertEqual(len(self.answers()), MAX_FRAMES_PER_HEARTBEAT)
            self.stream.beat()

    def test_complete_messages_do_not_reset_the_counts(self):
        for _ in range(MAX_FRAMES_PER_HEARTBEAT // 2):
            self.assertReceived(text(b"x") * 3 + self.PING, b"x", b"x", b"x")
        self.assertEqual(len(self.answers()), MAX_FRAMES_PER_HEARTBEAT // 2)

    def test_messages_after_a_close_do_not_reset_the_counts(self):
        self.stream.close(3000, "Go away!")
        self.assertReceived(text(b"x") * 2 * MAX_FRAMES_PER_HEARTBEAT)
        self.assertFalse(self.stream.ended)
        self.assertReceived(client_frame(Opcode.CLOSE, Close(3000, "").serialize()))
        self.assertTrue(self.stream.ended)


class Closing(StreamTest):
    """Sections 5.5.1 and 7."""

    def test_a_close_is_echoed(self):
        self.assertReceived(client_frame(Opcode.CLOSE, Close(1000, "bye").serialize()))
        (frame,) = self.answers()
        self.assertEqual(Close.parse(frame.data), Close(1000, "bye"))
        self.assertTrue(self.stream.ended)

    def test_an_empty_close_is_echoed(self):
        self.assertReceived(client_frame(Opcode.CLOSE))
        (frame,) = self.answers()
        self.assertEqual((frame.opcode, bytes(frame.data)), (Opcode.CLOSE, b""))

    def test_our_close_waits_for_the_answer(self):
        self.stream.close(3000, "Go away!")
        (frame,) = self.answers()
        self.assertEqual(Close.parse(frame.data), Close(3000, "Go away!"))
        self.assertFalse(self.stream.ended)
        self.assertReceived(text(b"was under way"))
        self.assertReceived(client_frame(Opcode.CLOSE, frame.data))
        self.assertTrue(self.stream.ended)
        self.assertEqual(self.stream.data_to_send(), b"")

    def test_codes_that_may_not_be_sent_become_1000(self):
        for code in (0, 999, 1004, 1005, 1006, 1015, 2010, 2999, 5000):
            self.stream = Stream(MAX_SIZE)
            self.stream.close(code, "")
            self.assertEqual(Close.parse(self.answers()[0].data).code, 1000, code)

    def test_a_long_reason_is_truncated(self):
        self.stream.close(3000, "ä" * 100)
        self.assertEqual(Close.parse(self.answers()[0].data).reason, "ä" * 61)

    def test_any_reason_can_be_sent(self):
        self.stream.close(3000, "\ud800")
        self.assertEqual(Close.parse(self.answers()[0].data).reason, "?")

    def test_bad_close_frames_are_refused(self):
        for data, code in [(b"x", 1002), (struct.pack("!H", 1005), 1002), (struct.pack("!H", 1000) + b"\xff", 1007)]:
            self.stream = Stream(MAX_SIZE)
            self.assertReceived(client_frame(Opcode.CLOSE, data))
            self.assertFailed(code)

    def test_a_failure_ends_the_stream(self):
        """Section 7.1.7."""
        self.stream.fail(1007, "not UTF-8")
        self.assertFailed(1007)


class AnySplit(unittest.TestCase):
    """Messages do not depend on how bytes are split, and whether the fast path is used."""

    MESSAGES = st.lists(
        st.one_of(
            st.binary(max_size=300).map(lambda data: (data, [text(data)])),
            st.lists(st.binary(max_size=50), min_size=2, max_size=4).map(
                lambda parts: (
                    b"".join(parts),
                    [text(parts[0], fin=False)]
                    + [client_frame(Opcode.CONT, part, fin=False) for part in parts[1:-1]]
                    + [client_frame(Opcode.CONT, parts[-1])],
                )
            ),
            st.binary(max_size=20).map(lambda data: (None, [client_frame(Opcode.PING, data)])),
        ),
        max_size=6,
    )

    @given(MESSAGES, st.data())
    def test_messages_survive(self, messages, data):
        wire = b"".join(frame for _, frames in messages for frame in frames)
        stream = Stream(MAX_SIZE)
        received = []
        while wire:
            size = data.draw(st.integers(1, len(wire)))
            received += stream.receive(wire[:size])
            wire = wire[size:]
        self.assertEqual(received, [message for message, _ in messages if message is not None])
        self.assertIsNone(stream.unfinished)

    @given(st.lists(st.binary(max_size=200), max_size=5), st.binary(max_size=5))
    def test_the_fast_path_takes_whole_text_and_nothing_else(self, payloads, rest):
        wire = b"".join(text(payload) for payload in payloads)
        self.assertEqual(whole_messages(wire, MAX_SIZE), payloads)
        self.assertEqual(whole_messages(wire + rest, MAX_SIZE), None if rest else payloads)

    @given(st.binary(max_size=300))
    def test_any_bytes_end_in_messages_or_a_close_frame(self, wire):
        stream = Stream(MAX_SIZE)
        whole = whole_messages(wire, MAX_SIZE)
        payloads = stream.receive(wire)
        if whole is not None:
            self.assertEqual(whole, payloads)
        if stream.ended:
            self.assertIn(b"\x88", stream.data_to_send())


class FastPath(unittest.TestCase):
    def test_other_frames_are_left_to_the_stream(self):
        for wire in (
            text(b"x", fin=False),
            client_frame(Opcode.PONG),
            client_frame(Opcode.BINARY, b"x"),
            text(b"x" * (MAX_SIZE + 1)),
            text(b"whole") + text(b"cut")[:-1],
            b"\x81",
            Frame(Opcode.TEXT, b"unmasked").serialize(mask=False),
        ):
            self.assertIsNone(whole_messages(wire, MAX_SIZE), wire)


class Masks(unittest.TestCase):
    @given(st.binary(max_size=100), st.binary(min_size=4, max_size=4))
    def test_masks_work_without_the_compiled_module(self, data, mask):
        expected = bytes(byte ^ mask[position % 4] for position, byte in enumerate(data))
        self.assertEqual(apply_mask_in_python(data, mask), expected)
        self.assertEqual(apply_mask(data, mask), expected)


class BytesOneByOne(unittest.TestCase):
    def test_a_large_frame_costs_no_more_for_coming_slowly(self):
        """The buffer grows in place: a megabyte byte by byte takes linear time."""
        stream = Stream(2**20)
        wire = text(b"x" * 2**18)
        stream.receive(wire[:1])
        begun = stream.unfinished
        for start in range(1, len(wire) - 1):
            stream.receive(wire[start : start + 1])
        self.assertIs(stream.unfinished, begun)
        self.assertEqual(stream.receive(wire[-1:]), [b"x" * 2**18])
