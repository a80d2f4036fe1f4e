"""User-visible texts: their ids, and their translations.

The texts are in the gettext catalogues, `locale/LANG/LC_MESSAGES/piratechat.po`.  Templates translate ids with
Pyramid's localizer; this module is for texts in Python code.  `make messages` extracts ids, which must be literals.
"""

import re
from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from types import MappingProxyType
from typing import Any

DOMAIN = "piratechat"
FOLDER = Path(__file__).parent / "locale"
#: The language of programs, and the fallback for everybody else.
DEFAULT = "en"
#: Right-to-left languages.
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class Text(str):
    """A user-visible text: a str with the English text, and the data for translating it."""

    id: str
    values: Mapping[str, Any]
    number: int | None

    def __new__(cls, id: str, values: Mapping[str, Any] = MappingProxyType({}), number: int | None = None) -> "Text":
        """Raise LookupError for an `id` that is not in the English catalogue."""
        self = super().__new__(cls, _rendered(DEFAULT, id, values, number))
        self.id, self.values, self.number = id, values, number
        return self

    def in_language(self, language: str) -> str:
        """Return the text in `language`, one of `languages()`."""
        return self if language == DEFAULT else _rendered(language, self.id, self.values, self.number)


def text(id: str, /, **values: Any) -> Text:
    """Return the text `id`, with `values` for its placeholders, such as "${name}"."""
    return Text(id, values)


def plural(id: str, count: int, /, **values: Any) -> Text:
    """Return the plural form of the text `id` for `count`, which is also the value of "${count}"."""
    return Text(id, {"count": count, **values}, count)


def text_id(id: str, /) -> str:
    """Return `id`: marks it for `make messages` if the text is created elsewhere."""
    return id


def plural_id(id: str, /) -> str:
    """Return `id`, the id of a text with plural forms: marks it for `make messages`, like `text_id`."""
    return id


def localized(message: str, language: str) -> str:
    """Return `message` in `language`; texts of plug-ins, which are no Text, are returned unchanged."""
    return message.in_language(language) if isinstance(message, Text) else message


def direction(language: str) -> str:
    """Return the direction of a page in `language`: "ltr" or "rtl"."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue, as BCP 47 tags, English first."""
    found = sorted(path.parts[-3].replace("_", "-") for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return tuple(sorted(found, key=lambda tag: tag != DEFAULT))


@cache
def _catalogue(language: str) -> NullTranslations:
    try:
        return translation(DOMAIN, FOLDER, [language.replace("-", "_")])
    except OSError:
        problem = f"There is no catalogue of texts for {language!r} in {FOLDER}. 'make build' makes it."
        raise LookupError(problem) from None


def _rendered(language: str, id: str, values: Mapping[str, Any], number: int | None) -> str:
    catalogue = _catalogue(language)
    found = catalogue.gettext(id) if number is None else catalogue.ngettext(id, id, number)
    if found == id:
        if language != DEFAULT:
            return _rendered(DEFAULT, id, values, number)
        raise LookupError(f"There is no text {id!r} in the English catalogue. 'make build' brings it up to date.")
    return _PLACEHOLDER.sub(lambda match: _shown(values[match[1]], language), found)


def _shown(value: Any, language: str) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return localized(value, language) if isinstance(value, str) else str(value)
