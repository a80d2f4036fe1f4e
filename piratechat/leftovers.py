"""Temporary files and folders of processes that were killed while they wrote."""

import os
import re
import shutil
import time

#: Seconds after which a temporary file is nobody's any more: processes that share a folder write for less than one.
AGE = 3600.0


def delete_leftovers(folder: str, prefix: str) -> None:
    """Delete the files that `tempfile` made with the `prefix` in `folder`, if they are older than AGE.

    Files that cannot be deleted remain.  Raises nothing.
    """
    name = re.compile(re.escape(prefix) + "[a-z0-9_]{8}")
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if name.fullmatch(entry.name) and _is_old(entry)]
    except OSError:
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            _delete(entry.path)


def _is_old(entry: os.DirEntry[str]) -> bool:
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > AGE
    except OSError:
        return False


def _delete(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
