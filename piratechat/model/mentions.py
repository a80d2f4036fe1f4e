"""Mentions of participants in messages: `@Ada`, `@Ada Lovelace`, `@田中さん`.

The server finds them when a message is sent, so that all clients have the same ones, and stores them.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator

from piratechat.model.formatting import code_spans
from piratechat.model.links import links
from piratechat.model.log import MAX_MENTIONS, Mentions
from piratechat.model.names import Names
from piratechat.model.scripts import SPACELESS
from piratechat.model.text import NAME_LENGTH, skeleton

#: Maximum number of @ signs to examine in a text; each may take several lookups of names.
MAX_SIGNS = 10
assert MAX_SIGNS <= MAX_MENTIONS

#: Characters after an @ in which a name is searched: it may be typed with joiners, or with two characters for a letter.
_WINDOW = 2 * NAME_LENGTH

_SIGN = re.compile("[@\uff20]")
_SPACELESS = re.compile(f"[{SPACELESS}]")


def mentions(text: str, names: Names) -> Mentions:
    """Return the mentions of `names` in `text`: after each @ the longest name, ignoring case and look-alikes.

    None are found in code and links, and only the first MAX_SIGNS signs are examined.
    """
    return tuple(_mentions(text, names)) if "@" in text or "\uff20" in text else ()


def _mentions(text: str, names: Names) -> Iterator[tuple[int, int, str]]:
    taken = [(code.start, code.end) for code in code_spans(text)] + [(link.start, link.end) for link in links(text)]
    after = 0
    for number, sign in enumerate(_SIGN.finditer(text)):
        if number == MAX_SIGNS:
            break
        start = sign.start()
        if start < after or _is_in_word(text[:start][-1:]) or any(begin <= start < end for begin, end in taken):
            continue
        found = _name_at(text, sign.end(), names)
        if found is not None:
            after, name = found
            yield start, after, name


def _name_at(text: str, start: int, names: Names) -> tuple[int, str] | None:
    """Return the end of the longest name that begins at `start` of `text`, and its spelling by its owner; or None."""
    line = text[start : start + _WINDOW].partition("\n")[0]
    looks = "" if line[:1].isspace() else skeleton(line)
    while looks:
        key = names.longest_look(looks)
        if key is None:
            return None
        end = bisect_left(range(len(line)), len(key), key=lambda length: len(skeleton(line[:length])))
        typed = line[:end]
        name = names.as_written(key, typed)
        ends_well = not _goes_on(text[start + end - 1 : start + end], text[start + end : start + end + 1])
        if skeleton(typed) == key and ends_well and len(typed.split()) <= len(name.split()):
            return start + end, name
        looks = key[:-1]
    return None


def _goes_on(last: str, following: str) -> bool:
    """Whether the word that ends with the character `last` continues with `following`."""
    if following and unicodedata.category(following)[0] == "M":
        return True
    return _is_in_word(following) and not _SPACELESS.match(last)


def _is_in_word(character: str) -> bool:
    """Whether `character`, or "", is part of a word in a script with spaces between words."""
    return (character.isalnum() or character == "_") and not _SPACELESS.match(character)
