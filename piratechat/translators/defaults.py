"""The built-in translators that need no settings."""

from collections.abc import Callable
from typing import Any

from piratechat.model.room import Room
from piratechat.translators.builtin import pirate
from piratechat.translators.builtin.original import Original

_PIRATE, _ORIGINAL = pirate.Pirate(), Original()
#: Their factories, by name.
DEFAULTS: dict[str, Callable[[Room], Any]] = {"pirate": lambda _room: _PIRATE, "original": lambda _room: _ORIGINAL}
