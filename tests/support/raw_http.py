"""What attackers send is no HTTP that a client would help with: bytes."""

import re
import socket
import time

from sockjs_support.waiting import TIMEOUT

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.MULTILINE)


def exchange(port, data, timeout=TIMEOUT):
    """Send `data` and nothing more, and return all that the server says until it closes.

    Or until it has said something for twice `timeout`: a stream has a heartbeat
    now and then, and goes on while its client is there, who may well have
    nothing more to say (RFC 9112 section 9.6).  Raises TimeoutError when it
    says nothing and does not close.
    """
    end = time.monotonic() + 2 * timeout
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as sock:
        heard = b""
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while (more := sock.recv(65536)) and time.monotonic() < end:
                heard += more
            return heard
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
