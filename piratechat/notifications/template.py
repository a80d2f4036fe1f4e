"""Templates for notifications: "Order {order.number} is {order.state}".

A placeholder names a value in JSON by keys and list indexes, separated by dots.  There are no filters, formats or
expressions, which could be security holes.  `{{` and `}}` are literal braces.
"""

import re
from collections.abc import Sequence
from typing import Any

#: Maximum length of a template in characters, and of a placeholder in keys and indexes.
MAX_LENGTH, MAX_DEPTH = 1_000, 20

_PARTS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


class Missing(Exception):
    """A value that the template needs is missing, or has the wrong type."""


class Template:
    """A parsed template.  Raises ValueError, with an explanation, for an invalid one."""

    def __init__(self, text: str) -> None:
        if not text.strip():
            raise ValueError("must not be empty")
        if len(text) > MAX_LENGTH:
            raise ValueError(f"must have {MAX_LENGTH:,} characters or fewer, not {len(text):,}")
        #: Texts, and the keys of placeholders.
        self._parts: list[str | tuple[str, ...]] = [_parsed(match) for match in _PARTS.finditer(text)]

    @property
    def is_fixed(self) -> bool:
        """Whether it has no placeholders."""
        return all(isinstance(part, str) for part in self._parts)

    def fill(self, values: Any) -> str:
        """Return the text with the placeholders replaced by `values`, which come from JSON.  Raises Missing."""
        return "".join(part if isinstance(part, str) else _written(part, _found(part, values)) for part in self._parts)


def _parsed(match: re.Match[str]) -> str | tuple[str, ...]:
    found = match[0]
    if found in ("{{", "}}"):
        return found[0]
    if found in ("{", "}"):
        raise ValueError(f"has a {found} without its other half; write {found * 2} for a brace")
    if match[1] is None:
        return found
    keys = tuple(match[1].split("."))
    if not all(keys) or len(keys) > MAX_DEPTH:
        raise ValueError(f"must name a value in {found}: keys with dots between them, such as {{order.number}}")
    return keys


def _found(keys: Sequence[str], values: Any) -> Any:
    for number, key in enumerate(keys, 1):
        try:
            if isinstance(values, list):
                values = values[int(key)] if key.isascii() and key.isdecimal() else None
            else:
                values = values[key]
        except (KeyError, IndexError, TypeError, ValueError):
            values = None
        if values is None:
            raise Missing(f"it has no {'.'.join(keys[:number])}")
    return values


def _written(keys: Sequence[str], value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Missing(f"{'.'.join(keys)} is no text and no number")
