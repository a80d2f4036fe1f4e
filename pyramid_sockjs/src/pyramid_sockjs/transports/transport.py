"""The description of a transport."""

from collections.abc import Callable
from dataclasses import dataclass

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.service import Service


@dataclass(frozen=True, slots=True)
class Transport:
    """One transport: how it is reached, and the function that handles its requests."""

    #: The last segment of its URLs, `BASE/SERVER/SESSION/NAME`.
    name: str
    #: The HTTP method that it uses.
    method: str
    #: Handles a request; may raise RequestRejected.
    answer: Callable[[Service, Request], Response]
    #: Whether pages of other origins access it by XMLHttpRequest.
    cors: bool = False

    @property
    def methods(self) -> str:
        """The value of the Allow header."""
        return f"OPTIONS, {self.method}" if self.cors else self.method
