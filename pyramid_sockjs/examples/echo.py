"""A SockJS service that sends back what it receives: python echo.py PORT."""

import sys

from pyramid_sockjs.servers.pywsgi import server_factory

serve = server_factory({}, port=sys.argv[1])  # patches the standard library for gevent: before the other imports

from pyramid.config import Configurator  # noqa: E402

from pyramid_sockjs import Session  # noqa: E402


class Echo(Session):
    """Sends back what it receives."""

    def on_message(self, message):
        self.send(message)


config = Configurator()
config.include("pyramid_sockjs")
config.add_sockjs_route("echo", prefix="/echo", session=Echo)
serve(config.make_wsgi_app())
