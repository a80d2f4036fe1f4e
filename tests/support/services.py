"""The application of tests/services.ini: the SockJS services for the tests of pyramid_sockjs."""

from sockjs_support.services import main

__all__ = ["main"]
