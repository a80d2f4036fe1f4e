"""Making the file smaller."""

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
@click.option("--days", default=7.0, show_default=True, type=click.FloatRange(min=0), metavar="N", help="To keep.")
@click.option("--forget", is_flag=True, help="Leave nothing of what was erased, and delete earlier files.")
@click.option(
    "--beside",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="With a ZEO server and --forget: its file, beside which earlier ones are.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def pack(site: Site, days: float, forget: bool, beside: str | None, yes: bool) -> None:
    """Let go of what was changed more than N days ago; the server must be stopped, unless it has its data on another.

    All that was said stays.  What goes is the history: how rooms looked
    before, which history shows and undo takes back.

    With --forget all of the history goes, the files that were set aside, and
    translations of what is no longer shown: afterwards nothing that was erased
    is in the files of the chat.  Back-ups are yours to delete.
    """
    if site.is_postgresql and beside is not None:
        raise click.BadParameter("the database is on a PostgreSQL server: nobody but that knows its files.")
    if forget:
        _pack_and_forget(site, site.path or beside, yes)
        return
    if not yes and site.keeps_history:
        click.confirm(f"What was changed more than {days:g} days ago cannot be undone any more. Pack?", abort=True)
    with site.writing() as connection:
        before = _size(site)
        connection.db().pack(days=days)
        after = _size(site)
        _sync(site)
    if not site.keeps_history:
        click.echo("Packed: what nothing refers to any more is gone. Of the past this database keeps nothing.")
    elif site.path is None:
        click.echo("Packed.")
    elif after == before:
        click.echo(f"{site.path} has {before:,} bytes, and nothing to let go of.")
    else:
        click.echo(f"{site.path} had {before:,} bytes and has {after:,}.")
        click.echo(f"The file as it was is {site.path}.old: delete it when the chat runs again.")


def _pack_and_forget(site: Site, path: str | None, yes: bool) -> None:
    """Pack all that can be packed, and delete what still holds words that were erased; `path` is the database's file.

    A server and its indexer may go on meanwhile, with a server for databases.
    """
    if not yes:
        found = ", ".join(earlier_files(path)) if path is not None else ""
        deleted = f" These files are deleted: {found}." if found else ""
        click.confirm(f"Nothing that was done until now can be undone any more.{deleted} Pack?", abort=True)
    with site.writing() as connection:
        connection.db().pack(days=0)
        _sync(site)
        kept = digests_shown(chat_of(connection))
    store = postgresql_store(site.uri)
    if store is not None:
        store.rewrite()
    for each in earlier_files(path) if path is not None else ():
        os.remove(each)
        click.echo(f"{each} is deleted.")
    for each in index_files(site.settings.var):
        with suppress(FileNotFoundError):  # the process that fills it deletes what has outlived the index
            os.remove(each)
            click.echo(f"{each} is deleted: the server fills it again.")
    translations = os.path.join(site.settings.var, TRANSLATIONS)
    if os.path.exists(translations):
        dropped = TranslationsFile(translations, site.settings.translations_size).keep_only(kept, DIGEST_SIZE)
        click.echo(f"{translations} has forgotten {dropped:,} translations of what is no longer shown.")
    if site.is_postgresql:
        click.echo(
            "The tables are rewritten. PostgreSQL's write-ahead log (pg_wal, and where it is archived) holds what "
            "was erased until it is written over, and its messages may quote statements that failed."
        )
    elif site.path is None:
        click.echo("Restart the ZEO server: the .tmp file beside its database may still hold what was erased.")
        if path is None:
            click.echo("Delete the .old file beside its database, too: --beside FILE does.")
    click.echo("Packed. Back-ups and copies of these files still hold what was erased.")


def _size(site: Site) -> int:
    return 0 if site.path is None else os.path.getsize(site.path)


def _sync(site: Site) -> None:
    """Have the new file on disk before anybody deletes the old one; FileStorage leaves that to chance."""
    if site.path is not None:
        with open(site.path, "rb") as file:
            os.fsync(file.fileno())
