"""What the package registers with an application's registry."""

from zope.interface import Attribute, Interface


class ISessionManager(Interface):
    """The sessions of one SockJS service; a utility under the service's name."""

    name = Attribute("the name of the service, as given to add_sockjs_route")


class IEngine(Interface):
    """What drives the sockets and the deadlines of a process; a utility without a name."""
