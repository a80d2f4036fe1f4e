"""Reading the settings of one translator or relay: `piratechat.translator.NAME.*`, `piratechat.relay.NAME.*`."""

import math
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import langcodes

from pyramid_sockjs.ini_values import parse_value

#: The prefix of the chat's settings, ...
ROOT = "piratechat."
#: ... and that of its translators' settings.
PREFIX = f"{ROOT}translator."
#: The prefix of values that are read from an environment variable: env:DEEPL_KEY
FROM_ENVIRONMENT = "env:"

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


N = TypeVar("N", int, float)


class Secret:
    """A key or password, protected from being shown accidentally."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "<secret>"

    def __bool__(self) -> bool:
        return bool(self._value)

    def reveal(self) -> str:
        """Return its value, to be sent to the service that it is for."""
        return self._value


def of_the_chat(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the chat's own settings among those of an ini file; `Options` accepts no others."""
    return {key: value for key, value in settings.items() if key.startswith(ROOT)}


class Options:
    """The settings of the translator `name`, or of another part with the prefix `prefix`; each is read once.

    `settings` are those of the chat, by their full names; tests use `piratechat.testing.options(name, url=...)`.

    Every method raises ValueError, with the name of the setting and what to do, for an invalid value, and for a missing
    setting without a default.
    """

    def __init__(
        self, name: str, settings: Mapping[str, str], environ: Mapping[str, str] = os.environ, prefix: str = PREFIX
    ) -> None:
        self.name = name
        self._settings = settings
        self._prefix = f"{prefix}{name}."
        for key in settings:
            if not key.startswith(ROOT):
                raise ValueError(
                    f"{key!r} is not the name of a setting, which would be {self._prefix}{key}.  "
                    f"In tests, use piratechat.testing.options({name!r}, {key}=...)"
                )
        self._values = {
            key.removeprefix(self._prefix): value.strip()
            for key, value in settings.items()
            if key.startswith(self._prefix)
        }
        self._environ = environ
        self._known: set[str] = set()

    def wrong(self, key: str, problem: str) -> ValueError:
        """Return the error to raise about the setting `key`: "... must be ..."."""
        return ValueError(f"{self._prefix}{key} {problem}")

    def text(self, key: str, default: str | None = None) -> str:
        """Return text."""
        value = self._find(key)
        if value is None:
            if default is None:
                raise self.wrong(key, "is missing")
            return default
        return value

    def secret(self, key: str, default: str | None = None) -> Secret:
        """Return a key; "env:NAME" is read from an environment variable."""
        return Secret(self.text(key, default))

    def words(self, key: str, default: str | None = None) -> list[str]:
        """Return words, split as by a shell."""
        value = self.text(key, default)
        try:
            return shlex.split(value)
        except ValueError as error:
            raise self.wrong(key, f"cannot be split into words: {error}") from None

    def number(self, key: str, default: float, least: float = 0.0, most: float = math.inf) -> float:
        """Return a number from `least` to `most`."""
        return self._parsed(float, key, default, f"a number {_range(least, most)}", least, most)

    def whole(self, key: str, default: int, least: int = 1, most: float = math.inf) -> int:
        """Return an integer from `least` to `most`."""
        return self._parsed(int, key, default, f"a whole number {_range(least, most)}", least, most)

    def _parsed(self, kind: type[N], key: str, default: N, what: str, least: float, most: float) -> N:
        value = self._find(key)
        if value is None:
            return default
        try:
            number: N = parse_value(kind, value)
        except ValueError:
            number = kind(least - 1)
        if not least <= number <= most or number == math.inf:
            raise self.wrong(key, f"must be {what}, not {self._shown(key)}")
        return number

    def flag(self, key: str, default: bool) -> bool:
        """Return True for "true" and False for "false"."""
        return self.choice(key, ("true", "false"), "true" if default else "false") == "true"

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return one of `choices`."""
        value = self.text(key, default)
        if value not in choices:
            raise self.wrong(key, f"must be one of {', '.join(choices)}, not {self._shown(key)}")
        return value

    def url(self, key: str, default: str | None = None) -> str:
        """Return an http or https URL without a trailing slash."""
        value = self.text(key, default)
        try:
            parts = urlsplit(value)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good:
            shown = "what it is" if "@" in value else self._shown(key)  # there may be a password before the @
            raise self.wrong(key, f"must be a URL such as http://127.0.0.1:5000, not {shown}")
        return value.rstrip("/")

    def tag(self, key: str, default: str | None = None) -> str:
        """Return a BCP 47 tag in its canonical form: "pt-BR"."""
        value = self.text(key, default)
        if not value or not langcodes.tag_is_valid(value):
            raise self.wrong(key, f"must be a language tag such as de or pt-BR, not {self._shown(key)}")
        return langcodes.standardize_tag(value)

    def tags(self, key: str) -> list[str]:
        """Return BCP 47 tags in their canonical form, without duplicates; an empty list for "*", which means all."""
        value = self.text(key)
        if value == "*":
            return []
        found = value.split()
        if not found or not all(map(langcodes.tag_is_valid, found)):
            raise self.wrong(key, f"must be * for all, or language tags such as: de fr pt-BR; not {self._shown(key)}")
        return list(dict.fromkeys(map(langcodes.standardize_tag, found)))

    def shared(self, name: str) -> "Options":
        """Return the settings `piratechat.NAME.*`, which several parts of the chat use."""
        return Options(name, self._settings, self._environ, prefix=ROOT)

    def has(self, key: str) -> bool:
        """Whether the ini file has the setting `key`."""
        return key in self._values

    def finish(self) -> None:
        """Raise ValueError if there are settings that have not been read."""
        for key in self._values.keys() - self._known:
            known = ", ".join(sorted(self._known)) or "none"
            raise self.wrong(key, f"is no setting of {self.name!r}; there are {known}")

    def _find(self, key: str) -> str | None:
        self._known.add(key)
        value = self._values.get(key)
        if value is None or not value.startswith(FROM_ENVIRONMENT):
            return value
        variable = value.removeprefix(FROM_ENVIRONMENT)
        found = self._environ.get(variable, "").strip() if _VARIABLE.fullmatch(variable) else ""
        if not found:
            raise self.wrong(key, f"names an environment variable that is not set: {variable}")
        return found

    def _shown(self, key: str) -> str:
        """Return the value for an error message, or the name of its environment variable."""
        return repr(self._values.get(key, ""))


def _range(least: float, most: float) -> str:
    return f"from {least:g} to {most:g}" if most < math.inf else f"of {least:g} or more"
