"""Update docs/scaling.md after a change of tools/scaling.py: bin/python tools/scaling_guide.py.

Replaces the tables after commands with their output, and the costs with those in tools/scaling.py.
"""

import os
import re
import shlex
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from tools import scaling

GUIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "docs", "scaling.md")
#: A command, and the tables after it.
SHOWN = re.compile(r"(```shell\nbin/python tools/scaling\.py (--readers[^\n]*)\n```\n\n)((?:\|[^\n]*\n|\n(?=\|))+)")
#: A row of the table of costs: the text before the number, the name, the number, and its unit.
COST = re.compile(r"^(\| `([A-Z_]+)` \| )([0-9.,]+) (µs|bytes|MB)(?= \|)", re.MULTILINE)
UNITS = {"µs": 1e-6, "bytes": 1, "MB": 1e6}


def updated(text: str) -> str:
    """Return the `text` of the guide with current tables and costs."""
    text = SHOWN.sub(lambda match: f"{match[1]}{scaling.shown(scaling.asked(shlex.split(match[2])))}\n", text)
    return COST.sub(lambda match: f"{match[1]}{_cost(getattr(scaling, match[2]) / UNITS[match[4]])} {match[4]}", text)


def _cost(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


def main() -> None:
    """Update the guide."""
    with open(GUIDE, encoding="utf-8") as file:
        text = updated(file.read())
    with open(GUIDE, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
