"""Letters that run from right to left, among words that do not (Unicode Annex 9); static/bidi.js has the same rules."""

import re
import unicodedata

# Blocks whose letters run from right to left.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_FIRST_STRONG_ISOLATE, _POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


def has_rtl(text: str) -> bool:
    """Whether letters of `text` run from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def begins_rtl(text: str) -> bool | None:
    """Whether the first letter of `text` runs from right to left; None if there is no letter."""
    for character in text:
        if unicodedata.category(character).startswith("L"):
            return has_rtl(character)
    return None


def isolated(text: str) -> str:
    """Return `text`, one line, so that its direction does not turn the words around it."""
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_DIRECTIONAL_ISOLATE}" if has_rtl(text) else text
