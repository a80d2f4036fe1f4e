"""What every HTTP request passes through, from the outside in.

1. `forwarded`, a WSGI filter: who the client is, and whether it came by HTTPS.
2. `piratechat.themes.middleware`, a WSGI filter: the theme, and its files.
3. `preparation`, Pyramid's execution policy: cookies and the body, within their limits.
4. The tweens below.
5. The view; `security_headers` adds to what it returns.

What a request is for is decided by `routing.request_kind` alone.
"""

from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.events import NewResponse
from pyramid.tweens import EXCVIEW, INGRESS

from piratechat.http.security_headers import protect

TRANSACTION = "pyramid_tm.tm_tween_factory"
#: All tweens, the outermost first.
TWEENS = (
    # The first, so that the time it logs is that of all others, and the request ID is in their lines.
    "piratechat.http.access_log.logged",
    # Before the transaction: what is refused costs no look at the database.
    "piratechat.http.rate_limiting.limited_requests",
    # Around the views of errors, too: they read the room in which something went wrong.
    TRANSACTION,
    # What those below raise becomes a page, or JSON.
    EXCVIEW,
    # Before checks whose outcome is the same wherever a request goes.
    "piratechat.http.draining.sent_elsewhere",
    # The first check: all pages about what the others find repeat the host.
    "piratechat.http.allowed_hosts.known_hosts",
    # Before the form is looked at: what another site sends is not shown, either.
    "piratechat.http.csrf.own_forms",
    # Those who go by the path, down to traversal, get one that can be read.
    "piratechat.http.validation.readable_addresses",
    # The last: forms are parsed for requests that may have one.
    "piratechat.http.validation.readable_forms",
)
#: Those that others add, where they belong.
OTHERS = (TRANSACTION, EXCVIEW)


def includeme(config: Configurator) -> None:
    """Add the tweens in their order, tokens in forms, and headers of responses."""
    for above, tween, below in zip((INGRESS, *TWEENS), TWEENS, (*TWEENS[1:], None), strict=False):
        if tween not in OTHERS:
            config.add_tween(tween, under=above, over=below if below in OTHERS else None)
    config.set_csrf_storage_policy(CookieCSRFStoragePolicy(httponly=True, samesite="Lax"))
    config.set_default_csrf_options(require_csrf=True)
    config.add_subscriber(protect, NewResponse)
