"""The tests' client loses no data if one thread sends while another receives."""

import threading

from sockjs_support.cases import WebSocketTest
from sockjs_support.clients import WebSocket, session_url
from sockjs_support.layers import SERVICES

MESSAGES = 3_000


class Threads(WebSocketTest):
    def test_one_thread_can_send_while_another_receives(self):
        client = WebSocket(SERVICES.port, f"{session_url('/echo')}/websocket")
        self.addCleanup(client.sock.close)
        self.assertEqual(client.recv(), "o")
        received = []

        def receive():
            while len(received) < MESSAGES:
                frame = client.recv()
                if not isinstance(frame, str):
                    return
                if frame[0] == "a":
                    received.extend(frame.count('"n') * [1])

        receiver = threading.Thread(target=receive)
        receiver.start()
        for number in range(MESSAGES):
            client.send(f'["n{number}"]')
        receiver.join(30)
        self.assertEqual(len(received), MESSAGES)
