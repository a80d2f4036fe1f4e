"""An application with features that the protocol's services lack: contexts, permissions, origins and hooks."""

import gc
import os

import gevent
from gevent.event import Event
from pyramid.authorization import ACLHelper, Allow, Authenticated
from pyramid.config import Configurator

from pyramid_sockjs import Session, SessionManager, get_session_manager


class Room:
    __acl__ = ((Allow, Authenticated, "join"),)

    def __init__(self, name, parent):
        self.__name__ = name
        self.__parent__ = parent


class Rooms(dict):
    __name__ = __parent__ = None

    def __init__(self, request):
        super().__init__({name: Room(name, self) for name in ("ada", "bo")})


class HeaderPolicy:
    """Trusts the header X-User."""

    def identity(self, request):
        return request.headers.get("X-User")

    def authenticated_userid(self, request):
        return self.identity(request)

    def permits(self, request, context, permission):
        principals = ["system.Everyone"]
        if self.identity(request):
            principals += [Authenticated, self.identity(request)]
        return ACLHelper().permits(context, principals, permission)


class InRoom(Session):
    """Sends the context and the user, and repeats messages to the sessions with the same context."""

    def on_open(self):
        self.room = self.request.context.__name__
        self.send(f"in {self.room} as {self.request.authenticated_userid}")

    def on_message(self, message):
        here = [session for session in self.manager.active_sessions() if session.room == self.room]
        self.manager.broadcast(message, here)


class Diary(Session):
    """Records its events, which others can read."""

    go_on = Event()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.name = self.request.GET.get("name", "?")

    def note(self, what):
        self.registry.diary.setdefault(self.name, []).append(f"{what} {self.state.name}")

    def on_open(self):
        self.note("open")

    def messages_of(self, request):
        return request.GET.getall("first")

    def on_message(self, message):
        if message == "close":
            self.close(4001, "as you wish")
        elif message == "expire":
            self.expire()
        elif message == "fail":
            raise RuntimeError("on purpose")
        elif message == "who":
            # uses the request after it has been answered
            request = self.request
            self.send_many([request.GET["name"], request.headers["X-Test"], request.matchdict["transport"]])
        elif message.startswith("wait"):
            gevent.sleep(float(message.split()[1]))
            self.send("waited")
        elif message == "block":
            self.go_on.clear()
            self.go_on.wait()
            self.send("went on")
        elif message == "go on":
            self.go_on.set()
        self.note(f"message {message}")

    def on_close(self):
        self.note("close")

    def on_closed(self):
        self.note("closed")

    def on_remove(self):
        self.note("remove")


class Proxied(SessionManager):
    """Limits sessions by the client address in a proxy's header."""

    def client_address(self, request):
        return request.headers.get("X-Client", "")


class Crowd(Session):
    """Sends N messages of a kilobyte to all other sessions for each message `flood N`."""

    def on_message(self, message):
        others = [session for session in self.manager.active_sessions() if session is not self]
        for number in range(int(message.split()[1])):
            self.manager.broadcast(f"{number:06}".ljust(1024, "x"), others)
            if number % 20 == 0:
                gevent.sleep(0)
        self.send("done")


class Echo(Session):
    def on_message(self, message):
        self.send(message)


def diary(request):
    """Return the events of a diary session."""
    return request.registry.diary.get(request.GET["name"], [])


def stats(request):
    """Return the numbers of objects that the process holds."""
    gc.collect()
    greenlets = [thing for thing in gc.get_objects() if isinstance(thing, gevent.Greenlet) and not thing.dead]
    return {
        "sessions": sum(
            len(get_session_manager(name, request.registry))
            for name in ("rooms", "diary", "proxied", "crowd", "same", "listed")
        ),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "greenlets": len(greenlets),
    }


def main(global_config, **settings):
    config = Configurator(settings=settings, root_factory=Rooms)
    config.set_security_policy(HeaderPolicy())
    config.include("pyramid_sockjs")
    config.registry.diary = {}
    add = config.add_sockjs_route
    add("rooms", "/rooms/{room}/sockjs", session=InRoom, traverse="/{room}", permission="join", cookie_needed=False)
    add("diary", "/diary", session=Diary, heartbeat_delay=1, disconnect_delay=0.3)
    add("proxied", "/proxied", session_manager=Proxied("proxied", config.registry), max_sessions_per_address=2)
    add("crowd", "/crowd", session=Crowd, max_backlog=100_000, disconnect_delay=2, response_limit=10**8)
    add("same", "/same", session=Echo, origins="same")
    add("listed", "/listed", session=Echo, origins=["https://friend.example"])
    config.add_route("notes", "/notes")
    config.add_view(diary, route_name="notes", renderer="json")
    config.add_route("stats", "/stats")
    config.add_view(stats, route_name="stats", renderer="json")
    return config.make_wsgi_app()
