"""People who talk without a pause, and owners who change their rooms meanwhile, whatever becomes of the server."""

import json
import random
import threading
import time

from sockjs_support.clients import HandshakeRejected
from tests.support.chatting import Window
from tests.support.room_picture import RoomPicture

#: Messages that a talker has on their way.
UNDER_WAY = 4
#: Seconds in which a message stays the same message when it is sent again: half of what the server promises.
SURE_OF_NONCES = 30
#: How many of those who come back know the database by a wrong name, and have to read the room again.
FORGETFUL = 0.05
#: The actions of owners, each before any comes again.
ACTIONS = ("remove", "remove", "remove", "restore", "restore", "title", "translator", "read_only", "slow")
#: Refusals that last until the owner lets everybody speak again.
REFUSALS = ("read-only", "rate-limited")


class Talker(threading.Thread):
    """Says numbered messages as fast as they are acknowledged, over as many connections as that takes."""

    def __init__(self, browser, room, name, pause=0.0, seed=""):
        """`pause`: seconds between hearing an acknowledgement and saying the next."""
        super().__init__(daemon=True)
        self.browser, self.room, self.name_here, self.pause = browser.visit(room), room, name, pause
        self.random = random.Random(f"{seed} {name}")
        self.stopping = threading.Event()
        self.said = 0
        self.pending = {}  # nonce -> text, and when it was said first
        self.acknowledged = {}  # text -> seq
        self.picture = RoomPicture(self._fetch)
        self.held = []  # nonces that wait until everybody may speak
        self.refused = set()  # texts that were refused at first: others have overtaken them
        self.resets = 0
        #: When the connection was opened by which the last acknowledgement came.
        self.heard_since = 0.0
        self.fault = self.away = None

    def __repr__(self):
        state = f"{len(self.acknowledged)} of {self.said} acknowledged"
        return f"<{self.name_here}: {state}, {self.pending}, {self.fault!r}, {self.away!r}>"

    @property
    def is_done(self):
        """Whether there is nothing left to do."""
        return self.stopping.is_set() and not self.pending

    def run(self):
        try:
            while not self.is_done:
                try:
                    self._talk()
                except (OSError, EOFError, HandshakeRejected, AssertionError) as away:
                    self.away = away
                    time.sleep(0.1)
        except Exception as fault:  # noqa: BLE001 -- the test shows it
            self.fault = fault

    def catch_up(self):
        """Come back once more, and hear what was missed."""
        self.picture.current = False
        window = self._join()
        try:
            while not self.picture.current:
                event = window.next()
                assert event is not None, f"closed: {window.closed}"
                self._hear(event)
        finally:
            window.close()

    def _join(self):
        window = Window(self.browser.port, self.room, self.browser)
        forgets = {"epoch": "another"} if self.random.random() < FORGETFUL else {}
        values = {**self.picture.position, **forgets, "name": self.name_here, "as": "original"}
        window.send({"type": "join", **values})
        return window

    def _talk(self):
        begun = time.monotonic()
        window = self._join()
        try:
            if any(time.monotonic() - since > SURE_OF_NONCES for _text, since in self.pending.values()):
                self._hear_up_to(window, window.hear("welcome"))
            self._say_again(window)
            while not self.is_done:
                self._say_more(window)
                event = window.next()
                if event is None:
                    return
                if self._hear(event, window):
                    self.heard_since = begun
                    time.sleep(self.pause)
        finally:
            window.close()

    def _say_again(self, window):
        """Say what was not acknowledged."""
        self.held.clear()
        for nonce, (text, _since) in self.pending.items():
            window.say(text, nonce=nonce)

    def _say_more(self, window):
        if self.held and self.picture.is_open:
            for nonce in self.held:
                window.say(self.pending[nonce][0], nonce=nonce)
            self.held.clear()
        while len(self.pending) < UNDER_WAY and not self.stopping.is_set():
            self.said += 1
            nonce, text = f"n{self.said}", f"{self.name_here} {self.said}"
            self.pending[nonce] = text, time.monotonic()
            window.say(text, nonce=nonce)

    def _hear_up_to(self, window, welcome):
        """Hear what was missed, before anything is said again that may have been kept long ago."""
        event = welcome
        while event is not None:
            self._hear(event, window)
            if self.picture.last >= welcome["last"]:
                return
            event = window.next()

    def _hear(self, event, window=None):
        """Take an event down; return whether it acknowledges something."""
        if event["type"] == "error":
            self._refuse(event, window)
        self.resets += event["type"] == "reset"
        self.picture.receive(event)
        return event["type"] == "message" and self._settle(event)

    def _refuse(self, error, _window):
        if error["code"] not in REFUSALS or error.get("nonce") not in self.pending:
            raise RuntimeError(error)
        self.refused.add(self.pending[error["nonce"]][0])
        self.held.append(error["nonce"])

    def _fetch(self, path):
        answer = self.browser.get(self.room + path, "application/json")
        if answer.status != 200:
            raise ConnectionError(answer.status)
        page = json.loads(answer.body)
        for message in page.get("messages", ()):
            self._settle(message)
        return page

    def _settle(self, message):
        """Take a message of ours off; return whether it waited for that."""
        if message["author"] != self.name_here or "nonce" not in message:
            return False
        text = f"{self.name_here} {message['nonce'][1:]}"
        known = self.acknowledged.setdefault(text, message["seq"])
        if known != message["seq"]:
            raise RuntimeError(f"{message} was acknowledged as {known} before")
        return self.pending.pop(message["nonce"], None) is not None


