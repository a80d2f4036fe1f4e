"""Reading the transactions of a database's file one by one, whatever the file holds.

A file is a row of transactions: a header with the length, data records, and
the length again.  `ZODB.FileStorage.format` has the headers.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ZODB._compat import FILESTORAGE_MAGIC
from ZODB.FileStorage.format import DATA_HDR_LEN, CorruptedDataError, FileStorageFormatter
from ZODB.utils import p64

MAGIC: bytes = FILESTORAGE_MAGIC
#: Where the first transaction begins.
START = len(MAGIC)
#: Bytes of the length behind the records of a transaction.
LENGTH_SIZE = 8

#: What makes a header unreadable: too few bytes, a status that is not ASCII, a version.
UNREADABLE = (CorruptedDataError, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction whose length stands at both of its ends, and where it lies in the file, in bytes."""

    start: int
    #: ZODB's TxnHeader.
    header: Any

    @property
    def records(self) -> int:
        """Where its first data record begins."""
        return self.start + int(self.header.headerlen())

    @property
    def end(self) -> int:
        """Where its last data record ends."""
        return self.start + int(self.header.tlen)

    @property
    def next(self) -> int:
        """Where the next transaction begins."""
        return self.end + LENGTH_SIZE


@dataclass(frozen=True, slots=True)
class Record:
    """A data record, and where it lies in the file."""

    start: int
    #: ZODB's DataHeader.
    header: Any

    @property
    def data(self) -> int:
        """Where its pickle begins, if it has one of its own."""
        return self.start + DATA_HDR_LEN


class FileReader(FileStorageFormatter):
    """Reads the first `size` bytes of `file`, an open file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def transactions(self, start: int = START) -> Iterator[Transaction]:
        """Yield the transactions from the one that begins at `start`, as far as they are whole."""
        while (found := self.transaction_at(start)) is not None:
            yield found
            start = found.next

    def transaction_at(self, start: int) -> Transaction | None:
        """Return the transaction that begins at `start`, None if there is no whole one."""
        try:
            found = Transaction(start, self._read_txn_header(start))
        except UNREADABLE:
            return None
        if found.header.status not in (" ", "u", "p") or found.records > found.end or found.next > self._size:
            return None
        self._file.seek(found.end)
        return found if self._file.read(LENGTH_SIZE) == p64(found.header.tlen) else None

    def records_of(self, transaction: Transaction) -> list[Record] | None:
        """Return the data records of `transaction`, None if they do not fill it."""
        records = []
        start = transaction.records
        while start < transaction.end:
            try:
                header = self._read_data_header(start)
            except UNREADABLE:
                return None
            if header.tloc != transaction.start:
                return None
            records.append(Record(start, header))
            start += header.recordlen()
        return records if start == transaction.end else None

    def pickle_of(self, record: Record) -> bytes:
        """Return the pickle of `record`, which has one of its own."""
        self._file.seek(record.data)
        return self._file.read(record.header.plen)
