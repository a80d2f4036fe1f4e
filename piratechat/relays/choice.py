"""The choice of a relay by the setting `piratechat.relay`."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from zope.interface import Invalid
from zope.interface.verify import verifyObject

from piratechat.interfaces import IRelay, IRelayBackend
from piratechat.options import Options, of_the_chat
from piratechat.relays import local

#: The setting with the name of the relay, and the prefix of a relay's own settings.
SETTING, PREFIX = "piratechat.relay", "piratechat.relay."


def add_relay(config: Configurator, name: str, factory: Callable[[Options], Any]) -> None:
    """Register a relay, for the ini file: `piratechat.relay = NAME`.

    `factory`
        Called with the `Options` of `piratechat.relay.NAME.*`; returns an `IRelay`.
        See `piratechat.interfaces.IRelayBackend`.

    Two plug-ins with the same name cause a ConfigurationConflictError.
    """

    def register() -> None:
        config.registry.registerUtility(factory, IRelayBackend, name=name)

    introspectable = config.introspectable("relays", name, name, "relay")
    introspectable.update(name=name, factory=factory)
    config.action(("relay", name), register, introspectables=(introspectable,))


def includeme(config: Configurator) -> None:
    """Add the directive, and register the built-in relays."""
    config.add_directive("add_relay", add_relay)
    config.add_relay("local", local.from_options)
    config.add_relay("redis", _optional("redis", package="redis"))
    config.add_relay("amqp", _optional("amqp", package="amqp"))


def chosen_relay(config: Configurator, name: str, settings: Mapping[str, Any]) -> Any:
    """Return the IRelay `name`, created from `settings`.  Raises ConfigurationError, with the name of the setting."""
    config.commit()
    backends = dict(config.registry.getUtilitiesFor(IRelayBackend))
    known = ", ".join(sorted(backends))
    if name not in backends:
        raise ConfigurationError(f"{SETTING} must be one of {known}, not {name!r}")
    for key in settings:
        if key.startswith(PREFIX) and key.removeprefix(PREFIX).partition(".")[0] not in backends:
            raise ConfigurationError(f"{key}: there is no such relay; there are {known}")
    options = Options(name, of_the_chat(settings), prefix=PREFIX)
    try:
        relay = backends[name](options)
        options.finish()
        verifyObject(IRelay, relay)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    except Invalid as problem:
        raise ConfigurationError(
            f"The relay {name!r} does not implement IRelay: {' '.join(str(problem).split())}"
        ) from None
    return relay


def _optional(name: str, package: str) -> Callable[[Options], Any]:
    """Return the factory of the relay in the module `name`, whose `package` is optional."""

    def from_options(options: Options) -> Any:
        try:
            module = importlib.import_module(f"piratechat.relays.{name}")
        except ModuleNotFoundError as missing:
            if missing.name != package:
                raise
            problem = f"{SETTING} = {name} needs the package {package}: pip install piratechat[{name}]"
            raise ValueError(problem) from None
        return module.from_options(options)

    return from_options
