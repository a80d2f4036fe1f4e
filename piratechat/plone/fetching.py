"""The request for the page of the Plone site."""

import gevent
import urllib3
from urllib3.exceptions import HTTPError

from piratechat.plone.page import MAX_PAGE_SIZE, PageRefused

#: The view of the site.
VIEW = "/@@chat-shell"
#: Seconds that a request may take.
TIMEOUT = 10.0
_CHUNK_SIZE = 16 * 1024


def fetch(site: str, etag: str) -> tuple[bytes, str] | None:
    """Return the page of the site at the URL `site` and its ETag, None if its ETag is still `etag`.

    Raises PageRefused if there is no such page within `TIMEOUT`, or if it is too large.
    """
    limit = gevent.Timeout(TIMEOUT)
    pool = urllib3.PoolManager(maxsize=1)
    try:
        with limit:
            return _exchange(pool, site, etag)
    except gevent.Timeout as caught:
        if caught is not limit:
            raise
        raise PageRefused(f"the site did not answer within {TIMEOUT:.0f} seconds") from None
    except (HTTPError, OSError):
        raise PageRefused("the site does not answer") from None
    finally:
        pool.clear()


def _exchange(pool: urllib3.PoolManager, site: str, etag: str) -> tuple[bytes, str] | None:
    headers = {"Accept": "text/html", "Accept-Encoding": "identity", "User-Agent": "piratechat"}
    if etag:
        headers["If-None-Match"] = etag
    answer = pool.urlopen(
        "GET",
        site + VIEW,
        headers=headers,
        timeout=urllib3.Timeout(total=TIMEOUT),
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )
    try:
        return None if answer.status == 304 and etag else (_body(answer), answer.headers.get("ETag", "")[:200])
    finally:
        answer.close()


def _body(answer: urllib3.BaseHTTPResponse) -> bytes:
    if answer.status != 200:
        raise PageRefused(f"{VIEW} answers {answer.status}")
    if not answer.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise PageRefused(f"{VIEW} is not text/html")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise PageRefused(f"{VIEW} is compressed, which was not asked for")
    page = b""
    while piece := answer.read1(_CHUNK_SIZE):
        page += piece
        if len(page) > MAX_PAGE_SIZE:
            raise PageRefused(f"{VIEW} has more than {MAX_PAGE_SIZE:,} bytes")
    return page
