"""Recorded traffic of an ordinary hour of the chat."""

import base64
import contextlib
import json
import os
import socket
import threading
from dataclasses import dataclass

from sockjs_support.clients import HTTP, WebSocket, session_url
from sockjs_support.waiting import TIMEOUT
from tests.support.chatting import Browser, Window
from tests.support.raw_http import head

END = b"\r\n\r\n"


class Recorder:
    """A proxy that records the data from clients."""

    def __init__(self, port):
        self._to = port
        self._kept = []
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def stop(self):
        """Stop, and return the bytes of each connection."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(TIMEOUT)
        return [bytes(data) for data in self._kept if data]

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):  # closed: the recording is finished
            while True:
                client, _address = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._kept.append(bytearray())
                self._start(self._pass, client, server, self._kept[-1])
                self._start(self._pass, server, client, bytearray())

    @staticmethod
    def _pass(source, target, kept):
        with contextlib.suppress(OSError):  # one side has closed the connection
            while data := source.recv(65536):
                kept += data
                target.sendall(data)
        for sock in (source, target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Asked:
    """A recorded request; `fields` are (name, value)."""

    method: bytes
    target: bytes
    fields: tuple
    body: bytes = b""

    @classmethod
    def parsed(cls, data):
        """Return the only request in `data`, the bytes of a connection."""
        top, _, body = data.partition(END)
        line, *lines = top.split(b"\r\n")
        method, target, _version = line.split(b" ")
        return cls(method, target, tuple(tuple(line.split(b": ", 1)) for line in lines), body)

    def bytes(self):
        """Return the bytes of the request, with the correct length of its body."""
        kept = [(name, value) for name, value in self.fields if name.lower() not in (b"content-length", b"connection")]
        if self.body or self.method == b"POST":
            kept.append((b"Content-Length", str(len(self.body)).encode()))
        lines = [b"%b: %b" % field for field in (*kept, (b"Connection", b"close"))]
        return b"\r\n".join([b"%b %b HTTP/1.1" % (self.method, self.target), *lines, b"", self.body])


@dataclass(frozen=True)
class Recording:
    """An hour of the chat."""

    #: Requests without WebSocket handshakes.
    requests: list
    #: The handshake of each WebSocket, and its frames.
    websockets: list
    #: Messages to a room, as JSON.
    messages: list


MESSAGES = (
    {"type": "join", "after": 0, "as": "pirate", "name": "Ada"},
    {"type": "join", "after": 3},
    {"type": "say", "text": "Ahoy, is that you? https://chat.example/ `code` @Bo :-)", "nonce": "n1", "lang": "en-GB"},
    {"type": "say", "text": "Привет, 王小明\nline two"},
    {"type": "as", "as": "original"},
    {"type": "read", "seqs": [1, 2, 3], "again": True},
    {"type": "typing"},
    {"type": "remove", "seq": 1},
    {"type": "restore", "seq": 1},
    {"type": "room", "title": "Ada's", "translator": "pirate", "read_only": False, "slow": 0},
    {"type": "mute", "name": "Bo"},
    {"type": "unmute", "name": "Bo"},
)


def recorded(port):
    """Return a recording of people who use the server on `port`."""
    recorder = Recorder(port)
    try:
        _chat(recorder.port)
    finally:
        connections = recorder.stop()
    websockets = [data for data in connections if b"\r\nupgrade: websocket" in data.lower()]
    requests = [Asked.parsed(data) for data in connections if data not in websockets]
    assert len(requests) > 20
    assert len(websockets) > 1
    return Recording(
        requests,
        [data.partition(END)[::2] for data in websockets],
        [json.dumps(values, ensure_ascii=False).encode() for values in MESSAGES],
    )


def _chat(port):
    ada, bo = Browser(port), Browser(port)
    room = ada.open_room(f"Ada {os.urandom(4).hex()}")
    bo.visit(room)
    bo.post(f"{room}/messages", text="Hello, my friend", name="Bo", lang="en")
    ada.post(f"{room}/messages/1/remove")
    ada.post(f"{room}/messages/1/restore")
    ada.post(f"{room}/mute", name="Bo")
    ada.post(f"{room}/unmute", name="Bo")
    ada.post(f"{room}/settings", title="Ada's", translator="pirate", slow="0")
    for path in ("/", room, f"{room}?as=original", f"{room}?before=2&as=pirate", f"{room}/messages/1", "/healthz"):
        ada.get(path)
    for path in (
        "messages?limit=2&before=3&as=original",
        "messages?after=0",
        "messages/1",
        "export.json",
        "export.txt",
    ):
        ada.get(f"{room}/{path}", "*/*")
    for path in ("/static/scripts/room.js", "/theme/pirate/pirate.css", "/rooms/nobody", "/operator"):
        ada.get(path)
    ada.post("/theme", name="plain", back=room)
    _poll(port, room, ada)
    for browser in (ada, bo):
        window = Window(port, room, browser)
        window.join(after=0)
        for values in MESSAGES:
            window.send(values)
        window.join(after=1)
        window.ws.close()
        window.ws.at_end()
    with WebSocket(port, f"{room}/sockjs/websocket", headers={"Cookie": bo.cookie}) as raw:
        raw.send("said as it stands")
        raw.recv()
        raw.close()
        raw.at_end()


def _poll(port, room, browser):
    """Use the HTTP transports."""
    base, cookie = f"{room}/sockjs", {"Cookie": browser.cookie}
    session = session_url(base)
    sent = json.dumps([json.dumps(values) for values in MESSAGES]).encode()
    for method, path, body in (
        ("GET", f"{base}/info?t=1", b""),
        ("OPTIONS", f"{base}/info", b""),
        ("GET", f"{base}/iframe.html", b""),
        ("POST", f"{session}/xhr", b""),
        ("POST", f"{session}/xhr_send", sent),
        ("POST", f"{session}/xhr", b""),
        ("GET", f"{session_url(base)}/jsonp?c=call.me", b""),
        ("POST", f"{session}/jsonp_send", b"d=%5B%22x%22%5D"),
    ):
        with HTTP(port) as http:
            http.request(method, path, cookie, body)
    for method, path in (("POST", "xhr_streaming"), ("GET", "eventsource"), ("GET", "htmlfile?c=call.me")):
        with HTTP(port) as http:
            http.open(method, f"{session_url(base)}/{path}", cookie)
            http.chunk()


def handshake(path, cookie=""):
    """Return the head of a request that opens a WebSocket at `path`."""
    key = base64.b64encode(os.urandom(16)).decode()
    fields = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    return head("GET", path, *fields, *([f"Cookie: {cookie}"] if cookie else []))
