"""Notes on transactions for the history: rooms and actions, without text.

The author is recorded by participant number.  Notes outlive erased messages, so they contain no ids of visitors.
"""

from collections.abc import Callable, Iterable
from typing import Any

#: Maximum number of rooms in a note; FileStorage allows 64 KB.
MAX_ROOMS = 50


def write_note(
    transaction: Any, done: Iterable[tuple[str, str, str]], participant: Callable[[str, str], int | None]
) -> None:
    """Record in `transaction` the actions `done`, (slug, kind, visitor), and the author if there is only one.

    `participant` returns the number of a visitor in the room with a slug, or None.
    """
    rooms: dict[str, dict[str, int]] = {}
    doers = set()
    for slug, kind, visitor in done:
        kinds = rooms.setdefault(slug, {})
        kinds[kind] = kinds.get(kind, 0) + 1
        doers.add((slug, visitor))
    if len(doers) == 1:
        slug, visitor = doers.pop()
        note_doer(transaction, slug, participant(slug, visitor))
    parts = [
        f"{slug}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        for slug, kinds in list(rooms.items())[:MAX_ROOMS]
    ]
    if len(rooms) > MAX_ROOMS:
        parts.append(f"and {len(rooms) - MAX_ROOMS} more rooms")
    transaction.note("; ".join(parts))


def note_doer(transaction: Any, slug: str, participant: int | None) -> None:
    """Record in `transaction` the participant of the room `slug` who made it, or None if unknown."""
    if participant is not None:
        transaction.user = f"{slug} {participant}"


def doer(slug: str, user: str) -> int | None:
    """Return the participant of the room `slug` in the note `user`, or None."""
    room, _, number = user.partition(" ")
    return int(number) if room == slug and number.isascii() and number.isdigit() and len(number) < 19 else None


def note_about(slug: str, description: str) -> str:
    """Return the part of the note `description` about the room `slug`, or ""."""
    about = f"{slug}: "
    return next((part.removeprefix(about) for part in description.split("; ") if part.startswith(about)), "")
