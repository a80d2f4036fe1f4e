"""Sends raw bytes, because HTTP clients would not send invalid requests."""

import re
import socket
import time

from sockjs_support.waiting import TIMEOUT

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.MULTILINE)


def exchange(port, data, timeout=TIMEOUT):
    """Send `data`, and return everything that the server sends until it closes the connection.

    It returns early when the server has been sending for twice `timeout`: a stream has heartbeats, and stays open for a
    client that has nothing more to send (RFC 9112 section 9.6).  Raises TimeoutError if the server sends nothing and
    keeps the connection open.
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
            return heard  # it had closed before it received everything


def statuses(answer):
    """Return the status codes of the responses in `answer`."""
    return [int(status) for status in STATUS.findall(answer)]


def head(method, path, *lines, host="localhost"):
    """Return the head of a request with unmodified header `lines`."""
    fields = [f"Host: {host}", *lines] if host is not None else lines
    return "\r\n".join([f"{method} {path} HTTP/1.1", *fields, "", ""]).encode("latin-1")
