"""Back-ups by ZODB's repozo: copies of the file up to its last whole transaction, and then of what has been added."""

import gzip as gzip_module
import os
import re
import shutil
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager, suppress
from datetime import UTC, datetime
from typing import IO, Any, cast

import click
from transaction import TransactionManager
from zc.lockfile import LockError, LockFile
from ZODB import DB
from ZODB.FileStorage import FileStorage
from ZODB.scripts import repozo

from piratechat.commands.output import print_json
from piratechat.commands.site import Site, in_use
from piratechat.maintenance.erasing import erase_again
from piratechat.model.bidi import isolated
from piratechat.model.chat import KEY, VERSION, chat_of, make_epoch
from piratechat.secrets import NAME as SECRET
from piratechat.storage.database import BROKEN
from piratechat.storage.recovery import DatabaseDamaged
from piratechat.storage.revoked import NAME as REVOKED
from piratechat.storage.revoked import Erasure, Revoked
from piratechat.storage.upgrade import class_factory, version_of

#: Files that repozo makes: when they were made, UTC.
_COPY = re.compile(r"(\d{4}(?:-\d\d){5})\.(delta)?fsz?")
_STAMP = "%Y-%m-%d-%H-%M-%S"
#: Times that a back-up is begun anew because the file was packed meanwhile.
ATTEMPTS = 3
#: Rooms, and messages of a room, that are listed.
MAX_LISTED = 50


