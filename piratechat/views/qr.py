"""The link to a room as a QR code, for scanning with a phone."""

import io

import gevent
import segno
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.errors import CommandRejected
from piratechat.model.room import READ, Room
from piratechat.texts import text
from piratechat.views.room_page import room_link

#: Maximum length of a link: enough for a name in any script after the longest host name.
LONGEST_LINK = 800
#: Width of the quiet zone in modules: ISO/IEC 18004 requires four.
QUIET_ZONE = 4
#: Seconds for which browsers may cache it.
MAX_AGE = 300


@view_config(context=Room, name="qr.svg", request_method=("GET", "HEAD"), permission=READ)
def qr_code(room: Room, request: Request) -> Response:
    """Draw the link that the page shows.  Raises CommandRejected if the link is too long."""
    link = room_link(request, room)
    if len(link) > LONGEST_LINK:
        raise CommandRejected("bad-message", text("error.qr_too_long"))
    # Outside the hub's thread: a long link takes tens of milliseconds.
    svg = gevent.get_hub().threadpool.apply(drawn, (link,))
    return Response(svg, content_type="image/svg+xml", charset="UTF-8", cache_control=f"private, max-age={MAX_AGE}")


def drawn(link: str) -> bytes:
    """Return `link` as a QR code in SVG, dark on light in any theme."""
    file = io.BytesIO()
    code = segno.make_qr(link, error="m", boost_error=False)
    code.save(
        file, kind="svg", border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return file.getvalue()
