"""The link to a room as a QR code: those beside you point their phones at it."""

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

#: Characters of the longest link: a name in any script fits, behind the longest host that DNS has.
LONGEST_LINK = 800
#: Modules of light around the code: ISO/IEC 18004 asks for four.
QUIET_ZONE = 4
#: Seconds for which browsers may keep it.
MAX_AGE = 300


@view_config(context=Room, name="qr.svg", request_method=("GET", "HEAD"), permission=READ)
def qr_code(room: Room, request: Request) -> Response:
    """Draw the link that the page shows.  Raises CommandRejected for an address that no browser would ask for."""
    link = room_link(request, room)
    if len(link) > LONGEST_LINK:
        raise CommandRejected("bad-message", text("error.qr_too_long"))
    # Beside the hub: a long link takes some tens of milliseconds.
    svg = gevent.get_hub().threadpool.apply(drawn, (link,))
    return Response(svg, content_type="image/svg+xml", charset="UTF-8", cache_control=f"max-age={MAX_AGE}")


def drawn(link: str) -> bytes:
    """Return `link` as a QR code: SVG, dark on light whatever the page is like."""
    file = io.BytesIO()
    code = segno.make_qr(link, error="m", boost_error=False)
    code.save(
        file, kind="svg", border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return file.getvalue()
