"""What a transaction says of itself, for those who look at the history: which rooms, and what was done; no words."""

from collections.abc import Iterable
from typing import Any

#: Rooms that a note tells of; FileStorage takes 64 KB.
MAX_ROOMS = 50


def write_note(transaction: Any, done: Iterable[tuple[str, str, str]]) -> None:
    """Note on `transaction` what was `done`: (slug, kind, visitor), and who did it, if it was one visitor."""
    rooms: dict[str, dict[str, int]] = {}
    visitors = set()
    for slug, kind, visitor in done:
        kinds = rooms.setdefault(slug, {})
        kinds[kind] = kinds.get(kind, 0) + 1
        visitors.add(visitor)
    if len(visitors) == 1:
        transaction.user = visitors.pop()
    parts = [
        f"{slug}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        for slug, kinds in list(rooms.items())[:MAX_ROOMS]
    ]
    if len(rooms) > MAX_ROOMS:
        parts.append(f"and {len(rooms) - MAX_ROOMS} more rooms")
    transaction.note("; ".join(parts))


def note_about(slug: str, description: str) -> str:
    """Return what the note `description` says of the room `slug`, "" if nothing."""
    about = f"{slug}: "
    return next((part.removeprefix(about) for part in description.split("; ") if part.startswith(about)), "")
