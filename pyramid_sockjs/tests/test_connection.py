"""The phases of a connection step by step, with real sockets and a simulated engine."""

import select
import socket
import struct
import unittest
from types import SimpleNamespace

from websockets.frames import Close, CloseCode, Frame, Opcode

from pyramid_sockjs.connection import MAX_LINGERING_BYTES, WRITE, Connection, Phase
from pyramid_sockjs.lingering_close import READ, LingeringClose
from pyramid_sockjs.protocol.core import SessionCore, State
from pyramid_sockjs.protocol.frames import Batch, CloseFrame, parse_messages
from pyramid_sockjs.protocol.websocket_frames import text_frame
from pyramid_sockjs.settings import Settings
from pyramid_sockjs.transports.websocket import as_message

#: Timeout of a test in seconds.
TIMEOUT = 10
HEAD = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
BYE = CloseFrame(3000, "bye")
#: Data sent to a client when the session is closed: the SockJS frame and the close frame.
GOODBYE = text_frame(b'c[3000,"bye"]') + Frame(Opcode.CLOSE, Close(3000, "bye").serialize()).serialize(mask=False)


class Watcher:
    """A simulated io watcher."""

    def __init__(self, fd, events):
        self.fd = fd
        self.events = events
        self.callback = None
        self.closed = False

    @property
    def active(self):
        return self.callback is not None

    def start(self, callback):
        self.callback = callback

    def stop(self):
        self.callback = None

    def close(self):
        self.stop()
        self.closed = True


class Engine:
    """A simulated engine with queues that the tests process."""

    def __init__(self):
        self.loop = SimpleNamespace(io=self.watch)
        self.closing = set()
        self.readable = []
        self.writable = []
        self.deadlines = {}

    def watch(self, fd, events):
        self.watcher = Watcher(fd, events)
        return self.watcher

    def queue_read(self, connection):
        self.readable.append(connection)

    def queue_write(self, connection):
        self.writable.append(connection)

    def set_deadline(self, item, at):
        self.deadlines[item] = at

    def clear_deadline(self, item):
        self.deadlines.pop(item, None)


class Session:
    """The part of a session that a connection uses."""

    def __init__(self):
        self.core = SessionCore(Settings())
        self.core.open(0.0)
        self.core.attach(0.0)
        self.heard = []
        self.ends = 0

    def deliver(self, messages):
        self.heard += messages

    def close_sent(self):
        pass

    def lost(self):
        self.ends += 1
        self.core.end()


class Framing:
    wrap = staticmethod(as_message)

    def unwrap(self, payload):
        return parse_messages(payload, 100, 100_000)


def client_frame(opcode, data=b""):
    """Return a masked frame, as sent by clients."""
    return Frame(opcode, data).serialize(mask=True)


def close_frame(code=CloseCode.NORMAL_CLOSURE):
    return client_frame(Opcode.CLOSE, Close(code, "").serialize())


def tcp_pair():
    """Return both ends of a TCP connection, the server's end first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname(), TIMEOUT)
        return server.accept()[0], client


class ConnectionTest(unittest.TestCase):
    def setUp(self):
        self.ours, self.client = tcp_pair()
        self.addCleanup(self.client.close)
        self.client.settimeout(TIMEOUT)
        self.ours.setblocking(False)
        self.engine, self.session = Engine(), Session()
        self.connection = Connection(self.ours.detach(), self.session, Framing(), self.engine)
        self.watcher = self.engine.watcher
        self.addCleanup(self.end)
        self.start()

    def start(self):
        self.connection.start(HEAD, b"")
        self.assertReceived(HEAD + text_frame(b"o"))

    def end(self):
        for item in list(self.engine.deadlines):
            item.on_deadline(0.0)
        self.connection.abort()

    def assertReceived(self, data):
        received = b""
        while len(received) < len(data) and (more := self.client.recv(len(data) - len(received))):
            received += more
        self.assertEqual(received, data)

    def assertEnd(self):
        """Assert that the client can read the end of the connection and nothing else."""
        self.assertEqual(self.client.recv(1), b"")

    def assertClosed(self):
        self.assertTrue(self.watcher.closed)
        self.assertEqual((self.engine.closing, self.engine.deadlines), (set(), {}))
        self.assertEqual(self.connection.phase, Phase.CLOSED)

    def event(self):
        """Wait until the socket is ready, and call the watcher."""
        reading = self.watcher.events == READ
        ready = select.select(*(([self.watcher.fd], []) if reading else ([], [self.watcher.fd])), [], TIMEOUT)
        self.assertTrue(any(ready), "the socket is not ready")
        self.watcher.callback()

    def work(self):
        """Process the engine's queues."""
        while self.engine.readable:
            self.engine.readable.pop(0).read()
        while self.engine.writable:
            self.engine.writable.pop(0).flush(0.0)

    def hear(self, data):
        """Send `data` from the client, and let the connection read it."""
        self.client.sendall(data)
        self.event()
        self.work()

    def close(self):
        """Close the session, and send the close frame to the client."""
        self.session.core.close(BYE, 0.0)
        self.connection.wake()
        self.work()


