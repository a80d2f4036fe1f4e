"""Letters that run from right to left, among words that do not (Unicode Annex 9).

static/scripts/lib/bidi.js has the same rules.
"""

import re
import unicodedata

# Blocks whose letters run from right to left.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
# Marks that turn letters whichever way those run; some of them begin an isolate.
_TURNING = re.compile("[\u061c\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LRI_RLI_FSI, _FSI, _PDI = "\u2066\u2067\u2068", "\u2068", "\u2069"


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
    if text.isascii():
        return text
    turns = _TURNING.search(text) is not None
    if not turns and not has_rtl(text):
        return text
    return f"{_FSI}{_closed(text) if turns else text}{_PDI}"


def without_stray_controls(text: str, original: str) -> str:
    """Return `text` without controls that turn letters, unless the `original` has the same."""
    if text.isascii():
        return text
    found = _CONTROLS.findall(text)
    return text if not found or found == _CONTROLS.findall(original) else _CONTROLS.sub("", text)


def _closed(text: str) -> str:
    """Return `text` with an end for each isolate that it begins, and no others: none ends the one it is put in."""
    depth, kept = 0, []
    for character in text:
        if character == _PDI and depth == 0:
            continue
        depth += (character in _LRI_RLI_FSI) - (character == _PDI)
        kept.append(character)
    return "".join(kept) + depth * _PDI
