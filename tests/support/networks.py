"""Unreliable networks: a proxy between browsers and a server that delays, refuses and drops data."""

import contextlib
import socket
import threading


class Network:
    """Forwards connections to the server at `port`, one request per connection.

    It forwards everything unchanged at first.  Its attributes change what it does, at any time.
    """

    def __init__(self, port):
        #: The server's port.
        self.server = port
        #: Whether it accepts WebSockets.
        self.upgrades = True
        #: Directions of accepted WebSockets in which it drops data: "up" from the browser, "down" from the server.
        self.swallowed = set()
        #: Words: request lines with one of them are held until `release`.
        self.held = set()
        #: Words: request lines with one of them are answered with 404.
        self.missing = set()
        #: The first line of every request.
        self.requests = []
        #: Requests in progress, without WebSockets, and their maximum number.
        self.open = []
        self.most = 0
        self._lock = threading.Condition()
        self._socks = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def close(self):
        """Stop accepting connections, and close the open ones."""
        self.release()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self):
        """Close the open connections."""
        for sock in list(self._socks):
            _cut(sock)

    def release(self):
        """Forward the requests that were held."""
        with self._lock:
            self.held = set()
            self._lock.notify_all()

    def _accept(self):
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(browser,), daemon=True).start()

    def _serve(self, browser):
        self._socks.add(browser)
        line = ""
        try:
            head, rest = _head(browser)
            line = head.partition(b"\r\n")[0].decode("latin-1")
            is_websocket = b"\r\nupgrade: websocket" in head.lower()
            with self._lock:
                self.requests.append(line)
                if not is_websocket:
                    self.open.append(line)
                    self.most = max(self.most, len(self.open))
                self._lock.notify_all()
                self._lock.wait_for(lambda: not any(word in line for word in self.held))
            if any(word in line for word in self.missing):
                browser.sendall(_answer("404 Not Found"))
                return
            if not is_websocket:
                # Another request on the same connection would not be checked.
                head = head.replace(b"\r\nConnection: keep-alive", b"\r\nConnection: close")
            elif not self.upgrades:
                browser.sendall(_answer("403 Forbidden"))
                return
            self._pass_on(browser, head + rest, is_websocket)
        except OSError:
            pass  # one side has closed
        finally:
            with self._lock:
                if line in self.open:
                    self.open.remove(line)
            self._socks.discard(browser)
            _cut(browser)

    def _pass_on(self, browser, begin, is_websocket):
        with socket.create_connection(("127.0.0.1", self.server)) as server:
            server.sendall(begin)
            self._socks.add(server)
            ways = ("up", "down") if is_websocket else ("", "")
            up = threading.Thread(target=self._pump, args=(browser, server, ways[0]), daemon=True)
            up.start()
            self._pump(server, browser, ways[1])
            _cut(server)
            up.join()
            self._socks.discard(server)

    def _pump(self, source, target, way):
        try:
            while data := source.recv(65536):
                if way not in self.swallowed:
                    target.sendall(data)
        except OSError:
            pass
        _cut(target)


def _answer(status):
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def _head(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            raise ConnectionResetError
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _cut(sock):
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
