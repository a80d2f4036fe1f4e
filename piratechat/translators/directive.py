"""How translators come to be adapters of rooms: the directive, and the ini file."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from zope.interface import Interface

from piratechat.interfaces import IRoom, ITranslator
from piratechat.model.room import Room
from piratechat.translators.original import Original
from piratechat.translators.pirate import Pirate

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

#: The setting that says which translators there are, and in which order; the first is the chat's default.
SETTING = "piratechat.translators"


def add_translator(
    config: Configurator, name: str, factory: Callable[[Room], Any], for_: type[Interface] = IRoom
) -> None:
    """Let rooms be read through a translator.

    `name`
        What `?as=` calls it: small letters, digits and hyphens.
    `factory`
        Called with a room; returns an `ITranslator`, or None for "not in this room".
    `for_`
        The interface of the rooms it is for.

    Two plug-ins with one name are a ConfigurationConflictError, unless the
    application itself decides.  Raises ConfigurationError for a name that
    cannot stand in a URL.
    """
    if not _SLUG.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is no name for a translator: small letters, digits and hyphens, as in a URL"
        )

    def register() -> None:
        config.registry.registerAdapter(factory, (for_,), ITranslator, name=name)

    introspectable = config.introspectable("translators", name, name, "translator")
    introspectable.update(name=name, factory=factory, for_=for_)
    config.action(("translator", name), register, introspectables=(introspectable,))


class Shelf:
    """The translators that the operator switched on, in their order."""

    def __init__(self, registry: Registry, names: Sequence[str]) -> None:
        self._registry = registry
        self.names = tuple(names)

    def check(self) -> None:
        """Raises ConfigurationError if the ini file names a translator that no plug-in brings."""
        known = {adapter.name for adapter in self._registry.registeredAdapters() if adapter.provided is ITranslator}
        for name in self.names:
            if name not in known:
                raise ConfigurationError(
                    f"{SETTING}: there is no translator {name!r}; there are {', '.join(sorted(known))}. "
                    "Is its package listed in pyramid.includes?"
                )

    def of(self, room: Room) -> dict[str, Any]:
        """Return the translators of `room` by name, in their order."""
        found = ((name, self._registry.queryAdapter(room, ITranslator, name=name)) for name in self.names)
        return {name: translator for name, translator in found if translator is not None}

    def choose(self, room: Room, *wanted: str | None) -> str:
        """Return the first name of `wanted` that `room` can be read through, else the room's default, or the chat's."""
        there = self.of(room)
        return next((name for name in (*wanted, room.translator, *self.names) if name in there), self.names[0])


def includeme(config: Configurator) -> None:
    """Add the directive `config.add_translator`, and the translators that come with the chat."""
    config.add_directive("add_translator", add_translator)
    for translator in (Pirate(), Original()):
        config.add_translator(translator.name, lambda _room, shared=translator: shared)
