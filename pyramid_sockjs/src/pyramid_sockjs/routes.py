"""The URLs of a service, and the directive that adds them."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import HTTPNotFound
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.errors import RequestRejected
from pyramid_sockjs.http import (
    NOT_CACHED,
    UNTHEMED,
    cached,
    cors,
    empty,
    may_be_framed,
    may_connect,
    plain,
    preflight,
    sticky_cookie,
)
from pyramid_sockjs.interfaces import ISessionManager
from pyramid_sockjs.manager import COME_AGAIN, GOING_AWAY, SessionManager
from pyramid_sockjs.servers.takeover import can_be_taken, cooperative
from pyramid_sockjs.service import Service
from pyramid_sockjs.session import Session
from pyramid_sockjs.settings import Settings
from pyramid_sockjs.transports import eventsource, htmlfile, jsonp, websocket, xhr
from pyramid_sockjs.transports.transport import Transport

#: The modules with transports.
MODULES = (
    websocket,
    xhr,
    eventsource,
    htmlfile,
    jsonp,
)
TRANSPORTS: Mapping[str, Transport] = {
    transport.name: transport for module in MODULES for transport in module.TRANSPORTS
}

IFRAME = """<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="%s"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>"""


class Endpoint:
    """The views of one service."""

    def __init__(self, service: Service, sockjs_url: str) -> None:
        self.service = service
        self._sockjs_url = sockjs_url

    def greeting(self, request: Request) -> Response:
        return Response(b"Welcome to SockJS!\n", headerlist=[("Content-Type", "text/plain; charset=UTF-8")])

    def info(self, request: Request) -> Response:
        """Return information about the service (section "Info test")."""
        if request.method == "OPTIONS":
            return preflight(request, "OPTIONS, GET")
        if self.service.manager.stopped:
            # Clients then try no other transport, and come back later.
            response = plain(503, f"{GOING_AWAY}\n")
            response.headerlist.extend([*NOT_CACHED, *COME_AGAIN, *cors(request)])
            return response
        info = {
            "websocket": "websocket" not in self.service.disabled and can_be_taken(request.environ),
            "cookie_needed": self.service.cookie_needed,
            "origins": ["*:*"],
            "entropy": secrets.randbits(32),
        }
        headers = [("Content-Type", "application/json; charset=UTF-8"), *NOT_CACHED, *cors(request)]
        return Response(json.dumps(info).encode(), headerlist=headers)

    def iframe(self, request: Request) -> Response:
        """Return the iframe page (section "IFrame page")."""
        # A path is one of this application, which may be mounted below another path.
        is_path = self._sockjs_url.startswith("/") and not self._sockjs_url.startswith("//")
        mounted = quote(request.script_name) if is_path else ""
        html = (IFRAME % (mounted + self._sockjs_url)).encode()
        etag = hashlib.sha256(html).hexdigest()[:32]
        headers = [*cached(), *UNTHEMED, *may_be_framed(self.service.settings), ("ETag", f'"{etag}"')]
        if etag in request.if_none_match:
            return empty(304, headers)
        return Response(html, headerlist=[("Content-Type", "text/html; charset=UTF-8"), *headers])

    def session(self, request: Request) -> Response:
        """Handle a transport's request (section "Session URLs")."""
        parts = request.matchdict
        transport = TRANSPORTS.get(parts["transport"])
        if "." in parts["server"] or "." in parts["session"] or transport is None:
            return HTTPNotFound()
        return self._use(transport, request)

    def raw_websocket(self, request: Request) -> Response:
        """Open a raw WebSocket (section "RawWebsocket")."""
        return self._use(websocket.RAW, request)

    def _use(self, transport: Transport, request: Request) -> Response:
        if transport.name in self.service.disabled:
            return HTTPNotFound()
        response = self._answer(transport, request)
        if self.service.cookie_needed:
            response.headerlist.append(sticky_cookie(request))
        return response

    def _answer(self, transport: Transport, request: Request) -> Response:
        if not may_connect(request, self.service.settings):
            return plain(403, "Pages of this origin may not connect.\n")
        if transport.cors and request.method == "OPTIONS":
            return preflight(request, transport.methods)
        if request.method != transport.method:
            return empty(405, [("Allow", transport.methods)])
        try:
            if not cooperative():
                raise RequestRejected(503, "SockJS needs a server on gevent, such as gunicorn with its gevent worker.")
            response = transport.answer(self.service, request)
        except RequestRejected as refusal:
            response = plain(refusal.status, f"{refusal.text}\n")
            response.headerlist.extend([*NOT_CACHED, *refusal.headers])
        if transport.cors:
            response.headerlist.extend(cors(request))
        return response


