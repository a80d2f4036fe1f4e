"""Looking for damage in a database: its file, its objects, and the logs of its rooms."""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ZODB._compat import FILESTORAGE_MAGIC
from ZODB.fsIndex import fsIndex
from ZODB.serialize import referencesf
from ZODB.utils import u64, z64

from piratechat.model.chat import Chat
from piratechat.model.log import SEGMENT_SIZE, Log
from piratechat.model.room import Room
from piratechat.storage.torn import START, Record, Transaction, records_of, transaction_at

#: Faults that are told; what is damaged so much is to be replaced.
MOST_FAULTS = 100

#: Returns the pickle of an object, None if there is no such object.
Load = Callable[[bytes], bytes | None]


@dataclass
class Report:
    """What was looked at, and what is wrong with it."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    #: What is not wrong, but good to know.
    remarks: list[str] = field(default_factory=list)

    def wrong(self, fault: str) -> None:
        """Take down that something is wrong."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)

    def count(self, what: str, number: int = 1) -> None:
        """Take down that so many more were looked at."""
        self.counts[what] = self.counts.get(what, 0) + number


class Scan:
    """Reads a file from its beginning to its end: `current` are the places of all objects' last records."""

    def __init__(self, path: str, report: Report, *, written: bool) -> None:
        self._path = path
        self._report = report
        self._written = written
        self.current: dict[bytes, int] = {}
        self._index = _read_index(path, report)
        with open(path, "rb") as file:
            self._run(file, os.path.getsize(path))

    def _run(self, file: BinaryIO, size: int) -> None:
        if file.read(START) != FILESTORAGE_MAGIC:
            self._report.wrong("the file does not begin as a database does")
            return
        position, last = START, z64
        self._compare_index(position)
        while (found := transaction_at(file, position, size)) is not None:
            self._report.count("transactions")
            if found.id <= last:
                self._report.wrong(f"transaction {found.id.hex()} at {position} is not later than the one before")
            last = found.id
            if found.status != b"u":
                self._read_records(file, found)
            position = found.next
            self._compare_index(position)
        self._report.count("bytes", position)
        if position < size:
            self._tell_of_end(position, size)
        if self._index is not None:
            self._report.wrong(f"the index file knows of a transaction that ends at {self._index[0]}: there is none")

    def _tell_of_end(self, position: int, size: int) -> None:
        if self._written:
            self._report.remarks.append(f"the last {size - position:,} bytes are being written at this moment")
        else:
            self._report.wrong(
                f"at {position} a transaction is not whole, nor what follows: {size - position:,} bytes up to the end "
                "of the file. If a write was interrupted there, the server sets it aside when it starts"
            )

    def _read_records(self, file: BinaryIO, transaction: Transaction) -> None:
        records = records_of(file, transaction)
        if records is None:
            self._report.wrong(
                f"the records of transaction {transaction.id.hex()} at {transaction.start} do not fit it"
            )
            return
        for record in records:
            self._report.count("records")
            fault = self._fault_of(file, record, transaction)
            if fault:
                self._report.wrong(f"object {record.id.hex()} at {record.start} {fault}")
            self.current[record.id] = record.start

    def _fault_of(self, file: BinaryIO, record: Record, transaction: Transaction) -> str | None:
        if record.transaction != transaction.id:
            return f"says it is of transaction {record.transaction.hex()}, and is of {transaction.id.hex()}"
        if record.previous and record.previous != self.current.get(record.id):
            return f"says it was at {record.previous} before, and was not"
        file.seek(record.data)
        if record.length:
            return _unreadable(file.read(record.length))
        back = u64(file.read(8))
        if back >= record.start:
            return f"points forward to {back}"
        return None

    def _compare_index(self, position: int) -> None:
        """Compare with the index file, where that ends."""
        if self._index is None or self._index[0] != position:
            return
        places, self._index = self._index[1], None
        wrong = [oid for oid, place in self.current.items() if places.get(oid) != place]
        if wrong or len(places) != len(self.current):
            self._report.wrong(
                f"the index file is wrong about {max(len(wrong), 1)} objects. Stop the server, delete "
                f"{self._path}.index and start it: it makes a new one"
            )
        else:
            self._report.count("objects in the index file", len(places))


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
    """Read all rooms, and all that was said in them."""
    for slug in chat.rooms:
        report.count("rooms")
        try:
            room = chat.rooms[slug]
            for fault in _faults_of(room, slug, report):
                report.wrong(f"room {slug}: {fault}")
            room._p_jar.cacheGC()
        except Exception as error:  # noqa: BLE001 -- whatever damage makes of it
            report.wrong(f"room {slug} cannot be read: {type(error).__name__} {error}")


def _faults_of(room: Room, slug: str, report: Report) -> Iterator[str]:
    if room.__name__ != slug:
        yield f"it calls itself {room.__name__}"
    last = yield from _faults_of_log(room.log, report)
    for seq in room.removed:
        if not 0 < seq <= last:
            yield f"message {seq} is removed, and there is none"
    for name, _silenced in room.names.all():
        if room.names.owner(name) is None:
            yield f"the name {name} belongs to nobody"


def _faults_of_log(log: Log, report: Report) -> Generator[str, None, int]:
    """Yield what is wrong with `log`; return the number of its last message."""
    expected, time = 1, 0
    for first, segment in log.segments():
        if first != expected or segment.first != first:
            yield f"after message {expected - 1} comes {first}"
        for seq, entry in enumerate(segment.entries, first):
            at, *texts = entry
            if not isinstance(at, int) or not all(isinstance(text, str) for text in texts) or len(texts) not in (3, 4):
                yield f"message {seq} is no message"
            elif at < time:
                yield f"message {seq} is earlier than the one before"
            else:
                time = at
            report.count("messages")
        expected = first + len(segment.entries)
        if segment is not log._open and len(segment.entries) != SEGMENT_SIZE:
            yield f"of messages {first} to {first + SEGMENT_SIZE - 1} there are {len(segment.entries)}"
            expected = first + SEGMENT_SIZE
    return expected - 1


def _unreadable(data: bytes) -> str | None:
    try:
        referencesf(data)
    except Exception as error:  # noqa: BLE001 -- a damaged pickle raises anything
        return f"cannot be read: {type(error).__name__}"
    return None


def _read_index(path: str, report: Report) -> tuple[int, Any] | None:
    name = f"{path}.index"
    if not os.path.exists(name):
        report.remarks.append("there is no index file: the server makes one, and starts more slowly")
        return None
    try:
        info = fsIndex.load(name)
        position = info["pos"]
        assert isinstance(position, int)
        return position, info["index"]
    except Exception as error:  # noqa: BLE001 -- a damaged pickle raises anything
        report.wrong(f"the index file cannot be read ({type(error).__name__}): delete it, the server makes a new one")
        return None
