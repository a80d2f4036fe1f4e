"""Detection of damage in a database: in its file, its objects, and the logs of its rooms."""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from ZODB.fsIndex import fsIndex
from ZODB.serialize import referencesf
from ZODB.utils import z64

from piratechat.model import changes as changes_module
from piratechat.model.bidi import isolated
from piratechat.model.changes import MAX_CHANGES, Change, Changes, Kind
from piratechat.model.chat import Chat
from piratechat.model.edits import MAX_EDITS, Version
from piratechat.model.log import SEGMENT_SIZE, Entry, participant_of, reply_to_of
from piratechat.model.room import MAX_PINS, Room
from piratechat.storage.file_format import MAGIC, START, FileReader, Record, Transaction

#: Maximum number of reported problems; a database with more of them has to be replaced anyway.
MAX_FAULTS = 100

#: Returns the pickle of an object, or None if it does not exist.
Load = Callable[[bytes], bytes | None]


@dataclass
class Report:
    """The counts of checked items, and the problems found."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    #: Observations that are not problems.
    remarks: list[str] = field(default_factory=list)

    def wrong(self, fault: str) -> None:
        """Add a problem."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)

    def count(self, what: str, number: int = 1) -> None:
        """Add `number` to the count of checked items."""
        self.counts[what] = self.counts.get(what, 0) + number


@dataclass(frozen=True)
class Index:
    """The content of the index file: the positions of all objects' last records.

    It covers the transactions up to the one that ends at `end`.
    """

    end: int
    places: Any

    def compare(self, places: Mapping[bytes, int], path: str, report: Report) -> None:
        """Compare the index with the `places` that were found in the file at `path`."""
        wrong = [oid for oid, place in places.items() if self.places.get(oid) != place]
        if wrong or len(self.places) != len(places):
            report.wrong(
                f"the index file is wrong for {max(len(wrong), 1)} objects. Stop the server, delete "
                f"{path}.index and start it: it creates a new one"
            )
        else:
            report.count("objects in the index file", len(places))


def scan_file(path: str, report: Report, *, in_use: bool) -> None:
    """Check the file at `path` from beginning to end.

    `in_use`: a server has it open, so the transaction at its end may be incomplete.
    """
    index = _read_index(path, report)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(START) != MAGIC:
            report.wrong("the file does not start like a database")
            return
        end = _scan_transactions(FileReader(file, size), index, path, report)
    report.count("bytes", end)
    if end < size and in_use:
        report.remarks.append(f"the last {size - end:,} bytes are being written at this moment")
    elif end < size:
        report.wrong(
            f"from {end} on the file has no complete transaction: {size - end:,} bytes. If a write was interrupted "
            "there, the server sets them aside when it starts"
        )


def _scan_transactions(reader: FileReader, index: Index | None, path: str, report: Report) -> int:
    """Read all complete transactions, and compare them with `index` at its end; return where the last one ends."""
    places: dict[bytes, int] = {}
    end, last = START, z64
    while True:
        if index is not None and index.end == end:
            index.compare(places, path, report)
            index = None
        transaction = reader.transaction_at(end)
        if transaction is None:
            break
        report.count("transactions")
        tid = transaction.header.tid
        if tid <= last:
            report.wrong(f"transaction {tid.hex()} at {transaction.start} is not later than the previous one")
        if transaction.header.status != "u":
            _scan_records(reader, transaction, places, report)
        end, last = transaction.next, tid
    if index is not None:
        report.wrong(f"the index file refers to a transaction that ends at {index.end}, which does not exist")
    return end


def _scan_records(reader: FileReader, transaction: Transaction, places: dict[bytes, int], report: Report) -> None:
    """Check the records of `transaction` against `places`, the positions of objects' last records, and update those."""
    records = reader.records_of(transaction)
    if records is None:
        report.wrong(f"the records of transaction {transaction.header.tid.hex()} at {transaction.start} do not fit it")
        return
    for record in records:
        report.count("records")
        fault = _fault_of(reader, record, transaction, places)
        if fault:
            report.wrong(f"object {record.header.oid.hex()} at {record.start} {fault}")
        places[record.header.oid] = record.start


def _fault_of(reader: FileReader, record: Record, transaction: Transaction, places: Mapping[bytes, int]) -> str | None:
    header, tid = record.header, transaction.header.tid
    if header.tid != tid:
        return f"claims to belong to transaction {header.tid.hex()}, but belongs to {tid.hex()}"
    if header.prev and header.prev != places.get(header.oid):
        return f"refers to a previous record at {header.prev} that does not exist"
    if header.plen:
        return _unreadable(reader.pickle_of(record))
    if header.back >= record.start:
        return f"points forward to {header.back}"
    return None


