"""Bring docs/scaling.md up to date: bin/python tools/scaling_guide.py, after a change of tools/scaling.py.

The tables below commands become what these print, and the costs those that tools/scaling.py has.
"""

import os
import re
import shlex
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from tools import scaling

GUIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "docs", "scaling.md")
#: A command, and the tables below it.
SHOWN = re.compile(r"(```shell\nbin/python tools/scaling\.py (--readers[^\n]*)\n```\n\n)((?:\|[^\n]*\n|\n(?=\|))+)")
#: A row of the table of costs: what comes before the number, the name, the number, and its unit.
COST = re.compile(r"^(\| `([A-Z_]+)` \| )([0-9.,]+) (µs|bytes|MB)(?= \|)", re.MULTILINE)
UNITS = {"µs": 1e-6, "bytes": 1, "MB": 1e6}


def updated(text: str) -> str:
    """Return the `text` of the guide with the tables and costs of now."""
    text = SHOWN.sub(lambda match: f"{match[1]}{scaling.shown(scaling.asked(shlex.split(match[2])))}\n", text)
    return COST.sub(lambda match: f"{match[1]}{_cost(getattr(scaling, match[2]) / UNITS[match[4]])} {match[4]}", text)


def _cost(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


def main() -> None:
    """Write the guide again."""
    with open(GUIDE, encoding="utf-8") as file:
        text = updated(file.read())
    with open(GUIDE, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