class MessagesOfTheHandshake(ConnectionTest):
    def start(self):
        """Do nothing: the tests start the connection."""

    def answer(self, during=lambda: None, early=b""):
        """Start with a message, which the session answers; `during` is called then."""

        def deliver(messages):
            self.session.heard += messages
            core = self.session.core
            core.send(Batch("ahoy", b'"ahoy"', core.pending), 0.0)
            self.connection.wake()
            during()

        self.session.deliver = deliver
        self.connection.start(HEAD, early, ["hello"])
        self.assertEqual(self.session.heard, [], "the server's greenlet does not handle it")
        self.work()

    def flush(self):
        """Write what is queued, as the engine does while a handler waits."""
        while self.engine.writable:
            self.engine.writable.pop(0).flush(0.0)

    def test_the_answers_follow_the_response(self):
        self.answer()
        self.assertEqual(self.session.heard, ["hello"])
        # In one segment, which the first `recv` returns whole.
        self.assertEqual(self.client.recv(1000), HEAD + text_frame(b"o") + text_frame(b'a["ahoy"]'))
        self.hear(client_frame(Opcode.TEXT, b'["again"]'))
        self.assertEqual(self.session.heard, ["hello", "again"])

    def test_the_response_does_not_wait_for_handlers_that_wait(self):
        heads = []

        def wait():
            self.flush()
            heads.append(self.client.recv(1000))

        self.answer(during=wait)
        self.assertEqual(heads, [HEAD + text_frame(b"o") + text_frame(b'a["ahoy"]')])

    def test_what_the_client_sends_early_is_answered_after_the_response(self):
        self.answer(early=client_frame(Opcode.PING, b"7"))
        self.assertReceived(HEAD + text_frame(b"o") + text_frame(b'a["ahoy"]') + b"\x8a\x017")

    def test_a_connection_that_is_aborted_meanwhile_is_closed(self):
        self.answer(during=self.connection.abort, early=client_frame(Opcode.PING, b"7"))
        self.assertClosed()
        with self.assertRaises(ConnectionResetError):
            self.client.recv(1)

    def test_a_session_that_closes_while_a_handler_waits(self):
        goodbyes = []

        def close():
            self.session.core.close(BYE, 0.0)
            self.connection.wake()
            self.flush()
            goodbyes.append(self.client.recv(1000))

        self.answer(during=close)
        self.assertEqual(goodbyes, [HEAD + text_frame(b"o") + text_frame(b'a["ahoy"]') + GOODBYE])
        self.assertEqual(self.connection.phase, Phase.CLOSING)


class Open(ConnectionTest):
    def test_messages_go_both_ways(self):
        self.hear(client_frame(Opcode.TEXT, b'["ahoy"]'))
        self.assertEqual((self.session.heard, self.connection.phase), (["ahoy"], Phase.OPEN))
        self.hear(client_frame(Opcode.PING, b"7"))
        self.assertReceived(b"\x8a\x017")

    def test_a_connection_is_queued_for_reading_once(self):
        self.client.sendall(client_frame(Opcode.TEXT, b'["ahoy"]'))
        self.event()
        self.assertTrue(self.watcher.active)
        self.event()
        self.assertEqual((self.engine.readable, self.watcher.active), ([self.connection], False))
        self.work()
        self.assertTrue(self.watcher.active)

    def test_reading_pauses_while_data_waits_to_be_written(self):
        data = b"x" * 20_000_000
        self.connection._write(data)
        self.assertGreater(self.connection.unsent, 0)
        self.assertEqual(self.watcher.events, WRITE)
        self.client.sendall(client_frame(Opcode.TEXT, b'["ahoy"]'))
        left = len(data)
        while left:
            left -= len(self.client.recv(left))
            if self.connection.unsent and select.select([], [self.watcher.fd], [], 0)[1]:
                self.watcher.callback()
        self.assertEqual((self.connection.unsent, self.session.heard), (0, []))
        self.assertEqual(self.watcher.events, READ)
        self.event()
        self.work()
        self.assertEqual(self.session.heard, ["ahoy"])

    def test_a_disconnected_client_closes_the_connection(self):
        self.client.close()
        self.event()
        self.work()
        self.assertClosed()
        self.assertEqual(self.session.ends, 1)

    def test_invalid_json_closes_the_connection_abruptly(self):
        self.hear(client_frame(Opcode.TEXT, b'["ahoy'))
        self.assertClosed()
        self.assertEnd()

    def test_an_unresponsive_client_is_disconnected(self):
        self.connection.beat()
        self.assertEqual(self.connection.phase, Phase.OPEN)
        self.hear(client_frame(Opcode.PONG))
        self.connection.beat()
        self.assertEqual(self.connection.phase, Phase.OPEN)
        self.connection.beat()
        self.assertClosed()


