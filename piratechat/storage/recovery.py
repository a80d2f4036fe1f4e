"""Recovery of a file that was being written when the process or the machine stopped.

The last transaction may be incomplete or have holes, and arbitrary data may follow.  It was never acknowledged, so it
is set aside.  If a complete transaction follows, the file is damaged, and the operator must decide what to do.
"""

import logging
import os
import pickle
import shutil
from typing import BinaryIO

from ZODB.utils import u64

from piratechat.storage.file_format import LENGTH_SIZE, MAGIC, START, FileReader

log = logging.getLogger(__name__)

#: Larger than the largest batch of messages, in bytes.
MAX_TRANSACTION_SIZE = 32 * 1024 * 1024


class DatabaseDamaged(Exception):
    """The file is damaged."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(
            f"{path} is damaged: {what}. Keep a copy of it, see what 'bin/piratechat verify' says, "
            "and put a back-up in its place: bin/piratechat restore FOLDER."
        )


def set_torn_end_aside(path: str) -> None:
    """Cut an incomplete transaction from the end of the file, and save it as `path`.tr0, .tr1 and so on.

    No other process may be writing.  Raises DatabaseDamaged.
    """
    with open(path, "r+b") as file:
        size = os.path.getsize(path)
        if size and file.read(START) != MAGIC[:size]:
            raise DatabaseDamaged(path, "it does not begin as a database does")
        end = _end_of_whole(FileReader(file, size), _indexed(path, size), size) if size >= START else 0
        if end < size:
            if size - end > MAX_TRANSACTION_SIZE or _ends_whole(file, end, size):
                raise DatabaseDamaged(path, f"at {end} there is no transaction, and behind that there are others")
            _cut(path, file, end, size)


def _indexed(path: str, size: int) -> int:
    """Return the position up to which the index file covers the transactions, or the start if the index is invalid."""
    try:
        with open(f"{path}.index", "rb") as index:
            position = pickle.Unpickler(index).load()  # noqa: S301 -- FileStorage's own file, which it loads likewise
    except Exception:  # noqa: BLE001 -- whatever is in it, FileStorage makes a new one
        return START
    return position if isinstance(position, int) and START <= position <= size else START


def _end_of_whole(reader: FileReader, start: int, size: int) -> int:
    """Return the end of the last complete transaction."""
    last, end = None, start
    for transaction in reader.transactions(start):
        last, end = transaction, transaction.next
    if end < size and start > START:  # the index may belong to another file
        return _end_of_whole(reader, START, size)
    if last is not None and reader.records_of(last) is None:
        return last.start
    return end


def _ends_whole(file: BinaryIO, torn: int, size: int) -> bool:
    """Whether the file ends with a complete transaction that begins after `torn`."""
    if size < START + LENGTH_SIZE:
        return False
    file.seek(size - LENGTH_SIZE)
    start = size - LENGTH_SIZE - u64(file.read(LENGTH_SIZE))
    return start > torn and FileReader(file, size).transaction_at(start) is not None


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
    log.warning("%s ended with an incomplete transaction of %d bytes, which was moved to %s", path, size - end, aside)
