"""Content negotiation: pages for people, and JSON for programs."""

import json
from typing import Any

from pyramid.request import Request
from pyramid.response import Response


def wants_json(request: Request) -> bool:
    """Whether the client prefers JSON to a page."""
    offers = request.accept.acceptable_offers(["text/html", "application/json"])
    return bool(offers) and offers[0][0] == "application/json"


def as_json(values: Any, status: int = 200) -> Response:
    """Return a JSON response that is not cached."""
    return Response(
        json.dumps(values).encode(),
        status=status,
        content_type="application/json",
        charset="UTF-8",
        cache_control="no-store",
    )
