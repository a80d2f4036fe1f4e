"""The file that everything is kept in: ZODB's FileStorage, and what it leaves open when a disk is full or fails.

FileStorage writes through buffers.  When the disk is full they stay dirty:
what could not be written is written later, behind the end of the last
transaction, and until then nothing else is.  So the buffers go with the
transaction they belong to.
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

from zc.lockfile import LockFile
from ZODB.FileStorage import FileStorage
from zodburi.resolvers import FileStorageURIResolver

from piratechat.storage.torn import set_torn_end_aside

log = logging.getLogger(__name__)

#: Options of zodburi's file:// that the storage here takes; with others (blobs, demos) it is zodburi's own.
OPTIONS = {"create", "read_only", "quota"}

#: Bytes from the beginning of a transaction to its status.
STATUS_OFFSET = 16


class ChatFile(FileStorage):
    """A FileStorage that goes on when there is room on the disk again."""

    _file: BinaryIO
    _tfile: BinaryIO
    _lock_file: LockFile

    def tpc_vote(self, transaction: Any) -> Any:
        try:
            return super().tpc_vote(transaction)
        except OSError:
            self._drop_unwritten()
            self._files.flush()
            raise

    def _finish(self, tid: bytes, _user: bytes, _description: bytes, _extension: bytes) -> None:
        # FileStorage's own closes the file for good when the disk refuses to sync.
        try:
            self._file.seek(self._pos + STATUS_OFFSET)
            self._file.write(self._tstatus.encode())
            self._finish_finish(tid)
        except OSError:
            self._drop_unwritten()
            self._files.empty()  # tpc_finish keeps readers out meanwhile
            raise

    def let_go(self) -> None:
        """Leave the file to the next process: nothing is written any more, reading goes on.

        The index is kept before others may have the file: they would read all of it otherwise.
        """
        with self._commit_lock:  # what is being written comes to its end
            try:
                self._save_index()
            except Exception:
                log.exception("No index of %s could be kept: the next start takes longer", self._file_name)
            self._is_read_only = True
            if hasattr(self, "_lock_file"):
                self._lock_file.close()

    def close(self) -> None:
        if not self._is_read_only:
            self.let_go()
        super().close()

    def _drop_unwritten(self) -> None:
        with self._lock:
            with suppress(OSError):
                self._file.close()  # the descriptor is closed even if the buffer cannot be written
            self._file = open(self._file_name, "r+b")  # noqa: SIM115 -- as long as the storage
            self._file.truncate(self._pos)

    def _clear_temp(self) -> None:
        try:
            super()._clear_temp()
        except OSError:
            with suppress(OSError):
                self._tfile.close()
            self._tfile = open(f"{self._file_name}.tmp", "w+b")  # noqa: SIM115 -- as long as the storage
            self._tfmt._file = self._tfile


def file_path(uri: str) -> str | None:
    """Return the path of the file that a zodburi names, None if it names none; relative ones as zodburi takes them."""
    scheme, _, rest = uri.partition("://")
    return os.path.normpath(rest.split("?", 1)[0]) if scheme == "file" else None


def file_storage(uri: str) -> Callable[[], ChatFile] | None:
    """Return what opens the file of a zodburi for writing; None if the storage is of another kind.

    What it returns raises zc.lockfile.LockError while another process has the
    file, and DatabaseDamaged.
    """
    path = file_path(uri)
    options, _others = FileStorageURIResolver().interpret_kwargs(dict(parse_qsl(uri.partition("?")[2])))
    if path is None or options.keys() - OPTIONS:
        return None
    return partial(_open, path, options)


def _open(path: str, options: dict[str, Any]) -> ChatFile:
    if not options.get("read_only"):
        lock = LockFile(f"{path}.lock")
        try:
            _take_back_pack(path)
            if os.path.exists(path):
                set_torn_end_aside(path)
        finally:
            lock.close()
    return ChatFile(path, **options)


def _take_back_pack(path: str) -> None:
    """Put the old file back if packing ended before the new one was in its place.

    FileStorage renames first the one and then the other; in between there is
    no file, and a new, empty one would be made.
    """
    old, packed = f"{path}.old", f"{path}.pack"
    if not os.path.exists(path) and os.path.exists(old) and os.path.exists(packed):
        os.rename(old, path)
        os.unlink(packed)
        log.warning("Packing %s was interrupted: the file is as it was before", path)
