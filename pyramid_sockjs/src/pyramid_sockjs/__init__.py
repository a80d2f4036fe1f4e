"""A SockJS server for Pyramid, based on gevent.

config.include("pyramid_sockjs")
config.add_sockjs_route("chat", prefix="/chat", session=ChatSession)
"""

from pyramid.config import Configurator

from pyramid_sockjs.group import Group
from pyramid_sockjs.manager import SessionManager
from pyramid_sockjs.routes import ManagerMethod, add_sockjs_route, get_session_manager
from pyramid_sockjs.session import (
    STATE_CLOSED,
    STATE_CLOSING,
    STATE_NEW,
    STATE_OPEN,
    Session,
)
from pyramid_sockjs.settings import Settings

__all__ = [
    "STATE_CLOSED",
    "STATE_CLOSING",
    "STATE_NEW",
    "STATE_OPEN",
    "Group",
    "Session",
    "SessionManager",
    "Settings",
    "get_session_manager",
    "includeme",
]


def includeme(config: Configurator) -> None:
    """Add the directive `config.add_sockjs_route` and the method `request.get_sockjs_manager(name)`."""
    config.add_directive("add_sockjs_route", add_sockjs_route)
    config.add_request_method(ManagerMethod(), "get_sockjs_manager")
