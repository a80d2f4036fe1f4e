"""The stages of request processing, from the outside in.

1. `forwarded`, a WSGI filter: the client's address and scheme. 2. `piratechat.themes.middleware`, a WSGI filter: the
theme, and its files. 3. `preparation`, Pyramid's execution policy: validates cookies, and limits the body. 4. The
tweens below; ordinary WebSocket handshakes take a short way instead (`handshakes`), so a new tween that concerns SockJS
has to be added there as well. 5. The view; `security_headers` adds headers to its response.

Only `routing.request_kind` decides what kind of request it is.
"""

from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.events import NewResponse
from pyramid.tweens import EXCVIEW, INGRESS

from piratechat.http.csrf import FormTokens
from piratechat.http.security_headers import protect

TRANSACTION = "pyramid_tm.tm_tween_factory"
#: All tweens, outermost first.
TWEENS = (
    # First, so that it measures the time of all others, and their log lines have the request id.
    "piratechat.http.access_log.logged",
    # Before the transaction, so that rejected requests do not use the database.
    "piratechat.http.rate_limiting.limited_requests",
    # Around the error views as well, because these read the room where the error occurred.
    TRANSACTION,
    # Converts exceptions of the inner tweens to pages or JSON.
    EXCVIEW,
    # Before checks that have the same result at every process.
    "piratechat.http.draining.sent_elsewhere",
    # The first check, because all error pages repeat the host.
    "piratechat.http.allowed_hosts.known_hosts",
    # Before anything else about forms: in a frame there are only rooms.
    "piratechat.http.frame.framed_rooms",
    # Before the form is parsed, because a form of another site must not even be shown again.
    "piratechat.http.csrf.own_forms",
    # Path-based code, including traversal, can rely on a valid path.
    "piratechat.http.validation.readable_addresses",
    # Last: forms are parsed only for requests that passed the other checks.
    "piratechat.http.validation.readable_forms",
)
#: Tweens that other packages add, in their positions.
OTHERS = (TRANSACTION, EXCVIEW)


def includeme(config: Configurator) -> None:
    """Add the tweens in order, CSRF tokens, and headers of responses."""
    for above, tween, below in zip((INGRESS, *TWEENS), TWEENS, (*TWEENS[1:], None), strict=False):
        if tween not in OTHERS:
            config.add_tween(tween, under=above, over=below if below in OTHERS else None)
    config.set_csrf_storage_policy(FormTokens(CookieCSRFStoragePolicy(httponly=True, samesite="Lax")))
    config.set_default_csrf_options(require_csrf=True)
    config.add_subscriber(protect, NewResponse)
