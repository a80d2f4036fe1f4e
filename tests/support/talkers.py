"""Clients that send messages and changes continuously, and reconnect whenever the server fails."""

import json
import random
import select
import threading
import time

from sockjs_support.clients import HandshakeRejected
from tests.support.chatting import Window
from tests.support.room_picture import RoomPicture

#: The number of unacknowledged messages of a client.
MAX_PENDING = 4
#: Seconds after which a message is not sent again with its nonce: half of what the server guarantees.
NONCE_SECONDS = 30
#: The share of reconnects with a wrong epoch, after which the client has to read the room again.
WRONG_EPOCHS = 0.05
#: The share of messages that reply to another one.
REPLIES = 0.2
#: Seconds to wait for an event before checking for other work.
POLL_INTERVAL = 0.05
#: Changes are made to one of the newest messages; their number.
RECENT = 30
#: Temporary errors: in slow and read-only rooms, and by rate limits.
REFUSALS = ("read-only", "rate-limited")
EMOJI = ("👍", "🎉", "😂", "🦜")


class PendingMessage:
    """An unacknowledged message."""

    def __init__(self, text, reply_to=None):
        self.text, self.reply_to = text, reply_to
        self.since = time.monotonic()

    def send(self, window, nonce):
        window.say(self.text, nonce=nonce, **({} if self.reply_to is None else {"reply_to": self.reply_to}))


class RequestedChange:
    """A change that was requested, and whether it was acknowledged or rejected."""

    def __init__(self, command):
        self.command = command
        #: The number of the change, if it was acknowledged with one; if not, others may have made the same change.
        self.rev = None
        self.times = 0  # how often it was sent
        self.is_settled = self.is_refused = False

    def __repr__(self):
        return f"<{self.command} as {self.rev}{', refused' * self.is_refused}>"

    @property
    def may_be_missing(self):
        """Whether it may have had no effect."""
        return self.rev is None

    @property
    def may_be_there(self):
        """Whether it may have had an effect: it may have succeeded at first, and been rejected when sent again."""
        return not self.is_refused or self.times > 1

    @property
    def kinds(self):
        """The kinds of the change: the type of the command, or the names of settings."""
        return [name for name in self.command if name != "type"] if self.type == "room" else [self.type]

    @property
    def type(self):
        return self.command["type"]


