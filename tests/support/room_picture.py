"""A reader's knowledge of a room, built from the server's events as docs/talking.md describes for clients."""

from collections import deque
from typing import NamedTuple

#: The minimum number of changes that the server stores.
KEPT_CHANGES = 10_000
#: The number of last events shown when the state is wrong.
KEPT_HISTORY = 5_000
#: ... and the number shown when an event is inconsistent.
SHOWN_HISTORY = 20


class KnownMessage(NamedTuple):
    """A message as the reader knows it; only author and `gone` for a removed or erased one."""

    author: str
    text: str | None
    edited: str | None = None
    #: The number of the message that it replies to.  Its author is known from that message.
    reply_to: int | None = None
    #: Emoji, count and names, in their order.
    reactions: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    #: Who removed it ("author", "owner"), or "erased".
    gone: str | None = None


class InconsistentEvent(Exception):
    """An event contradicts earlier events."""


class RoomPicture:
    """The messages of a room, the removed ones among them, and the settings, built from SockJS events.

    `fetch` returns the JSON at a path below the room.  It is called for events that require it (`gap`, `reset`), and by
    `read`.  Raises InconsistentEvent for numbers that skip some or decrease.
    """

    def __init__(self, fetch):
        self.fetch = fetch
        self.epoch = None
        #: The received events and pages.
        self.history = deque(maxlen=KEPT_HISTORY)
        self._forget()

    def _forget(self):
        self.messages = {}  # seq -> KnownMessage
        self.removed = set()  # the numbers of removed messages
        self.erased = set()
        self.pins = set()
        self.settings = {}  # changed settings
        self.rev = 0
        #: Whether all missed events have been received.
        self.current = False
        self._read = 0  # changes up to this number were read over HTTP, and may be received again
        self._seen = 0  # some changes up to this number were read: it grows while the room is read, page by page

    @property
    def last(self):
        """The number of the last message."""
        return len(self.messages)

    @property
    def is_open(self):
        """Whether everybody may post at any time."""
        return not (self.settings.get("read_only") or self.settings.get("slow"))

    @property
    def position(self):
        """The position up to which the room is known: parameters for `join`."""
        known = {} if self.epoch is None else {"epoch": self.epoch}
        return {"after": self.last, "since": self.rev, **known}

    def differences(self, other):
        """Return the differences from another picture, for error messages."""
        seqs = sorted(self.messages.keys() | other.messages.keys())
        found = [
            (seq, mine, theirs)
            for seq in seqs
            if (mine := self.messages.get(seq)) != (theirs := other.messages.get(seq))
        ]
        for mine, theirs in ((self.settings, other.settings), (self.pins, other.pins)):
            if mine != theirs:
                found.append((mine, theirs))
        if (self.rev, self.epoch) != (other.rev, other.epoch):
            found.append(((self.rev, self.epoch), (other.rev, other.epoch)))
        return found

    def receive(self, event):
        """Process an event."""
        handler = self._HANDLERS.get(event["type"])
        if handler is not None:
            self.history.append(("event", event))
            handler(self, event)

    def explained(self, other):
        """Return the first differences from another picture, and the received data that may explain the first one.

        The list is empty if there are no differences.
        """
        found = self.differences(other)[:5]
        return found and [*found, *self.received_about(found[0][0])]

    def received_about(self, seq):
        """Return the received data that may concern the message `seq`, or the position in the room."""
        return [_shown(how, received, seq) for how, received in self.history if _may_concern(received, seq)]

    def read(self):
        """Discard everything, and read the room over HTTP."""
        self._forget()
        numbers = self._fetched("/messages?limit=1")
        self.epoch = numbers["epoch"]
        self._read_messages(numbers["last"] + 1)
        since, more = max(0, numbers["rev"] - KEPT_CHANGES), True
        while more:
            page = self._fetched(f"/changes?since={since}&as=original")
            for event in page["changes"]:
                since = event["rev"]
                if event["type"] == "room":
                    self._set(event)
            more = page["more"]
        # At the end, because after an exception the changes have not been read.
        self.rev = self._read = numbers["rev"]
        self.current = True

    def _fetched(self, path):
        """Return the JSON at a path."""
        page = self.fetch(path)
        self._seen = max(self._seen, page.get("rev", 0))
        self.history.append((path, page))
        return page

    def _read_messages(self, before):
        while self.last < before - 1:
            page = self._fetched(f"/messages?after={self.last}&before={before}&limit=200&as=original")
            for message in page["messages"]:
                self._put(message)

    def _welcome(self, event):
        self.current = False
        if event.get("rev", self.rev) < self.rev:
            self._read = self.rev  # the previous process had sent more changes, which this one sends again
        if self.epoch is None:
            self.epoch = event["epoch"]

    def _gap(self, event):
        self._read_messages(event["before"])

    def _reset(self, _event):
        self.read()

    def _current(self, event):
        self._check(event["last"] <= self.last, event)
        self.rev = max(self.rev, event["rev"])
        self.current = True

    def _message(self, event):
        if "rev" in event:
            self._check(event["seq"] <= self.last, event)
            if self._is_new(event):
                self._put(event)
        elif event["seq"] > self.last:  # otherwise it was acknowledged again
            self._check(event["seq"] == self.last + 1, event)
            self._put(event)

    def _removed(self, event):
        if not self._is_new(event):
            return
        for seq in event["seqs"] if "seqs" in event else [event["seq"]]:
            self._check(seq <= self.last, event)
            self._put({"seq": seq, "author": self.messages[seq].author, "removed": True, "by": event["by"]})

    def _erased(self, event):
        if not self._is_new(event):
            return
        for seq in event["seqs"]:
            self._check(seq <= self.last, event)
            self._put({"seq": seq, "author": self.messages[seq].author, "erased": True})

    def _reactions(self, event):
        if not self._is_new(event):
            return
        seq = event["seq"]
        is_gone = seq in self.removed | self.erased
        self._check(seq <= self.last and (not is_gone or event["rev"] <= self._seen), event)
        if is_gone:
            return  # it is known to be removed afterwards, and that event follows
        self.messages[seq] = self.messages[seq]._replace(reactions=_reactions_of(event))

    def _pinned(self, event):
        if self._is_new(event):
            self.pins = set(event["seqs"])

    def _room(self, event):
        if self._is_new(event):
            self._set(event)

    def _put(self, message):
        seq = message["seq"]
        self.messages[seq] = known = _known(message)
        for name, is_one in (
            ("removed", known.gone not in (None, "erased")),
            ("erased", known.gone == "erased"),
            ("pins", message.get("pinned", False) and known.gone is None),
        ):
            (getattr(self, name).add if is_one else getattr(self, name).discard)(seq)

    def _set(self, event):
        self.settings.update((name, value) for name, value in event.items() if name not in ("type", "rev", "more"))

    def _is_new(self, event):
        """Whether a change is new; record its number, except while catching up, when `current` has it."""
        rev = event["rev"]
        if rev <= self._read:
            return False
        if not self.current:
            self._check(rev > self.rev, event)
        else:
            # A client that reconnects between two events of a change has the whole change, and gets the second again.
            self._check(rev == self.rev + 1 or (rev == self.rev and event["type"] == "message"), event)
            if not event.get("more"):
                self.rev = rev
        return True

    def _check(self, is_right, event):
        if not is_right:
            received = list(self.history)[-SHOWN_HISTORY:]
            raise InconsistentEvent(f"{event} after message {self.last} and change {self.rev}; received: {received}")

    _HANDLERS = {
        "welcome": _welcome,
        "gap": _gap,
        "reset": _reset,
        "current": _current,
        "message": _message,
        "removed": _removed,
        "erased": _erased,
        "reactions": _reactions,
        "pinned": _pinned,
        "room": _room,
    }


def _may_concern(received, seq):
    """Whether a page or an event may concern the message `seq`, or the position in the room."""
    if "messages" in received:
        return any(message["seq"] == seq for message in received["messages"])
    is_position = received.get("type") in ("welcome", "current", "gap", "reset")
    return is_position or seq in (received.get("seq"), *received.get("seqs", ()))


def _shown(how, received, seq):
    """Return the received data; of a page only the message `seq`."""
    if "messages" not in received:
        return how, received
    numbers = {name: received.get(name) for name in ("last", "rev")}
    return how, numbers, [message for message in received["messages"] if message["seq"] == seq]


def _known(message):
    if message.get("erased"):
        return KnownMessage(message["author"], None, gone="erased")
    if message.get("removed"):
        return KnownMessage(message["author"], None, gone=message["by"])
    answered = message.get("reply_to")
    reply_to = None if answered is None else answered["seq"]
    return KnownMessage(message["author"], message["text"], message.get("edited"), reply_to, _reactions_of(message))


def _reactions_of(values):
    return tuple((each["emoji"], each["count"], tuple(each["names"])) for each in values.get("reactions", ()))
