"""What an emoji is: one pattern for the page and for translators.

static/scripts/log/emoji.js has the same.
"""

import re

import emoji

# Emoji by their blocks, so that those of the years to come are among them: signs that
# are never part of a word (left out are accidentals, quotation marks and brackets).
_PICTURES = (
    r"\u231A\u231B\u2328\u23CF\u23E9-\u23F3\u23F8-\u23FA\u25FD\u25FE\u2600-\u266C\u2670-\u275A\u2761-\u2767"
    r"\u2795-\u2797\u27A1\u27B0\u27BF\u2B1B\u2B1C\u2B50\u2B55\U0001F000-\U0001F0FF\U0001F170-\U0001F19A"
    r"\U0001F200-\U0001F265\U0001F300-\U0001F64F\U0001F680-\U0001F6FF\U0001F780-\U0001F7FF\U0001F900-\U0001FAFF"
)
# What is a sign of plain text unless a variation selector asks for the emoji: \u00A9, \u2122, \u2194, \u25B6 ...
_SIGNS = (
    r"\u00A9\u00AE\u203C\u2049\u2122\u2139\u2194-\u2199\u21A9\u21AA\u24C2\u25AA\u25AB\u25B6\u25C0\u25FB\u25FC"
    r"\u2934\u2935\u2B05-\u2B07\u3030\u303D\u3297\u3299"
)
_REGIONAL = r"\U0001F1E6-\U0001F1FF"
# What may follow a picture, and what makes another of it: a skin tone, or tags (the flag of Wales)
_SKIN = r"[\U0001F3FB-\U0001F3FF]"
_TAGS = r"[\U000E0020-\U000E007E]++\U000E007F"

#: One emoji, for a verbose pattern; it is deterministic, and takes time by its length only.
EMOJI = rf"""
      (?: [{_PICTURES}] [\uFE0E\uFE0F]? | [{_SIGNS}] \uFE0F ) {_SKIN}? (?: {_TAGS} )?       # an emoji, as in
      (?: \u200D [{_PICTURES}{_SIGNS}] [\uFE0E\uFE0F]? {_SKIN}? (?: {_TAGS} )? )*+          # UTS 51, section 1.4.9
    | [{_REGIONAL}]{{2}}                                    # a flag
    | [0-9#*] \uFE0F?+ \u20E3                               # a keycap
"""

#: The names that stand for emoji between colons, as other programs write them: "smile", "+1", "skin-tone-2".
SHORTCODES = frozenset(
    name.strip(":")
    for values in emoji.EMOJI_DATA.values()
    for name in (values["en"], *values.get("alias", ()))
    if re.fullmatch("[a-z0-9_+:-]+", name)
) | {f"skin-tone-{tone}" for tone in range(2, 7)}

#: Emoji that a message may be of to be shown large.
MAX_LARGE = 3

# A family of four with skin tones is of 11 characters, a flag with tags of 14.
_MAX_LARGE_LENGTH = 60
_FEW_EMOJI = re.compile(rf"[ \n]*(?:(?:{EMOJI})[ \n]*){{1,{MAX_LARGE}}}", re.VERBOSE)


def is_few_emoji(text: str) -> bool:
    """Whether `text` is of one to three emoji and nothing else."""
    return len(text) <= _MAX_LARGE_LENGTH and not text.isascii() and _FEW_EMOJI.fullmatch(text) is not None
