"""What changed in a room, and taking a change back."""

from typing import Any

import click

from piratechat.commands.output import print_json, print_table
from piratechat.commands.site import Site
from piratechat.maintenance.history import Change, NotUndone, RoomChange, changes_of, parse_id
from piratechat.maintenance.history import undo as take_back
from piratechat.model.room import Room
from piratechat.serialization import iso
from piratechat.storage.transaction_notes import doer, note_about

#: Transactions that an explanation names.
MAX_NAMED = 5


@click.command()
@click.argument("room")
@click.option("--last", default=20, show_default=True, type=click.IntRange(min=1), metavar="N", help="How many.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def history(site: Site, room: str, last: int, as_json: bool) -> None:
    """List the transactions that changed ROOM, the last one first."""
    _need_history(site)
    with site.room(room) as found:
        rows = [_values(found, change) for change in changes_of(found, last)]
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("id", "when", "by", "changed", "rev", "what was done", "bytes"),
            [
                (
                    row["id"],
                    row["at"],
                    row["by"],
                    ", ".join(row["changed"]),
                    _range(row["revs"]),
                    row["note"],
                    row["bytes"],
                )
                for row in rows
            ],
        )


@click.command()
@click.argument("transaction", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def undo(site: Site, transaction: str, yes: bool) -> None:
    """Take back the transaction ID, as history shows it; the server must be stopped.

    What an owner did is taken back by doing the opposite, which readers are
    told when they come back.  What was changed again later stands in the way.
    What was said cannot be unsaid: remove the message instead.
    """
    _need_history(site)
    tid = parse_id(transaction)
    if tid is None:
        raise click.BadParameter("an ID has sixteen hexadecimal digits: 'bin/piratechat history ROOM' shows them.")
    if not yes:
        click.confirm(f"Undo {tid.hex()}?", abort=True)
    with site.writing() as connection:
        try:
            take_back(connection, tid, f"undo {tid.hex()}")
        except NotUndone as error:
            raise click.ClickException(_explained(tid, error)) from None
    click.echo(f"{tid.hex()} is undone. That is a transaction, too, and can be undone.")


def _need_history(site: Site) -> None:
    if not site.keeps_history:
        raise click.ClickException(
            f"The database at {site.address} keeps nothing of the past: zodbconn.uri says keep_history=false. What "
            "owners did is in each room's moderation log, and they take it back on its page; how rooms were before is "
            "in the copies that pg_dump made."
        )


def _values(room: Room, found: RoomChange) -> dict[str, Any]:
    change = found.change
    return {
        "id": change.id.hex(),
        "at": iso(change.at),
        "by": _called(room, doer(room.__name__, change.user)),
        "changed": found.kinds,
        "revs": found.revs,
        "note": note_about(room.__name__, change.description) or _undone(change),
        "bytes": change.size,
    }


def _called(room: Room, participant: int | None) -> str:
    """Return what a participant is called now, "" if that is not known."""
    visitor = None if participant is None else room.names.visitor(participant)
    return "" if visitor is None else room.names.of(visitor) or ""


def _range(revs: list[int]) -> str:
    return "-".join(map(str, dict.fromkeys((revs[0], revs[-1])))) if revs else ""


def _undone(change: Change) -> str:
    return change.description if change.description.startswith("undo ") else ""


def _explained(tid: bytes, error: NotUndone) -> str:
    words = f"{tid.hex()} was not undone: {error}"
    if not error.meanwhile:
        return f"{words}."
    named = [f"{later.id.hex()} ({iso(later.at)}, {later.description or 'no note'})" for later in error.meanwhile]
    more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
    return (
        f"{words}: {', '.join(named[:MAX_NAMED])}{more}. "
        "Undo those first, the last one first, or have the room's owner change it back on its page."
    )
