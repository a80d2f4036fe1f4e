"""What no translator may touch: code, addresses, mentions, shortcodes and emoji.

Every alternative of the pattern is deterministic (possessive where it has to
be), and what may start anywhere in a run of characters starts only at its
beginning: texts come from strangers, and time must grow with their length only.
"""

import re

# What a URL may end in, and what belongs to it only if more follows: "see http://x.org/a."
_INSIDE_URL = r"""[^\s<>"`().,;:!?'\u2019\]]"""
_BEFORE_MORE = r"""[.,;:!?'\u2019\]]"""

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

# Wider than it need be, to be quick
_MAY_BE_EMOJI = re.compile("[\u20e3-\u2bff\ufe0f\U0001f000-\U0001faff]")
_OF_ASCII = rf"""
      (?=[`@:])
      (?: ```[\s\S]*?```                                    # a fenced block
        | ``(?!`)[^\n]+?``                                  # a code span with backticks in it
        | `[^`\n]+`                                         # a code span
        | (?<!\w) @ \w++ (?:[.-]\w++)*                      # a mention, also of the kind @who@where.org
          (?: @ \w++ (?:[.-]\w++)* )?
        | (?<!\d) : [\w+-]++ :                              # a shortcode, and no time of day
      )
    | (?=[FfGgHhMmSsWw])                                    # what schemes and www begin with, to be quick
      (?: (?i:https?|ftps?|wss?|ssh|git|file)://            # a URL; brackets belong to it in pairs
        | (?i:mailto): (?=\w)
        | (?<![\w.]) (?:[Ww]ww|WWW)\. (?=\w)
      ) (?: {_BEFORE_MORE}*+ (?: {_INSIDE_URL}++ | \([^\s<>"`()]*+\) ) )+
    | (?<![\w.%+-]) [\w.%+-]++ @ [\w-]++ (?:\.[\w-]++)*     # an e-mail address
"""
_EMOJI = rf"""
      (?: [{_PICTURES}] [\uFE0E\uFE0F]? | [{_SIGNS}] \uFE0F ) {_SKIN}? (?: {_TAGS} )?       # an emoji, as in
      (?: \u200D [{_PICTURES}{_SIGNS}] [\uFE0E\uFE0F]? {_SKIN}? (?: {_TAGS} )? )*+          # UTS 51, section 1.4.9
    | [{_REGIONAL}]{{2}}                                    # a flag
    | [0-9#*] \uFE0F?+ \u20E3                               # a keycap
"""
_MARKS = re.compile(f"{_OF_ASCII} | {_EMOJI}", re.VERBOSE)
_MARKS_OF_ASCII = re.compile(_OF_ASCII, re.VERBOSE)  # a third quicker


def may_have_marks(text: str) -> bool:
    """Whether it is worth looking for marks at all; most messages have none."""
    if ":" in text and ("://" in text or text.count(":") > 1 or "mailto:" in text.lower()):
        return True
    if "`" in text or "@" in text or "ww." in text or "WW." in text:
        return True
    return not text.isascii() and _MAY_BE_EMOJI.search(text) is not None


def split(text: str) -> list[tuple[bool, str]]:
    """Cut `text` into (is_mark, piece); the pieces, none of them empty, concatenate to `text`."""
    if not may_have_marks(text):
        return [(False, text)] if text else []
    pieces = []
    end = 0
    for found in (_MARKS_OF_ASCII if text.isascii() else _MARKS).finditer(text):
        if found.start() > end:
            pieces.append((False, text[end : found.start()]))
        pieces.append((True, found[0]))
        end = found.end()
    if end < len(text):
        pieces.append((False, text[end:]))
    return pieces


def marks(text: str) -> list[str]:
    """All marks of `text`, in their order."""
    return [piece for is_mark, piece in split(text) if is_mark]
