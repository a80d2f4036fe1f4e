"""Requests to a Plone site that sends its files in an unusual way."""

import socket
import threading
import unittest
from contextlib import suppress

import gevent

from piratechat.plone.fetching import fetch
from piratechat.plone.page import PageRefused
from sockjs_support.waiting import TIMEOUT

#: Bytes of a style sheet, each of which the site sends in a chunk of its own.
BYTES = 20_000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nTransfer-Encoding: chunked\r\n\r\n"


class SmallChunks(unittest.TestCase):
    """A site that sends each byte in a chunk."""

    def setUp(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.css"
        self.server = threading.Thread(target=self.serve, args=[listener])
        self.server.start()
        self.addCleanup(self.server.join, TIMEOUT)
        self.turns = 0
        self.addCleanup(gevent.spawn(self.others).kill)

    def serve(self, listener):
        with listener:
            client, _address = listener.accept()
        with client, suppress(ConnectionError):
            client.recv(4096)
            client.sendall(HEAD + b"1\r\na\r\n" * BYTES + b"0\r\n\r\n")
            client.recv(1)  # until the chat has closed the connection: a reset would lose what it has not read

    def others(self):
        while True:
            self.turns += 1
            gevent.sleep(0)

    def test_other_greenlets_run_while_the_file_is_read(self):
        content, _version = fetch(self.url, "text/css", BYTES)
        self.assertEqual(content, b"a" * BYTES)
        self.assertGreater(self.turns, 2)

    def test_a_file_that_is_too_large_is_refused(self):
        with self.assertRaisesRegex(PageRefused, "more than 100 bytes"):
            fetch(self.url, "text/css", 100)
