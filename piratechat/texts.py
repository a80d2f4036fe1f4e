"""Texts that people see: their ids, and what they are in a language.

The texts themselves are in the gettext catalogues, `locale/LANG/LC_MESSAGES/piratechat.po`.
Templates translate ids by Pyramid's localizer; this module is for what is said in Python.  `make messages`
finds ids, which must be literals.
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
#: The language of programs, and of everybody whose own there is not.
DEFAULT = "en"
#: Languages whose letters run from right to left.
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class Text(str):
    """A text that people see: the text itself in English, and what is needed to say it in other languages."""

    id: str
    values: Mapping[str, Any]
    number: int | None

    def __new__(cls, id: str, values: Mapping[str, Any] = MappingProxyType({}), number: int | None = None) -> "Text":
        """Raises LookupError for an `id` that the English catalogue has not."""
        self = super().__new__(cls, _rendered(DEFAULT, id, values, number))
        self.id, self.values, self.number = id, values, number
        return self

    def in_language(self, language: str) -> str:
        """Return the text in `language`, one of `languages()`."""
        return self if language == DEFAULT else _rendered(language, self.id, self.values, self.number)


def text(id: str, /, **values: Any) -> Text:
    """Return the text `id`, with `values` in place of its placeholders: "${name}"."""
    return Text(id, values)


def plural(id: str, count: int, /, **values: Any) -> Text:
    """Return the form of the text `id` for `count` things, which is a value, too: "${count}"."""
    return Text(id, {"count": count, **values}, count)


def text_id(id: str, /) -> str:
    """Return `id`: marks it for `make messages` where a text is chosen before it is made."""
    return id


def plural_id(id: str, /) -> str:
    """Return `id`, that of a text with plural forms: marks it likewise."""
    return id


def localized(message: str, language: str) -> str:
    """Return `message` in `language`; a plug-in's, which is no Text, as it is."""
    return message.in_language(language) if isinstance(message, Text) else message


def direction(language: str) -> str:
    """Return the direction of a page in `language`: "ltr" or "rtl"."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are catalogues of, as BCP 47 tags, English first."""
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
