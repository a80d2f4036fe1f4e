"""The exception for rejected requests."""

from collections.abc import Sequence


class RequestRejected(Exception):
    """A request is rejected with an HTTP status and a text that says what to do about it."""

    def __init__(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers
