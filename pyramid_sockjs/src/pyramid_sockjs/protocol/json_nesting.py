"""How deeply JSON nests, found without recursion.

`json` parses each level one call deeper.  Close to the interpreter's limit it
raises RecursionError, and so does every finalizer that the garbage collector
runs at that depth: its work is then skipped.  JSON from outside is therefore
measured before it is parsed.
"""

import re
from itertools import accumulate

#: Levels that nobody needs, and that are far from the interpreter's limit.
MAX_DEPTH = 100

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def is_too_deep(text: str) -> bool:
    """Tell whether arrays and objects in `text`, which may be broken JSON, nest deeper than MAX_DEPTH."""
    if len(text) <= MAX_DEPTH or text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    brackets = _NO_BRACKETS.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH
