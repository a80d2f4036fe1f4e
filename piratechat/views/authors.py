"""How authors are told apart at a glance; static/scripts/lib/author.js has the same."""

import re
import unicodedata
from functools import lru_cache

#: The colours for authors that a theme has.
HUES = 8

#: Authors whose sign is remembered.
REMEMBERED = 4096

_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
#: What changes the colour of an emoji, or spells the name of a flag.
_MODIFIER = re.compile("[\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_JOINER = "\u200d"


@lru_cache(REMEMBERED)
def hue(author: str) -> int:
    """Return the number of the colour of `author`: from 0, and less than HUES."""
    return sum(map(ord, author)) % HUES


@lru_cache(REMEMBERED)
def initial(author: str) -> str:
    """Return what `author` begins with: a letter with its marks, or an emoji with all its parts."""
    flag = _FLAG.match(author)
    if flag:
        return flag[0]
    end = 1
    while end < len(author):
        if author[end] == _JOINER and unicodedata.category(author[end + 1 : end + 2] or " ") == "So":
            end += 2
        elif unicodedata.category(author[end])[0] == "M" or _MODIFIER.match(author[end]):
            end += 1
        else:
            break
    return author[:end]
