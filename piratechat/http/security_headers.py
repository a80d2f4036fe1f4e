"""Security headers of responses."""

import re

from pyramid.events import NewResponse
from pyramid.request import Request
from pyramid.response import Response

from piratechat.http.frame import is_framed, site_path

#: For browsers that use HTTPS: use nothing else for a year (RFC 6797).
ONLY_HTTPS = f"max-age={365 * 24 * 3600}"

#: The WSGI environ key of the origin, besides the chat's own, that the page's style sheets, images and fonts come from.
FILES_FROM = "piratechat.theme_files"

#: The attribute of a cookie for all paths of the host.
_WHOLE_HOST = re.compile("; path=/(?=;|$)", re.IGNORECASE)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'{theme}",
        "img-src 'self' data:{theme}",
        "font-src 'self'{theme}",
        # 'self' includes WebSockets of the same host only in newer browsers
        "connect-src 'self' {websocket}",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors {ancestors}",
        "base-uri 'none'",
    )
)


def protect(event: NewResponse) -> None:
    """Add headers that allow only our own scripts and files, and forbid framing.

    The sites in `frame_ancestors` may frame rooms, at the URLs for that.  A theme that uses the page of another site
    names the origin of its style sheets, images and fonts in the environ.

    Pages are not compressed: they contain both their forms' CSRF token and text from the URL, so the length of a
    compressed page would reveal the token letter by letter (BREACH).
    """
    request, headers = event.request, event.response.headers
    found = {name.lower() for name, _value in event.response.headerlist}
    if request.scheme == "https":
        headers["Strict-Transport-Security"] = ONLY_HTTPS
    if "set-cookie" in found:
        _keep_cookies_here(request, event.response)
    if "x-content-type-options" not in found:
        headers.add("X-Content-Type-Options", "nosniff")
    if "x-diazo-off" in found:
        return  # a SockJS document, which is framed by design and defines its own policy
    if "content-type" in found and event.response.content_type == "text/html":  # WebSocket handshakes have none
        scheme = "wss" if request.scheme == "https" else "ws"
        ancestors = " ".join(request.services.settings.frame_ancestors) if is_framed(request) else ""
        files_from = request.environ.get(FILES_FROM, "")
        headers["Content-Security-Policy"] = POLICY.format(
            websocket=f"{scheme}://{request.host}",
            ancestors=ancestors or "'none'",
            theme=f" {files_from}" if files_from else "",
        )
        headers["Referrer-Policy"] = "same-origin"
        headers.setdefault("Cache-Control", "no-store")


def _keep_cookies_here(request: Request, response: Response) -> None:
    """Restrict its cookies to HTTPS, if the request used it, and to the path that the chat is served below."""
    cookies = response.headers.getall("Set-Cookie")
    del response.headers["Set-Cookie"]  # all of them; `pop` removes one
    for cookie in cookies:
        secure = request.scheme == "https" and "; secure" not in cookie.lower()
        kept = _WHOLE_HOST.sub(f"; Path={site_path(request) or '/'}", cookie)
        response.headers.add("Set-Cookie", f"{kept}; secure" if secure else kept)
