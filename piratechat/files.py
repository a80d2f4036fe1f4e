"""Files that pages load: sent from memory, compressed where that helps, and kept by browsers until they change."""

import gzip
import hashlib
import os
import re
from collections.abc import Callable, Iterable

from pyramid.response import Response
from rjsmin import jsmin
from webob import Request

#: What pages may load, and as what it is sent.
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
#: Those that are text, and a quarter as long when they are compressed.
TEXTS = {".css", ".js", ".svg", ".webmanifest"}

#: Seconds for which browsers keep a file that will never be another.
YEAR = 365 * 24 * 3600
#: At the begin of a path, the version of the files.
VERSION = re.compile("v-[0-9a-f]{12}/")


def kind(path: str) -> str | None:
    """Return the media type that the file `path` is sent as, or None if pages have no business with it."""
    return TYPES.get(_ending(path))


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


class Sent:
    """One file as it is sent; a script without its comments if it is to be `small`."""

    def __init__(self, path: str, *, small: bool = False) -> None:
        with open(path, "rb") as file:
            self.content = file.read()
        if small and path.endswith(".js") and not path.endswith(".min.js"):
            self.content = jsmin(self.content)
        self._type = kind(path)
        self._etag = hashlib.sha256(self.content).hexdigest()[:20]
        self._is_text = _ending(path) in TEXTS
        # mtime=0: the same file is always the same bytes
        self._compressed = gzip.compress(self.content, mtime=0) if self._is_text else b""

    def response(self, request: Request, lasts: bool) -> Response:
        """Return the answer to a GET or HEAD: 304 without content to who has it already (RFC 9110, section 13.1.2).

        It may be kept for a year, unasked, if the file `lasts`.
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
    """Whether who asks says that they take gzip; who says nothing may not."""
    return "Accept-Encoding" in request.headers and bool(request.accept_encoding.acceptable_offers(["gzip"]))


class Folder:
    """Files that are served together.

    In their addresses is a version, a digest of them all: relative addresses
    between them stay as they are, and browsers may keep each for a year.  They
    are read once, and scripts are sent without comments and spaces.  While they
    are being edited (`fresh`) there is no version, they are read each time and
    sent as they are, and browsers ask each time.
    """

    def __init__(self, names: Iterable[str], find: Callable[[str], str | None], *, fresh: bool = False) -> None:
        """`find` says where the file of a name lies, or None if there is none to be served."""
        self._find = find
        self._kept: dict[str, Sent] | None = None
        #: The begin of the files' paths: "v-" and 12 hexadecimal digits and "/", or nothing.
        self.version = ""
        if not fresh:
            found = {name: find(name) for name in sorted(names)}
            self._kept = {name: Sent(path, small=True) for name, path in found.items() if path is not None}
            self.version = f"v-{_digest(self._kept)}/"

    def response(self, path: str, request: Request) -> Response | None:
        """Return the answer to a request for the file `path`, with or without a version; None if there is none."""
        version = VERSION.match(path)
        file = self._file(path[version.end() :] if version else path)
        if file is None:
            return None
        if request.method not in ("GET", "HEAD"):
            return Response("A file can be read, and no more.\n", 405, content_type="text/plain", allow=("GET", "HEAD"))
        # A page from before the last start asks for an older version: it gets what there is, for now.
        return file.response(request, lasts=version is not None and version[0] == self.version)

    def _file(self, name: str) -> Sent | None:
        if self._kept is not None:
            return self._kept.get(name)
        path = self._find(name)
        return Sent(path) if path is not None else None


def _digest(files: dict[str, Sent]) -> str:
    """Return 12 hexadecimal digits that are others as soon as one of the files is."""
    known = hashlib.sha256()
    for name, file in files.items():
        known.update(f"{name}\0{len(file.content)}\0".encode())
        known.update(file.content)
    return known.hexdigest()[:12]
