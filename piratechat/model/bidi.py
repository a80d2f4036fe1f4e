"""Right-to-left text among left-to-right text (Unicode Annex 9).

static/scripts/lib/bidi.js has the same rules.
"""

import re
import unicodedata

# Blocks of right-to-left scripts.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
# Bidirectional control characters; some of them start an isolate.
_TURNING = re.compile("[\u061c\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LRI_RLI_FSI, _FSI, _PDI = "\u2066\u2067\u2068", "\u2068", "\u2069"


def has_rtl(text: str) -> bool:
    """Whether `text` contains right-to-left letters."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def begins_rtl(text: str) -> bool | None:
    """Whether the first letter of `text` is right-to-left; None if it has no letters."""
    for character in text:
        if unicodedata.category(character).startswith("L"):
            return has_rtl(character)
    return None


def isolated(text: str) -> str:
    """Return `text`, a single line, isolated so that its direction does not affect the surrounding text."""
    if text.isascii():
        return text
    turns = _TURNING.search(text) is not None
    if not turns and not has_rtl(text):
        return text
    return f"{_FSI}{_closed(text) if turns else text}{_PDI}"


def without_stray_controls(text: str, original: str) -> str:
    """Return `text` without bidirectional controls, unless the `original` has the same ones."""
    if text.isascii():
        return text
    found = _CONTROLS.findall(text)
    return text if not found or found == _CONTROLS.findall(original) else _CONTROLS.sub("", text)


def _closed(text: str) -> str:
    """Return `text` with an end for each isolate that it starts, and without other ends."""
    depth, kept = 0, []
    for character in text:
        if character == _PDI and depth == 0:
            continue
        depth += (character in _LRI_RLI_FSI) - (character == _PDI)
        kept.append(character)
    return "".join(kept) + depth * _PDI
