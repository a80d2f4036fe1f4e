"""The definition of emoji for pages and translators.

static/scripts/log/emoji.js has the same.
"""

import re

import emoji

# Emoji by their blocks, to include those of future versions: symbols that are never part of a word (accidentals,
# quotation marks and brackets are left out).
_PICTURES = (
    r"\u231A\u231B\u2328\u23CF\u23E9-\u23F3\u23F8-\u23FA\u25FD\u25FE\u2600-\u266C\u2670-\u275A\u2761-\u2767"
    r"\u2795-\u2797\u27A1\u27B0\u27BF\u2B1B\u2B1C\u2B50\u2B55\U0001F000-\U0001F0FF\U0001F170-\U0001F19A"
    r"\U0001F200-\U0001F265\U0001F300-\U0001F64F\U0001F680-\U0001F6FF\U0001F780-\U0001F7FF\U0001F900-\U0001FAFF"
)
# Symbols of plain text unless a variation selector requests the emoji: \u00A9, \u2122, \u2194, \u25B6 ...
_SIGNS = (
    r"\u00A9\u00AE\u203C\u2049\u2122\u2139\u2194-\u2199\u21A9\u21AA\u24C2\u25AA\u25AB\u25B6\u25C0\u25FB\u25FC"
    r"\u2934\u2935\u2B05-\u2B07\u3030\u303D\u3297\u3299"
)
_REGIONAL = r"\U0001F1E6-\U0001F1FF"
# Modifiers after a pictograph: a skin tone, or tags (the flag of Wales)
_SKIN = r"[\U0001F3FB-\U0001F3FF]"
_TAGS = r"[\U000E0020-\U000E007E]++\U000E007F"

#: One emoji, for a verbose pattern; it is deterministic, and takes linear time.
EMOJI = rf"""
      (?: [{_PICTURES}] [\uFE0E\uFE0F]? | [{_SIGNS}] \uFE0F ) {_SKIN}? (?: {_TAGS} )?       # an emoji, as in
      (?: \u200D [{_PICTURES}{_SIGNS}] [\uFE0E\uFE0F]? {_SKIN}? (?: {_TAGS} )? )*+          # UTS 51, section 1.4.9
    | [{_REGIONAL}]{{2}}                                    # a flag
    | [0-9#*] \uFE0F?+ \u20E3                               # a keycap
"""

#: The names of emoji between colons, as in other programs: "smile", "+1", "skin-tone-2".
SHORTCODES = frozenset(
    name.strip(":")
    for values in emoji.EMOJI_DATA.values()
    for name in (values["en"], *values.get("alias", ()))
    if re.fullmatch("[a-z0-9_+:-]+", name)
) | {f"skin-tone-{tone}" for tone in range(2, 7)}

#: Maximum number of emoji in a message that is shown large.
MAX_LARGE = 3

# A family of four with skin tones has 11 characters, a flag with tags 14.
_MAX_LARGE_LENGTH = 60
_FEW_EMOJI = re.compile(rf"[ \n]*(?:(?:{EMOJI})[ \n]*){{1,{MAX_LARGE}}}", re.VERBOSE)


def is_few_emoji(text: str) -> bool:
    """Whether `text` consists of one to three emoji."""
    return len(text) <= _MAX_LARGE_LENGTH and not text.isascii() and _FEW_EMOJI.fullmatch(text) is not None
