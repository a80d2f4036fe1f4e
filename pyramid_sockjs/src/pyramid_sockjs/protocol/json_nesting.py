"""The nesting depth of JSON, measured without recursion.

`json` recurses once for each level.  Near the interpreter's limit it raises RecursionError, and so do finalizers that
the garbage collector runs at that depth, so that they are skipped.  Therefore JSON from clients is measured before it
is parsed.
"""

import re
from itertools import accumulate

#: More levels than any client needs, far below the interpreter's limit.
MAX_DEPTH = 100

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def is_too_deep(text: str) -> bool:
    """Return whether arrays and objects in `text`, which may be invalid JSON, nest deeper than MAX_DEPTH."""
    if len(text) <= MAX_DEPTH or text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    brackets = _NO_BRACKETS.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH
