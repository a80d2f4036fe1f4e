"""Templates, compiled before anybody waits for a page: that takes the processor about a second."""

import re
from typing import Any

from pyramid.registry import Registry
from pyramid.renderers import get_renderer

#: The templates of whole pages, which load the others.
PAGES = ("history", "home", "operator", "pinned", "problem", "room", "search")

#: Names as they stand: loaders know what they have loaded by that, blanks included.
_LOADED = re.compile('"load:([^"]+)"')


def compile_templates(registry: Registry) -> None:
    """Compile all that pages are made from."""
    for page in PAGES:
        _compile(get_renderer(f"piratechat:templates/{page}.pt", registry=registry).implementation())


def _compile(template: Any) -> None:
    template.cook_check()
    load = template._builtins()["__loader"]  # each template has a loader of its own, which keeps what it has compiled
    for name in _LOADED.findall(template.read()):
        _compile(load(name))
