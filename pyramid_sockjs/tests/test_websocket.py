"""WebSockets on real sockets: the handshake, SockJS frames, raw WebSockets, and closing (RFC 6455)."""

import json
import socket
import struct

from websockets.frames import Close, Frame, Opcode

from sockjs_support.cases import WebSocketTest
from sockjs_support.clients import HTTP, HandshakeRejected, session_url
from sockjs_support.layers import SERVICES


class Handshake(WebSocketTest):
    """Section "WebSocket", and RFC 6455 section 4.2."""

    KEY = "x3JJHMbDL1EzLkh9GBhXDw=="
    HEADERS = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
    }

    def shake(self, **changes):
        headers = {**self.HEADERS, **{name.replace("_", "-"): value for name, value in changes.items()}}
        with HTTP(SERVICES.port) as http:
            http.send("GET", f"{session_url('/echo')}/websocket", {k: v for k, v in headers.items() if v is not None})
            answer = http.head()
            if answer.status != 101:
                answer.body = http.body(answer)
        return answer

    def test_it_switches_protocols(self):
        for connection in ("Upgrade", "keep-alive, Upgrade", "upgrade"):
            answer = self.shake(Connection=connection, Upgrade="WebSocket")
            self.assertEqual(answer.status, 101)
            self.assertEqual(answer["Sec-WebSocket-Accept"], "HSmrc0sMlYUkAGmm5OPpG2HaGWk=")
            self.assertEqual(answer["Connection"].lower(), "upgrade")
            self.assertEqual(answer["Upgrade"].lower(), "websocket")
            self.assertIsNone(answer["Content-Length"])
            self.assertIsNone(answer["Content-Type"])

    def test_invalid_handshakes_are_rejected(self):
        for changes, status, words in [
            ({"Upgrade": None, "Connection": None}, 400, b'Can "Upgrade" only to "WebSocket".'),
            ({"Upgrade": "h2c"}, 400, b'Can "Upgrade" only to "WebSocket".'),
            ({"Connection": "close"}, 400, b'"Connection" must be "Upgrade".'),
            ({"Connection": None}, 400, b'"Connection" must be "Upgrade".'),
            ({"Sec_WebSocket_Version": "12"}, 426, b"version 13"),
            ({"Sec_WebSocket_Version": None}, 426, b"version 13"),
            ({"Sec_WebSocket_Key": None}, 400, b"Sec-WebSocket-Key"),
            ({"Sec_WebSocket_Key": "short"}, 400, b"Sec-WebSocket-Key"),
            ({"Content_Length": "5"}, 400, b"without a body"),
        ]:
            answer = self.shake(**changes)
            self.assertEqual(answer.status, status, changes)
            self.assertIn(words, answer.body)
            self.assertEqual(answer["Sec-WebSocket-Version"], "13" if status == 426 else None)

    def test_disabled_websockets_are_not_found(self):
        for path in ("/disabled_websocket_echo/0/0/websocket", "/disabled_websocket_echo/websocket"):
            with self.assertRaises(HandshakeRejected) as refused:
                self.connect(path=path)
            self.assertEqual(refused.exception.status, 404)

    def test_http_1_0_is_rejected(self):
        with HTTP(SERVICES.port, version="1.0") as http:
            self.assertEqual(http.open("GET", "/echo/0/0/websocket", self.HEADERS).status, 400)

    def test_messages_sent_before_the_response_are_received(self):
        with HTTP(SERVICES.port) as http:
            frame = Frame(Opcode.TEXT, b'["early"]').serialize(mask=True)
            lines = [f"GET {session_url('/echo')}/websocket HTTP/1.1", "Host: x"]
            lines += [f"{name}: {value}" for name, value in self.HEADERS.items()]
            http.sock.sendall("\r\n".join([*lines, "", ""]).encode() + frame)
            self.assertEqual(http.head().status, 101)
            self.assertEqual(http.read(3), b"\x81\x01o")
            self.assertEqual(http.read(12), b'\x81\x0aa["early"]')


class Messages(WebSocketTest):
    def test_open_send_receive(self):
        ws = self.open()
        ws.send('["a"]')
        self.assertEqual(ws.recv(), 'a["a"]')

    def test_one_string_is_a_message_too(self):
        ws = self.open()
        ws.send('"a"')
        self.assertEqual(ws.recv(), 'a["a"]')

    def test_nothing_is_ignored(self):
        ws = self.open()
        for nothing in ("", "[]"):
            ws.send(nothing)
        ws.send('["a"]')
        self.assertEqual(ws.recv(), 'a["a"]')

    def test_messages_sent_together_arrive_in_one_frame(self):
        ws = self.open()
        ws.send_bytes(b"".join(Frame(Opcode.TEXT, b'["%d"]' % n).serialize(mask=True) for n in range(5)))
        self.assertEqual(json.loads(ws.recv()[1:]), ["0", "1", "2", "3", "4"])

    def test_the_order_of_many_messages_is_kept(self):
        ws = self.open()
        numbers = [str(number) for number in range(2000)]
        for number in numbers:
            ws.send(json.dumps([number]))
        echoed = []
        while len(echoed) < len(numbers):
            echoed += json.loads(ws.recv()[1:])
        self.assertEqual(echoed, numbers)

    def test_any_text_survives(self):
        ws = self.open()
        for text in ("ä☠🏴", "\ud800 alone", "\x00\u2028\uffff", 'a"\\b', "x" * 70_000):
            ws.send(json.dumps([text]))
            self.assertEqual(json.loads(ws.recv()[1:]), [text])

    def test_a_large_message_is_sent(self):
        ws = self.open("/amplify")
        ws.send('["18"]')
        self.assertEqual(ws.recv(), 'a["' + "x" * 2**18 + '"]')

    def test_a_session_id_may_be_reused_even_concurrently(self):
        path = f"{session_url('/echo')}/websocket"
        first, second = self.connect(path=path), self.connect(path=path)
        for ws, text in ((first, "a"), (second, "b")):
            self.assertEqual(ws.recv(), "o")
            ws.send(f'"{text}"')
            self.assertEqual(ws.recv(), f'a["{text}"]')
        first.close()
        self.assertTrue(first.at_end())
        self.assertEqual(self.connect(path=path).recv(), "o")

    def test_every_session_gets_a_broadcast_once_and_in_order(self):
        crowd = [self.open("/broadcast") for _ in range(20)]
        for number in range(50):
            crowd[number % 3].send(f'["{number}"]')
        heard = [[] for _ in crowd]
        for ws, messages in zip(crowd, heard, strict=True):
            while len(messages) < 50:
                messages.extend(json.loads(ws.recv()[1:]))
        self.assertEqual(sorted(heard[0], key=int), [str(number) for number in range(50)])
        for sender in range(3):
            own = [int(number) for number in heard[0] if int(number) % 3 == sender]
            self.assertEqual(own, sorted(own), "each speaker's order is kept")
        for messages in heard:
            self.assertEqual(messages, heard[0])

    def test_the_application_can_send_first(self):
        ws = self.open("/ticker")
        self.assertEqual([ws.recv(), ws.recv()], ['a["tick!"]', 'a["tick!"]'])


