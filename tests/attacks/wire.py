"""What attackers send is no HTTP that a client would help with: bytes."""

import re
import socket

from tests.wire import PATIENCE

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.MULTILINE)


def exchange(port, data, timeout=3 * PATIENCE):
    """Send `data` and nothing more, and return all that the server says until it closes.

    Raises TimeoutError when it does neither.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as sock:
        heard = b""
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while True:
                more = sock.recv(65536)
                if not more:
                    return heard
                heard += more
        except TimeoutError:
            raise
        except OSError:
            return heard  # it was gone before it had heard everything


def statuses(answer):
    """Return the statuses of the answers in what a server said."""
    return [int(status) for status in STATUS.findall(answer)]


def head(method, path, *lines, host="localhost"):
    """Return the head of a request; `lines` are its fields, as they are."""
    fields = [f"Host: {host}", *lines] if host is not None else lines
    return "\r\n".join([f"{method} {path} HTTP/1.1", *fields, "", ""]).encode("latin-1")
