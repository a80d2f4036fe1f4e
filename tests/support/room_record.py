"""The expected state of a room, computed from acknowledgements, and its comparison with the database."""

from collections import Counter, defaultdict
from itertools import pairwise

from piratechat.model.room import MAX_PINS


class RoomRecord:
    """The acknowledged messages and changes of a room, in the order of the database, up to the last comparison."""

    def __init__(self, owner, people):
        """`people`: everyone who posts in the room, including its `owner`."""
        self.owner = owner
        self.people = {person.name_here: person for person in people}
        self.through = 0  # the last change that was processed
        self._next = Counter()  # name -> number of changes found in the database
        self.removed = {}  # seq -> by whom
        self.erased = set()
        self._erased_edits = set()
        self.texts = defaultdict(list)  # seq -> the text after each edit
        self.reactions = defaultdict(dict)  # seq -> emoji -> names, in the order of the first reaction with each emoji
        self.pins = []
        self.settings = {}
        #: The differences found by the last comparison, for error messages.
        self.differences = []

    def faults(self, room):
        """Return the number of errors in `room`, as stored in the database, by kind.

        No message or change may be pending.
        """
        self.differences = []
        found = Counter(changes=0, losses=0, doubles=0, disorder=0, gaps=0, states=0)
        self._process(room, found)
        entries = list(room.log.forward(0, room.log.last))
        found.update(gaps=[seq for seq, _entry in entries] != list(range(1, room.log.last + 1)))
        found.update(losses=sum(author not in self.people for _seq, (_at, author, *_more) in entries))
        for person in self.people.values():
            self._compare_said(person, [each for each in entries if each[1][1] == person.name_here], found)
        for seq, entry in entries:
            self._compare(f"message {seq}", self._expected(seq, entry), _kept(room, seq), found)
        here = {name: getattr(room, name) for name in self.settings}
        self._compare("settings", self.settings, here, found)
        self._compare("pins", [seq for seq in self.pins if seq not in self.removed], list(room.pins), found)
        return found

    @property
    def summary(self):
        """The first differences of each kind, for error messages."""
        kinds = {kind: [each for each in self.differences if each[0] == kind] for kind, *_ in self.differences}
        return [each for differences in kinds.values() for each in differences[:3]]

    @property
    def erased_words(self):
        """The texts that must not be sent any more."""
        said = (text for each in self.people.values() for text, seq in each.acknowledged.items() if seq in self.erased)
        return self._erased_edits.union(said)

    # Changes

    def _process(self, room, found):
        """Match each change since the last comparison with a request."""
        for change in room.changes.forward(self.through, room.rev):
            visitor = room.names.visitor(change.participant)
            person = self.people[room.names.of(visitor)]
            request = self._request_for(person, change)
            if request is None:
                first = self._next[person.name_here]
                self._note(found, "changes", change, f"is none of {person.requested[first : first + 3]}")
                continue
            self._apply(request.command, change, person)
        self.through = room.rev
        for person in self.people.values():
            for request in person.requested[self._next[person.name_here] :]:
                if not request.may_be_missing:
                    self._note(found, "changes", request, "is not there")
            self._next[person.name_here] = len(person.requested)

    def _request_for(self, person, change):
        """Return the next request of `person` that matches `change`; skipped requests had no effect.

        If one was acknowledged with the number of `change`, others that ask for the same are not meant.
        """
        name = person.name_here
        requests = person.requested[self._next[name] :]
        rev = change.rev if any(request.rev == change.rev for request in requests) else None
        for place, request in enumerate(requests, self._next[name]):
            if request.may_be_there and request.rev == rev and _is_of(change, request.command):
                self._next[name] = place + 1
                return request
            if not request.may_be_missing:
                return None
        return None

    def _apply(self, command, change, person):
        seq = command.get("seq")
        match change.kind:
            case "edited":
                self.texts[seq].append(command["text"])
            case "removed":
                self.removed[seq] = "owner" if person is self.owner else "author"
            case "restored":
                self.removed.pop(seq, None)
            case "erased":
                self._erase(seq)
            case "pinned":
                self._pin(seq, command["on"])
            case "reactions":
                self._react(seq, command["emoji"], person.name_here, command["on"])
            case "room":
                self.settings.update((name, command[name]) for name in change.subject)

    def _erase(self, seq):
        self.erased.add(seq)
        self._erased_edits.update(self.texts.get(seq, ()))
        for kept in (self.removed, self.texts, self.reactions):
            kept.pop(seq, None)
        self._pin(seq, False)

    def _pin(self, seq, on):
        if not on:
            self.pins = [pinned for pinned in self.pins if pinned != seq]
            return
        if len(self.pins) >= MAX_PINS:
            self.pins = [pinned for pinned in self.pins if pinned not in self.removed]
        self.pins.append(seq)

    def _react(self, seq, emoji, name, on):
        if on:
            self.reactions[seq].setdefault(emoji, set()).add(name)
            return
        self.reactions[seq][emoji].discard(name)
        if not self.reactions[seq][emoji]:
            del self.reactions[seq][emoji]

    # Messages

    def _compare_said(self, person, mine, found):
        """Compare the messages that `person` sent with `mine`, the entries of that author."""
        texts = {seq: entry[2] for seq, entry in mine}
        for text, seq in person.acknowledged.items():
            if texts.get(seq, "") != (None if seq in self.erased else text):
                self._note(found, "losses", text, f"is not message {seq}")
        if person.said != len(mine):
            found.update(losses=abs(person.said - len(mine)))
            self.differences.append(("losses", f"{person.name_here} said {person.said}", self._uncounted(person, mine)))
        kept = [text for text in texts.values() if text is not None]
        found.update(doubles=len(kept) - len(set(kept)))
        order = [int(text.rpartition(" ")[2]) for text in kept if text not in person.refused]
        if order != sorted(order):
            wrong = [pair for pair in pairwise(order) if pair[0] > pair[1]]
            self._note(found, "disorder", person.name_here, f"said {wrong} in the other order")

    @staticmethod
    def _uncounted(person, mine):
        """Describe the messages of `person` that are missing or duplicated."""
        numbers = Counter(entry[3] for _seq, entry in mine)
        wrong = {f"n{n}": numbers[f"n{n}"] for n in range(1, person.said + 1) if numbers[f"n{n}"] != 1}
        erased = [seq for seq, entry in mine if entry[2] is None]
        return f"there are {len(mine)}, nonces {wrong}, erased {erased}, acknowledged {person.acknowledged}"

    def _expected(self, seq, entry):
        author, text = entry[1:3]
        if seq in self.erased:
            return {"author": author, "gone": "erased"}
        versions = [text, *self.texts.get(seq, ())]
        gone = self.removed.get(seq)
        reactions = self.reactions.get(seq, {}) if gone is None else {}
        return {
            "author": author,
            "gone": gone,
            "reply_to": self.people[author].replies.get(seq),
            "versions": versions,
            "reactions": [(emoji, len(names), names) for emoji, names in reactions.items()],
        }

    def _compare(self, what, expected, kept, found):
        if expected != kept:
            self._note(found, "states", what, f"{expected} is {kept}")

    def _note(self, found, kind, what, how):
        found[kind] += 1
        self.differences.append((kind, what, how))


def _kept(room, seq):
    """Return a message from the database in the format of `_expected`."""
    message = room.message(seq, include_removed=True)
    if message.erased:
        return {"author": message.author, "gone": "erased"} | (
            {"left": message} if message.text or room.history(seq) or room.kept_reactions(seq) else {}
        )
    versions = [version.text for version in room.history(seq)]
    reply = message.reply_to
    return {
        "author": message.author,
        "gone": message.by,
        "reply_to": None if reply is None else reply.seq,
        "versions": versions if versions[-1] == message.text else [*versions, message.text],
        "reactions": [(emoji, total, set(names)) for emoji, total, names in message.reactions],
    }


#: Kinds of changes by command.
_KINDS = {
    "edit": "edited",
    "remove": "removed",
    "restore": "restored",
    "erase": "erased",
    "pin": "pinned",
    "react": "reactions",
    "room": "room",
}


def _is_of(change, command):
    """Whether `change` may be the result of the command."""
    if change.kind != _KINDS[command["type"]]:
        return False
    if change.kind == "room":
        return set(change.subject) <= command.keys()
    if change.kind == "reactions":
        return change.subject == (command["seq"], command["emoji"], command["on"])
    return change.subject == command["seq"]