def check_objects(load: Load, report: Report) -> None:
    """Follow all references from the root."""
    seen, to_do = {z64}, [(z64, z64)]
    while to_do:
        oid, by = to_do.pop()
        data = load(oid)
        if data is None:
            report.wrong(f"object {oid.hex()}, to which {by.hex()} refers, is missing")
            continue
        report.count("objects")
        fault = _unreadable(data)
        if fault:
            report.wrong(f"object {oid.hex()} {fault}")
            continue
        for other in referencesf(data):
            if other not in seen:
                seen.add(other)
                to_do.append((other, oid))


def check_rooms(chat: Chat, report: Report) -> None:
    """Check all rooms and their messages."""
    for slug in chat.rooms:
        report.count("rooms")
        try:
            room = chat.rooms[slug]
            for fault in _faults_of(room, slug, report):
                report.wrong(f"room {isolated(slug)}: {fault}")
            room._p_jar.cacheGC()
        except Exception as error:  # noqa: BLE001 -- whatever damage makes of it
            report.wrong(f"room {isolated(slug)} cannot be read: {type(error).__name__} {error}")


def _faults_of(room: Room, slug: str, report: Report) -> Iterator[str]:
    if room.__name__ != slug:
        yield f"it has the name {isolated(room.__name__)}"
    last = yield from _faults_of_log(room, report)
    yield from _faults_of_state(room, last, report)
    yield from _faults_of_changes(room.changes, last, report)
    yield from _faults_of_names(room)


def _faults_of_state(room: Room, last: int, report: Report) -> Iterator[str]:
    """Yield problems in the data about messages outside the log; `last` is the number of the last message."""
    for seq in room.removed:
        if not 0 < seq <= last:
            yield f"message {seq} is removed, but does not exist"
    yield from _faults_of_edits(room, last, report)
    for seq in room._pinned:
        if not 0 < seq <= last:
            yield f"message {seq} is pinned, but does not exist"
    if len(set(room._pinned)) < len(room._pinned) or len(room._pinned) > MAX_PINS:
        yield f"{len(room._pinned)} messages are pinned, some of them twice, or too many"
    for seq, reactions in (room._reactions or {}).items():
        report.count("messages with reactions")
        if not 0 < seq <= last:
            yield f"message {seq} has reactions, but does not exist"
        for fault in reactions.faults():
            yield f"of the reactions to message {seq}, {fault}"


def _faults_of_names(room: Room) -> Iterator[str]:
    for name, _muted in room.names.all():
        visitor = room.names.owner(name)
        if visitor is None:
            yield f"the name {isolated(name)} belongs to nobody"
        elif room.names.visitor(room.names.participant(visitor) or 0) != visitor:
            yield f"the participant with the name {isolated(name)} has no number"


def _faults_of_log(room: Room, report: Report) -> Generator[str, None, int]:
    """Yield problems in the log of `room`; return the number of its last message."""
    expected, time = 1, 0
    for first, segment, full in room.log.segments():
        if first != expected or segment.first != first:
            yield f"message {expected - 1} is followed by {first}"
        for seq, entry in enumerate(segment.entries, first):
            if not _is_message(entry):
                yield f"message {seq} is invalid"
                continue
            at = entry[0]
            if at < time:
                yield f"message {seq} is earlier than the previous one"
            else:
                time = at
            yield from _faults_of_extra(room, seq, entry)
            report.count("messages")
        expected = first + len(segment.entries)
        if full and len(segment.entries) != SEGMENT_SIZE:
            yield f"of messages {first} to {first + SEGMENT_SIZE - 1} only {len(segment.entries)} exist"
            expected = first + SEGMENT_SIZE
    return expected - 1


def _faults_of_extra(room: Room, seq: int, entry: Entry) -> Iterator[str]:
    participant, reply_to = participant_of(entry), reply_to_of(entry)
    if participant is not None and room.names.visitor(participant) is None:
        yield f"message {seq} is by participant {participant}, who does not exist"
    if reply_to is not None and not 0 < reply_to < seq:
        yield f"message {seq} replies to {reply_to}, which does not precede it"


