"""Texts that people see, by their message ids: the catalogues in piratechat/locale have them in each language.

A text is named where it comes up, `_("error.room_exists", {"name": name})`, and put into words where it is
known who reads it: `piratechat.localization.in_words`.  `make messages` finds the ids, which must be literals.
"""

from collections.abc import Mapping
from typing import Any

from translationstring import TranslationString, TranslationStringFactory

#: The translation domain, after which the catalogues are named.
DOMAIN = "piratechat"

#: `_(id, mapping)` makes a TranslationString; `mapping` has the values of the placeholders `${name}` in the text.
_ = TranslationStringFactory(DOMAIN)


def plural(msgid: str, count: int, mapping: Mapping[str, Any] | None = None) -> TranslationString:
    """Return a text that depends on a number, which is its placeholder `${count}`."""
    return TranslationString(msgid, DOMAIN, mapping={**(mapping or {}), "count": count})
