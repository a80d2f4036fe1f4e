"""Checks of the Host header.

Links that people share, and the Content-Security-Policy, contain the host of the request.  So it must be a valid host
and, if the operator has configured `piratechat.hosts`, one of those: this also prevents DNS rebinding, in which a page
makes its own host name resolve to this server.
"""

import re
from collections.abc import Callable, Iterable

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.routing import HEALTH
from piratechat.interfaces import IServices
from piratechat.texts import text

#: A host with an optional port (RFC 9110 section 7.2), limited to the characters of names and addresses.
HOST = re.compile(r"([a-z0-9._~-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)

#: The suffix of a host that names its scheme's default port (RFC 9110 section 4.2).
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_page_of(host: str, origin: str) -> bool:
    """Whether pages of `origin` belong to the server that a request addresses as `host`.

    Either may include or omit the default port.  The schemes are not compared, because a proxy may terminate TLS.
    """
    scheme, _, page = origin.lower().partition("://")
    port = DEFAULT_PORTS.get(scheme, "")
    return bool(page) and page.removesuffix(port) == host.lower().removesuffix(port)


def _short(host: str) -> str:
    """Return `host` in lower case, without a port that is the default of any scheme."""
    host = host.lower()
    for port in DEFAULT_PORTS.values():
        if host.endswith(port):
            return host.removesuffix(port)
    return host


class Hosts:
    """The hosts by which the chat may be addressed: `hosts`, or any valid host if that is empty."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(map(_short, hosts))

    def knows(self, host: str, *, anywhere: bool = False) -> bool:
        """Whether `host` is valid, and one of those; with `anywhere` it is enough that it is valid."""
        return HOST.fullmatch(host) is not None and (anywhere or not self._hosts or _short(host) in self._hosts)


def known_hosts(handler: Callable[[Request], Response], registry: Registry) -> Callable[[Request], Response]:
    """A tween that rejects requests for hosts not in `piratechat.hosts`, and for invalid hosts.

    Health checks come from the machine itself, or from a balancer that knows only addresses: they may name any host.
    """
    hosts = Hosts(registry.getUtility(IServices).settings.hosts)

    def tween(request: Request) -> Response:
        if not hosts.knows(request.host, anywhere=request.environ["PATH_INFO"] == HEALTH):
            request.environ.pop("HTTP_HOST", None)  # the response must not repeat it
            raise HTTPBadRequest(text("error.unknown_host"))
        return handler(request)

    return tween
