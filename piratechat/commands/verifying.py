"""Verifying the database."""

import fcntl
import hashlib
import os
import sys

import click
from ZODB.POSException import POSKeyError

from piratechat.commands.backups import open_copy, series
from piratechat.commands.output import print_json, print_table
from piratechat.commands.site import Site
from piratechat.maintenance.integrity import Report, check_objects, check_rooms, scan_file
from piratechat.model.chat import VERSION, chat_of
from piratechat.storage.upgrade import version_of

CHUNK = 1024 * 1024


@click.command()
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False),
    metavar="FOLDER",
    help="Also compare every byte with the back-up in FOLDER.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def verify(site: Site, against: str | None, as_json: bool) -> None:
    """Check every transaction, object and message; the server may be running.

    The exit status is 1 if there is a problem.  A ZODB file has no checksums:
    silent corruption can only be detected with --against BACKUP.
    """
    report = Report()
    if site.path is not None:
        path = site.file("Verifying")
        scan_file(path, report, in_use=_is_written(path))
        if against is not None:
            _compare(path, against, report)
    elif against is not None:
        site.file("Comparing with a back-up")
    _check_contents(site, report)
    if as_json:
        print_json({"checked": report.counts, "wrong": report.faults, "remarks": report.remarks})
    else:
        _print(site, report)
    sys.exit(1 if report.faults else 0)


def _check_contents(site: Site, report: Report) -> None:
    try:
        with site.reading() as connection:

            def load(oid: bytes) -> bytes | None:
                try:
                    return connection._storage.load(oid)[0]
                except POSKeyError:
                    return None

            check_objects(load, report)
            if version_of(connection.root()) == VERSION:
                check_rooms(chat_of(connection), report)
            else:
                report.remarks.append(
                    "the database was written by an earlier piratechat, so its rooms were not checked: start the "
                    "server once, which upgrades the database, and verify it again"
                )
    except Exception as error:  # noqa: BLE001 -- whatever damage makes of it
        words = error.message if isinstance(error, click.ClickException) else f"{type(error).__name__} {error}"
        report.wrong(f"the data cannot be read: {words}")


def _is_written(path: str) -> bool:
    """Whether a server has the file open."""
    try:
        with open(f"{path}.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _compare(path: str, folder: str, report: Report) -> None:
    """Compare the file with repozo's checksums of the last full copy and its incremental copies."""
    for name, start, end, expected in series(folder):
        report.count("bytes compared", end - start)
        if _sum(os.path.join(folder, name), 0, end - start) != expected:
            report.wrong(f"{os.path.join(folder, name)} is damaged: make a new back-up with --full")
        if _sum(path, start, end) != expected:
            report.wrong(
                f"bytes {start} to {end} differ from {os.path.join(folder, name)}. "
                "If the file was packed since, make a new back-up; otherwise restore that one"
            )


def _print(site: Site, report: Report) -> None:
    click.echo(f"Checked {site.path or site.address}:")
    print_table(("checked", "count"), list(report.counts.items()))
    for remark in report.remarks:
        click.echo(f"Note: {remark}.")
    for fault in report.faults:
        click.echo(f"Problem: {fault}.")
    click.echo("No problems found." if not report.faults else f"Problems found: {len(report.faults)}.")


def _sum(path: str, start: int, end: int) -> str:
    digest = hashlib.md5(usedforsecurity=False)  # as in repozo
    with open_copy(path) as file:
        file.seek(start)
        while start < end and (chunk := file.read(min(CHUNK, end - start))):
            digest.update(chunk)
            start += len(chunk)
    return digest.hexdigest() if start == end else ""
