"""The names under which the chat is reached.

The links that people share, and the policy that browsers keep, repeat the name
that a request came for.  So it has to be a name, and, where the operator says
which there are, one of those: then a page that has its own name lead to this
server (DNS rebinding) reads nothing either.
"""

import re
from collections.abc import Callable

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from piratechat.interfaces import IServices
from piratechat.texts import text

#: A host and perhaps a port (RFC 9110 section 7.2), with no more characters than names and addresses have.
HOST = re.compile(r"([a-z0-9._~-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)

#: The end of a host with the default port of its scheme (RFC 9110 section 4.2).
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_page_of(host: str, origin: str) -> bool:
    """Whether pages of `origin` come from the server that a request addresses as `host`.

    Either may name or omit the default port.  The schemes are not compared: a
    proxy may have ended TLS.
    """
    scheme, _, page = origin.lower().partition("://")
    port = DEFAULT_PORTS.get(scheme, "")
    return bool(page) and page.removesuffix(port) == host.lower().removesuffix(port)


def _short(host: str) -> str:
    """Return `host` in lower case, without a port that is the default of some scheme."""
    host = host.lower()
    for port in DEFAULT_PORTS.values():
        if host.endswith(port):
            return host.removesuffix(port)
    return host


def known_hosts(handler: Callable[[Request], Response], registry: Registry) -> Callable[[Request], Response]:
    """Refuse requests for other hosts than `piratechat.hosts`, and for what can be none."""
    hosts = {_short(host) for host in registry.getUtility(IServices).settings.hosts}

    def tween(request: Request) -> Response:
        if not HOST.fullmatch(request.host) or (hosts and _short(request.host) not in hosts):
            request.environ.pop("HTTP_HOST", None)  # the answer is not to repeat it
            raise HTTPBadRequest(text("error.unknown_host"))
        return handler(request)

    return tween
