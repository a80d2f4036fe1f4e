"""Filling the search index."""

import json
import os
import sys
import time

import click

from piratechat.commands.site import Site
from piratechat.search.filling import Filling
from piratechat.search.index import NAME, Index
from piratechat.search.indexer import Indexer, locked, rest_until_abandoned, source_of

#: The niceness of this process.
NICENESS = 10


@click.command()
@click.option("--once", is_flag=True, help="End when the index is complete.")
@click.option("--served", is_flag=True, hidden=True)
@click.pass_obj
def index(site: Site, once: bool, served: bool) -> None:
    """Fill the search index, and keep it up to date; the server starts this automatically.

    You can delete the index at any time: it is filled again from the log.
    """
    if served:
        os.nice(NICENESS)
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as given:
            site = Site.with_options(json.loads(given.readline()))
    lock = locked(site.settings.var)
    if lock is None:
        raise click.ClickException(
            f"Another process fills the index in {site.settings.var}: probably that of the running server."
        )
    with lock:
        indexer = _indexer(site)
        if once:
            while indexer.fill():
                pass
        else:
            indexer.keep(rest_until_abandoned if served else _rest)


def _rest(seconds: float) -> bool:
    time.sleep(seconds)
    return True


def _indexer(site: Site) -> Indexer:
    from piratechat.commands.index_translators import translators_of  # other commands start faster without translators

    found = Index(os.path.join(site.settings.var, NAME))
    translators, read = translators_of(site)
    return Indexer(source_of(site.uri), found, Filling(found, translators.of, read), site.settings.disk_reserve)
