"""Views of a room: translators by name, and by language if they offer several.

A view is the name of a translator, `pirate`, or `NAME:TAG` for one language of a translator that offers several:
`deepl:pl`.  `:TAG` stands for any translator into a language.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import langcodes

from piratechat.model.text import checked_tag
from piratechat.translation import Outcome
from piratechat.translators.engine.languages import closest
from piratechat.translators.language_names import NAMES


def offers_several(translator: Any) -> bool:
    """Whether readers choose one of several languages of `translator`."""
    return translator.kind == "language" and translator.target is None


def name_in(view: str) -> str:
    """Return the name of the translator in `view`: all its languages share a queue, a budget and so on."""
    return view.partition(":")[0]


def own_name(tag: str) -> str:
    """Return the own name of the language `tag`, or the tag if it is unknown."""
    if tag in NAMES:
        return NAMES[tag]
    language = langcodes.Language.get(tag)
    found = NAMES.get(language.language or "")
    return tag if found is None else f"{found} ({tag.partition('-')[2]})"


class Into:
    """A translator that offers several languages, limited to one of them: `tag`."""

    __slots__ = ("base", "name", "target", "title")

    def __init__(self, base: Any, tag: str) -> None:
        self.base = base
        self.target = tag
        self.name = f"{base.name}:{tag}"
        self.title = own_name(tag)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Into) and self.base is other.base and self.target == other.target

    def __hash__(self) -> int:
        return hash((id(self.base), self.target))

    def supports(self, source: str | None, target: str | None) -> bool:
        """Return whether it translates from `source`, like its base."""
        found: bool = self.base.supports(source, target or self.target)
        return found

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
        **more: Any,
    ) -> Sequence[Outcome]:
        """Translate `batch`, like its base."""
        found: Sequence[Outcome] = self.base.translate(batch, target or self.target, source, deadline, **more)
        return found


class Views(Mapping[str, Any]):
    """The translators of a room by name, in order; lookups also accept `NAME:TAG`, which is not counted."""

    def __init__(self, translators: Mapping[str, Any]) -> None:
        self._translators = translators

    def __getitem__(self, view: str) -> Any:
        if view in self._translators:
            return self._translators[view]
        name, _colon, tag = view.partition(":")
        base = self._translators[name]
        if not tag or not offers_several(base) or tag not in base.targets():
            raise KeyError(view)
        return Into(base, tag)

    def __iter__(self) -> Iterator[str]:
        return iter(self._translators)

    def __len__(self) -> int:
        return len(self._translators)


def resolved(translators: Mapping[str, Any], view: str) -> str | None:
    """Return the view of `translators` that `view` refers to, or None.

    Its tag is one that the translator offers: `deepl:PT` is `deepl:pt-BR`, and `:de` may be `german`.
    """
    name, colon, typed = view.partition(":")
    if not colon:
        return name if name in translators and not offers_several(translators[name]) else None
    tag = checked_tag(typed)
    if tag is None:
        return None
    for each in [name] if name else translators:
        found = _into(each, translators[each], tag) if each in translators else None
        if found is not None:
            return found
    return None


def into(translators: Mapping[str, Any], name: str, tag: str | None) -> str | None:
    """Return the view of the translator `name` for the language `tag`, or None."""
    translator = translators.get(name)
    if translator is None:
        return None
    if not offers_several(translator):
        return name if translator.target == tag or (tag is not None and _into(name, translator, tag)) else None
    return None if tag is None else _into(name, translator, tag)


def _into(name: str, translator: Any, tag: str) -> str | None:
    if translator.kind != "language":
        return None
    if offers_several(translator):
        found = closest(tag, translator.targets())
        return None if found is None else f"{name}:{found}"
    return name if closest(tag, (translator.target,)) else None


def in_all_languages(translators: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the views of `translators` with their translators: each language once, by the first that offers it."""
    known = set()
    for name, translator in translators.items():
        if not offers_several(translator):
            known.add(translator.target)
            yield name, translator
    for name, translator in translators.items():
        for tag in translator.targets() if offers_several(translator) else ():
            if tag not in known:
                known.add(tag)
                yield f"{name}:{tag}", Into(translator, tag)


def view_names(translators: Mapping[str, Any]) -> list[str]:
    """Return the names of views for an error message: `deepl:LANGUAGE` for a translator that offers several."""
    return [f"{name}:LANGUAGE" if offers_several(each) else name for name, each in translators.items()]


class Choices(Collection[str]):
    """The views that can be a room's default: of the translators `names`, which `translators()` returns."""

    def __init__(self, names: Sequence[str], translators: Callable[[], Mapping[str, Any]]) -> None:
        self._names = names
        self._translators = translators

    def __contains__(self, view: object) -> bool:
        if not isinstance(view, str):
            return False
        found = self._translators()
        if view in self._names:  # it may be available in some rooms only
            return view not in found or not offers_several(found[view])
        return resolved(found, view) == view

    def __iter__(self) -> Iterator[str]:
        return iter(view_names(self._translators()))

    def __len__(self) -> int:
        return len(self._names)
