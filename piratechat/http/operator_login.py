"""Authentication of the operator."""

import base64
import hmac

from pyramid.httpexceptions import HTTPUnauthorized
from pyramid.request import Request

from piratechat.rate_limits import raise_if_limited
from piratechat.texts import text

REALM = 'Basic realm="piratechat operator", charset="UTF-8"'


def require_operator(request: Request) -> None:
    """Check that the request has the operator's password.

    It is passed by HTTP basic authentication (RFC 7617) with any user name, so that browsers ask for it, or as a bearer
    token (RFC 6750).  Raises HTTPUnauthorized, and CommandRejected after too many failed attempts.
    """
    services = request.services
    given = _given(request)
    if given is None:
        raise _unauthorized()
    failures = services.limits.failures
    raise_if_limited(failures.wait(request.network))  # a correct one must look like a wrong one then
    if not hmac.compare_digest(given.encode(), services.operator_secret.encode()):
        failures.spend(request.network)
        raise _unauthorized()


def _given(request: Request) -> str | None:
    """Return the password in the request, or None."""
    # Not request.authorization, which takes quadratic time.
    scheme, _, params = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return params
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(params, validate=True).decode().partition(":")[2]
    except ValueError:
        return None


def _unauthorized() -> HTTPUnauthorized:
    return HTTPUnauthorized(
        text("error.operator_only"),
        headers={"WWW-Authenticate": REALM},
    )
