"""Clients that expose the protocol: chunks, headers and frames."""

import socket
import threading
import uuid

from websockets.client import ClientProtocol
from websockets.frames import Close, Opcode
from websockets.uri import parse_uri

from sockjs_support.waiting import TIMEOUT


class Answer:
    """The status line and the headers of an HTTP response."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, self.reason = (lines[0] + " ").split(" ", 2)
        self.status = int(status)
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
        self.body = b""

    def __getitem__(self, name):
        """Return the value of the header `name`, or None."""
        return {field.lower(): value for field, value in self.fields}.get(name.lower())


class HTTP:
    """A connection for consecutive requests."""

    def __init__(self, port, version="1.1", host="127.0.0.1", source=""):
        self.version = version
        self.host = f"{host}:{port}"
        self.sock = socket.create_connection((host, port), timeout=TIMEOUT, source_address=(source, 0))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, method, path, headers=(), body=b""):
        lines = [f"{method} {path} HTTP/{self.version}", f"Host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in dict(headers).items()]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def request(self, method, path, headers=(), body=b""):
        """Send a request and read the whole response."""
        self.send(method, path, headers, body)
        answer = self.head()
        answer.body = self.body(answer, method)
        return answer

    def open(self, method, path, headers=(), body=b""):
        """Send a request and read the head of the response; chunks are read by `chunk`."""
        self.send(method, path, headers, body)
        return self.head()

    def head(self):
        return Answer(self.read_until(b"\r\n\r\n"))

    def body(self, answer, method="GET"):
        if method == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            return b""
        if answer["Transfer-Encoding"] == "chunked":
            return b"".join(iter(self.chunk, b""))
        if answer["Content-Length"] is not None:
            return self.read(int(answer["Content-Length"]))
        return self.read_all()

    def chunk(self):
        """Return the next chunk, or b"" for the last one."""
        size = int(self.read_until(b"\r\n"), 16)
        data = self.read(size)
        assert self.read(2) == b"\r\n"
        return data

    def read(self, size):
        while len(self.buffer) < size:
            self._more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def read_until(self, end):
        while end not in self.buffer:
            self._more()
        data, _, self.buffer = self.buffer.partition(end)
        return data

    def read_all(self):
        """Read until the server closes the connection."""
        try:
            while True:
                self._more()
        except EOFError:
            data, self.buffer = self.buffer, b""
            return data

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(f"the server closed the connection behind {self.buffer[-200:]!r}")
        self.buffer += data


class HandshakeRejected(Exception):
    """The server responded to a handshake with another status than 101."""

    def __init__(self, answer):
        super().__init__(f"{answer.status_code} {answer.body!r}")
        self.answer = answer
        self.status = answer.status_code


class WebSocket:
    """A WebSocket client on websockets' Sans-I/O protocol.

    One thread may send while another receives; a lock protects the protocol, which is not thread-safe.
    """

    def __init__(self, port, path, headers=(), host="127.0.0.1", receive_buffer=None, source="", wrap=None):
        """`wrap` returns another socket for the connected one, such as one with TLS."""
        self.protocol = ClientProtocol(parse_uri(f"ws://{host}:{port}{path}"))
        self._turn = threading.RLock()
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(TIMEOUT)
        self.sock.bind((source, 0))
        self.sock.connect((host, port))
        if wrap is not None:
            self.sock = wrap(self.sock)
        self.events = []
        self.pongs = 0
        self.pings = 0
        request = self.protocol.connect()
        for name, value in dict(headers).items():
            if name in request.headers:
                del request.headers[name]
            request.headers[name] = value
        self.protocol.send_request(request)
        self._flush()
        while not self.events:
            if not self._more():
                self.sock.close()
                raise ConnectionResetError("the server closed the connection during the handshake")
        self.response = self.events.pop(0)
        if self.protocol.handshake_exc is not None:
            self.sock.close()
            raise HandshakeRejected(self.response)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.sock.close()

    def send(self, text):
        with self._turn:
            self.protocol.send_text(text.encode())
            self._flush()

    def send_frame(self, frame):
        self.send_bytes(frame.serialize(mask=True))

    def send_bytes(self, data):
        with self._turn:
            self.sock.sendall(data)

    def recv(self):
        """Return the next text message, the Close frame that ended the connection, or None if it ended without one."""
        message = b""
        while True:
            while not self.events:
                if not self._more():
                    return self.protocol.close_rcvd
            frame = self.events.pop(0)
            if frame.opcode is Opcode.PING:
                self.pings += 1
            elif frame.opcode is Opcode.PONG:
                self.pongs += 1
            elif frame.opcode is Opcode.CLOSE:
                return Close.parse(frame.data)
            else:
                message += frame.data
                if frame.fin:
                    return message.decode()

    def close(self, code=1000, reason=""):
        with self._turn:
            self.protocol.send_close(code, reason)
            self._flush()

    def at_end(self):
        """Wait until the server closes the connection; return whether it did."""
        try:
            while self._more():
                pass
        except TimeoutError:
            return False
        return True

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        with self._turn:
            if data:
                self.protocol.receive_data(data)
            else:
                self.protocol.receive_eof()
            self.events += self.protocol.events_received()
            self._flush()
        return bool(data)

    def _flush(self):
        for data in self.protocol.data_to_send():
            try:
                if data:
                    self.sock.sendall(data)
                else:
                    self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has closed it already


def session_url(base):
    """Return the URL of a new session below `base`."""
    return f"{base}/000/{uuid.uuid4().hex}"
