"""The last versions of the files that pages load, on disk, for pages that were loaded before an update."""

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Mapping

from piratechat.leftovers import delete_leftovers

log = logging.getLogger(__name__)

#: The number of stored versions: the current one and the previous one.
STORED = 2
#: The prefix of folders that are not complete.
_NEW = "new-"
#: The format of version names.
NAME = re.compile("v-[0-9a-f]{12}")


class Versions:
    """Versions of files, each in its own subfolder of `folder`.

    Several processes may share the folder: each finds the versions of the others.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def store(self, version: str, files: Mapping[str, bytes]) -> None:
        """Store `files`, by relative path, as the newest version, and delete all but the last STORED versions.

        An unwritable folder is only logged: pages of older versions must be reloaded then.
        """
        try:
            os.makedirs(self._folder, exist_ok=True)
            delete_leftovers(self._folder, _NEW)
            if not os.path.isdir(self._path(version)):
                self._write(version, files)
            os.utime(self._path(version))
            for old in self._newest_first()[STORED:]:
                shutil.rmtree(self._path(old), ignore_errors=True)
        except OSError as error:
            log.warning("Cannot store files of pages: pages must be reloaded after an update: %s", error)

    def load(self, version: str) -> dict[str, bytes]:
        """Return the files of `version` (in the format NAME), or an empty dict if they are not stored."""
        top = self._path(version)
        files = {}
        for folder, _folders, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    files[os.path.relpath(path, top).replace(os.sep, "/")] = file.read()
        return files

    def _path(self, version: str) -> str:
        return os.path.join(self._folder, version)

    def _write(self, version: str, files: Mapping[str, bytes]) -> None:
        """Write all files to a temporary folder first, so that a version is complete or absent."""
        new = tempfile.mkdtemp(prefix=_NEW, dir=self._folder)
        try:
            for name, content in files.items():
                path = os.path.join(new, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(content)
            os.rename(new, self._path(version))
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            if not os.path.isdir(self._path(version)):  # another process was faster
                raise

    def _newest_first(self) -> list[str]:
        found = [name for name in os.listdir(self._folder) if NAME.fullmatch(name)]
        return sorted(found, key=lambda name: os.stat(self._path(name)).st_mtime, reverse=True)
