"""Compiling templates before the first request, which takes about a second of CPU time."""

import re
from typing import Any

from pyramid.registry import Registry
from pyramid.renderers import get_renderer

#: The templates of whole pages, which load the others.
PAGES = ("history", "home", "operator", "pinned", "problem", "room", "search")

#: Names exactly as written, including blanks: loaders use them as keys.
_LOADED = re.compile('"load:([^"]+)"')


def compile_templates(registry: Registry) -> None:
    """Compile all templates of pages."""
    for page in PAGES:
        _compile(get_renderer(f"piratechat:templates/{page}.pt", registry=registry).implementation())


def _compile(template: Any) -> None:
    template.cook_check()
    load = template._builtins()["__loader"]  # each template has its own loader, which caches what it has compiled
    for name in _LOADED.findall(template.read()):
        _compile(load(name))
