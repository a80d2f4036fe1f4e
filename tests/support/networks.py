"""Bad networks: a proxy between browsers and a server that holds back, refuses and swallows."""

import contextlib
import socket
import threading


class Network:
    """Passes connections on to the server at `port`, one request on each.

    As it is made, it does no harm.  What it does to a connection is up to its attributes, at any time.
    """

    def __init__(self, port):
        #: Where the server listens.
        self.server = port
        #: Whether it takes WebSockets.
        self.upgrades = True
        #: What it swallows of WebSockets that it took: "up" of the browser, "down" of the server.
        self.swallowed = set()
        #: Lines of requests that wait until `release`, if they have one of these words in them.
        self.held = set()
        #: ... and of those that it answers itself: there is no such thing.
        self.missing = set()
        #: The first line of every request.
        self.requests = []
        #: Those that are being answered, WebSockets aside, and the largest number of them at a time.
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
        """Take no more connections, and cut those that are open."""
        self.release()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self):
        """Cut the connections that are open."""
        for sock in list(self._socks):
            _cut(sock)

    def release(self):
        """Let go on what was held."""
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
                # Another request on the same connection would not be looked at.
                head = head.replace(b"\r\nConnection: keep-alive", b"\r\nConnection: close")
            elif not self.upgrades:
                browser.sendall(_answer("403 Forbidden"))
                return
            self._pass_on(browser, head + rest, is_websocket)
        except OSError:
            pass  # one of them has gone
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
