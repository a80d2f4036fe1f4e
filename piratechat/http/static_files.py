"""The chat's own static files: their folder, and whether the scripts are bundled."""

import hashlib
import os
from pathlib import Path

from pyramid.exceptions import ConfigurationError

from piratechat.http.asset_versions import Versions
from piratechat.http.assets import Folder, file_below, names_below
from piratechat.shipped import shipped

#: The folder of the files.
FOLDER = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir, "static"))
#: The folder of scripts, in FOLDER and in URLs.
SCRIPTS = "scripts"
#: The folder in FOLDER with the bundles of the scripts, made by tools/bundle.mjs.
BUNDLE = "bundle"
#: The file in BUNDLE with the digest of the bundled sources.
SOURCES = "sources.sha256"
#: The name of sockjs-client's script.
SOCKJS = "sockjs.min.js"


def static_files(
    sockjs_client: str, *, edited: bool = False, versions: Versions | None = None, folder: str = FOLDER
) -> Folder:
    """Return the files that are served below /static/: those in `folder`, and sockjs-client's script.

    During development (`edited`) scripts are served as modules, otherwise as bundles.  Raises ConfigurationError if a
    file is missing, or if the bundles were made from other sources.
    """
    script = os.path.abspath(sockjs_client or shipped(SOCKJS))
    if not os.path.isfile(script):
        raise ConfigurationError(
            f"piratechat.sockjs_client: there is no file {sockjs_client or script}. "
            "'make build' brings it; or name the script of sockjs-client 1.6 there."
        )
    if not edited:
        _check_bundle(folder)
    scripts = os.path.join(folder, SCRIPTS if edited else BUNDLE)

    def find(path: str) -> str | None:
        top, _, rest = path.partition("/")
        if path == SOCKJS:
            return script
        if top == SCRIPTS:
            return file_below(scripts, rest)
        return file_below(folder, path) if top != BUNDLE else None

    paths = [SOCKJS, *names_below(folder), *(f"{SCRIPTS}/{name}" for name in names_below(scripts))]
    return Folder(paths, find, fresh=edited, versions=versions)


def _check_bundle(folder: str) -> None:
    bundle = os.path.join(folder, BUNDLE)
    try:
        with open(os.path.join(bundle, SOURCES)) as file:
            found = file.read().strip()
    except FileNotFoundError:
        raise ConfigurationError(
            f"There are no scripts in {bundle}: 'make build' makes them. "
            "With pyramid.reload_assets = true, pages load the modules that they are made from."
        ) from None
    if found != sources_digest(os.path.join(folder, SCRIPTS)):
        raise ConfigurationError(
            f"The scripts in {bundle} are made from others than are in {SCRIPTS} now: 'make build' makes them again. "
            "With pyramid.reload_assets = true, pages load the modules that they are made from."
        )


def sources_digest(folder: str) -> str:
    """Return a digest of the files below `folder`, computed as in tools/bundle.mjs."""
    files = {
        path.relative_to(folder).as_posix(): path
        for path in Path(folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    known = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        known.update(f"{name}\0{len(content)}\0".encode())
        known.update(content)
    return known.hexdigest()
