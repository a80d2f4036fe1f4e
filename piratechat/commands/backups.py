"""Back-ups with ZODB's repozo: full copies of the file up to its last complete transaction, and incremental ones."""

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

#: Files that repozo creates, named by their time (UTC).
_COPY = re.compile(r"(\d{4}(?:-\d\d){5})\.(delta)?fsz?")
_STAMP = "%Y-%m-%d-%H-%M-%S"
#: Attempts at a back-up while the file is being packed.
ATTEMPTS = 3
#: Maximum number of rooms, and of messages in a room, to list.
MAX_LISTED = 50


class _Date(click.ParamType[str]):
    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"\d{4}(-\d\d){2,5}", value):
            self.fail(f"{value!r} is not YYYY-MM-DD, or YYYY-MM-DD-HH-MM-SS, in UTC.", param, ctx)
        return value


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--full", is_flag=True, help="Copy the whole file, not only new data.")
@click.option("--gzip", is_flag=True, help="Compress the copy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def backup(site: Site, folder: str, full: bool, gzip: bool, as_json: bool) -> None:
    """Back up the database into FOLDER, incrementally; the server may be running.

    The first back-up in a folder, and the first after a pack, copies the
    whole file.  The back-up includes the secret that signs cookies, without
    which no browser is recognized, and the list of erased messages.
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
        click.echo(f"Nothing has changed since the last back-up in {folder}.")
    for name in made if not as_json else ():
        what = "New data" if "delta" in name else "The whole database"
        click.echo(f"{what} is in {os.path.join(folder, name)}: {_size(folder, name):,} bytes.")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--to", type=click.Path(dir_okay=False), metavar="FILE", help="Restore to FILE instead of the chat's database."
)
@click.option("--date", type=_Date(), metavar="YYYY-MM-DD-HH-MM-SS", help="Restore the state at this time (UTC).")
@click.option(
    "--revoked",
    type=click.Path(exists=True, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="The file 'revoked' from another machine that serves the chat.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def restore(site: Site, folder: str, to: str | None, date: str | None, revoked: tuple[str, ...], yes: bool) -> None:
    """Restore the database from the back-up in FOLDER; the server must be stopped, unless you restore to another FILE.

    Every byte is verified against the checksums in the back-up.  The previous
    database is kept beside the new one.  Messages that were erased after the
    back-up are erased again.
    """
    os.umask(0o077)
    target = os.path.abspath(to or site.path or site.file("Restoring"))
    if os.path.exists(target) and not yes:
        click.confirm(f"The back-up replaces {target}, which is kept under another name. Restore?", abort=True)
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
        click.echo(f"The previous database was kept as {kept}; delete it once you are sure.")
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
    help="The file 'revoked' from another machine that serves the chat, or from a back-up.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def restored(site: Site, revoked: tuple[str, ...], yes: bool) -> None:
    """Complete a restore that was not made by the command restore; all servers must be stopped.

    Other means are pg_restore, a snapshot of the disk, or a copied file.
    Messages that were erased after the copy was made are erased again, and
    readers who return with later numbers load the room again.
    """
    if not yes:
        click.confirm(
            f"This starts a new epoch of the database at {site.address}. Are all servers stopped?", abort=True
        )
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
    """Return the last full copy in `folder` and its incremental copies: name, first and last byte, MD5 digest."""
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
        raise click.ClickException(f"Another back-up to {folder} is in progress: wait until it has finished.") from None
    try:
        yield
    finally:
        lock.close()


def _wait_for_a_new_second(folder: str, copies: set[str]) -> None:
    """Wait until the second after the last copy's: copies are restored in the order of their names."""
    last = max((name[: len("YYYY-MM-DD-HH-MM-SS")] for name in copies), default="")
    if last > time.strftime(_STAMP, time.gmtime(time.time() + 2)):
        raise click.ClickException(
            f"The last back-up in {folder} is from {last}, in the future: set the clock, or use another folder."
        )
    while last >= time.strftime(_STAMP, time.gmtime()):
        time.sleep(0.05)


def _copy(folder: str, path: str, options: list[str]) -> None:
    path = os.path.abspath(path)
    for _ in range(ATTEMPTS):
        with open(path, "rb") as file:  # open the whole time, so that no other file can get its inode number
            _repozo(folder, "-B", "-Q", "-f", path, *options)
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return
        options = [*options, "-F"]
        time.sleep(1)
    raise click.ClickException(
        f"{path} was replaced while it was being copied: try again when no pack or restore is running."
    )


def _repozo(folder: str, *options: str) -> None:
    """Run repozo within `folder`, because it cannot handle paths with spaces."""
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


# Replacing the database


def _begin_epoch_of(path: str, erasures: Iterable[Erasure]) -> dict[str, list[int]]:
    """Do the same as `_begin_epoch` in the file at `path`."""
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
    """Give the database a new epoch, because its numbers may have been used for other messages.

    Clients that return with numbers of the old epoch then load the room again.  Erases the messages of `erasures`, and
    returns their numbers, by the slugs of their rooms.
    """
    erased: dict[str, list[int]] = {}
    manager = connection.transaction_manager
    manager.begin().note("restore")
    if KEY in connection.root():
        chat_of(connection).epoch = make_epoch()
        if version_of(connection.root()) == VERSION:
            erased = erase_again(chat_of(connection), erasures)
        else:
            click.echo(
                "An earlier piratechat wrote this back-up: messages that were erased since are not erased in it."
            )
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
    """Move `fresh`, with its index, to `target`; return the new path of the previous file."""
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


# Erased messages


def _erasures(paths: Iterable[str]) -> list[Erasure]:
    """Return the erasures that the files `paths` list."""
    found: list[Erasure] = []
    for each in paths:
        erasures, senseless = Revoked(each).read()
        found += erasures
        if senseless:
            click.echo(f"{each} has {senseless} invalid lines: their messages are not erased again.")
    return found


def _tell_erased(erased: dict[str, list[int]]) -> None:
    for slug, seqs in list(erased.items())[:MAX_LISTED]:
        numbers = ", ".join(map(str, seqs[:MAX_LISTED])) + (" and more" if len(seqs) > MAX_LISTED else "")
        click.echo(f"Room {isolated(slug)}: messages erased again: {numbers}.")
    if erased:
        click.echo(
            f"Messages erased again: {sum(map(len, erased.values()))}. The database file contains their text until "
            "'bin/piratechat pack --forget', and so do the back-up and the files that were set aside."
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
        click.echo(f"The secret that signs cookies was restored to {target}.")
    elif _read(source) != _read(target):
        click.echo(
            f"{target} differs from the back-up's secret, and was not replaced. To recognize the rooms' owners again, "
            f"copy {source} there, unless visitors have already used the other secret."
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