class Talker(threading.Thread):
    """Sends numbered messages as fast as they are acknowledged, and reconnects as often as necessary."""

    def __init__(self, browser, room, name, pause=0.0, seed=""):
        """`pause`: seconds between an acknowledgement and the next message."""
        super().__init__(daemon=True)
        self.browser, self.room, self.name_here, self.pause = browser.visit(room), room, name, pause
        self.random = random.Random(f"{seed} {name}")
        self.stopping = threading.Event()
        self.pausing = threading.Event()
        self.at_rest = threading.Event()
        self.said = 0
        self.pending = {}  # nonce -> PendingMessage
        self.acknowledged = {}  # text -> seq
        self.replies = {}  # seq -> what it answers
        self.picture = RoomPicture(self._fetch)
        self.held = []  # nonces of messages that wait until everybody may post
        self.refused = set()  # texts that were rejected at first, so that later ones have overtaken them
        self.resets = 0
        #: The times of the last acknowledgement's connection, and of the last acknowledgement.
        self.heard_since = self.heard_at = 0.0
        self.fault = self.away = None

    def __repr__(self):
        state = f"{len(self.acknowledged)} of {self.said} acknowledged"
        return f"<{self.name_here}: {state}, {self.pending}, {self.fault!r}, {self.away!r}>"

    @property
    def requested(self):
        """The requested changes."""
        return ()

    @property
    def is_settled(self):
        """Whether nothing is unacknowledged."""
        return not self.pending

    @property
    def is_done(self):
        """Whether there is nothing left to do."""
        return self.stopping.is_set() and self.is_settled

    @property
    def is_quiet(self):
        """Whether nothing new may be sent."""
        return self.stopping.is_set() or self.pausing.is_set()

    def run(self):
        try:
            while not self.is_done:
                try:
                    self._talk()
                except (OSError, EOFError, HandshakeRejected, AssertionError) as away:
                    self.away = away
                    time.sleep(0.1)
                self._rest()
        except Exception as fault:  # noqa: BLE001 -- the test reports it
            self.fault = fault

    def _rest(self):
        """While pausing, wait once everything is acknowledged."""
        if self.pausing.is_set() and self.is_settled:
            self.at_rest.set()
            while self.pausing.is_set() and not self.stopping.is_set():
                time.sleep(POLL_INTERVAL)
            self.at_rest.clear()

    def catch_up(self, last=0, rev=0):
        """Reconnect, and receive missed events, at least up to the message `last` and the change `rev`.

        Another process may receive these a moment later than the one that has responded.
        """
        self.picture.current = False
        window = self._join()
        try:
            while not self.picture.current or self.picture.last < last or self.picture.rev < rev:
                event = window.next()
                assert event is not None, f"closed: {window.closed}"
                self._hear(event)
        finally:
            window.close()

    def _join(self):
        window = Window(self.browser.port, self.room, self.browser)
        forgets = {"epoch": "another"} if self.random.random() < WRONG_EPOCHS else {}
        values = {**self.picture.position, **forgets, "name": self.name_here, "as": "original"}
        window.send({"type": "join", **values})
        return window

    def _talk(self):
        begun = time.monotonic()
        window = self._join()
        try:
            if any(time.monotonic() - said.since > NONCE_SECONDS for said in self.pending.values()):
                self._hear_up_to(window, window.hear("welcome"))
            self._say_again(window)
            while not (self.is_quiet and self.is_settled):
                self._say_more(window)
                if not _has_something(window):
                    continue
                event = window.next()
                if event is None:
                    return
                if self._hear(event, window):
                    self.heard_since, self.heard_at = begun, time.monotonic()
                    time.sleep(self.pause)
        finally:
            window.close()

    def _say_again(self, window):
        """Send unacknowledged messages again."""
        self.held.clear()
        for nonce, said in self.pending.items():
            said.send(window, nonce)

    def _say_more(self, window):
        if self.held and self.picture.is_open:
            for nonce in self.held:
                self.pending[nonce].send(window, nonce)
            self.held.clear()
        while len(self.pending) < MAX_PENDING and not self.is_quiet:
            self.said += 1
            nonce = f"n{self.said}"
            self.pending[nonce] = said = PendingMessage(f"{self.name_here} {self.said}", self._answered())
            said.send(window, nonce)

    def _answered(self):
        """Return the number of a message to reply to, or None; chosen at random."""
        return self._chosen(self._shown) if self.random.random() < REPLIES else None

    def _chosen(self, fits):
        """Return the number of one of the newest messages that `fits`, or None."""
        found = list(filter(fits, range(max(1, self.picture.last - RECENT), self.picture.last + 1)))
        return self.random.choice(found) if found else None

    def _shown(self, seq):
        return self.picture.messages[seq].gone is None

    def _hear_up_to(self, window, welcome):
        """Receive missed events first, because a message may have been stored too long ago to be sent again."""
        event = welcome
        while event is not None:
            self._hear(event, window)
            if self.picture.last >= welcome["last"]:
                return
            event = window.next()

    def _hear(self, event, window=None):
        """Process an event; return whether it acknowledges something."""
        if event["type"] == "error":
            self._refuse(event)
        self.resets += event["type"] == "reset"
        self.picture.receive(event)
        return event["type"] == "message" and self._settle(event)

    def _refuse(self, error):
        said = self.pending.get(error.get("nonce"))
        if said is not None and said.reply_to is not None and error["code"] == "bad-message":
            said.reply_to = None  # the message that it replies to was removed meanwhile
        elif said is None or error["code"] not in REFUSALS:
            raise RuntimeError(error)
        self.refused.add(said.text)
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
        """Record that our message is stored; return whether it was pending."""
        if message["author"] != self.name_here or "nonce" not in message:
            return False
        text = f"{self.name_here} {message['nonce'][1:]}"
        known = self.acknowledged.setdefault(text, message["seq"])
        if known != message["seq"]:
            raise RuntimeError(f"{message} was acknowledged as {known} before")
        said = self.pending.pop(message["nonce"], None)
        if said is not None and said.reply_to is not None:
            self.replies[message["seq"]] = said.reply_to
        return said is not None


