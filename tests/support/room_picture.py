"""What a reader knows of a room, put together from what the server tells: as docs/talking.md asks of clients."""

#: Changes that the server keeps at least.
KEPT_CHANGES = 10_000


class Mistold(Exception):
    """The server told something that cannot follow what it told before."""


class RoomPicture:
    """The messages of a room, which of them are removed, and the settings, by SockJS events.

    `fetch` returns the JSON at an address below the room.  It is called for
    events that ask for it (`gap`, `reset`), and by `read`.  Raises Mistold for
    numbers that leave a gap or go backwards.
    """

    def __init__(self, fetch):
        self.fetch = fetch
        self.epoch = None
        self._forget()

    def _forget(self):
        self.messages = {}  # seq -> (author, text), the text None of one that is removed
        self.removed = set()  # the numbers of those
        self.settings = {}  # those that were changed
        self.rev = 0
        #: Whether all has been told that was missed.
        self.current = False
        self._read = 0  # the changes up to this number were read by HTTP, and may be told afterwards

    @property
    def last(self):
        """The number of the last message."""
        return len(self.messages)

    @property
    def is_open(self):
        """Whether everybody may say something at any time."""
        return not (self.settings.get("read_only") or self.settings.get("slow"))

    @property
    def position(self):
        """How far it goes: for `join`."""
        known = {} if self.epoch is None else {"epoch": self.epoch}
        return {"after": self.last, "since": self.rev, **known}

    def differences(self, other):
        """Return what is not equal in another picture, for people."""
        seqs = sorted(self.messages.keys() | other.messages.keys())
        found = [
            (seq, mine, theirs)
            for seq in seqs
            if (mine := self.messages.get(seq)) != (theirs := other.messages.get(seq))
        ]
        if self.settings != other.settings:
            found.append((self.settings, other.settings))
        if (self.rev, self.epoch) != (other.rev, other.epoch):
            found.append(((self.rev, self.epoch), (other.rev, other.epoch)))
        return found

    def receive(self, event):
        """Take in an event."""
        handler = self._HANDLERS.get(event["type"])
        if handler is not None:
            handler(self, event)

    def read(self):
        """Forget all, and read the room by HTTP."""
        self._forget()
        numbers = self.fetch("/messages?limit=1")
        self.epoch = numbers["epoch"]
        self._read_messages(numbers["last"] + 1)
        since, more = max(0, numbers["rev"] - KEPT_CHANGES), True
        while more:
            page = self.fetch(f"/changes?since={since}&as=original")
            for event in page["changes"]:
                since = event["rev"]
                if event["type"] == "room":
                    self._set(event)
            more = page["more"]
        # Only now: whoever is interrupted has not read the changes.
        self.rev = self._read = numbers["rev"]
        self.current = True

    def _read_messages(self, before):
        while self.last < before - 1:
            page = self.fetch(f"/messages?after={self.last}&before={before}&limit=200&as=original")
            for message in page["messages"]:
                self._put(message)

    def _welcome(self, event):
        self.current = False
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
            if self._is_news(event):
                self._put(event)
        elif event["seq"] > self.last:  # else it was acknowledged again
            self._check(event["seq"] == self.last + 1, event)
            self._put(event)

    def _removed(self, event):
        if not self._is_news(event):
            return
        for seq in event["seqs"] if "seqs" in event else [event["seq"]]:
            self._check(seq <= self.last, event)
            self._put({"seq": seq, "author": self.messages[seq][0], "removed": True})

    def _room(self, event):
        if self._is_news(event):
            self._set(event)

    def _put(self, message):
        seq, removed = message["seq"], message.get("removed", False)
        self.messages[seq] = message["author"], None if removed else message["text"]
        (self.removed.add if removed else self.removed.discard)(seq)

    def _set(self, event):
        self.settings.update((name, value) for name, value in event.items() if name not in ("type", "rev"))

    def _is_news(self, event):
        """Whether a change was not read before; note its number, or leave that to `current` where some were missed."""
        rev = event["rev"]
        if rev <= self._read:
            return False
        if not self.current:
            self._check(rev > self.rev, event)
        else:
            # Messages that were put back at once share a number.
            self._check(rev == self.rev + 1 or (rev == self.rev and event["type"] == "message"), event)
            self.rev = rev
        return True

    def _check(self, is_right, event):
        if not is_right:
            raise Mistold(f"{event} after message {self.last} and change {self.rev}")

    _HANDLERS = {
        "welcome": _welcome,
        "gap": _gap,
        "reset": _reset,
        "current": _current,
        "message": _message,
        "removed": _removed,
        "room": _room,
    }
