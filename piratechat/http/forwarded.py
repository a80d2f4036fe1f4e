"""A WSGI filter for clients behind proxies: determines their address, scheme and path prefix.

    [filter:proxies]
    paste.filter_app_factory = piratechat.http.forwarded:proxies
    trusted = 127.0.0.1 10.0.0.0/8 unix
    header = X-Forwarded-For
    prefix = /chat

It is the outermost filter, and sets the standard variables of WSGI (PEP 3333): REMOTE_ADDR, wsgi.url_scheme
and SCRIPT_NAME.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from piratechat.http.path_prefix import Prefixes

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: The value of `trusted` that stands for clients of a Unix socket, which have no address.
UNIX = "unix"
#: Maximum number of addresses to check in a header, from its end.
HOPS = 20
#: The header with the client's scheme.
SCHEME = "HTTP_X_FORWARDED_PROTO"

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")


class Proxies:
    """A WSGI application that trusts headers of known proxies only.

    `header` is the name of a header with one address, such as X-Real-IP, or with the addresses of a request's hops in
    order, such as X-Forwarded-For.  In the latter the client is the last address that is not a trusted proxy; a client
    can forge the ones before it.  If the header is malformed, the proxy's own address is used.

    `prefixes` are the paths below which the chat is served, besides `/`.
    """

    def __init__(self, application: WSGI, trusted: Iterable[str], header: str, prefixes: Iterable[str] = ()) -> None:
        """Raise ValueError, which says what to write, for an invalid setting."""
        self._application = application
        words = list(trusted)
        self._unix = UNIX in words
        self._networks = [_network(word) for word in words if word != UNIX]
        if not _HEADER.fullmatch(header) or header.lower() == "forwarded":
            raise ValueError(f"header must be one that holds addresses alone, such as X-Forwarded-For, not {header!r}")
        self._header = "HTTP_" + header.upper().replace("-", "_")
        self._prefixes = Prefixes(prefixes)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        trusted = self._is_trusted_peer(environ.get("REMOTE_ADDR", ""))
        place = self._prefixes.apply(environ, trusted)
        if place is not None:
            return _redirected(place, environ.get("QUERY_STRING", ""), start_response)
        if trusted:
            client = self._client(environ.get(self._header, ""))
            if client is not None:
                environ["REMOTE_ADDR"] = str(client)
                environ.pop("REMOTE_PORT", None)  # that of the proxy
            if environ.get(SCHEME) in ("http", "https"):
                environ["wsgi.url_scheme"] = environ[SCHEME]
        return self._application(environ, start_response)

    def _is_trusted_peer(self, peer: str) -> bool:
        if not peer:
            return self._unix
        address = _address(peer)
        return address is not None and self._is_trusted(address)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _client(self, header: str) -> Address | None:
        """Return the last address in `header` that is not a trusted proxy, else the first one, else None."""
        found = None
        for word in reversed(header.rsplit(",", HOPS)[-HOPS:]):
            found = _address(word.strip())
            if found is None or not self._is_trusted(found):
                break
        return found


def _address(text: str) -> Address | None:
    if "%" in text:
        return None  # a zone is only meaningful on one machine (RFC 4007 section 6)
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _network(word: str) -> Network:
    try:
        return ipaddress.ip_network(word)
    except ValueError as error:
        raise ValueError(f"trusted must be addresses, networks such as 10.0.0.0/8, or {UNIX}: {error}") from None


def _redirected(place: str, query: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    location = f"{place}?{query}" if query else place
    start_response("308 Permanent Redirect", [("Location", location), ("Content-Length", "0")])
    return []


def proxies(
    application: WSGI,
    _global_conf: Mapping[str, str],
    trusted: str = "",
    header: str = "X-Forwarded-For",
    prefix: str = "",
) -> WSGI:
    """Wrap `application` for the `trusted` proxies and each `prefix`, if there are any: a paste.filter_app_factory.

    Raises ValueError for an invalid setting.
    """
    found = Proxies(application, trusted.split(), header.strip(), prefix.split())
    return found if trusted.split() or prefix.split() else application