class Owner(Talker):
    """Also removes and restores messages and changes settings: one change after the other is acknowledged."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.changes = []  # the commands, in their order
        self.actions = []  # those to come
        self.acknowledged_changes = 0

    @property
    def is_done(self):
        return super().is_done and self.acknowledged_changes == len(self.changes) and self.picture.is_open

    @property
    def kinds(self):
        """What was changed: types of commands, and names of settings."""
        return [name for command in self.changes for name in _kinds(command)]

    def _say_again(self, window):
        super()._say_again(window)
        if self.acknowledged_changes < len(self.changes):
            self._send(window)

    def _say_more(self, window):
        super()._say_more(window)
        if self.acknowledged_changes == len(self.changes) and self.picture.current:
            command = self._next_change()
            if command is not None:
                self.changes.append(command)
                self._send(window)

    def _refuse(self, error, window):
        if error["code"] == "rate-limited" and error.get("nonce") == f"c{len(self.changes)}" and window is not None:
            time.sleep(error["retry_after"])
            self._send(window)
        else:
            super()._refuse(error, window)

    def _send(self, window):
        window.send({**self.changes[-1], "nonce": f"c{len(self.changes)}"})

    def _next_change(self):
        """Return a command that changes something; None if there is nothing to change."""
        if not self.picture.is_open:
            return {"type": "room", **self._lifted()}
        if self.stopping.is_set() or not self.picture.last:
            return None
        if not self.actions:
            self.actions = self.random.sample(ACTIONS, len(ACTIONS))
        action = self.actions.pop()
        if action == "restore" and self.picture.removed:
            return {"type": "restore", "seq": self.random.choice(sorted(self.picture.removed))}
        if action in ("restore", "remove"):
            seq = self.random.randint(1, self.picture.last)
            return {"type": "restore" if seq in self.picture.removed else "remove", "seq": seq}
        return {"type": "room", **self._other_settings({action, self.random.choice(ACTIONS)})}

    def _lifted(self):
        """Return the settings that let everybody speak: nobody waits for long."""
        return {name: free for name, free in (("read_only", False), ("slow", 0)) if self.picture.settings.get(name)}

    def _other_settings(self, names):
        """Return the settings among `names` with other values than they have."""
        translators = {None, "original", "pirate"} - {self.picture.settings.get("translator")}
        other = {
            "title": f"Title {len(self.changes)}",
            "translator": self.random.choice(sorted(translators, key=str)),
            "read_only": True,
            "slow": 1,
        }
        return {name: value for name, value in other.items() if name in names}

    def _hear(self, event, window=None):
        if event["type"] != "done":
            return super()._hear(event, window)
        # All changes of the room are ours.  Without a number it had been done before it was sent again.
        if event["nonce"] != f"c{len(self.changes)}" or event.get("rev", len(self.changes)) != len(self.changes):
            raise RuntimeError(f"{event} acknowledges {self.changes[-1]}, which is change {len(self.changes)}")
        self.acknowledged_changes += 1
        return True


def _kinds(command):
    return [name for name in command if name != "type"] if command["type"] == "room" else [command["type"]]
