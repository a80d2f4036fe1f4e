"""The end of a file that was being written when the process, or the machine, stopped.

A file is a row of transactions: a header with the length, data records, and
the length again (see ZODB.FileStorage.format).  The last of them may be torn,
cut off or in holes, and what follows it may be anything.  Nobody was told that
it is on disk, so it is set aside.  Where something whole follows, the file is
damaged, and nobody but its operator decides what to do.
"""

import logging
import os
import pickle
import shutil
import struct
from dataclasses import dataclass
from typing import BinaryIO

from ZODB._compat import FILESTORAGE_MAGIC

log = logging.getLogger(__name__)

#: Where the first transaction begins.
START = len(FILESTORAGE_MAGIC)
#: Bytes: more than the largest batch of messages takes.
LARGEST_TRANSACTION = 32 * 1024 * 1024

_TRANSACTION = struct.Struct(">8sQcHHH")
_RECORD = struct.Struct(">8s8sQQHQ")
_LENGTH = struct.Struct(">Q")


class DatabaseDamaged(Exception):
    """The file cannot be used as it is."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(
            f"{path} is damaged: {what}. Keep a copy of it, see what 'bin/piratechat verify' says, "
            "and put a back-up in its place: bin/piratechat restore FOLDER."
        )


@dataclass(frozen=True, slots=True)
class Transaction:
    """Where a transaction lies in the file, in bytes."""

    id: bytes
    status: bytes
    start: int
    #: Of the first record, ...
    records: int
    #: ... and behind the last one.
    end: int

    @property
    def next(self) -> int:
        """Where the next transaction begins."""
        return self.end + _LENGTH.size


@dataclass(frozen=True, slots=True)
class Record:
    """Where a data record lies in the file."""

    id: bytes
    transaction: bytes
    #: Where the record before of the same object begins, 0 if there is none.
    previous: int
    start: int
    #: Where its pickle begins, and its length; 0 if it has none of its own.
    data: int
    length: int


def transaction_at(file: BinaryIO, position: int, size: int) -> Transaction | None:
    """Return the transaction that begins at `position` and ends within `size` bytes, None if there is no whole one."""
    file.seek(position)
    head = file.read(_TRANSACTION.size)
    if len(head) < _TRANSACTION.size:
        return None
    tid, length, status, *texts = _TRANSACTION.unpack(head)
    records, end = position + _TRANSACTION.size + sum(texts), position + length
    if status not in (b" ", b"u", b"p") or records > end or end + _LENGTH.size > size:
        return None
    file.seek(end)
    if file.read(_LENGTH.size) != _LENGTH.pack(length):
        return None
    return Transaction(tid, status, position, records, end)


def records_of(file: BinaryIO, transaction: Transaction) -> list[Record] | None:
    """Return the data records of `transaction`, None if they do not fill it."""
    records = []
    position = transaction.records
    while position < transaction.end:
        file.seek(position)
        head = file.read(_RECORD.size)
        if len(head) < _RECORD.size:
            return None
        oid, tid, previous, belongs_to, version, length = _RECORD.unpack(head)
        if belongs_to != transaction.start or version:
            return None
        records.append(Record(oid, tid, previous, position, position + _RECORD.size, length))
        position += _RECORD.size + (length or _LENGTH.size)
    return records if position == transaction.end else None


def set_torn_end_aside(path: str) -> None:
    """Cut off what was not written whole at the end of the file, and keep it as `path`.tr0, .tr1 and so on.

    Nobody else may be writing.  Raises DatabaseDamaged.
    """
    with open(path, "r+b") as file:
        size = os.path.getsize(path)
        if size and file.read(START) != FILESTORAGE_MAGIC[:size]:
            raise DatabaseDamaged(path, "it does not begin as a database does")
        end = _end_of_whole(file, _indexed(path, size), size) if size >= START else 0
        if end < size:
            if size - end > LARGEST_TRANSACTION or _ends_whole(file, end, size):
                raise DatabaseDamaged(path, f"at {end} there is no transaction, and behind that there are others")
            _cut(path, file, end, size)


def _indexed(path: str, size: int) -> int:
    """Return the position up to which the index file knows the transactions; where that makes no sense, the start."""
    try:
        with open(f"{path}.index", "rb") as index:
            position = pickle.Unpickler(index).load()  # noqa: S301 -- FileStorage's own file, which it loads likewise
    except Exception:  # noqa: BLE001 -- whatever is in it, FileStorage makes a new one
        return START
    return position if isinstance(position, int) and START <= position <= size else START


def _end_of_whole(file: BinaryIO, start: int, size: int) -> int:
    """Return where the last whole transaction ends."""
    last, position = None, start
    while (found := transaction_at(file, position, size)) is not None:
        last, position = found, found.next
    if position < size and start > START:  # the index may be that of another file
        return _end_of_whole(file, START, size)
    if last is not None and records_of(file, last) is None:
        return last.start
    return position


def _ends_whole(file: BinaryIO, torn: int, size: int) -> bool:
    """Whether the file ends with a whole transaction that begins behind `torn`."""
    if size < START + _LENGTH.size:
        return False
    file.seek(size - _LENGTH.size)
    (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
    start = size - _LENGTH.size - length
    return start > torn and transaction_at(file, start, size) is not None


def _cut(path: str, file: BinaryIO, end: int, size: int) -> None:
    number = 0
    while os.path.exists(f"{path}.tr{number}"):
        number += 1
    aside = f"{path}.tr{number}"
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        file.seek(end)
        shutil.copyfileobj(file, copy)
    file.truncate(end)
    file.flush()
    os.fsync(file.fileno())
    log.warning("%s ended with %d bytes that were not written whole: they are kept in %s", path, size - end, aside)
