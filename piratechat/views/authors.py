"""Colours and initials of authors; static/scripts/lib/author.js has the same."""

import re
import unicodedata
from functools import lru_cache

#: The number of author colours in a theme.
HUES = 8

#: Maximum number of cached authors.
REMEMBERED = 4096

_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
#: Characters that change the colour of an emoji, or spell the name of a flag.
_MODIFIER = re.compile("[\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_JOINER = "\u200d"


@lru_cache(REMEMBERED)
def hue(author: str) -> int:
    """Return the number of the colour of `author`: at least 0, and less than HUES."""
    return sum(map(ord, author)) % HUES


@lru_cache(REMEMBERED)
def initial(author: str) -> str:
    """Return the initial of `author`: a letter with its marks, or a complete emoji."""
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
