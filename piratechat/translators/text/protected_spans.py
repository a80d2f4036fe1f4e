"""What no translator may touch: code, addresses, mentions, shortcodes and emoji.

Every alternative of the pattern is deterministic (possessive where it has to
be), and what may start anywhere in a run of characters starts only at its
beginning: texts come from strangers, and time must grow with their length only.
"""

import re

from piratechat.model.emoji import EMOJI

# What a URL may end in, and what belongs to it only if more follows: "see http://x.org/a."
_INSIDE_URL = r"""[^\s<>"`().,;:!?'\u2019\]]"""
_BEFORE_MORE = r"""[.,;:!?'\u2019\]]"""

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
_MARKS = re.compile(f"{_OF_ASCII} | {EMOJI}", re.VERBOSE)
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
