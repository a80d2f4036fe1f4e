"""Packing the database."""

import os
from contextlib import suppress

import click

from piratechat.commands.forgetting import digests_shown, earlier_files, index_files
from piratechat.commands.site import Site
from piratechat.model.chat import chat_of
from piratechat.settings import TRANSLATIONS
from piratechat.storage.postgresql import postgresql_store
from piratechat.translators.engine.cache import DIGEST_SIZE
from piratechat.translators.engine.cache_file import TranslationsFile


@click.command()
@click.option(
    "--days", default=7.0, show_default=True, type=click.FloatRange(min=0), metavar="N", help="Days of history to keep."
)
@click.option("--forget", is_flag=True, help="Remove all erased text, and delete earlier files.")
@click.option(
    "--beside",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="With --forget and a ZEO server: the server's database file, next to which the earlier files are.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def pack(site: Site, days: float, forget: bool, beside: str | None, yes: bool) -> None:
    """Discard history older than N days; the server must be stopped, unless it uses ZEO or PostgreSQL.

    All messages stay.  The discarded history is the previous state of rooms,
    which the commands history and undo need.

    With --forget all history is discarded, together with files that were set
    aside, and translations of texts that are no longer shown.  Afterwards the
    chat's files contain no erased text.  You have to delete back-ups yourself.
    """
    if site.is_postgresql and beside is not None:
        raise click.BadParameter("the database is on a PostgreSQL server, which manages its own files.")
    if forget:
        _pack_and_forget(site, site.path or beside, yes)
        return
    if not yes and site.keeps_history:
        click.confirm(f"Changes made more than {days:g} days ago can no longer be undone. Pack?", abort=True)
    with site.writing() as connection:
        before = _size(site)
        connection.db().pack(days=days)
        after = _size(site)
        _sync(site)
    if not site.keeps_history:
        click.echo("Packed: unreferenced objects were removed. This database keeps no history.")
    elif site.path is None:
        click.echo("Packed.")
    elif after == before:
        click.echo(f"{site.path} has {before:,} bytes. Nothing to reclaim.")
    else:
        click.echo(f"{site.path} had {before:,} bytes, and now has {after:,}.")
        click.echo(f"The previous file is {site.path}.old: delete it when the chat is running again.")


def _pack_and_forget(site: Site, path: str | None, yes: bool) -> None:
    """Pack everything, and delete files that may contain erased text; `path` is the database's file.

    With a database server, the chat and its indexer may be running meanwhile.
    """
    if not yes:
        found = ", ".join(earlier_files(path)) if path is not None else ""
        deleted = f" These files will be deleted: {found}." if found else ""
        click.confirm(f"No earlier change can be undone afterwards.{deleted} Pack?", abort=True)
    with site.writing() as connection:
        connection.db().pack(days=0)
        _sync(site)
        kept = digests_shown(chat_of(connection))
    store = postgresql_store(site.uri)
    if store is not None:
        store.rewrite()
    for each in earlier_files(path) if path is not None else ():
        os.remove(each)
        click.echo(f"{each} was deleted.")
    for each in index_files(site.settings.var):
        with suppress(FileNotFoundError):  # the process that fills the index deletes leftover files
            os.remove(each)
            click.echo(f"{each} was deleted: the server fills it again.")
    translations = os.path.join(site.settings.var, TRANSLATIONS)
    if os.path.exists(translations):
        dropped = TranslationsFile(translations, site.settings.translations_size).keep_only(kept, DIGEST_SIZE)
        click.echo(f"{dropped:,} translations of texts that are no longer shown were removed from {translations}.")
    if site.is_postgresql:
        click.echo(
            "The tables were rewritten. PostgreSQL's write-ahead log (pg_wal, and its archives) contains erased text "
            "until it is overwritten, and log messages may quote failed statements."
        )
    elif site.path is None:
        click.echo("Restart the ZEO server: the .tmp file beside its database may still contain erased text.")
        if path is None:
            click.echo("Also delete the .old file beside its database, for example with --beside FILE.")
    click.echo("Packed. Back-ups and copies of these files still contain erased text.")


def _size(site: Site) -> int:
    return 0 if site.path is None else os.path.getsize(site.path)


def _sync(site: Site) -> None:
    """Sync the new file to disk before anybody deletes the old one, which FileStorage does not do."""
    if site.path is not None:
        with open(site.path, "rb") as file:
            os.fsync(file.fileno())
