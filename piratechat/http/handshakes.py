"""A short way for WebSocket handshakes: after a restart of the server, thousands arrive at the same time.

Pyramid's router and the tweens for pages and forms would take longer than all the rest.  The short way is only for
ordinary handshakes.  Their host, rate limit, room, permission and origin are checked as on the long way, by the same
functions.  Everything else takes the long way, and so do handshakes from an unknown host or beyond the rate limit, so
that the tweens answer them.
"""

import re
from collections.abc import Mapping
from copy import copy
from typing import Any

from pyramid.events import BeforeTraversal, ContextFound, NewRequest
from pyramid.interfaces import IRouteRequest, IRoutesMapper, ISecuredView, ITweens, IViewClassifier
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import default_execution_policy
from pyramid.tweens import excview_tween_factory
from zope.interface import implementedBy

from piratechat.http.allowed_hosts import Hosts
from piratechat.http.frame import FRAME
from piratechat.http.routing import chat_now, is_utf8, room_of
from piratechat.interfaces import IServices
from piratechat.model.room import Room
from piratechat.rate_limits import network_of

#: The path of a WebSocket, without dot segments.
_PATH = re.compile(r"/rooms/([^/.]+)/sockjs/([\w-]+)/([\w-]+)/(websocket)", re.ASCII)
#: A query that joins the room, or none.
_QUERY = re.compile(r"(?:join(?:&.*)?)?", re.DOTALL)
#: The names of its parts in the route.
_PARTS = ("room", "server", "session", "transport")
#: What traversal finds at the end of a route.
_TRAVERSED: Mapping[str, Any] = {"view_name": "", "subpath": (), "traversed": (), "virtual_root_path": ()}
#: Events before a view, which only the long way sends.
_EARLY = (NewRequest, BeforeTraversal, ContextFound)


class ShortWay:
    """Answers ordinary handshakes of the SockJS route `route` with the view and the exception views of `router`.

    It is closed if a plug-in has added tweens or subscribers that every request must pass: `tweens` are those that it
    knows.
    """

    def __init__(self, router: Any, route: str, tweens: tuple[str, ...]) -> None:
        registry: Registry = router.registry
        services = registry.getUtility(IServices)
        self._hosts = Hosts(services.settings.hosts)
        self._limit = services.limits.sessions
        self._route = registry.getUtility(IRoutesMapper).get_route(route)
        self._request_iface = registry.getUtility(IRouteRequest, name=route)
        wanted = (IViewClassifier, self._request_iface, implementedBy(Room))
        self._view = registry.adapters.lookup(wanted, ISecuredView, name="")
        self.is_open = self._view is not None and _has_only(registry, tweens)
        self._router = copy(router)
        self._router.handle_request = self._read
        self._respond = excview_tween_factory(self._open, registry)

    def answer(self, environ: dict[str, Any]) -> Response | None:
        """Return the response to a handshake, or None if it must take the long way."""
        if self.is_open and self._is_ordinary(environ):
            return default_execution_policy(environ, self._router)
        return None

    def _is_ordinary(self, environ: dict[str, Any]) -> bool:
        path = environ["PATH_INFO"]
        return (
            environ["REQUEST_METHOD"] == "GET"
            and _QUERY.fullmatch(environ.get("QUERY_STRING", "")) is not None
            and FRAME not in environ
            and _PATH.fullmatch(path) is not None
            and is_utf8(path)
            and self._hosts.knows(environ.get("HTTP_HOST", ""))
            and not self._limit.wait(network_of(environ))
        )

    def _read(self, request: Request) -> Response:
        with chat_now(request) as chat:
            request.root = chat
            response: Response = self._respond(request)
            return response

    def _open(self, request: Request) -> Response:
        """Find the room, and call the view, which checks the permission first."""
        found = _PATH.fullmatch(request.environ["PATH_INFO"])
        assert found is not None
        request.matchdict = dict(zip(_PARTS, found.groups(), strict=True))
        request.matchdict["room"] = found[1].encode("latin-1").decode()  # PATH_INFO is decoded as Latin-1 (PEP 3333)
        request.matched_route, request.request_iface = self._route, self._request_iface
        room = room_of(request, request.root)
        vars(request).update(_TRAVERSED, context=room, root=room, virtual_root=room)
        response: Response = self._view(room, request)
        return response


def _has_only(registry: Registry, tweens: tuple[str, ...]) -> bool:
    """Whether requests pass only the known `tweens`, and no subscriber before their view."""
    found = registry.getUtility(ITweens)
    if found.explicit or tuple(name for name, _factory in found.implicit()) != tweens:
        return False
    required = [handler.required[0] for handler in registry.registeredHandlers()]
    return not any(implementedBy(event).isOrExtends(each) for event in _EARLY for each in required)
