"""The chat's translators, in the process that fills the search index."""

import click
from prometheus_client import CollectorRegistry
from pyramid.config import Configurator
from pyramid.settings import aslist

from piratechat.commands.site import Site
from piratechat.search.filling import Read
from piratechat.translators.engine.cache import Memory
from piratechat.translators.engine.detection import Languages
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.metrics import TranslationMetrics
from piratechat.translators.plugins import include
from piratechat.translators.registry import TranslatorRegistry, activate


def translators_of(site: Site) -> tuple[TranslatorRegistry, Read]:
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
