"""Listing rooms and messages."""

import json
from collections.abc import Iterator
from typing import IO, Any

import click

from piratechat.commands.output import print_json, print_table, shown
from piratechat.commands.site import Site
from piratechat.model.events import Message
from piratechat.model.room import Room
from piratechat.serialization import iso, kept_values, message_line

#: Messages to read at once.
PAGE = 200


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def rooms(site: Site, as_json: bool) -> None:
    """List the rooms, with owner, number of messages, and time of the last message."""
    with site.chat() as chat:
        found = [_summary(chat.rooms[slug]) for slug in chat.rooms]
    if as_json:
        print_json(found)
    else:
        rows = [(room["room"], room["title"], room["owner"], room["messages"], room["last"] or "-") for room in found]
        print_table(("room", "title", "owner", "messages", "last message"), rows)


@click.command()
@click.argument("room")
@click.option(
    "--last", default=50, show_default=True, type=click.IntRange(min=1), metavar="N", help="Number of entries."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list of messages.")
@click.pass_obj
def log(site: Site, room: str, last: int, as_json: bool) -> None:
    """Show the last messages in ROOM."""
    with site.room(room) as found:
        first = max(found.log.last - last, 0)
        messages = (message for page in _pages(found, first) for message in page)
        if as_json:
            print_json([kept_values(message) for message in messages])
        else:
            for message in messages:
                click.echo(shown(message_line(message)), nl=False)


@click.command()
@click.argument("room")
@click.option("--format", "kind", default="json", show_default=True, type=click.Choice(["json", "txt"]))
@click.option(
    "--output",
    type=click.File("w", "utf-8", lazy=True),
    default="-",
    metavar="FILE",
    help="Write to FILE instead of standard output.",
)
@click.pass_obj
def export(site: Site, room: str, kind: str, output: IO[str]) -> None:
    """Export all messages in ROOM, in the formats of /rooms/ROOM/export.json and .txt."""
    with site.room(room) as found:
        for part in _as_json(found) if kind == "json" else _as_text(found):
            output.write(part)


def _summary(room: Room) -> dict[str, Any]:
    last = room.log.get(room.log.last)
    return {
        "room": room.__name__,
        "title": room.title,
        "topic": room.topic,
        "owner": room.names.of(room.owner) or "",
        "messages": room.log.last,
        "last": None if last is None else iso(last[0]),
    }


def _as_json(room: Room) -> Iterator[str]:
    yield (
        json.dumps({"room": room.__name__, "title": room.title, "topic": room.topic, "last": room.log.last})[:-1]
        + ', "messages": ['
    )
    comma = ""
    for page in _pages(room, 0):
        for message in page:
            yield f"{comma}\n{json.dumps(kept_values(message))}"
            comma = ","
    yield "\n]}\n"


def _as_text(room: Room) -> Iterator[str]:
    for page in _pages(room, 0):
        yield "".join(map(message_line, page))


def _pages(room: Room, after: int) -> Iterator[list[Message]]:
    """Yield the messages after `after`, in pages; earlier pages are removed from memory."""
    while page := room.messages(after, PAGE):
        yield page
        after = page[-1].seq
        room._p_jar.cacheGC()
