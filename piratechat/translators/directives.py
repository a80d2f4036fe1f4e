"""How translators come to be adapters of rooms: directives of the configurator."""

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

#: What can be made of the ini file's settings, by what `use =` calls it.
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
    """Let rooms be read through a translator.

    `name`
        What `?as=` calls it: small letters, digits and hyphens.
    `factory`
        Called with a room; returns an `ITranslator`, or None for "not in this room".
    `for_`
        The interface of the rooms it is for; IThirdPartyRoom for those whose owner
        allows that what is said leaves this machine.

    Two plug-ins with one name are a ConfigurationConflictError, unless the
    application itself decides.  Raises ConfigurationError for a name that
    cannot stand in a URL.
    """
    _check_name(name)

    def register() -> None:
        config.registry.registerAdapter(factory, (for_,), ITranslator, name=name)

    introspectable = config.introspectable("translators", name, name, "translator")
    introspectable.update(name=name, factory=factory, for_=for_)
    config.action(("translator", name), register, introspectables=(introspectable,))


def add_translator_backend(config: Configurator, name: str, factory: Callable[[Options], Any]) -> None:
    """Let the ini file make translators: `piratechat.translator.german.use = NAME`.

    `factory`
        Called with the `Options` of one translator; returns an `ITranslator`.
        See `piratechat.interfaces.ITranslatorBackend`.

    Conflicts and errors are those of `add_translator`.
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
            f"{name!r} is no name for a translator: small letters, digits and hyphens, as in a URL"
        )


def includeme(config: Configurator) -> None:
    """Add the directives, and what comes with the chat."""
    config.add_directive("add_translator", add_translator)
    config.add_directive("add_translator_backend", add_translator_backend)
    for name, factory in BACKENDS.items():
        config.add_translator_backend(name, factory)
    for name, default in DEFAULTS.items():
        config.add_translator(name, default)
