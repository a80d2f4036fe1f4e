"""Including packages with translators, and errors if these lack what the ini file names."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from difflib import get_close_matches
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from traceback import extract_tb
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError

#: The entry point group of packages with translators: NAME = the module with the includeme.
GROUP = "piratechat.translators"

#: The discriminators of the actions of `config.add_translator` and `config.add_translator_backend`.
TRANSLATOR, BACKEND = "translator", "translator back end"

#: The similarity of two names, from 0 to 1, at which one may be a misspelling of the other.
ALIKE = 0.75


def include(config: Configurator, plugin: str | Callable[[Configurator], None], origin: str) -> list[tuple[str, str]]:
    """Include `plugin`, a module or its name; return what it registers: TRANSLATOR or BACKEND, each with a name.

    Raises ConfigurationError with the cause in one sentence; `origin` is where the plug-in was named.
    """
    actions = config.action_state.actions
    before = len(actions)
    try:
        config.include(plugin)
    except ConfigurationError as error:
        raise ConfigurationError(f"{origin}: {error}") from error
    except Exception as error:
        raise ConfigurationError(f"{origin} cannot be loaded: {_cause(error)}") from error
    found = [action["discriminator"] for action in actions[before:]]
    return [each for each in found if isinstance(each, tuple) and each[0] in (TRANSLATOR, BACKEND)]


def include_installed(
    config: Configurator, wanted: Iterable[tuple[str, tuple[str, ...]]], there: Container[tuple[str, str]]
) -> None:
    """Include installed packages whose entry points have one of the `wanted` names, each given with its kinds.

    Each package must register one of the kinds with that name, unless that is already in `there`.
    """
    by_module: dict[str, list[tuple[str, str]]] = {}  # Pyramid includes each module once
    for name, kinds in wanted:
        for entry_point in entry_points(group=GROUP, name=name):
            module = entry_point.module
            origin = f"{_described(entry_point)}, module {module}"
            if module not in by_module:
                by_module[module] = include(config, module, origin)
            found = by_module[module]
            if not any((kind, name) in found or (kind, name) in there for kind in kinds):
                raise ConfigurationError(f"{origin}: {_not_registered(name, kinds, found)}")


def _not_registered(name: str, kinds: Sequence[str], found: Sequence[tuple[str, str]]) -> str:
    there = f"only {', '.join(f'the {kind} {other!r}' for kind, other in found)}" if found else "nothing"
    wanted = " or ".join(f"the {kind} {name!r}" for kind in kinds)
    directives = " or ".join(
        f"config.add_translator{'' if kind == TRANSLATOR else '_backend'}({name!r}, ...)" for kind in kinds
    )
    return f"its includeme registers {there}, not {wanted}; have it call {directives}"


def missing(name: str, known: Iterable[str]) -> str:
    """Return what to do about an unknown translator or back end `name`; `known` are the existing ones."""
    installed = {each.name: each for each in entry_points(group=GROUP)}
    close = get_close_matches(name, [*known, *installed], 1, ALIKE)
    if close:
        (like,) = close
        of = f", {_described(installed[like])}" if like in installed else ""
        return f"Is {like!r} meant{of}?"
    distribution = _alike(name)
    module = f"piratechat_{name.replace('-', '_')}"
    if distribution is None:
        where = "Is the package that brings it installed? "
    else:
        module = _module(distribution) or module
        elsewhere = [each.group for each in distribution.entry_points if each.name == name]
        has = f"has it in the group {elsewhere[0]!r} instead" if elsewhere else "has none"
        where = f"The package {distribution.name} is installed, but {has}. "
    return (
        f"No installed package has an entry point of this name. {where}"
        "Add these two lines to its pyproject.toml, and install it again:\n"
        f'[project.entry-points."{GROUP}"]\n{name} = "{module}"'
    )


def _described(entry_point: EntryPoint) -> str:
    of = f" of the package {entry_point.dist.name}" if entry_point.dist is not None else ""
    return f"the entry point {entry_point.name!r}{of}"


def _cause(error: Exception) -> str:
    """Return the cause of `error` and its place: the last one in the traceback outside frozen modules."""
    if isinstance(error, SyntaxError):  # whose message contains its place
        return f"{type(error).__name__}: {error}"
    places = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    own = [frame for frame in places if "pyramid" not in frame.filename and __file__ != frame.filename]
    at = f" ({own[-1].filename}, line {own[-1].lineno})" if own and not isinstance(error, ImportError) else ""
    return f"{type(error).__name__}: {error}{at}"


def _alike(name: str) -> Distribution | None:
    """Return an installed package that may have the translator `name`, judging by its own name."""
    by_name = {_normal(each.name): each for each in _named(distributions())}
    wanted = f"piratechat-{name}"
    for like in (wanted, name, *get_close_matches(wanted, by_name, 1, 0.85)):
        if like in by_name:
            return by_name[like]
    return None


def _named(found: Iterable[Distribution]) -> Iterator[Distribution]:
    """Yield those that have a name: an interrupted uninstallation leaves others."""
    return (each for each in found if each.metadata["Name"])


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _module(distribution: Distribution) -> str | None:
    """Return the first module of a package, if known."""
    words: list[Any] = (distribution.read_text("top_level.txt") or "").split()
    return words[0] if words else None
