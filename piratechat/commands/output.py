"""Output of commands: aligned text for people, JSON for scripts."""

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import click

from piratechat.model.bidi import isolated

#: Control characters that messages may contain, and that a terminal would interpret.
_CONTROLS = re.compile("[\x80-\x9f]")


def print_json(values: Any) -> None:
    """Print `values` as one JSON document."""
    click.echo(json.dumps(values, ensure_ascii=False, indent=2))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """Print `rows` below `head` in columns; numbers are aligned to the right."""
    right = [isinstance(cell, int) for cell in rows[0]] if rows else [False] * len(head)
    lines = [
        list(head),
        *([f"{cell:,}" if isinstance(cell, int) else isolated(shown(cell)) for cell in row] for row in rows),
    ]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [
            " " * (width - _width(cell)) + cell if number else cell + " " * (width - _width(cell))
            for cell, width, number in zip(line, widths, right, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def shown(text: str) -> str:
    """Return `text` in a form that is safe for a terminal."""
    return _CONTROLS.sub("\ufffd", text)


def _width(text: str) -> int:
    """Return the number of terminal columns that `text` takes."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
