"""Filling the search index."""

import json
import os
import sys
import time

import click
from prometheus_client import CollectorRegistry
from pyramid.config import Configurator
from pyramid.settings import aslist

from piratechat.commands.site import Site
from piratechat.search.filling import Filling, Read
from piratechat.search.index import NAME, Index
from piratechat.search.indexer import Indexer, locked, rest_until_abandoned, source_of
from piratechat.translators.engine.cache import Memory
from piratechat.translators.engine.detection import Languages
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.metrics import TranslationMetrics
from piratechat.translators.plugins import include
from piratechat.translators.registry import TranslatorRegistry, activate

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
    found = Index(os.path.join(site.settings.var, NAME))
    translators, read = _translators(site)
    return Indexer(source_of(site.uri), found, Filling(found, translators.of, read), site.settings.disk_reserve)


def _translators(site: Site) -> tuple[TranslatorRegistry, Read]:
    """Return the translators of the chat, created for this process, and the function that calls them."""
    options = dict(site.options)
    plugins = aslist(options.pop("pyramid.includes", ""))
    config = Configurator(settings=options)
    try:
        config.include("piratechat.translators.directives")
        for plugin in plugins:
            include(config, plugin, f"pyramid.includes: {plugin}")
        activate(config, site.settings.translators, options)
        registry = TranslatorRegistry(config.registry, site.settings.translators)
    except Exception as error:  # noqa: BLE001 -- a plug-in may need the whole server
        click.echo(f"Only originals are indexed, because the translators cannot be loaded: {error!r}", err=True)
        registry = TranslatorRegistry(config.registry, ())
    engine = Engine({}, Languages(None), Memory(0), TranslationMetrics(CollectorRegistry()))

    def read(translators: object, name: str, text: str, language: str | None) -> str | None:
        translated = engine.known(translators, name, text, language)  # type: ignore[arg-type]
        return None if translated is None else translated.text

    return registry, read
