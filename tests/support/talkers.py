"""People who talk without a pause, and change what they and others have said, whatever becomes of the server."""

import json
import random
import select
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
#: How many messages answer another one.
ANSWERS = 0.2
#: Seconds between two looks whether there is something else to do than to listen.
LOOK = 0.05
#: The newest messages, of which one is chosen to be changed.
RECENT = 30
#: Refusals that do not last: slow and read-only rooms, and who is quicker than people.
REFUSALS = ("read-only", "rate-limited")
EMOJI = ("👍", "🎉", "😂", "🦜")


class Said:
    """A message on its way."""

    def __init__(self, text, reply_to=None):
        self.text, self.reply_to = text, reply_to
        self.since = time.monotonic()

    def send(self, window, nonce):
        window.say(self.text, nonce=nonce, **({} if self.reply_to is None else {"reply_to": self.reply_to}))


class Deed:
    """A change that somebody asks for, until it is acknowledged or refused."""

    def __init__(self, command):
        self.command = command
        #: The number of the change, if it was acknowledged with one; else others may have done the same before.
        self.rev = None
        self.times = 0  # it was sent
        self.is_settled = self.is_refused = False

    def __repr__(self):
        return f"<{self.command} as {self.rev}{', refused' * self.is_refused}>"

    @property
    def may_be_missing(self):
        """Whether it may have changed nothing."""
        return self.rev is None

    @property
    def may_be_there(self):
        """Whether it may have changed something: what was refused the second time may have been done the first time."""
        return not self.is_refused or self.times > 1

    @property
    def kinds(self):
        """What is changed: the type of the command, or the names of settings."""
        return [name for name in self.command if name != "type"] if self.type == "room" else [self.type]

    @property
    def type(self):
        return self.command["type"]


