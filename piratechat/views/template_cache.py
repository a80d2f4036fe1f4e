"""A persistent cache of compiled templates: compiling all of them takes more than a second of CPU time."""

import hashlib
import logging
import os
import sys
from importlib.metadata import version
from typing import Any

from chameleon import template
from chameleon.loader import MemoryLoader, ModuleLoader
from chameleon.template import BaseTemplate

log = logging.getLogger(__name__)

#: The function that Chameleon expects in a compiled template.
ENTRY = "initialize"


class TemplateCache(ModuleLoader):
    """Stores compiled templates in the folder `path`, under a digest of their source and Chameleon's own code.

    Unreadable files, as after a power failure, are compiled again; if the folder is not writable, templates stay in
    memory.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._memory = MemoryLoader()

    @property
    def is_warm(self) -> bool:
        """Whether the folder contains compiled templates."""
        try:
            return any(name.endswith(".py") for name in os.listdir(self.path))
        except OSError:  # the folder does not exist, or is not ours
            return False

    def get(self, filename: str) -> dict[str, Any] | None:
        try:
            found = super().get(filename)
        except Exception as error:  # noqa: BLE001 -- what a damaged file raises when it is run as a module
            log.warning("The compiled template %s cannot be read, and is compiled again: %s", filename, error)
            found = None
        if found is None or ENTRY not in found:
            sys.modules.pop(os.path.splitext(filename)[0], None)
            return None
        return found

    def build(self, source: str, filename: str) -> dict[str, Any]:
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            return super().build(source, filename)
        except OSError as error:
            log.warning("Compiled templates cannot be stored in %s: %s", self.path, error)
            return self._memory.build(source, filename)


def keep_compiled_templates(path: str) -> TemplateCache:
    """Store templates that are compiled from now on in the folder `path`; Chameleon has one cache per process."""
    cache = BaseTemplate.loader = TemplateCache(path)
    # Chameleon's own function reads the metadata of all installed packages: nobody is served for half a second then.
    digest = hashlib.sha1(f"{sys.version} {version('Chameleon')}".encode(), usedforsecurity=False)
    template.get_pkg_digest = digest.copy
    return cache
