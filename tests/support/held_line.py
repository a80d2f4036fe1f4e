"""A TCP proxy between a chat server and its database that can delay responses."""

import contextlib
import socket
import threading


class HeldLine:
    """Forwards connections to `port`; its responses can be held back."""

    def __init__(self, port):
        self._target = port
        self._free = threading.Event()
        self._free.set()
        #: Bytes that were sent to `port` while its responses were held back.
        self.asked = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        """Hold back responses until `go_on`."""
        self.asked = 0
        self._free.clear()

    def go_on(self):
        """Deliver the responses that were held back."""
        self._free.set()

    def close(self):
        """Stop accepting connections."""
        self.go_on()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._pump, args=(client, server, self._count), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, self._wait), daemon=True).start()

    def _count(self, data):
        if not self._free.is_set():
            self.asked += len(data)

    def _wait(self, _data):
        self._free.wait()

    def _pump(self, source, target, before):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                before(data)
                target.sendall(data)
        for sock in (source, target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
