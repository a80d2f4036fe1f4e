"""Splits text into words and separators, and looks at neighbours.

Tokens alternate: separators have even indexes, words and marks odd ones.  Their concatenation is the text.  An index
among tokens is that of a word.
"""

import re
from collections.abc import Sequence

from piratechat.translators.text import protected_spans as marks

# Words, with everything that makes them something else: characters that join them to others (file.py, and/or, std::is,
# re-use), the first characters of commands, paths, tags and variables, and the bracket of a call.  Such tokens are in
# no dictionary, so they are left unchanged.
_WORD = re.compile(r"([#$/\\~=-]?\w+(?:[-'\u2019./\\:=]\w+)*\(?)")

#: Characters that may precede the first word of a sentence.
OPENERS = " \t\"'\u201c\u2018(*-_~>"
#: Characters that may belong to an adjacent word: formatting marks, and apostrophes of shortened words.
_BESIDE = "*_~'\u2019"
#: With an apostrophe after it, it is not an article.
_AN = frozenset(("an", "An", "AN"))
_ENDS = frozenset(".!?:;\u2026\n")


def words(text: str) -> frozenset[str]:
    """Return the words of `text`, which are separated by white space."""
    return frozenset(text.split())


def cut(text: str) -> list[str]:
    """Split `text` into tokens.  Formatting marks are separators."""
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
    """Return the tokens of `spoken`, whose items may have several words now."""
    tokens = [spoken[0]]
    for at in range(1, len(spoken), 2):
        said = spoken[at]
        if " " in said and said[0] not in "`@\uff20":  # not a mark
            first, *others = _WORD.split(said)
            tokens[-1] += first
            tokens += others
            tokens[-1] += spoken[at + 1]
        else:
            tokens += (said, spoken[at + 1])
    return tokens


def is_picture(token: str) -> bool:
    """Whether `token` is an emoji or a shortcode, judging by its first character."""
    return token[0] == ":" or not (token[0].isascii() or token[0].isalnum())


def word_before(tokens: Sequence[str], at: int) -> str:
    """Return the word before the index `at`, if only white space, or part of a word, is in between; else ""."""
    if at < 3 or not tokens[at - 1].strip(_BESIDE).isspace():
        return ""
    word = tokens[at - 2]
    return "and" if word in _AN and tokens[at - 1][0] in "'\u2019" else word


def word_after(tokens: Sequence[str], end: int) -> str:
    """Return the word after the separator `end`, if that is only white space, or part of a word; else ""."""
    return tokens[end + 1] if end + 1 < len(tokens) and tokens[end].strip(_BESIDE).isspace() else ""


def plain(word: str) -> str:
    """Return `word` in lower case, with a straight apostrophe."""
    return word.lower().replace("\u2019", "'")


def begins_sentence(tokens: Sequence[str], at: int) -> bool:
    """Whether a sentence begins at the index `at`, or with the name or picture before it."""
    if at == 1 or (at == 3 and (tokens[1][0] == "@" or is_picture(tokens[1]))):
        return True
    return tokens[at - 1].rstrip(OPENERS)[-1:] in _ENDS


def ends_clause(tokens: Sequence[str], end: int) -> bool:
    """Whether the separator `end` is punctuation, the end, or precedes a picture."""
    after = tokens[end].lstrip(" *_~")
    if not after:
        return end + 1 >= len(tokens) or is_picture(tokens[end + 1])
    return after[0] in ".,!?;:\u2026)-\u2013\u2014\r\n"
