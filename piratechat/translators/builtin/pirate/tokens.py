"""Cuts what was said into words and what is between them, and looks around among them.

Tokens alternate: separators at the even places, words and marks at the odd ones.
They concatenate to the text.  A place among them is the index of a word.
"""

import re
from collections.abc import Sequence

from piratechat.translators.text import protected_spans as marks

# Words, with all that makes them no plain words: what joins them to others (file.py,
# and/or, std::is, re-use), what a command, a path, a tag or a variable begins with,
# and the bracket of a call.  Such tokens are in no dictionary, and so stay as they are.
_WORD = re.compile(r"([#$/\\~=-]?\w+(?:[-'\u2019./\\:=]\w+)*\(?)")

#: What may stand between the beginning of a sentence and its first word.
OPENERS = " \t\"'\u201c\u2018(*-_~>"
#: What may be beside a word and belong to it: marks that format, and the apostrophe of what a pirate leaves out.
_BESIDE = "*_~'\u2019"
#: With an apostrophe behind it, it is no article.
_AN = frozenset(("an", "An", "AN"))
_ENDS = frozenset(".!?:;\u2026\n")


def words(text: str) -> frozenset[str]:
    """Return the words of `text`, which stand between white space."""
    return frozenset(text.split())


def cut(text: str) -> list[str]:
    """Cut `text` into tokens.  Marks that format words are separators."""
    if not marks.may_have_marks(text):
        return _WORD.split(text)
    tokens = [""]
    for kind, piece in marks.pieces(text):
        if kind == "format":
            tokens[-1] += piece
        elif kind == "mark":
            tokens += [piece, ""]
        else:
            first, *others = _WORD.split(piece)
            tokens[-1] += first
            tokens += others
    return tokens


def cut_again(spoken: Sequence[str]) -> list[str]:
    """Return the tokens of what is `spoken`, some of which are several words now."""
    tokens = [spoken[0]]
    for at in range(1, len(spoken), 2):
        said = spoken[at]
        if " " in said and said[0] not in "`@\uff20":  # no mark
            first, *others = _WORD.split(said)
            tokens[-1] += first
            tokens += others
            tokens[-1] += spoken[at + 1]
        else:
            tokens += (said, spoken[at + 1])
    return tokens


def is_picture(token: str) -> bool:
    """Whether `token` is an emoji or a shortcode: all other words and marks begin otherwise."""
    return token[0] == ":" or not (token[0].isascii() or token[0].isalnum())


def word_before(tokens: Sequence[str], at: int) -> str:
    """Return the word before the place `at`, if only white space, or part of a word, is between them; else ""."""
    if at < 3 or not tokens[at - 1].strip(_BESIDE).isspace():
        return ""
    word = tokens[at - 2]
    return "and" if word in _AN and tokens[at - 1][0] in "'\u2019" else word


def word_after(tokens: Sequence[str], end: int) -> str:
    """Return the word after the separator `end`, if there is only white space, or part of a word; else ""."""
    return tokens[end + 1] if end + 1 < len(tokens) and tokens[end].strip(_BESIDE).isspace() else ""


def plain(word: str) -> str:
    """Return `word` in small letters, with a straight apostrophe."""
    return word.lower().replace("\u2019", "'")


def begins_sentence(tokens: Sequence[str], at: int) -> bool:
    """Whether a sentence begins at the place `at`, or with the name or picture before it."""
    if at == 1 or (at == 3 and (tokens[1][0] == "@" or is_picture(tokens[1]))):
        return True
    return tokens[at - 1].rstrip(OPENERS)[-1:] in _ENDS


def ends_clause(tokens: Sequence[str], end: int) -> bool:
    """Whether the separator `end` is punctuation, the end, or stands before a picture."""
    after = tokens[end].lstrip(" *_~")
    if not after:
        return end + 1 >= len(tokens) or is_picture(tokens[end + 1])
    return after[0] in ".,!?;:\u2026)-\u2013\u2014\r\n"
