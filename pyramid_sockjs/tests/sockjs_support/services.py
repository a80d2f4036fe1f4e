"""The services required by tests of the protocol, as a Pyramid application."""

import gc
import os

import gevent
from pyramid.config import Configurator
from pyramid.response import Response

from pyramid_sockjs import STATE_OPEN, Session

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: The paths of sockjs-client in checkouts of pyramid_sockjs alone, and with the chat.
CHECKOUTS = (os.path.dirname(TESTS), os.path.dirname(os.path.dirname(TESTS)))


class Echo(Session):
    """Returns each message to its sender."""

    def on_message(self, message):
        self.send(message)


class Close(Session):
    """Closes each session when it opens."""

    def on_open(self):
        self.close()


class Broadcast(Session):
    """Sends each message to all sessions of the service."""

    def on_message(self, message):
        self.manager.broadcast(message)


class Ticker(Session):
    """Sends `tick!` every second."""

    def on_open(self):
        gevent.spawn(self.tick)

    def tick(self):
        while self.state is STATE_OPEN:
            gevent.sleep(1)
            self.send("tick!")


class Amplify(Session):
    """Receives a number n from 1 to 18, and sends 2**n times `x`."""

    def on_message(self, message):
        n = int(message) if message.isdigit() and len(message) < 3 else 0
        self.send("x" * 2 ** (n if 1 <= n <= 18 else 1))


def services(config):
    """Add the services for tests of the protocol."""
    config.include("pyramid_sockjs")
    add = config.add_sockjs_route
    add("echo", "/echo", session=Echo, cookie_needed=False, response_limit=4096)
    add("broadcast", "/broadcast", session=Broadcast, cookie_needed=False)
    add("disabled", "/disabled_websocket_echo", session=Echo, cookie_needed=False, disable_transports=["websocket"])
    add("cookie", "/cookie_needed_echo", session=Echo, cookie_needed=True)
    add("close", "/close", session=Close, cookie_needed=False)
    add("ticker", "/ticker", session=Ticker, cookie_needed=False)
    add("amplify", "/amplify", session=Amplify, cookie_needed=False)


def collector(config):
    """Add `/collector`, which says whether the server collects garbage."""
    config.add_route("collector", "/collector")
    config.add_view(lambda _request: Response(text=f"enabled: {gc.isenabled()}"), route_name="collector")


def sockjs_client():
    """Return the folder with the scripts of sockjs-client, or None if npm has not installed it."""
    folders = (os.path.join(checkout, "node_modules", "sockjs-client", "dist") for checkout in CHECKOUTS)
    return next(filter(os.path.isdir, folders), None)


def pages(config):
    """Add sockjs-client, and a page that loads it."""
    folder = sockjs_client()
    if folder is not None:
        config.add_static_view("pages", os.path.join(TESTS, "pages"))
        config.add_static_view("", folder)


def main(global_config, **settings):
    """Return the application of `services.ini`."""
    config = Configurator(settings=settings)
    config.include(services)
    config.include(collector)
    config.include(pages)
    return config.make_wsgi_app()
