"""Files that pages load: served from memory, compressed where useful, and cached by browsers until they change."""

import gzip
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from pyramid.response import Response
from webob import Request

from piratechat.http.asset_versions import NAME, STORED, Versions
from piratechat.texts import text

#: The media types of the files that may be served, by extension.
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
#: Text files, which gzip reduces to about a quarter.
TEXTS = {".css", ".js", ".json", ".svg", ".webmanifest"}

#: Seconds for which browsers cache a file that never changes.
YEAR = 365 * 24 * 3600
#: The version at the start of a path.
VERSION = re.compile(f"{NAME.pattern}/")


def kind(path: str) -> str | None:
    """Return the media type of the file `path`, or None if files of that type are not served."""
    return TYPES.get(_ending(path))


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def file_below(folder: str, path: str) -> str | None:
    """Return the path of the file `path` below `folder`, or None if there is no such file that may be served.

    Neither dots nor symbolic links lead out of the folder, whose own path must be resolved (os.path.realpath).
    """
    try:
        found = os.path.realpath(os.path.join(folder, path))
    except ValueError:  # a NUL character
        return None
    inside = found.startswith(folder + os.sep)
    return found if inside and kind(found) and os.path.isfile(found) else None


def names_below(folder: str) -> Iterator[str]:
    """Yield the paths, relative to `folder`, of all files below it that `file_below` returns."""
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
            if file_below(folder, path):
                yield path


class Sent:
    """The file `name`, ready to be sent."""

    def __init__(self, name: str, content: bytes) -> None:
        self.content = content
        self._type = kind(name)
        self._etag = hashlib.sha256(self.content).hexdigest()[:20]
        self._is_text = _ending(name) in TEXTS

    @cached_property
    def _compressed(self) -> bytes:
        # At the first request: a few milliseconds for the longest file, and a tenth of a second for all of them.
        return gzip.compress(self.content, mtime=0)  # mtime=0: the same file always gives the same bytes

    def response(self, request: Request, lasts: bool) -> Response:
        """Return the response to GET or HEAD: 304 if the client has the current version (RFC 9110 section 13.1.2).

        If the file `lasts`, it may be cached for a year without revalidation.
        """
        compressed = self._is_text and takes_gzip(request)
        response = Response(self._compressed if compressed else self.content, content_type=self._type)
        response.charset = "UTF-8" if self._is_text else None
        response.etag = self._etag + ("-gzip" if compressed else "")
        response.conditional_response = True
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if lasts else "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if self._is_text:
            response.headers["Vary"] = "Accept-Encoding"
        if compressed:
            response.headers["Content-Encoding"] = "gzip"
        return response


def takes_gzip(request: Request) -> bool:
    """Whether the client accepts gzip; without an Accept-Encoding header it may not."""
    return "Accept-Encoding" in request.headers and bool(request.accept_encoding.acceptable_offers(["gzip"]))


class Folder:
    """A set of files that are served together.

    Their URLs contain a version, which is a digest of all of them, so that relative URLs between them work and browsers
    can cache them for a year.  They are read once.  During development (`fresh`) there is no version, they are read for
    each request, and browsers revalidate each time.

    A version is served completely or not at all, because a page with scripts of two versions would not work.  Older
    versions are available as long as `versions` has them.
    """

    def __init__(
        self,
        names: Iterable[str],
        find: Callable[[str], str | None],
        *,
        fresh: bool = False,
        versions: Versions | None = None,
    ) -> None:
        """`find` returns the path of the file with a name, or None if it is not served."""
        self._find = find
        self._versions = versions
        self._files: dict[str, Sent] | None = None
        self._others: dict[str, dict[str, Sent]] = {}
        #: The start of the files' paths: "v-", 12 hexadecimal digits and "/"; or "".
        self.version = ""
        if not fresh:
            found = {name: find(name) for name in sorted(names)}
            contents = {name: _read(path) for name, path in found.items() if path is not None}
            self._files = _sent(contents)
            self.version = f"{_version_of(contents)}/"
            if versions is not None:
                versions.store(_version_of(contents), contents)

    def response(self, path: str, request: Request) -> Response | None:
        """Return the response for the file `path`, with or without a version, or None if there is no such file."""
        version = VERSION.match(path)
        file = self._of_version(version[0], path[version.end() :]) if version else self._present(path)
        if file is None:
            return None
        if request.method not in ("GET", "HEAD"):
            refusal = f"{text('error_page.title_405')}\n"
            return Response(refusal, 405, content_type="text/plain", allow=("GET", "HEAD"))
        request.environ.pop("HTTP_RANGE", None)  # files are small, and WebOb fails on some invalid ranges
        return file.response(request, lasts=version is not None)

    def _present(self, name: str) -> Sent | None:
        if self._files is not None:
            return self._files.get(name)
        path = self._find(name)
        return Sent(name, _read(path)) if path is not None else None

    def _of_version(self, version: str, name: str) -> Sent | None:
        """Return the file `name` of a version: of the current one, an older one, or that of another process."""
        if self._files is not None and version == self.version:
            return self._files.get(name)
        if self._versions is None:
            return None
        if version not in self._others:
            contents = self._versions.load(version.rstrip("/"))
            if not contents or f"{_version_of(contents)}/" != version:
                return None  # missing or damaged
            if len(self._others) == STORED:
                self._others.clear()
            self._others[version] = _sent(contents)
        return self._others[version].get(name)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _sent(contents: Mapping[str, bytes]) -> dict[str, Sent]:
    return {name: Sent(name, content) for name, content in contents.items()}


def _version_of(contents: Mapping[str, bytes]) -> str:
    """Return the version of files: a digest that changes when any of them changes."""
    known = hashlib.sha256()
    for name, content in sorted(contents.items()):
        known.update(f"{name}\0{len(content)}\0".encode())
        known.update(content)
    return f"v-{known.hexdigest()[:12]}"
