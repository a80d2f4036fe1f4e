"""Clients of the chat: they send what a browser sends, and receive events over SockJS."""

import json
import time
import urllib.parse
from http.cookies import SimpleCookie
from unittest import TestCase

from sockjs_support.clients import HTTP, WebSocket, session_url
from sockjs_support.waiting import TIMEOUT
from tests.support.protocol import check_event


class Browser:
    """A visitor's browser with cookies; it submits forms."""

    def __init__(self, port, source="", headers=()):
        """`source`: the client's IP address; `headers`: headers that a proxy adds to each request."""
        self.port = port
        self.source = source
        self.headers = dict(headers)
        self.cookies = {}

    def connect(self):
        """Return a connection to the server."""
        return HTTP(self.port, source=self.source)

    def get(self, path, accept="text/html"):
        return self._request("GET", path, {"Accept": accept})

    def json(self, path):
        return json.loads(self.get(path, "application/json").body)

    def post(self, path, **fields):
        if "csrf_token" not in self.cookies:
            self.get("/")
        body = urllib.parse.urlencode({"csrf_token": self.cookies["csrf_token"], **fields}).encode()
        return self._request("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, body)

    def open_room(self, name):
        """Create a room of `name`, and return its path."""
        answer = self.post("/", name=name)
        assert answer.status == 303, (answer.status, answer.body)
        return urllib.parse.urlsplit(answer["Location"]).path

    def visit(self, room):
        """Request the page of `room`, which sets the visitor's cookie; return this browser."""
        assert self.get(room).status == 200
        return self

    def _request(self, method, path, headers, body=b""):
        if self.cookies:
            headers["Cookie"] = self.cookie
        with self.connect() as http:
            answer = http.request(method, path, {**headers, **self.headers}, body)
        for name, value in answer.fields:
            if name.lower() == "set-cookie":
                for morsel in SimpleCookie(value).values():
                    self.cookies[morsel.key] = morsel.coded_value
        return answer

    @property
    def cookie(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class Window:
    """An open room: a SockJS session over a WebSocket."""

    def __init__(self, port, room, browser=None, query="", **options):
        headers = {"Cookie": browser.cookie} if browser is not None else {}
        self.ws = WebSocket(port, f"{session_url(f'{room}/sockjs')}/websocket{query}", headers=headers, **options)
        self.heard = []
        self.closed = None
        assert self.ws.recv() == "o"

    def send(self, values):
        text = values if isinstance(values, str) else json.dumps(values)
        self.ws.send(json.dumps([text]))

    def join(self, **values):
        """Join the room, and return the "welcome" event."""
        self.send({"type": "join", **values})
        return self.hear("welcome")

    def say(self, text, **values):
        self.send({"type": "say", "text": text, **values})

    def next(self):
        """Return the next event, or None if the server has closed the session."""
        end = time.monotonic() + TIMEOUT
        while not self.heard:
            assert time.monotonic() < end, "only heartbeats were received"
            frame = self.ws.recv()
            if not isinstance(frame, str):
                return None
            if frame[0] == "c":
                self.closed = json.loads(frame[1:])
            if frame[0] == "a":
                events = [json.loads(text) for text in json.loads(frame[1:])]
                for event in events:
                    check_event(event)
                self.heard += events
        return self.heard.pop(0)

    def hear(self, kind):
        """Return the next event of the type `kind`, skipping other events."""
        while True:
            event = self.next()
            assert event is not None, f"closed: {self.closed}"
            if event["type"] == kind:
                return event

    def hear_view(self, seq):
        """Return the finished translation of message `seq`, skipping other events."""
        while True:
            event = self.next()
            assert event is not None, f"closed: {self.closed}"
            if event["type"] in ("message", "view") and event.get("seq") == seq:
                view = event["view"] if event["type"] == "message" else event
                if view["state"] != "pending":
                    return view

    def close(self):
        self.ws.sock.close()


class ChatTest(TestCase):
    """A test case that talks to the chat of its `layer`, which subclasses set."""

    rooms = 0

    def browser(self):
        return Browser(self.layer.port)

    def open_room(self, name="Ada"):
        """Create a room; return its owner's browser and its path."""
        ChatTest.rooms += 1
        browser = self.browser()
        return browser, browser.open_room(f"{name} {self.id().rpartition('.')[2][-20:]} {ChatTest.rooms}")

    def window(self, room, browser=None, **options):
        window = Window(self.layer.port, room, browser, **options)
        self.addCleanup(window.close)
        return window

    def visitor(self, room, name, **join):
        """Return the window of a new visitor who has joined as `name`."""
        window = self.window(room, self.browser().visit(room))
        window.welcome = window.join(name=name, **join)
        return window
