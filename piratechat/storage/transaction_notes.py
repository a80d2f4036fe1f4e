"""What a transaction says of itself, for those who look at the history: which rooms, and what was done; no words.

Who did it is told by the number of a participant.  A note outlives what is erased, so it holds no id of a visitor.
"""

from collections.abc import Callable, Iterable
from typing import Any

#: Rooms that a note tells of; FileStorage takes 64 KB.
MAX_ROOMS = 50


def write_note(
    transaction: Any, done: Iterable[tuple[str, str, str]], participant: Callable[[str, str], int | None]
) -> None:
    """Note on `transaction` what was `done`: (slug, kind, visitor), and who did it, if it was one visitor in one room.

    `participant` returns the number of a visitor in the room of a slug, or None.
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
    """Note on `transaction` that it was made by this participant of the room `slug`, None if that is not known."""
    if participant is not None:
        transaction.user = f"{slug} {participant}"


def doer(slug: str, user: str) -> int | None:
    """Return which participant of the room `slug` the note `user` tells of, or None."""
    room, _, number = user.partition(" ")
    return int(number) if room == slug and number.isascii() and number.isdigit() and len(number) < 19 else None


def note_about(slug: str, description: str) -> str:
    """Return what the note `description` says of the room `slug`, "" if nothing."""
    about = f"{slug}: "
    return next((part.removeprefix(about) for part in description.split("; ") if part.startswith(about)), "")
