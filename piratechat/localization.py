"""Texts in words: in the language that a browser asks for, if there is a catalogue of it, else in English."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from pyramid.config import Configurator
from pyramid.events import BeforeRender
from pyramid.exceptions import ConfigurationError
from pyramid.i18n import Localizer, TranslationString, make_localizer
from pyramid.request import Request

from piratechat import texts

#: The folder of the catalogues.
FOLDER = os.path.join(os.path.dirname(__file__), "locale")
#: The language of those who ask for none that there is, of the logs, and of the command line.
DEFAULT_LOCALE = "en"


def includeme(config: Configurator) -> None:
    """Load the catalogues, and give templates what they need for texts.

    Raises ConfigurationError if the catalogues have not been compiled.
    """
    if DEFAULT_LOCALE not in locales():
        raise ConfigurationError(f"There is no catalogue of texts in {FOLDER}: 'make build' compiles it.")
    config.add_translation_dirs(FOLDER)
    config.set_locale_negotiator(negotiated)
    config.add_subscriber(add_texts, BeforeRender)


def in_words(localizer: Localizer, text: str) -> str:
    """Return `text` in the language of `localizer`; a string that is no TranslationString is returned as it is."""
    mapping = getattr(text, "mapping", None)
    if mapping and "count" in mapping:
        return localizer.pluralize(text, text, mapping["count"], texts.DOMAIN, mapping)
    return localizer.translate(text) if isinstance(text, TranslationString) else text


@cache
def english() -> Localizer:
    """Return the localizer of operators: of logs and of the command line."""
    return make_localizer(DEFAULT_LOCALE, [FOLDER])


@cache
def locales() -> tuple[str, ...]:
    """Return the languages that have a compiled catalogue, as BCP 47 tags."""
    compiled = os.path.join("LC_MESSAGES", f"{texts.DOMAIN}.mo")
    found = [name for name in sorted(os.listdir(FOLDER)) if os.path.exists(os.path.join(FOLDER, name, compiled))]
    return tuple(name.replace("_", "-") for name in found)


def negotiated(request: Request) -> str:
    """Return the locale in which to answer `request`, by its Accept-Language header."""
    tag: str = request.accept_language.lookup(locales(), default=DEFAULT_LOCALE)
    return tag.replace("-", "_")


def add_texts(event: BeforeRender) -> None:
    """Give a template `_` and `plural`, which return texts in the language of the page, and that `locale`."""
    localizer = event["request"].localizer

    def text(msgid: str, mapping: Mapping[str, Any] | None = None) -> str:
        return in_words(localizer, texts._(msgid, mapping))

    def counted(msgid: str, count: int, mapping: Mapping[str, Any] | None = None) -> str:
        return in_words(localizer, texts.plural(msgid, count, mapping))

    event["_"], event["plural"] = text, counted
    event["locale"] = localizer.locale_name.replace("_", "-")
