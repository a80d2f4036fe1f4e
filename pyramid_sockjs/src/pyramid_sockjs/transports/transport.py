"""What a transport is: a row of data."""

from collections.abc import Callable
from dataclasses import dataclass

from pyramid.request import Request
from pyramid.response import Response

from pyramid_sockjs.service import Service


@dataclass(frozen=True, slots=True)
class Transport:
    """One way for frames or messages to travel."""

    #: The last part of its URLs, `BASE/SERVER/SESSION/NAME`.
    name: str
    #: The HTTP method it is used with.
    method: str
    #: Makes the answer; may raise RequestRejected.
    answer: Callable[[Service, Request], Response]
    #: Whether pages of other origins reach it by XMLHttpRequest.
    cors: bool = False

    @property
    def methods(self) -> str:
        """The value of an Allow header."""
        return f"OPTIONS, {self.method}" if self.cors else self.method
