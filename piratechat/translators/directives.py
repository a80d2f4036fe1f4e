"""Directives of the configurator that register translators as adapters of rooms."""

import re
from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from zope.interface import Interface

from piratechat.interfaces import IRoom, ITranslator, ITranslatorBackend
from piratechat.model.room import Room
from piratechat.options import Options
from piratechat.translators.backends import apertium, command, deepl, libretranslate, openai
from piratechat.translators.backends import http as web
from piratechat.translators.builtin import pirate
from piratechat.translators.defaults import DEFAULTS

#: Factories of built-in back ends, by their name in `use =`.
BACKENDS: dict[str, Callable[[Options], Any]] = {
    "apertium": apertium.from_options,
    "command": command.from_options,
    "deepl": deepl.from_options,
    "http": web.from_options,
    "libretranslate": libretranslate.from_options,
    "openai": openai.from_options,
    "pirate": pirate.from_options,
}

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def add_translator(
    config: Configurator, name: str, factory: Callable[[Room], Any], for_: type[Interface] = IRoom
) -> None:
    """Register a translator for rooms.

    `name`
        Its name in `?as=`: lowercase letters, digits and hyphens.
    `factory`
        Called with a room; returns an `ITranslator`, or None if it is not available in this room.
    `for_`
        The interface of its rooms; IThirdPartyRoom for those whose owners allow translation by third parties.

    Two plug-ins with the same name cause a ConfigurationConflictError, unless the application overrides one.
    Raises ConfigurationError for a name that is not valid in a URL.
    """
    _check_name(name)

    def register() -> None:
        config.registry.registerAdapter(factory, (for_,), ITranslator, name=name)

    introspectable = config.introspectable("translators", name, name, "translator")
    introspectable.update(name=name, factory=factory, for_=for_)
    config.action(("translator", name), register, introspectables=(introspectable,))


def add_translator_backend(config: Configurator, name: str, factory: Callable[[Options], Any]) -> None:
    """Register a back end, for translators in the ini file: `piratechat.translator.german.use = NAME`.

    `factory`
        Called with the `Options` of one translator; returns an `ITranslator`.
        See `piratechat.interfaces.ITranslatorBackend`.

    Conflicts and errors are the same as for `add_translator`.
    """
    _check_name(name)

    def register() -> None:
        config.registry.registerUtility(factory, ITranslatorBackend, name=name)

    introspectable = config.introspectable("translator back ends", name, name, "translator back end")
    introspectable.update(name=name, factory=factory)
    config.action(("translator back end", name), register, introspectables=(introspectable,))


def _check_name(name: str) -> None:
    if not _SLUG.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is not a valid name of a translator: use lowercase letters, digits and hyphens, as in URLs"
        )


def includeme(config: Configurator) -> None:
    """Add the directives, and register the built-in translators."""
    config.add_directive("add_translator", add_translator)
    config.add_directive("add_translator_backend", add_translator_backend)
    for name, factory in BACKENDS.items():
        config.add_translator_backend(name, factory)
    for name, default in DEFAULTS.items():
        config.add_translator(name, default)
