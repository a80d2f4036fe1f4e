"""Reading the transactions of a database file one by one, even if it is damaged.

A file is a sequence of transactions, each of which has a header with its length, data records, and the length again.
`ZODB.FileStorage.format` defines the headers.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ZODB._compat import FILESTORAGE_MAGIC
from ZODB.FileStorage.format import DATA_HDR_LEN, CorruptedDataError, FileStorageFormatter
from ZODB.utils import p64

MAGIC: bytes = FILESTORAGE_MAGIC
#: The position of the first transaction.
START = len(MAGIC)
#: Size of the length field after a transaction's records in bytes.
LENGTH_SIZE = 8

#: Exceptions for an unreadable header: too few bytes, a status that is not ASCII, a version.
UNREADABLE = (CorruptedDataError, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction with matching lengths at both ends, and its position in the file."""

    start: int
    #: A TxnHeader of ZODB.
    header: Any

    @property
    def records(self) -> int:
        """The position of its first data record."""
        return self.start + int(self.header.headerlen())

    @property
    def end(self) -> int:
        """The end of its last data record."""
        return self.start + int(self.header.tlen)

    @property
    def next(self) -> int:
        """The position of the next transaction."""
        return self.end + LENGTH_SIZE


@dataclass(frozen=True, slots=True)
class Record:
    """A data record, and its position in the file."""

    start: int
    #: A DataHeader of ZODB.
    header: Any

    @property
    def data(self) -> int:
        """The position of its pickle, if it has one."""
        return self.start + DATA_HDR_LEN


class FileReader(FileStorageFormatter):
    """Reads the first `size` bytes of `file`, an open file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def transactions(self, start: int = START) -> Iterator[Transaction]:
        """Yield the complete transactions from position `start` on."""
        while (found := self.transaction_at(start)) is not None:
            yield found
            start = found.next

    def transaction_at(self, start: int) -> Transaction | None:
        """Return the transaction at position `start`, or None if there is no complete one."""
        try:
            found = Transaction(start, self._read_txn_header(start))
        except UNREADABLE:
            return None
        if found.header.status not in (" ", "u", "p") or found.records > found.end or found.next > self._size:
            return None
        self._file.seek(found.end)
        return found if self._file.read(LENGTH_SIZE) == p64(found.header.tlen) else None

    def records_of(self, transaction: Transaction) -> list[Record] | None:
        """Return the data records of `transaction`, or None if they do not fill it exactly."""
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
        """Return the pickle of `record`, which has one."""
        self._file.seek(record.data)
        return self._file.read(record.header.plen)
