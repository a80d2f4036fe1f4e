"""Copies of the style sheets of the Plone site, which the chat serves itself: no page waits for the site.

They are kept as files, so that they outlive a restart while the site is down.  The name of a copy contains a digest of
its content, so that browsers can cache it forever.
"""

import hashlib
import logging
import os
import re
import tempfile
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from piratechat.cooperative import yielding
from piratechat.leftovers import delete_leftovers
from piratechat.plone.page import PageRefused
from piratechat.plone.versions import UNKNOWN, Fetch, Version

log = logging.getLogger(__name__)

#: The folder in settings.var.
FOLDER = "plone-styles"
#: Maximum number of copies, and bytes of each.  Further style sheets are loaded from the site.
MAX_SHEETS, MAX_SHEET_SIZE = 12, 1024 * 1024
#: Maximum size of a copy, whose URLs are longer, in bytes.
MAX_COPY_SIZE = 2 * MAX_SHEET_SIZE
#: Maximum number of copies on disk: those of pages that were loaded before a change, and of other processes.
MAX_FILES = 4 * MAX_SHEETS
#: The paths of copies, relative to the theme: the digests of the URL and of the content.
NAME = re.compile(r"of-site-([0-9a-f]{16})-([0-9a-f]{20})\.css")
_NEW = "new-"
#: URLs in a style sheet, quoted or not, and imported ones.  Each part is matched once: no text takes long.
_QUOTED = r""""([^"\\\n]*+)"|'([^'\\\n]*+)'"""
_URLS = re.compile(
    rf"""(url\(\s*+)(?:{_QUOTED}|([^"'()\\\s]++))(?=\s*+\))|(@import\s++)(?:{_QUOTED})""",
    re.IGNORECASE,
)


class StyleSheets:
    """The copies in a subfolder of `folder`."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, FOLDER)
        #: URL -> name of the copy.
        self._names: dict[str, str] = {}
        self._versions: dict[str, Version] = {}
        self._problems: dict[str, str] = {}

    def address(self, url: str) -> str:
        """Return the name of the copy of `url`, or `url` itself if there is none."""
        if url not in self._names:
            name = self._newest(url)
            if name is None or self.content(name) is None or len(self._names) >= MAX_SHEETS:
                return url
            self._names[url] = name
        return self._names[url]

    def refresh(self, urls: list[str], fetch: Fetch) -> None:
        """Fetch what has changed of the style sheets `urls` of the page.  Copies of others are forgotten."""
        self._names = {url: name for url, name in self._names.items() if url in urls}
        self._versions = {url: version for url, version in self._versions.items() if url in self._names}
        problems = {}
        for url in urls[:MAX_SHEETS]:
            try:
                answer = fetch(url, self._versions.get(url, UNKNOWN) if self._is_there(url) else UNKNOWN)
                if answer is not None:
                    content, version = answer
                    self._names[url] = self._keep(url, _absolute(content, url))
                    self._versions[url] = version
            except (PageRefused, OSError, ValueError) as error:
                problems[url] = str(error)
                if self._problems.get(url) != problems[url]:  # once
                    log.warning("The style sheet %s of the Plone site could not be copied: %s", url, error)
        self._problems = problems

    def _is_there(self, url: str) -> bool:
        """Whether there is a copy; it is marked as one in use, so that it is not among those that are deleted."""
        try:
            os.utime(os.path.join(self._folder, self._names[url]))
        except (KeyError, OSError):
            return False
        return True

    def content(self, name: str) -> bytes | None:
        """Return the copy with this name, None if there is none: also one of another process."""
        match = NAME.fullmatch(name)
        if match is None:
            return None
        try:
            with open(os.path.join(self._folder, name), "rb") as file:
                content = file.read(MAX_COPY_SIZE)
        except OSError:
            return None
        return content if _digest(content, 20) == match[2] else None  # it may be damaged

    def _newest(self, url: str) -> str | None:
        start = f"of-site-{_digest(url.encode(), 16)}-"
        return next((name for name in self._newest_first() if name.startswith(start)), None)

    def _newest_first(self) -> list[str]:
        found = []
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):  # another process has deleted it
                    if NAME.fullmatch(entry.name):
                        found.append((entry.stat().st_mtime, entry.name))
        return [name for _time, name in sorted(found, reverse=True)]

    def _keep(self, url: str, content: bytes) -> str:
        """Write a copy to the disk, and return its name."""
        name = f"of-site-{_digest(url.encode(), 16)}-{_digest(content, 20)}.css"
        os.makedirs(self._folder, exist_ok=True)
        delete_leftovers(self._folder, _NEW)
        handle, made = tempfile.mkstemp(prefix=_NEW, dir=self._folder)
        try:
            with open(handle, "wb") as file:
                file.write(content)
            os.replace(made, os.path.join(self._folder, name))
        except OSError:
            with suppress(OSError):
                os.unlink(made)
            raise
        for old in self._newest_first()[MAX_FILES:]:
            with suppress(OSError):
                os.unlink(os.path.join(self._folder, old))
        return name


def _digest(content: bytes, length: int) -> str:
    return hashlib.sha256(content).hexdigest()[:length]


def _absolute(content: bytes, url: str) -> bytes:
    """Return a style sheet whose URLs are absolute.

    Other greenlets run meanwhile.  Raises PageRefused if it is not UTF-8, or the result has more than MAX_COPY_SIZE
    characters or bytes.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise PageRefused("it is not UTF-8") from None
    parts, end, size = [], 0, 0
    for match in yielding(_URLS.finditer(text)):
        parts += [text[end : match.start()], _with_absolute_url(match, url)]
        end = match.end()
        size += len(parts[-2]) + len(parts[-1])
        if size > MAX_COPY_SIZE:
            break
    copy = "".join([*parts, text[end:]]).encode()
    if len(copy) > MAX_COPY_SIZE:
        raise PageRefused("it has too many URLs")
    return copy


def _with_absolute_url(match: re.Match[str], url: str) -> str:
    before, target = (part for part in match.groups() if part is not None)
    try:
        full = target if not target or target.startswith("#") or urlsplit(target).scheme else urljoin(url, target)
    except ValueError:
        return match[0]
    return f'{before}"{full}"' if full != target and '"' not in full else match[0]