class _Date(click.ParamType[str]):
    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"\d{4}(-\d\d){2,5}", value):
            self.fail(f"{value!r} is not YYYY-MM-DD, or YYYY-MM-DD-HH-MM-SS, in UTC.", param, ctx)
        return value


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--full", is_flag=True, help="Copy the whole file, and not only what is new.")
@click.option("--gzip", is_flag=True, help="Compress the copy.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def backup(site: Site, folder: str, full: bool, gzip: bool, as_json: bool) -> None:
    """Copy what is new in the database into FOLDER, while the server runs.

    The first back-up in a folder, and the first after a pack, copies
    everything.  The secret that signs cookies is copied, too: without it
    nobody is known again.  So are the notes of what was erased.
    """
    path = site.file("A back-up")
    os.umask(0o077)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with _alone_in(folder):
        before = _copies(folder)
        _wait_for_a_new_second(folder, before)
        _copy(folder, path, [*(["-F"] if full else []), *(["-z"] if gzip else [])])
        _keep_secret(site, folder)
        _keep_revoked(site, folder)
        made = sorted(_copies(folder) - before)
        _sync_folder(folder)
    if as_json:
        print_json({"folder": folder, "files": made, "bytes": sum(_size(folder, name) for name in made)})
    elif not made:
        click.echo(f"Nothing is new since the last back-up in {folder}.")
    for name in made if not as_json else ():
        what = "What is new" if "delta" in name else "The whole database"
        click.echo(f"{what} is in {os.path.join(folder, name)}: {_size(folder, name):,} bytes.")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--to", type=click.Path(dir_okay=False), metavar="FILE", help="Not in place of the chat's database.")
@click.option("--date", type=_Date(), metavar="YYYY-MM-DD-HH-MM-SS", help="As it was then, UTC.")
@click.option(
    "--revoked",
    type=click.Path(exists=True, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="The file of this name of another machine that serves the chat.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore(site: Site, folder: str, to: str | None, date: str | None, revoked: tuple[str, ...], yes: bool) -> None:
    """Put the database from the back-up in FOLDER in its place, or into FILE; the server must be stopped.

    Every byte is checked against the sums that were kept with the back-up.
    The database that was there is kept beside the new one.  What was erased
    after the back-up is erased again.
    """
    os.umask(0o077)
    target = os.path.abspath(to or site.path or site.file("Restoring"))
    if os.path.exists(target) and not yes:
        click.confirm(f"{target} is replaced by the back-up, and kept under another name. Restore?", abort=True)
    os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
    with _alone_with(target):
        fresh = f"{target}.restored"
        try:
            _repozo(folder, "-R", "-w", "-o", fresh, *(["-D", date] if date else []))
            noted = (os.path.join(site.settings.var, REVOKED), os.path.join(folder, REVOKED), *revoked)
            erased = _begin_epoch_of(fresh, _erasures(noted))
            kept = _put_in_place(fresh, target)
        finally:
            for leftover in (fresh, *(f"{fresh}{suffix}" for suffix in (".part", ".index", ".lock", ".tmp"))):
                with suppress(FileNotFoundError):
                    os.unlink(leftover)
    click.echo(f"{target} has {os.path.getsize(target):,} bytes from the back-up.")
    if kept:
        click.echo(f"What was there is {kept}: delete it when you are sure.")
    _tell_erased(erased)
    if to is None:
        _restore_secret(site, folder)
        _restore_revoked(site, folder)


@click.command()
@click.option(
    "--revoked",
    type=click.Path(exists=True, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="The file of this name of another machine that serves the chat, or of a back-up.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restored(site: Site, revoked: tuple[str, ...], yes: bool) -> None:
    """Tell the chat that its database was put back by other means than restore; no server may be running.

    That is by pg_restore, by a snapshot of the disk, or by a copied file.
    What was erased after that was made is erased again, and readers who
    return with numbers from then read the room again.
    """
    if not yes:
        click.confirm(f"The database at {site.address} begins a new epoch. Is every server stopped?", abort=True)
    noted = _erasures((os.path.join(site.settings.var, REVOKED), *revoked))
    with site.writing() as connection:
        erased = _begin_epoch(connection, noted)
    click.echo(f"The database at {site.address} has a new epoch.")
    _tell_erased(erased)


# Files of a back-up


def _copies(folder: str) -> set[str]:
    return {name for name in os.listdir(folder) if _COPY.fullmatch(name)}


def _size(folder: str, name: str) -> int:
    return os.path.getsize(os.path.join(folder, name))


def series(folder: str) -> list[tuple[str, int, int, str]]:
    """Return the last whole copy in `folder` and what was added to it: name, first and last byte, MD5 sum."""
    whole = max((name for name in _copies(folder) if "delta" not in name), default=None)
    if whole is None:
        raise click.ClickException(f"There is no back-up in {folder}.")
    found = []
    with open(os.path.join(folder, f"{os.path.splitext(whole)[0]}.dat")) as sums:
        for line in sums:
            path, start, end, digest = line.rsplit(maxsplit=3)
            found.append((os.path.basename(path), int(start), int(end), digest))
    return found


def open_copy(path: str) -> IO[bytes]:
    """Open a file of a back-up, compressed or not."""
    return cast(IO[bytes], gzip_module.open(path)) if path.endswith("fsz") else open(path, "rb")


@contextmanager
def _alone_in(folder: str) -> Iterator[None]:
    try:
        lock = LockFile(os.path.join(folder, ".lock"))
    except LockError:
        raise click.ClickException(f"Another back-up to {folder} is under way: wait until it is done.") from None
    try:
        yield
    finally:
        lock.close()


def _wait_for_a_new_second(folder: str, copies: set[str]) -> None:
    """Let the time pass that the last copy is named after: restoring goes by the order of names."""
    last = max((name[: len("YYYY-MM-DD-HH-MM-SS")] for name in copies), default="")
    if last > time.strftime(_STAMP, time.gmtime(time.time() + 2)):
        raise click.ClickException(
            f"The last back-up in {folder} is of {last}, which is yet to come: set the clock, or use another folder."
        )
    while last >= time.strftime(_STAMP, time.gmtime()):
        time.sleep(0.05)


def _copy(folder: str, path: str, options: list[str]) -> None:
    path = os.path.abspath(path)
    for _ in range(ATTEMPTS):
        with open(path, "rb") as file:  # open all the time, so that another file cannot get its number
            _repozo(folder, "-B", "-Q", "-f", path, *options)
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return
        options = [*options, "-F"]
        time.sleep(1)
    raise click.ClickException(f"{path} was replaced while it was copied: try again when nobody packs or restores.")


def _repozo(folder: str, *options: str) -> None:
    """Run repozo within `folder`: it notes its files' paths in a line, and cannot read one with a space."""
    with chdir(folder):
        try:
            repozo.main(["-r", ".", *options])
        except SystemExit as error:
            raise click.ClickException(f"{folder}: {error.code}") from None
        except (AssertionError, EOFError, KeyError, ValueError, zlib.error) as error:
            raise click.ClickException(
                f"The back-up in {folder} is damaged ({type(error).__name__} {error}): use another one."
            ) from error


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# The database that is replaced


def _begin_epoch_of(path: str, erasures: Iterable[Erasure]) -> dict[str, list[int]]:
    """Do what `_begin_epoch` does in the file at `path`."""
    try:
        db = DB(FileStorage(path), class_factory=class_factory)
    except BROKEN as error:
        raise DatabaseDamaged(path, str(error)) from None
    try:
        connection = db.open(TransactionManager(explicit=True))
        erased = _begin_epoch(connection, erasures)
        connection.close()
    finally:
        db.close()
    return erased


def _begin_epoch(connection: Any, erasures: Iterable[Erasure]) -> dict[str, list[int]]:
    """Give the database a new epoch: its numbers may have been given to something else since.

    Whoever comes back with numbers of the old one then starts over.  What is among `erasures` is erased; its numbers
    are returned, by the slugs of their rooms.
    """
    erased: dict[str, list[int]] = {}
    manager = connection.transaction_manager
    manager.begin().note("restore")
    if KEY in connection.root():
        chat_of(connection).epoch = make_epoch()
        if version_of(connection.root()) == VERSION:
            erased = erase_again(chat_of(connection), erasures)
        else:
            click.echo("An earlier piratechat wrote this back-up: what was erased since is in it, not erased.")
    manager.commit()
    return erased


@contextmanager
def _alone_with(path: str) -> Iterator[None]:
    try:
        lock = LockFile(f"{path}.lock")
    except LockError:
        raise click.ClickException(in_use(path)) from None
    try:
        yield
    finally:
        lock.close()


def _put_in_place(fresh: str, target: str) -> str | None:
    """Move `fresh`, with its index, to `target`; return where what was there is now."""
    with open(fresh, "rb") as file:
        os.fsync(file.fileno())
    kept = None
    if os.path.exists(target):
        kept = f"{target}.replaced-{datetime.now(UTC):{_STAMP}}"
        os.rename(target, kept)
    with suppress(FileNotFoundError):
        os.unlink(f"{target}.index")
    os.rename(fresh, target)
    if os.path.exists(f"{fresh}.index"):
        os.rename(f"{fresh}.index", f"{target}.index")
    _sync_folder(os.path.dirname(target))
    return kept


# What was erased


def _erasures(paths: Iterable[str]) -> list[Erasure]:
    """Return what is noted in the files `paths`."""
    found: list[Erasure] = []
    for each in paths:
        erasures, senseless = Revoked(each).read()
        found += erasures
        if senseless:
            click.echo(f"{each} has {senseless} lines that make no sense: what they say is not erased again.")
    return found


def _tell_erased(erased: dict[str, list[int]]) -> None:
    for slug, seqs in list(erased.items())[:MAX_LISTED]:
        numbers = ", ".join(map(str, seqs[:MAX_LISTED])) + (" and more" if len(seqs) > MAX_LISTED else "")
        click.echo(f"Room {isolated(slug)}: erased after the back-up, and now again: {numbers}.")
    if erased:
        click.echo(
            f"Messages erased again: {sum(map(len, erased.values()))}. The database holds their words until "
            "'bin/piratechat pack --forget', like the back-up itself and what was set aside."
        )


def _keep_revoked(site: Site, folder: str) -> None:
    source = os.path.join(site.settings.var, REVOKED)
    if os.path.exists(source):
        _copy_whole(source, os.path.join(folder, REVOKED))


def _restore_revoked(site: Site, folder: str) -> None:
    source, target = os.path.join(folder, REVOKED), os.path.join(site.settings.var, REVOKED)
    if os.path.exists(source) and not os.path.exists(target):
        os.makedirs(site.settings.var, mode=0o700, exist_ok=True)
        _copy_whole(source, target)


# The secret


def _keep_secret(site: Site, folder: str) -> None:
    source = os.path.join(site.settings.var, SECRET)
    if not site.settings.secret and os.path.exists(source):
        _copy_whole(source, os.path.join(folder, SECRET))


def _restore_secret(site: Site, folder: str) -> None:
    source, target = os.path.join(folder, SECRET), os.path.join(site.settings.var, SECRET)
    if site.settings.secret or not os.path.exists(source):
        return
    if not os.path.exists(target):
        os.makedirs(site.settings.var, mode=0o700, exist_ok=True)
        _copy_whole(source, target)
        click.echo(f"The secret that signs cookies is in {target} again.")
    elif _read(source) != _read(target):
        click.echo(
            f"{target} is another secret than the back-up's, and was left as it is. Owners of rooms are known again "
            f"by the one in {source}: copy it there if nobody came with the other."
        )


def _copy_whole(source: str, target: str) -> None:
    made = f"{target}.{os.getpid()}"
    with open(source, "rb") as file, open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        os.fsync(copy.fileno())
    os.rename(made, target)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
