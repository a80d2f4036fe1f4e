"""What the guides in docs/ tell their readers to type."""

import os
import re

from tests.support.paths import TOP


def documented(section, language, guide="operating"):
    """Return the one example in `language` of the section that is headed `section`."""
    with open(os.path.join(TOP, "docs", f"{guide}.md")) as file:
        text = file.read().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return block


def changed(text, *changes):
    """Return `text` after `changes`, each of them (from what, to what) and found once."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is not once in\n{text}"
        text = text.replace(old, new)
    return text
