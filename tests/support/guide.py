"""Examples in the documents in docs/."""

import os
import re

from tests.support.paths import TOP


def documented(section, language, guide="operating"):
    """Return the only example in `language` of the section with the heading `section`."""
    with open(os.path.join(TOP, "docs", f"{guide}.md")) as file:
        text = file.read().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return block


def changed(text, *changes):
    """Return `text` after `changes`: pairs of (old, new), where `old` occurs exactly once."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} does not occur exactly once in\n{text}"
        text = text.replace(old, new)
    return text
