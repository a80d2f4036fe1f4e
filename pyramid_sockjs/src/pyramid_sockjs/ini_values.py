"""Parsing of ini file values by the types of a dataclass's fields."""

import math
import re
from collections.abc import Container, Mapping
from dataclasses import fields
from typing import Any

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


def parse_value(kind: Any, text: str) -> Any:
    """Parse `text` as a `kind`: int, float, bool, str, tuple[str, ...], or a class with a classmethod `parse`.

    Raises ValueError: "must be a number, not 'many'".
    """
    text = text.strip()
    if kind is int:
        if not _WHOLE_NUMBER.fullmatch(text):
            raise ValueError(f"must be a whole number, not {text!r}")
        return int(text)
    if kind is float:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"must be a number, not {text!r}") from None
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError(f"must be true or false, not {text!r}")
        return text == "true"
    if kind is str:
        return text
    return kind.parse(text) if hasattr(kind, "parse") else tuple(text.split())


def parse_values(cls: type, values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return `values` (text, or already typed) converted to the types of the fields of the dataclass `cls`.

    `prefix` precedes the names in an ini file.  Raises ValueError, which begins with the name of the setting, for an
    unknown setting or an invalid value.
    """
    kinds = {setting.name: setting.type for setting in fields(cls)}
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in kinds:
            known = ", ".join(prefix + one for one in kinds)
            raise ValueError(f"Unknown setting {prefix + name!r}; the settings are {known}")
        try:
            found[name] = parse_value(kinds[name], value if isinstance(value, str) else str(value))
        except ValueError as error:
            raise ValueError(f"{prefix}{name} {error}") from None
    return found


def check_positive(settings: Any, prefix: str = "", may_be_zero: Container[str] = ()) -> None:
    """Raise ValueError, which begins with the setting's name, if a number in the dataclass `settings` is not above 0.

    Settings named in `may_be_zero` may also be 0.
    """
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        if setting.type not in (int, float) or 0 < value < math.inf:
            continue
        if setting.name not in may_be_zero:
            raise ValueError(f"{prefix}{setting.name} must be greater than 0, not {value!r}")
        if value != 0:
            raise ValueError(f"{prefix}{setting.name} must be 0 or greater, not {value!r}")