class Author(Talker):
    """A client that also edits, removes, restores and erases its messages, and reacts: one change at a time."""

    #: The actions, in random order; each of them is used before one is repeated.
    ACTIONS = ("edit", "edit", "edit", "remove", "remove", "restore", "erase", "react", "react", "react", "unreact")
    #: The minimum number of acknowledged messages between two changes.
    PATIENCE = 4

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._requested = []
        self.actions = []  # the next ones
        self._again_at = None  # when to send the last change again, in monotonic seconds
        self._patience = 0

    @property
    def requested(self):
        return self._requested

    @property
    def is_settled(self):
        return super().is_settled and not self._is_waiting and self.picture.rev >= self._done

    @property
    def _done(self):
        """The number of our last change: its acknowledgement may arrive before its event."""
        return self._requested[-1].rev or 0 if self._requested else 0

    @property
    def _is_waiting(self):
        return bool(self._requested) and not self._requested[-1].is_settled

    def _say_again(self, window):
        super()._say_again(window)
        if self._is_waiting:
            self._send(window)

    def _say_more(self, window):
        super()._say_more(window)
        if self._is_waiting:
            if self._again_at is not None and time.monotonic() >= self._again_at:
                self._send(window)
        elif self.picture.current:
            command = self._next_change()
            if command is not None:
                self._requested.append(RequestedChange(command))
                self._send(window)

    def _send(self, window):
        self._again_at = None
        self._requested[-1].times += 1
        window.send({**self._requested[-1].command, "nonce": f"c{len(self._requested)}"})

    def _next_change(self):
        """Return a command that changes something, or None if there is nothing to change yet."""
        if self.is_quiet or not self.picture.is_open or self._patience > 0 or not self.picture.last:
            return None
        self._patience = self.PATIENCE
        if not self.actions:
            self.actions = self.random.sample(self.ACTIONS, len(self.ACTIONS))
        return self._command(self.actions.pop())

    def _command(self, action):
        """Return the command for an action, or None if no message is suitable."""
        seq = self._chosen(getattr(self, f"_may_{action}"))
        if seq is None:
            return None
        if action == "edit":
            return {"type": "edit", "seq": seq, "text": f"{self.name_here} in other words, {len(self._requested)}"}
        if action == "react":
            return {"type": "react", "seq": seq, "emoji": self.random.choice(EMOJI), "on": True}
        if action == "unreact":
            return {"type": "react", "seq": seq, "emoji": self.random.choice(self._ours(seq)), "on": False}
        return {"type": action, "seq": seq}

    def _is_own(self, seq):
        return self.picture.messages[seq].author == self.name_here

    def _may_edit(self, seq):
        return self._is_own(seq) and self._shown(seq)

    def _may_remove(self, seq):
        return self._is_own(seq) and self._shown(seq)

    def _may_restore(self, seq):
        return self._is_own(seq) and self.picture.messages[seq].gone == "author"

    def _may_erase(self, seq):
        return self._is_own(seq) and self.picture.messages[seq].gone != "erased"

    def _may_react(self, seq):
        return self._shown(seq)

    def _may_unreact(self, seq):
        return bool(self._ours(seq))

    def _ours(self, seq):
        return [emoji for emoji, _count, names in self.picture.messages[seq].reactions if self.name_here in names]

    def _hear(self, event, window=None):
        if event["type"] != "done":
            settled = super()._hear(event, window)
            self._patience -= settled
            return settled
        request = self._waiting(event)
        request.is_settled, request.rev = True, event.get("rev")
        return True

    def _refuse(self, error):
        if not str(error.get("nonce")).startswith("c"):
            super()._refuse(error)
            return
        request = self._waiting(error)
        if error["code"] in REFUSALS:
            self._again_at = time.monotonic() + error.get("retry_after", POLL_INTERVAL)
        elif error["code"] in ("bad-message", "not-allowed", "enough"):  # others were faster
            request.is_settled = request.is_refused = True
        else:
            raise RuntimeError(error)

    def _waiting(self, event):
        """Return the pending change that `event` refers to."""
        if event["nonce"] != f"c{len(self._requested)}":
            raise RuntimeError(f"{event} does not answer the last of {len(self._requested)} changes")
        return self._requested[-1]


class Owner(Author):
    """A client that also removes, restores and erases others' messages, pins messages, and changes settings."""

    ACTIONS = (
        *("edit", "remove", "remove", "remove", "restore", "restore", "erase", "react", "pin", "pin", "unpin"),
        *("title", "topic", "translator", "read_only", "slow"),
    )
    SETTINGS = ("title", "topic", "translator", "read_only", "slow")
    PATIENCE = 1

    @property
    def is_settled(self):
        return super().is_settled and self.picture.is_open

    def _next_change(self):
        if not self.picture.is_open:
            return {"type": "room", **self._lifted()}
        return super()._next_change()

    def _command(self, action):
        if action in self.SETTINGS:
            return {"type": "room", **self._other_settings({action, self.random.choice(self.SETTINGS)})}
        if action in ("pin", "unpin"):
            seq = self._chosen(getattr(self, f"_may_{action}"))
            return None if seq is None else {"type": "pin", "seq": seq, "on": action == "pin"}
        return super()._command(action)

    def _may_pin(self, seq):
        return self._shown(seq) and seq not in self.picture.pins

    def _may_unpin(self, seq):
        return seq in self.picture.pins

    def _may_remove(self, seq):
        return self._shown(seq)

    def _may_restore(self, seq):
        return self.picture.messages[seq].gone not in (None, "erased")

    def _may_erase(self, seq):
        return self.picture.messages[seq].gone != "erased"

    def _lifted(self):
        """Return settings that let everybody post, if someone cannot."""
        return {name: free for name, free in (("read_only", False), ("slow", 0)) if self.picture.settings.get(name)}

    def _other_settings(self, names):
        """Return the settings in `names` with values different from the current ones."""
        translators = {None, "original", "pirate"} - {self.picture.settings.get("translator")}
        other = {
            "title": f"Title {len(self._requested)}",
            "topic": f"Topic {len(self._requested)}",
            "translator": self.random.choice(sorted(translators, key=str)),
            "read_only": True,
            "slow": 1,
        }
        return {name: value for name, value in other.items() if name in names}


def _has_something(window):
    """Whether an event can be received, after waiting for a moment."""
    return bool(window.heard or window.ws.events or select.select([window.ws.sock], [], [], POLL_INTERVAL)[0])
