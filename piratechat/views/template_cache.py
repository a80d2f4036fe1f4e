"""A persistent cache of compiled templates: compiling all of them takes more than a second of CPU time."""

import errno
import hashlib
import logging
import os
import stat
import sys
from importlib.metadata import version
from typing import Any

from chameleon import config, template
from chameleon.loader import MemoryLoader, ModuleLoader
from chameleon.template import BaseTemplate

log = logging.getLogger(__name__)

#: Added at the end of a compiled template: an incompletely written file may still be a valid module.
WHOLE = "whole"


class TemplateCache(ModuleLoader):
    """Stores compiled templates in the folder `path`, under a digest of their source and Chameleon's own code.

    Unreadable or incomplete files, as after a power failure, are compiled again; if the folder is not writable,
    templates stay in memory.  So they do if other users can write to the folder, because the server runs these files.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._memory = MemoryLoader()

    @property
    def is_warm(self) -> bool:
        """Whether the folder contains compiled templates."""
        try:
            return self._is_ours() and any(name.endswith(".py") for name in os.listdir(self.path))
        except OSError:  # the folder does not exist, or is not ours
            return False

    def get(self, filename: str) -> dict[str, Any] | None:
        try:
            found = super().get(filename) if self._is_ours() else None
        except FileNotFoundError:  # the folder does not exist yet
            return None
        except Exception as error:  # noqa: BLE001 -- what a damaged file raises when it is run as a module
            log.warning("The compiled template %s cannot be read, and is compiled again: %s", filename, error)
            found = None
        if found is None or WHOLE not in found:
            sys.modules.pop(os.path.splitext(filename)[0], None)
            return None
        return found

    def build(self, source: str, filename: str) -> dict[str, Any]:
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            if not self._is_ours():
                raise PermissionError(errno.EPERM, "other users can write to it; delete it")
            return super().build(f"{source}\n{WHOLE} = True\n", filename)
        except OSError as error:
            log.warning("Compiled templates cannot be stored in %s: %s", self.path, error)
            return self._memory.build(source, filename)

    def _is_ours(self) -> bool:
        """Whether only the user of this process can write to the folder.  Raises OSError if it does not exist."""
        status = os.stat(self.path)
        return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def keep_compiled_templates(path: str) -> TemplateCache:
    """Store templates that are compiled from now on in the folder `path`; Chameleon has one cache per process.

    Chameleon's own setting, CHAMELEON_CACHE in the environment, takes precedence: several chats can share that folder,
    because the names of files depend on all that they are compiled from.
    """
    cache = BaseTemplate.loader = TemplateCache(config.CACHE_DIRECTORY or path)
    # Chameleon's own function reads the metadata of all installed packages: nobody is served for half a second then.
    digest = hashlib.sha1(f"{sys.version} {version('Chameleon')}".encode(), usedforsecurity=False)
    template.get_pkg_digest = digest.copy
    return cache
