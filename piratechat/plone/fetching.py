"""Requests to the Plone site."""

from functools import partial
from urllib.parse import urlsplit

import gevent
import urllib3
from urllib3.exceptions import HTTPError

from piratechat.cooperative import yielding
from piratechat.plone.page import PageRefused
from piratechat.plone.versions import UNKNOWN, Version

#: Seconds that a request may take.
TIMEOUT = 10.0
#: Maximum length of the headers that identify a version, in characters.
MAX_VALIDATOR = 200
_CHUNK_SIZE = 16 * 1024


def fetch(url: str, kind: str, most: int, version: Version = UNKNOWN) -> tuple[bytes, Version] | None:
    """Return the content at `url` and its version, None if it is still `version`.

    Other greenlets run meanwhile.  Raises PageRefused if the site does not send it within TIMEOUT, if it is not of the
    media type `kind`, or if it has more than `most` bytes.
    """
    limit = gevent.Timeout(TIMEOUT)
    pool = urllib3.PoolManager(maxsize=1)
    try:
        with limit:
            return _exchange(pool, url, kind, most, version)
    except gevent.Timeout as caught:
        if caught is not limit:
            raise
        raise PageRefused(f"the site did not answer within {TIMEOUT:.0f} seconds") from None
    except (HTTPError, OSError):
        raise PageRefused("the site does not answer") from None
    finally:
        pool.clear()


def _exchange(
    pool: urllib3.PoolManager, url: str, kind: str, most: int, version: Version
) -> tuple[bytes, Version] | None:
    headers = {"Accept": kind, "Accept-Encoding": "identity", "User-Agent": "piratechat"}
    if version.etag:
        headers["If-None-Match"] = version.etag
    elif version.modified:
        headers["If-Modified-Since"] = version.modified
    answer = pool.urlopen(
        "GET",
        url,
        headers=headers,
        timeout=urllib3.Timeout(total=TIMEOUT),
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )
    try:
        if answer.status == 304 and any(version):
            return None
        return _body(answer, urlsplit(url).path, kind, most), _version(answer)
    finally:
        answer.close()


def _version(answer: urllib3.BaseHTTPResponse) -> Version:
    return Version(*(answer.headers.get(name, "")[:MAX_VALIDATOR] for name in ("ETag", "Last-Modified")))


def _body(answer: urllib3.BaseHTTPResponse, path: str, kind: str, most: int) -> bytes:
    if answer.status != 200:
        raise PageRefused(f"{path} answers {answer.status}")
    if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() != kind:
        raise PageRefused(f"{path} is not {kind}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise PageRefused(f"{path} is compressed, which was not asked for")
    content = bytearray()
    # A piece that has arrived is read without waiting, and a piece may be a single byte.
    for piece in yielding(iter(partial(answer.read1, _CHUNK_SIZE), b"")):
        content += piece
        if len(content) > most:
            raise PageRefused(f"{path} has more than {most:,} bytes")
    return bytes(content)
