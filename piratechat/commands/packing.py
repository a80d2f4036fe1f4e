"""Making the file smaller."""

import os

import click

from piratechat.commands.site import Site


@click.command()
@click.option("--days", default=7.0, show_default=True, type=click.FloatRange(min=0), metavar="N", help="To keep.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def pack(site: Site, days: float, yes: bool) -> None:
    """Let go of what was changed more than N days ago; the server must be stopped.

    All that was said stays.  What goes is the history: how rooms looked
    before, which history shows and undo takes back.
    """
    if not yes:
        click.confirm(f"What was changed more than {days:g} days ago cannot be undone any more. Pack?", abort=True)
    with site.writing() as connection:
        before = _size(site)
        connection.db().pack(days=days)
        after = _size(site)
        _sync(site)
    if site.path is None:
        click.echo("Packed.")
    elif after == before:
        click.echo(f"{site.path} has {before:,} bytes, and nothing to let go of.")
    else:
        click.echo(f"{site.path} had {before:,} bytes and has {after:,}.")
        click.echo(f"The file as it was is {site.path}.old: delete it when the chat runs again.")


def _size(site: Site) -> int:
    return 0 if site.path is None else os.path.getsize(site.path)


def _sync(site: Site) -> None:
    """Have the new file on disk before anybody deletes the old one; FileStorage leaves that to chance."""
    if site.path is not None:
        with open(site.path, "rb") as file:
            os.fsync(file.fileno())