class Raw(WebSocketTest):
    """Section "RawWebsocket"."""

    def connect_raw(self, base="/echo"):
        return self.connect(path=f"{base}/websocket")

    def test_text_is_transmitted_without_framing(self):
        ws = self.connect_raw()
        for text in ("Hello world!\uffff", '["no JSON"]', "☠", "{"):
            ws.send(text)
            self.assertEqual(ws.recv(), text)

    def test_empty_text_is_a_message(self):
        ws = self.connect_raw()
        ws.send("")
        self.assertEqual(ws.recv(), "")

    def test_messages_are_not_merged(self):
        ws = self.connect_raw()
        ws.send_bytes(b"".join(Frame(Opcode.TEXT, b"%d" % n).serialize(mask=True) for n in range(3)))
        self.assertEqual([ws.recv(), ws.recv(), ws.recv()], ["0", "1", "2"])

    def test_the_application_closes_with_its_code(self):
        self.assertEqual(self.connect_raw("/close").recv(), Close(3000, "Go away!"))

    def test_sockjs_and_raw_sessions_share_broadcasts(self):
        raw, sockjs = self.connect_raw("/broadcast"), self.open("/broadcast")
        sockjs.send('["to all \\ud800"]')
        self.assertEqual(raw.recv(), "to all \ufffd")
        self.assertEqual(sockjs.recv(), 'a["to all \\ud800"]')


class Ends(WebSocketTest):
    """RFC 6455 section 7."""

    def test_the_application_closes(self):
        ws = self.open("/close")
        self.assertEqual(ws.recv(), 'c[3000,"Go away!"]')
        self.assertCloses(ws, 3000)

    def test_the_client_closes(self):
        for code in (1000, 4321):
            ws = self.open()
            ws.close(code, "bye")
            self.assertEqual(ws.recv(), Close(code, "bye"))
            self.assertTrue(ws.at_end())

    def test_broken_json_closes_the_connection_abruptly(self):
        for payload in ('["a', "{}", "[1]"):
            ws = self.open()
            ws.send(payload)
            self.assertIsNone(ws.recv())

    def test_messages_before_broken_json_are_received(self):
        watcher, ws = self.open("/broadcast"), self.open("/broadcast")
        ws.send_bytes(b"".join(Frame(Opcode.TEXT, data).serialize(mask=True) for data in (b'["ok"]', b'["brok')))
        self.assertEqual(watcher.recv(), 'a["ok"]')

    def test_bad_utf_8_is_1007(self):
        for path in (None, "/echo/websocket"):
            ws = self.connect(path=path)
            ws.send_frame(Frame(Opcode.TEXT, b'["\xff"]'))
            self.assertCloses(ws, 1007)

    def test_too_large_is_1009(self):
        ws = self.open()
        ws.send_bytes(struct.pack("!BBQ", 0x81, 0xFF, 2**21) + b"mask" + b"x" * 100_000)
        self.assertCloses(ws, 1009)

    def test_binary_is_1003(self):
        ws = self.open()
        ws.send_frame(Frame(Opcode.BINARY, b'["a"]'))
        self.assertCloses(ws, 1003)

    def test_violations_are_1002(self):
        for frame in (b"\x81\x05hello", b"\xc1\x80mask", b"\x83\x80mask", b"\x80\x80mask"):
            ws = self.open()
            ws.send_bytes(frame)
            self.assertCloses(ws, 1002)

    def test_fragments_and_pings(self):
        ws = self.open()
        ws.send_frame(Frame(Opcode.TEXT, b'["a', fin=False))
        ws.send_frame(Frame(Opcode.PING, b"p"))
        ws.send_frame(Frame(Opcode.CONT, b'b"]'))
        self.assertEqual(ws.recv(), 'a["ab"]')
        self.assertEqual(ws.pongs, 1)

    def test_frames_byte_by_byte(self):
        ws = self.open()
        ws.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in Frame(Opcode.TEXT, b'["slow"]').serialize(mask=True):
            ws.send_bytes(bytes([byte]))
        self.assertEqual(ws.recv(), 'a["slow"]')

    def test_a_reset_connection_causes_no_error(self):
        ws, other = self.open("/broadcast"), self.open("/broadcast")
        ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ws.sock.close()
        other.send('["still here"]')
        self.assertEqual(other.recv(), 'a["still here"]')
