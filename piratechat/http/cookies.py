"""The cookies that a request brings, before anybody reads them.

WebOb looks for them by a regular expression that takes time by the square of a
long word without an equals sign: one header of eight kilobytes kept everybody
waiting for more than a second.
"""

import re
from collections.abc import Mapping
from typing import Any

#: NAME=VALUE (RFC 6265 section 4.1.1), of characters that WebOb reads as one piece.
COOKIE = re.compile(r"""\s*[\w!#$%&'*+.^`|~-]{1,64}=("?)[\w~!@#$%^&*()+=.?|:/{}<>'`-]*\1\s*""", re.ASCII)


def keep_cookies(environ: dict[str, Any]) -> None:
    """Leave in a WSGI environment those cookies that are well-formed, as all of ours are."""
    header = environ.get("HTTP_COOKIE")
    if header:
        environ["HTTP_COOKIE"] = ";".join(part for part in header.split(";") if COOKIE.fullmatch(part))


def cookie(environ: Mapping[str, Any], name: str) -> str:
    """Return the value of the first cookie called `name` in a WSGI environment; "" without one.

    Clients may put it in double quotes (RFC 6265, section 4.1.1).
    """
    for part in environ.get("HTTP_COOKIE", "").split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            return str(value).strip('"')
    return ""
