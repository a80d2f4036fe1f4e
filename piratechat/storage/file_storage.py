"""The database file: ZODB's FileStorage, with recovery from a full or failing disk.

FileStorage writes through buffers, which stay dirty when the disk is full: the data would be written later, after the
end of the last transaction, and block other writes until then.  So this class discards the buffers of a failed
transaction.
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

from piratechat.storage.recovery import set_torn_end_aside

log = logging.getLogger(__name__)

#: Options of zodburi's file:// scheme that this class supports; with others (blobs, demos) zodburi's own storage is
#: used.
OPTIONS = {"create", "read_only", "quota"}

#: The offset of a transaction's status.
STATUS_OFFSET = 16


class ChatFile(FileStorage):
    """A FileStorage that continues when the disk has free space again."""

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
        # FileStorage itself closes the file when a sync fails.
        try:
            self._file.seek(self._pos + STATUS_OFFSET)
            self._file.write(self._tstatus.encode())
            self._finish_finish(tid)
        except OSError:
            self._drop_unwritten()
            self._files.empty()  # tpc_finish blocks readers meanwhile
            raise

    def let_go(self) -> None:
        """Release the file to the next process: stop writing, but keep reading.

        The index is written first, because the next process would otherwise have to read the whole file.
        """
        with self._commit_lock:  # wait for the current commit
            try:
                self._save_index()
            except Exception:
                log.exception("The index of %s could not be written: the next start takes longer", self._file_name)
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
                self._file.close()  # closes the descriptor even if flushing fails
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
    """Return the path of the file in a zodburi, or None; relative paths are handled as in zodburi."""
    scheme, _, rest = uri.partition("://")
    return os.path.normpath(rest.split("?", 1)[0]) if scheme == "file" else None


def file_storage(uri: str) -> Callable[[], ChatFile] | None:
    """Return a function that opens the file of a zodburi for writing, or None if it is another kind of storage.

    The function raises zc.lockfile.LockError while another process has the file open, and DatabaseDamaged.
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
    """Restore the old file if packing was interrupted before the new one was in its place.

    FileStorage renames one file and then the other; in between there is no file, and opening would create an empty one.
    """
    old, packed = f"{path}.old", f"{path}.pack"
    if not os.path.exists(path) and os.path.exists(old) and os.path.exists(packed):
        os.rename(old, path)
        os.unlink(packed)
        log.warning("Packing %s was interrupted: the previous file was restored", path)
