"""The translators that are enabled in the ini file."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from webob.acceptparse import create_accept_language_header
from zope.interface import Invalid
from zope.interface.verify import verifyObject

from piratechat.interfaces import IRoom, IThirdPartyRoom, ITranslator, ITranslatorBackend
from piratechat.model.room import Room
from piratechat.options import PREFIX, Options, of_the_chat
from piratechat.translation import REACHES
from piratechat.translators.builtin.original import Original
from piratechat.translators.defaults import DEFAULTS
from piratechat.translators.engine.protection import Protection
from piratechat.translators.plugins import BACKEND, TRANSLATOR, include_installed, missing
from piratechat.translators.views import Choices, Views, offers_several, resolved

#: The setting with the names of the enabled translators, in order; the first is the default.
SETTING = "piratechat.translators"

#: Values of a translator's attributes; see ITranslator.
KINDS = ("style", "language")
MASKINGS = ("split", "tags", "slots", "own")

#: Maximum number of a browser's languages to check.
MAX_ACCEPTED = 10


class TranslatorRegistry:
    """The enabled translators, in order."""

    def __init__(self, registry: Registry, names: Sequence[str]) -> None:
        self._registry = registry
        self.names = tuple(names)

    def of(self, room: Room) -> Views:
        """Return the translators of `room` by name, in order."""
        found = ((name, self._registry.queryAdapter(room, ITranslator, name=name)) for name in self.names)
        return Views({name: each for name, each in found if each is not None and _may_hear(each, room)})

    def all(self) -> Views:
        """Return all translators that a room can have, by name."""
        return self.of_new_room(third_party_translation=True)

    def choices(self) -> Choices:
        """Return the views that an owner may choose as default."""
        return Choices(self.names, self.all)

    def of_new_room(self, third_party_translation: bool) -> Views:
        """Return the translators of a new room, by name."""
        room = Room("", "", "", None)
        room.third_party_translation = third_party_translation
        return self.of(room)

    def recipients(self) -> list[str]:
        """Return the third parties that would receive messages in a room that allows them."""
        everywhere = self.all().values()
        return list(dict.fromkeys(each.recipient for each in everywhere if each.reach == "third-party"))

    def choose(self, room: Room, *wanted: str | None, accepted: str | None = None) -> str:
        """Return the best view of `room`: see `chosen`; its own default comes after those that are `wanted`."""
        return chosen(self.of(room), *wanted, room.translator, accepted=accepted)


def chosen(translators: Mapping[str, Any], *wanted: str | None, accepted: str | None = None) -> str:
    """Return the first of `wanted` that is a valid view of a room with these `translators`, else the best default.

    The default is a language of the browser's Accept-Language header `accepted` (RFC 9110 section 12.5.4), else that of
    the chat.  Third parties are only used if somebody chose them.
    """
    for view in wanted:
        found = resolved(translators, view) if view else None
        if found is not None:
            return found
    found = _accepted(translators, accepted) if accepted else None
    return found or next((name for name, each in translators.items() if not offers_several(each)), Original.name)


def _may_hear(translator: Any, room: Room) -> bool:
    """Whether messages of `room` may be sent to `translator`, regardless of its registration."""
    return translator.reach != "third-party" or IThirdPartyRoom.providedBy(room)


def _accepted(translators: Mapping[str, Any], accepted: str) -> str | None:
    """Return the translator into the browser's most preferred language, or None."""
    near = {name: each for name, each in translators.items() if each.kind == "language" and each.reach != "third-party"}
    for tag in accepted_tags(create_accept_language_header(accepted)) if near else ():
        found = resolved(near, f":{tag}")
        if found is not None:
            return found
    return None


def accepted_tags(accepting: Any) -> list[str]:
    """Return the browser's languages, most preferred first; `accepting` is WebOb's `accept_language`."""
    ranges = sorted(accepting.parsed or (), key=lambda each: -each[1])
    return [tag for tag, quality in ranges[:MAX_ACCEPTED] if quality and tag != "*"]


def activate(config: Configurator, names: Sequence[str], settings: Mapping[str, str]) -> dict[str, Protection]:
    """Create the translators `names` according to `settings`; return the limits of each.

    Includes installed packages that have one of them: installation alone does not enable a package.  Raises
    ConfigurationError, with the name of the setting.
    """
    options = {name: Options(name, of_the_chat(settings)) for name in names}
    _check_prefixes(names, settings)
    config.commit()
    _include_found(config, options)
    config.commit()
    protections = {}
    for name in names:
        try:
            made = None
            if options[name].has("use") or _is_backend(config, name):
                made = _make(config, options[name])
            protections[name] = Protection.from_options(options[name], made)
            options[name].finish()
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
    config.commit()
    _check_known(config.registry, names)
    translators = TranslatorRegistry(config.registry, names).all()
    _check_promises(translators)
    _check_fallbacks(translators, protections)
    return protections