def _faults_of_edits(room: Room, last: int, report: Report) -> Iterator[str]:
    for seq, edited in room.edits.messages():
        if not 0 < seq <= last or room.is_erased(seq):
            yield f"message {seq} was edited, but does not exist"
        elif not 0 < len(edited.versions) <= MAX_EDITS or not all(map(_is_version, edited.versions)):
            yield f"the edits of message {seq} are invalid"
        else:
            report.count("edits", len(edited.versions))


def _is_version(version: Any) -> bool:
    """Whether `version` has the structure of piratechat.model.edits.Version."""
    if not isinstance(version, tuple) or len(version) != len(Version._fields):
        return False
    at, text, lang, mentions = version
    return isinstance(at, int) and isinstance(text, str) and isinstance(lang, str) and all(map(_is_mention, mentions))


def _faults_of_changes(changes: Changes, last: int, report: Report) -> Iterator[str]:
    """Yield problems in the `changes` of a room whose last message is `last`."""
    expected = changes.first
    if expected != 1 and changes.rev - expected + 1 < MAX_CHANGES:
        yield f"changes 1 to {expected - 1} are missing"
    known = 0
    for first, segment, full in changes.segments():
        if first != expected or segment.first != first:
            yield f"change {expected - 1} is followed by {first}"
        for rev, entry in enumerate(segment.entries, first):
            if not _is_change(entry):
                yield f"change {rev} is invalid"
                continue
            change = Change(rev, *entry)
            if not known <= change.last <= last or not all(0 < seq <= change.last for seq in change.seqs):
                yield f"change {rev} concerns messages that did not exist"
            known = change.last
            report.count("changes")
        expected = first + len(segment.entries)
        if full and len(segment.entries) != changes_module.SEGMENT_SIZE:
            yield f"of changes {first} to {first + changes_module.SEGMENT_SIZE - 1} only {len(segment.entries)} exist"
            expected = first + changes_module.SEGMENT_SIZE


def _is_message(entry: Entry) -> bool:
    """Whether `entry` has the structure of piratechat.model.log.Entry, of the current version or of version 0."""
    if not isinstance(entry, tuple) or not 4 <= len(entry) <= 6:
        return False
    at, author, text, *others = entry[:5]
    return (
        isinstance(at, int)
        and isinstance(author, str)
        and (text is None or isinstance(text, str))
        and all(isinstance(other, str) for other in others)
        and (len(entry) < 6 or entry[5] is None or _is_extra(entry[5]))
    )


def _is_extra(extra: Any) -> bool:
    """Whether `extra` is a valid last item of piratechat.model.log.Entry."""
    if not isinstance(extra, tuple) or not 1 <= len(extra) <= 4:
        return False
    participant, reply_to, mentions, _files = (*extra, None, None, None)[:4]
    return (
        isinstance(participant, int)
        and (reply_to is None or isinstance(reply_to, int))
        and (mentions is None or (isinstance(mentions, tuple) and all(map(_is_mention, mentions))))
    )


def _is_mention(mention: Any) -> bool:
    return isinstance(mention, tuple) and [type(part) for part in mention] == [int, int, str]


def _is_change(entry: Any) -> bool:
    """Whether `entry` has the structure of piratechat.model.changes.Entry."""
    if not isinstance(entry, tuple) or len(entry) != 5:
        return False
    at, kind, subject, last, participant = entry
    things = subject if isinstance(subject, tuple) else (subject,)
    if kind == "reactions":
        shape = [type(thing) for thing in things] == [int, str, bool]
    else:
        shape = all(isinstance(thing, str if kind == "room" else int) for thing in things)
    return (
        isinstance(at, int)
        and isinstance(last, int)
        and (participant is None or isinstance(participant, int))
        and kind in get_args(Kind)
        and shape
    )


def _unreadable(data: bytes) -> str | None:
    try:
        referencesf(data)
    except Exception as error:  # noqa: BLE001 -- a damaged pickle raises anything
        return f"cannot be read: {type(error).__name__}"
    return None


def _read_index(path: str, report: Report) -> Index | None:
    name = f"{path}.index"
    if not os.path.exists(name):
        report.remarks.append("there is no index file: the server makes one, and starts more slowly")
        return None
    try:
        info = fsIndex.load(name)
        position = info["pos"]
        assert isinstance(position, int)
        return Index(position, info["index"])
    except Exception as error:  # noqa: BLE001 -- a damaged pickle raises anything
        report.wrong(
            f"the index file cannot be read ({type(error).__name__}): delete it, and the server creates a new one"
        )
        return None
