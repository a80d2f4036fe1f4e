"""Pages for people, and JSON for programs."""

import json
from typing import Any

from pyramid.request import Request
from pyramid.response import Response


def wants_json(request: Request) -> bool:
    """Whether who asks would rather have JSON than a page."""
    offers = request.accept.acceptable_offers(["text/html", "application/json"])
    return bool(offers) and offers[0][0] == "application/json"


def as_json(values: Any, status: int = 200) -> Response:
    """Return a response of JSON that nobody keeps."""
    return Response(
        json.dumps(values).encode(),
        status=status,
        content_type="application/json",
        charset="UTF-8",
        cache_control="no-store",
    )
