"""Parsing JSON from outside."""

import json
from typing import Any

from pyramid_sockjs.protocol.json_nesting import MAX_DEPTH, is_too_deep


def parse_json(text: str) -> Any:
    """Parse `text`.  Raises ValueError for invalid JSON, and for JSON that nests too deeply."""
    if is_too_deep(text):
        raise ValueError(f"JSON nests deeper than {MAX_DEPTH} levels")
    return json.loads(text)
