"""The interfaces under which the package registers its utilities."""

from zope.interface import Attribute, Interface


class ISessionManager(Interface):
    """The session manager of one SockJS service; a utility registered under the service's name."""

    name = Attribute("the name of the service, as given to add_sockjs_route")


class IEngine(Interface):
    """The engine of a process, which drives its sockets and deadlines; an unnamed utility."""