def _make(config: Configurator, options: Options) -> Any:
    """Create and register the translator that `options` describe.  Raises ValueError."""
    backends = dict(config.registry.getUtilitiesFor(ITranslatorBackend))
    use = options.text("use", options.name)
    if use not in backends:
        there = ", ".join(sorted(backends))
        raise options.wrong("use", f"must be one of {there}, not {use!r}. {missing(use, backends)}")
    translator = backends[use](options)
    for_ = IThirdPartyRoom if translator.reach == "third-party" else IRoom
    config.add_translator(options.name, lambda _room: translator, for_=for_)
    return translator


def _is_backend(config: Configurator, name: str) -> bool:
    """Whether a translator has the name of its back end, and no plug-in has a translator of that name."""
    if config.registry.queryUtility(ITranslatorBackend, name) is None:
        return False
    there = config.introspector.get("translators", name)
    return name not in _known(config.registry) if there is None else there["factory"] is DEFAULTS.get(name)


def _known(registry: Registry) -> set[str]:
    """Return the names of the registered translators."""
    return {adapter.name for adapter in registry.registeredAdapters() if adapter.provided is ITranslator}


def _include_found(config: Configurator, options: Mapping[str, Options]) -> None:
    """Include packages that have translators named in the ini file, unless they are registered already."""
    there = {
        (kind, entry["introspectable"]["name"])
        for kind, category in ((TRANSLATOR, "translators"), (BACKEND, "translator back ends"))
        for entry in config.introspector.get_category(category) or ()
    }
    wanted = [
        (found.text("use"), (BACKEND,)) if found.has("use") else (name, (TRANSLATOR, BACKEND))
        for name, found in options.items()
    ]
    absent = [(name, kinds) for name, kinds in dict.fromkeys(wanted) if (kinds[0], name) not in there]
    include_installed(config, absent, there)


def _check_prefixes(names: Sequence[str], settings: Mapping[str, str]) -> None:
    """Check for misspelled names in settings; settings with `use` may be for a translator that is not enabled."""
    for key in settings:
        if key.startswith(PREFIX):
            name = key.removeprefix(PREFIX).rpartition(".")[0]
            if name not in names and f"{PREFIX}{name}.use" not in settings:
                raise ConfigurationError(f"{key}: {SETTING} does not list the translator {name!r}")


def _check_known(registry: Registry, names: Sequence[str]) -> None:
    known = _known(registry)
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"{SETTING}: there is no translator {name!r}; there are {', '.join(sorted(known))}. "
                f"If the ini file defines it, {PREFIX}{name}.use must name its back end. {missing(name, known)}"
            )


def _check_promises(translators: Mapping[str, Any]) -> None:
    for name, translator in translators.items():
        try:
            verifyObject(ITranslator, translator)
        except Invalid as problem:
            words = " ".join(str(problem).split())
            raise ConfigurationError(
                f"The translator {name!r} is not complete: {words} "
                "piratechat.plugin.Translator is a base class with defaults."
            ) from None
        _check_texts(name, translator)
        for attribute, choices in (("kind", KINDS), ("reach", REACHES), ("masking", MASKINGS)):
            value = getattr(translator, attribute)
            if value not in choices:
                raise ConfigurationError(
                    f"The translator {name!r}: its {attribute} must be one of {', '.join(choices)}, not {value!r}"
                )
        for attribute, least in (("max_items", 1), ("max_item_length", 1), ("max_length", 1), ("context", 0)):
            value = getattr(translator, attribute)
            if not isinstance(value, int) or value < least:
                raise ConfigurationError(
                    f"The translator {name!r}: its {attribute} must be {least} or more, not {value!r}"
                )


def _check_texts(name: str, translator: Any) -> None:
    if translator.name != name:
        raise ConfigurationError(
            f"The translator {name!r}: its name is {translator.name!r}, but it is registered as {name!r}: set "
            f"name = {name!r} in its class, or register it with config.add_translator({translator.name!r}, ...)"
        )
    for attribute, purpose in (
        ("title", "readers choose it by that"),
        ("version", "translations are remembered by that"),
    ):
        value = getattr(translator, attribute)
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(
                f"The translator {name!r}: its {attribute} must be a non-empty string, not {value!r}: {purpose}"
            )


def _check_fallbacks(translators: Mapping[str, Any], protections: Mapping[str, Protection]) -> None:
    for name, protection in protections.items():
        if not protection.fallback or name not in translators:
            continue
        setting = f"{PREFIX}{name}.fallback"
        fallback, translator = translators.get(protection.fallback), translators[name]
        if fallback is None or protection.fallback == name:
            raise ConfigurationError(f"{setting} must be another translator of {SETTING}: {protection.fallback!r}")
        several = offers_several(fallback) or offers_several(translator)
        if fallback.kind != translator.kind or (fallback.target != translator.target and not several):
            raise ConfigurationError(f"{setting}: {protection.fallback!r} does not translate into the same language")
        if REACHES.index(fallback.reach) > REACHES.index(translator.reach):
            raise ConfigurationError(
                f"{setting}: {protection.fallback!r} would send texts to others than {name!r} does, without "
                "anybody's consent"
            )
