"""A compact copy of the request that opened a session: a few hundred bytes, enough to recreate the request.

A live request holds the server's whole environ, including sockets.  An idle session does not need it, and most
applications never access the request again.
"""

import io
import marshal
import sys
from typing import Any

from pyramid.interfaces import IRequestFactory
from pyramid.registry import Registry
from pyramid.request import Request, apply_request_extensions

# Keys of the connection or the server: no longer valid, or internal.
_LEFT_OUT = frozenset(
    {
        "GATEWAY_INTERFACE",
        "HTTP_CONNECTION",
        "HTTP_SEC_WEBSOCKET_EXTENSIONS",
        "HTTP_SEC_WEBSOCKET_KEY",
        "HTTP_SEC_WEBSOCKET_VERSION",
        "HTTP_UPGRADE",
        "RAW_URI",
        "SERVER_SOFTWARE",
    }
)

# The keys that nearly every environ has, each stored as one character.
_COMMON = (
    "REQUEST_METHOD",
    "SERVER_PROTOCOL",
    "SERVER_NAME",
    "SERVER_PORT",
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "PATH_INFO",
    "QUERY_STRING",
    "wsgi.url_scheme",
    "HTTP_HOST",
    "HTTP_ORIGIN",
    "HTTP_COOKIE",
    "HTTP_USER_AGENT",
    "HTTP_REFERER",
    "HTTP_CACHE_CONTROL",
    "HTTP_PRAGMA",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE",
)
_SHORTENED = {name: chr(number) for number, name in enumerate(_COMMON)}
_RESTORED = {short: name for name, short in _SHORTENED.items()}


def remember(request: Request) -> bytes:
    """Serialize the text values in the environ of `request` (headers, path, address) and its matchdict."""
    kept = {
        _SHORTENED.get(name, name): value
        for name, value in request.environ.items()
        if isinstance(value, str) and value and name not in _LEFT_OUT
    }
    snapshot = marshal.dumps((kept, dict(request.matchdict or {})))
    return bytes(memoryview(snapshot))  # a copy of the exact size: marshal allocates a larger block


def recall(snapshot: bytes, registry: Registry) -> Request:
    """Recreate the request from `snapshot`, without its body, context and connection."""
    kept, matchdict = marshal.loads(snapshot)  # noqa: S302 -- our own, it never left the process
    environ: dict[str, Any] = {"SCRIPT_NAME": "", "PATH_INFO": "", "QUERY_STRING": ""}
    environ.update((_RESTORED.get(name, name), value) for name, value in kept.items())
    environ.update(
        {
            "wsgi.version": (1, 0),
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
    )
    factory = registry.queryUtility(IRequestFactory, default=Request)
    request = factory(environ)
    request.registry = registry
    request.matchdict = matchdict
    apply_request_extensions(request)
    return request
