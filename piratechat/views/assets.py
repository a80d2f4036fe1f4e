"""Files that pages load, and the service worker for offline reading."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.texts import text

#: The worker connects only to its own server, and runs no other code.
WORKERS_POLICY = "default-src 'none'; connect-src 'self'"


@view_config(route_name="static", require_csrf=False)
def static_file(_context: Any, request: Request) -> Response:
    """Send a file, with or without a version in its path."""
    return _found("/".join(request.matchdict["path"]), request)


@view_config(route_name="worker", require_csrf=False)
def worker(_context: Any, request: Request) -> Response:
    """Send the service worker, which browsers request again with each page."""
    response = _found("scripts/service_worker.js", request)
    response.headers["Content-Security-Policy"] = WORKERS_POLICY
    return response


@view_config(route_name="manifest", require_csrf=False)
def manifest(_context: Any, request: Request) -> Response:
    """Send the manifest, by which browsers install the chat."""
    return _found("manifest.webmanifest", request)


@view_config(route_name="icon", require_csrf=False)
def icon(_context: Any, request: Request) -> Response:
    """Send the chat's icon."""
    return _found("icons/icon-192.png", request)


def _found(path: str, request: Request) -> Response:
    response = request.services.files.response(path, request)
    if response is None:
        raise HTTPNotFound(text("error.no_such_file"))
    return response