class Closing(ConnectionTest):
    def setUp(self):
        super().setUp()
        self.close()
        self.assertReceived(GOODBYE)

    def test_the_close_frame_is_sent_and_the_client_is_waited_for(self):
        self.assertEqual((self.connection.phase, self.session.core.state), (Phase.CLOSING, State.CLOSED))
        self.assertEqual((self.engine.closing, self.engine.deadlines), ({self.connection}, {}))
        self.assertEqual(self.session.ends, 0)

    def test_the_close_frame_is_sent_once(self):
        self.connection.wake()
        self.work()
        self.hear(close_frame())
        self.assertEnd()

    def test_messages_are_discarded_and_pings_answered(self):
        self.hear(client_frame(Opcode.TEXT, b'["too late"]') + client_frame(Opcode.PING, b"7"))
        self.assertEqual(self.session.heard, [])
        self.assertReceived(b"\x8a\x017")
        self.assertEqual(self.connection.phase, Phase.CLOSING)

    def test_only_data_in_transit_is_read(self):
        frame = client_frame(Opcode.TEXT, b'["%s"]' % (b"x" * 10_000))
        sent = 0
        while self.watcher.active:
            self.assertLess(sent, MAX_LINGERING_BYTES + 3 * len(frame))
            self.hear(frame)
            sent += len(frame)
        self.assertGreaterEqual(sent, MAX_LINGERING_BYTES)
        self.assertEqual((self.connection.phase, self.session.heard), (Phase.CLOSING, []))

    def test_aborting_disconnects(self):
        self.connection.abort()
        self.connection.abort()
        self.assertClosed()
        self.assertEqual(self.session.ends, 1)


class Lingering(ConnectionTest):
    def lingering(self):
        (found,) = self.engine.deadlines
        self.assertIsInstance(found, LingeringClose)
        return found

    def test_the_client_answers_our_close(self):
        self.close()
        self.assertReceived(GOODBYE)
        self.hear(close_frame())
        self.assertEqual((self.connection.phase, self.session.ends), (Phase.CLOSED, 1))
        self.assertEqual(self.engine.closing, {self.lingering()}, "the server waits for the session before it stops")
        self.assertEnd()
        self.client.sendall(b"anything at all")
        self.event()
        self.client.close()
        self.event()
        self.assertClosed()

    def test_the_client_closes_first(self):
        self.hear(close_frame())
        self.assertReceived(b"\x88\x02\x03\xe8")
        self.assertEnd()
        self.assertEqual((self.connection.phase, self.session.ends), (Phase.CLOSED, 1))
        self.assertEqual(self.engine.closing, set())
        self.lingering()
        self.client.close()
        self.event()
        self.assertClosed()

    def test_a_protocol_error_is_answered_with_a_reason(self):
        self.hear(client_frame(Opcode.BINARY, b"x"))
        opcode, _length, *code = self.client.recv(4)
        self.assertEqual((opcode, bytes(code)), (0x88, CloseCode.UNSUPPORTED_DATA.to_bytes(2, "big")))
        self.lingering()

    def test_received_data_is_discarded_up_to_a_limit(self):
        self.hear(close_frame())
        sent = 0
        while self.watcher.active:
            self.assertLess(sent, MAX_LINGERING_BYTES + 20_000)
            self.client.sendall(b"x" * 10_000)
            sent += 10_000
            self.event()
        self.assertEqual(self.session.heard, [])
        self.lingering()

    def test_a_client_that_does_not_close_in_time_is_disconnected(self):
        self.hear(close_frame())
        self.assertReceived(b"\x88\x02\x03\xe8")
        self.assertEnd()
        self.lingering().on_deadline(0.0)
        self.assertClosed()
        with self.assertRaises(ConnectionError):
            for _ in range(2):
                self.client.sendall(b"x")
                select.select([self.client], [], [], TIMEOUT)

    def test_a_client_with_unread_data_is_disconnected_immediately(self):
        self.connection._write(b"x" * 20_000_000)
        self.connection._take_in(close_frame())
        self.assertClosed()
        self.assertEqual(self.session.ends, 1)

    def test_a_reset_while_waiting_for_the_client(self):
        self.hear(close_frame())
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.close()
        self.event()
        self.assertClosed()
