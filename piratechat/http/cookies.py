"""Validation of a request's cookies, before anything reads them.

WebOb parses them with a regular expression that takes quadratic time for a long word without an equals sign: a header
of eight kilobytes blocked the server for more than a second.
"""

import re
from collections.abc import Mapping
from typing import Any

#: NAME=VALUE (RFC 6265 section 4.1.1), limited to characters that WebOb reads as one piece.
COOKIE = re.compile(r"""\s*[\w!#$%&'*+.^`|~-]{1,64}=("?)[\w~!@#$%^&*()+=.?|:/{}<>'`-]*\1\s*""", re.ASCII)


def keep_cookies(environ: dict[str, Any]) -> None:
    """Remove malformed cookies from a WSGI environ, and all but the first of each name.

    Browsers send the cookie with the longest path first (RFC 6265 section 5.4); the others belong to another chat on
    the same host.
    """
    header = environ.get("HTTP_COOKIE")
    if header:
        found: dict[str, str] = {}
        for part in header.split(";"):
            if COOKIE.fullmatch(part):
                found.setdefault(part.partition("=")[0].strip(), part)
        environ["HTTP_COOKIE"] = ";".join(found.values())


def cookie(environ: Mapping[str, Any], name: str) -> str:
    """Return the value of the first cookie called `name` in a WSGI environ, or "".

    Clients may put it in double quotes (RFC 6265 section 4.1.1).
    """
    for part in environ.get("HTTP_COOKIE", "").split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            return str(value).strip('"')
    return ""