def add_sockjs_route(
    config: Configurator,
    name: str = "",
    prefix: str = "/__sockjs__",
    session: type[Session] | None = None,
    session_manager: SessionManager | None = None,
    disable_transports: Iterable[str] = (),
    sockjs_cdn: str = "/sockjs.min.js",
    permission: str | None = None,
    decorator: Callable[..., Any] | None = None,
    cookie_needed: bool = True,
    per_user: bool = True,
    traverse: str | None = None,
    factory: Any = None,
    **settings: Any,
) -> None:
    """Serve SockJS at the base URL `prefix`.

    `name`
        The service's name, as passed to `get_session_manager`.
    `prefix`
        The base URL, which may contain placeholders: `/rooms/{room}/sockjs`.
    `session`
        The class of its sessions, a subclass of :class:`Session`.
    `session_manager`
        A session manager of the same name to use instead of a new :class:`SessionManager`.
    `disable_transports`
        Names of transports to disable: `websocket`, `rawwebsocket`, `xhr`, `xhr_streaming`, `xhr_send`,
        `eventsource`, `htmlfile`, `jsonp`, `jsonp_send`.  `websocket` disables both kinds of WebSocket.
    `sockjs_cdn`
        The URL of sockjs-client's script for the iframe; it must begin with `/` or `http`.  A path is relative to
        where the application is mounted (`SCRIPT_NAME`).
    `permission`, `decorator`
        As for `add_view`; they apply to every URL of the service.
    `cookie_needed`
        Whether clients should send a cookie for sticky sessions in a load balancer.
    `per_user`
        Whether only the user who opened a session may use its id.
    `traverse`, `factory`
        As for `add_route`: they determine the context against which `permission` is checked.
    further arguments
        The :class:`Settings` of the service; `pyramid_sockjs.NAME` in the ini file sets the defaults.

    Raises ConfigurationError for invalid arguments, and ConfigurationConflictError if the name is taken.
    """
    manager = session_manager
    if manager is None:
        manager = SessionManager(name, config.registry, session=session)
    if manager.name != name:
        raise ConfigurationError(f"The session manager is named {manager.name!r}, its SockJS route {name!r}")
    if not sockjs_cdn.startswith(("/", "http://", "https://")):
        raise ConfigurationError(f"sockjs_cdn must begin with / or http, not {sockjs_cdn!r}")
    try:
        manager.settings = Settings.from_mapping(settings, manager.settings)
    except ValueError as error:
        raise ConfigurationError(f"SockJS route {name!r}: {error}") from None
    service = Service(manager, cookie_needed, per_user, _disabled(disable_transports))
    endpoint = Endpoint(service, sockjs_cdn)
    prefix = prefix.rstrip("/")

    def add(route: str, pattern: str, view: Callable[..., Any], **predicates: Any) -> None:
        config.add_route(route, prefix + pattern, traverse=traverse, factory=factory, **predicates)
        config.add_view(
            view,
            route_name=route,
            permission=permission,
            decorator=decorator,
            require_csrf=False,  # the origin is checked instead
        )

    reading = ("GET", "HEAD")
    add(f"sockjs-url-{name}-greeting", "", endpoint.greeting, request_method=reading)
    add(f"sockjs-url-{name}", "/", endpoint.greeting, request_method=reading)
    add(f"sockjs-{name}", "/{server}/{session}/{transport}", endpoint.session)
    add(f"sockjs-websocket-{name}", "/websocket", endpoint.raw_websocket)
    add(f"sockjs-info-{name}", "/info", endpoint.info, request_method=(*reading, "OPTIONS"))
    add(f"sockjs-iframe-{name}", "/iframe{version:(-[^/]*)?}.html", endpoint.iframe, request_method=reading)

    introspectable = config.introspectable("sockjs routes", name, f"SockJS {name!r} at {prefix}", "sockjs route")
    introspectable.update(name=name, prefix=prefix, settings=manager.settings, disabled=service.disabled)
    config.action(
        ("sockjs route", name),
        lambda: config.registry.registerUtility(manager, ISessionManager, name=name),
        introspectables=(introspectable,),
    )


def _disabled(names: Iterable[str]) -> frozenset[str]:
    disabled = set(names)
    known = {*TRANSPORTS, websocket.RAW.name}
    if disabled - known:
        raise ConfigurationError(f"disable_transports: no {sorted(disabled - known)}; there are {sorted(known)}")
    if "websocket" in disabled:
        disabled.add(websocket.RAW.name)
    return frozenset(disabled)


def get_session_manager(name: str, registry: Registry) -> SessionManager:
    """Return the session manager of the service `name`.  Raises KeyError if there is no such service."""
    manager = registry.queryUtility(ISessionManager, name=name)
    if manager is None:
        raise KeyError(name)
    return manager


class ManagerMethod:
    """The request method `get_sockjs_manager(name="")`, which returns the session manager of the service `name`.

    It is bound to the registry.  Pyramid stores it in the request, and if it referred to the request, each request and
    its environ would remain until the next garbage collection.
    """

    def __get__(self, request: Request | None, _class: type | None = None) -> Any:
        if request is None:
            return self
        registry = request.registry

        def get_sockjs_manager(name: str = "") -> SessionManager:
            """Return the session manager of the service `name`.  Raises KeyError if there is no such service."""
            return get_session_manager(name, registry)

        return get_sockjs_manager
