"""The history of a room, and undoing its transactions."""

from typing import Any

import click

from piratechat.commands.output import print_json, print_table
from piratechat.commands.site import Site
from piratechat.maintenance.history import Change, NotUndone, RoomChange, changes_of, parse_id
from piratechat.maintenance.history import undo as take_back
from piratechat.model.room import Room
from piratechat.serialization import iso
from piratechat.storage.transaction_notes import doer, note_about

#: Maximum number of transactions to name in an error.
MAX_NAMED = 5


@click.command()
@click.argument("room")
@click.option(
    "--last", default=20, show_default=True, type=click.IntRange(min=1), metavar="N", help="Number of entries."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def history(site: Site, room: str, last: int, as_json: bool) -> None:
    """List the transactions that changed ROOM, newest first."""
    _need_history(site)
    with site.room(room) as found:
        rows = [_values(found, change) for change in changes_of(found, last)]
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("id", "when", "by", "changed", "rev", "action", "bytes"),
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
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def undo(site: Site, transaction: str, yes: bool) -> None:
    """Undo the transaction ID, as listed by history; the server must be stopped, unless it uses ZEO or PostgreSQL.

    Actions are undone by the opposite action, which readers receive when they
    return.  Undo later changes to the same thing first.  Sending a message
    cannot be undone: remove the message instead.
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
    click.echo(f"{tid.hex()} was undone. This is a transaction as well, and can be undone in turn.")


def _need_history(site: Site) -> None:
    if not site.keeps_history:
        raise click.ClickException(
            f"The database at {site.address} keeps no history: zodbconn.uri has keep_history=false. Owners can undo "
            "actions of a room's moderation log on the room's page; earlier states of rooms are in the dumps that "
            "pg_dump made."
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
    """Return the current name of a participant, or "" if it is unknown."""
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
        "Undo those first, beginning with the last, or let the room's owner change it back on the room's page."
    )