class Talker(threading.Thread):
    """Says numbered messages as fast as they are acknowledged, over as many connections as that takes."""

    def __init__(self, browser, room, name, pause=0.0, seed=""):
        """`pause`: seconds between hearing an acknowledgement and saying the next."""
        super().__init__(daemon=True)
        self.browser, self.room, self.name_here, self.pause = browser.visit(room), room, name, pause
        self.random = random.Random(f"{seed} {name}")
        self.stopping = threading.Event()
        self.pausing = threading.Event()
        self.at_rest = threading.Event()
        self.said = 0
        self.pending = {}  # nonce -> Said
        self.acknowledged = {}  # text -> seq
        self.replies = {}  # seq -> what it answers
        self.picture = RoomPicture(self._fetch)
        self.held = []  # nonces that wait until everybody may speak
        self.refused = set()  # texts that were refused at first: others have overtaken them
        self.resets = 0
        #: When the connection was opened by which the last acknowledgement came, and when that came.
        self.heard_since = self.heard_at = 0.0
        self.fault = self.away = None

    def __repr__(self):
        state = f"{len(self.acknowledged)} of {self.said} acknowledged"
        return f"<{self.name_here}: {state}, {self.pending}, {self.fault!r}, {self.away!r}>"

    @property
    def deeds(self):
        """What was asked for beside what was said."""
        return ()

    @property
    def is_settled(self):
        """Whether nothing is on its way."""
        return not self.pending

    @property
    def is_done(self):
        """Whether there is nothing left to do."""
        return self.stopping.is_set() and self.is_settled

    @property
    def is_quiet(self):
        """Whether nothing new is to be begun."""
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
        except Exception as fault:  # noqa: BLE001 -- the test shows it
            self.fault = fault

    def _rest(self):
        """Do nothing while all are to pause, once there is nothing on its way."""
        if self.pausing.is_set() and self.is_settled:
            self.at_rest.set()
            while self.pausing.is_set() and not self.stopping.is_set():
                time.sleep(LOOK)
            self.at_rest.clear()

    def catch_up(self, last=0, rev=0):
        """Come back once more, and hear what was missed, up to the message `last` and the change `rev` at least.

        Another process may hear of these a moment later than the one that has answered.
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
        forgets = {"epoch": "another"} if self.random.random() < FORGETFUL else {}
        values = {**self.picture.position, **forgets, "name": self.name_here, "as": "original"}
        window.send({"type": "join", **values})
        return window

    def _talk(self):
        begun = time.monotonic()
        window = self._join()
        try:
            if any(time.monotonic() - said.since > SURE_OF_NONCES for said in self.pending.values()):
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
        """Say what was not acknowledged."""
        self.held.clear()
        for nonce, said in self.pending.items():
            said.send(window, nonce)

    def _say_more(self, window):
        if self.held and self.picture.is_open:
            for nonce in self.held:
                self.pending[nonce].send(window, nonce)
            self.held.clear()
        while len(self.pending) < UNDER_WAY and not self.is_quiet:
            self.said += 1
            nonce = f"n{self.said}"
            self.pending[nonce] = said = Said(f"{self.name_here} {self.said}", self._answered())
            said.send(window, nonce)

    def _answered(self):
        """Return the number of a message to answer, for some."""
        return self._chosen(self._shown) if self.random.random() < ANSWERS else None

    def _chosen(self, fits):
        """Return the number of one of the newest messages that `fits`, None if there is none."""
        found = list(filter(fits, range(max(1, self.picture.last - RECENT), self.picture.last + 1)))
        return self.random.choice(found) if found else None

    def _shown(self, seq):
        return self.picture.messages[seq].gone is None

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
            self._refuse(event)
        self.resets += event["type"] == "reset"
        self.picture.receive(event)
        return event["type"] == "message" and self._settle(event)

    def _refuse(self, error):
        said = self.pending.get(error.get("nonce"))
        if said is not None and said.reply_to is not None and error["code"] == "bad-message":
            said.reply_to = None  # what it answers was removed meanwhile
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
        """Take a message of ours off; return whether it waited for that."""
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
    """Also edits, removes, restores and erases what they have said, and reacts: one change after the other."""

    #: What is done, each before any comes again.
    ACTIONS = ("edit", "edit", "edit", "remove", "remove", "restore", "erase", "react", "react", "react", "unreact")
    #: How many acknowledgements of messages there are for one change at least: fewer changes than messages.
    PATIENCE = 4

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._deeds = []
        self.actions = []  # those to come
        self._again_at = None  # when the last one is to be sent once more, in monotonic seconds
        self._patience = 0

    @property
    def deeds(self):
        return self._deeds

    @property
    def is_settled(self):
        return super().is_settled and not self._is_waiting and self.picture.rev >= self._done

    @property
    def _done(self):
        """The number of the last change of ours: that it is done may be told before what it has changed."""
        return self._deeds[-1].rev or 0 if self._deeds else 0

    @property
    def _is_waiting(self):
        return bool(self._deeds) and not self._deeds[-1].is_settled

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
                self._deeds.append(Deed(command))
                self._send(window)

    def _send(self, window):
        self._again_at = None
        self._deeds[-1].times += 1
        window.send({**self._deeds[-1].command, "nonce": f"c{len(self._deeds)}"})

    def _next_change(self):
        """Return a command that changes something; None if there is nothing to change, or not yet."""
        if self.is_quiet or not self.picture.is_open or self._patience > 0 or not self.picture.last:
            return None
        self._patience = self.PATIENCE
        if not self.actions:
            self.actions = self.random.sample(self.ACTIONS, len(self.ACTIONS))
        return self._command(self.actions.pop())

    def _command(self, action):
        """Return the command of an action, None if there is nothing that it could be done to."""
        seq = self._chosen(getattr(self, f"_may_{action}"))
        if seq is None:
            return None
        if action == "edit":
            return {"type": "edit", "seq": seq, "text": f"{self.name_here} in other words, {len(self._deeds)}"}
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
        deed = self._waiting(event)
        deed.is_settled, deed.rev = True, event.get("rev")
        return True

    def _refuse(self, error):
        if not str(error.get("nonce")).startswith("c"):
            super()._refuse(error)
            return
        deed = self._waiting(error)
        if error["code"] in REFUSALS:
            self._again_at = time.monotonic() + error.get("retry_after", LOOK)
        elif error["code"] in ("bad-message", "not-allowed", "enough"):  # others were faster
            deed.is_settled = deed.is_refused = True
        else:
            raise RuntimeError(error)

    def _waiting(self, event):
        """Return the change that `event` is about."""
        if event["nonce"] != f"c{len(self._deeds)}":
            raise RuntimeError(f"{event} is about none of {len(self._deeds)} changes but an earlier one")
        return self._deeds[-1]


class Owner(Author):
    """Also removes, restores and erases what others have said, pins, and changes settings."""

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
        """Return the settings that let everybody speak: nobody waits for long."""
        return {name: free for name, free in (("read_only", False), ("slow", 0)) if self.picture.settings.get(name)}

    def _other_settings(self, names):
        """Return the settings among `names` with other values than they have."""
        translators = {None, "original", "pirate"} - {self.picture.settings.get("translator")}
        other = {
            "title": f"Title {len(self._deeds)}",
            "topic": f"Topic {len(self._deeds)}",
            "translator": self.random.choice(sorted(translators, key=str)),
            "read_only": True,
            "slow": 1,
        }
        return {name: value for name, value in other.items() if name in names}


def _has_something(window):
    """Whether there is something to hear, soon."""
    return bool(window.heard or window.ws.events or select.select([window.ws.sock], [], [], LOOK)[0])
