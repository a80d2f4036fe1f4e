"""The application of tests/services.ini: the services that the tests of pyramid_sockjs talk to."""

from sockjs_support.services import main

__all__ = ["main"]
