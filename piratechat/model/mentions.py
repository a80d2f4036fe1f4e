"""Names of participants in what is said: `@Ada`, `@Ada Lovelace`, `@田中さん`.

The server finds them when something is said, so that everybody has the same, and they stay as they were found.
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

#: Signs in one text that are looked at; each may take some reads of the list of names.
MAX_SIGNS = 10
assert MAX_SIGNS <= MAX_MENTIONS

#: Characters behind a sign among which a name is looked for: it may be typed with joiners, and two for one letter.
_WINDOW = 2 * NAME_LENGTH

_SIGN = re.compile("[@\uff20]")
_SPACELESS = re.compile(f"[{SPACELESS}]")


def mentions(text: str, names: Names) -> Mentions:
    """Return the `names` that are mentioned in `text`: behind an @ the longest that is one, case and look-alikes aside.

    None are found in code and in links, and only behind the first MAX_SIGNS signs.
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
    """Return where the longest name ends that begins at `start` of `text`, and how its owner writes it; or None."""
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
    """Whether the word that ends in the character `last` goes on with `following`."""
    if following and unicodedata.category(following)[0] == "M":
        return True
    return _is_in_word(following) and not _SPACELESS.match(last)


def _is_in_word(character: str) -> bool:
    """Whether `character`, if there is one, is part of a word that is written without spaces in it."""
    return (character.isalnum() or character == "_") and not _SPACELESS.match(character)
