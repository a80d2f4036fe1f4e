"""Draw docs/architecture.svg from the imports in the code: bin/python tools/architecture.py.

A box is a folder of modules, and an arrow points from a folder to one that it imports.  Arrows implied by others
are left out.
"""

import ast
import os
from collections.abc import Iterator, Mapping
from html import escape

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRAWING = os.path.join(TOP, "docs", "architecture.svg")
#: The folder of each package.
ROOTS = {"pyramid_sockjs": os.path.join("pyramid_sockjs", "src", "pyramid_sockjs"), "piratechat": "piratechat"}
#: The boxes of the other distribution, and of the modules that connect everything.
SOCKJS, ASSEMBLY = "pyramid_sockjs", "piratechat"
ASSEMBLING = ("", "application")

#: Box -> the boxes that it imports.
Graph = dict[str, set[str]]

#: Sizes in the drawing, in pixels.
WIDTH, BOX_WIDTH, BOX_HEIGHT, ROW, MARGIN = 1120, 132, 46, 104, 24
#: The boxes from left to right, in an order with few crossing arrows and no arrow behind a box.
COLUMNS = (
    ("maintenance", "commands", "plone"),
    ("publishing",),
    ("model", "storage", "search", "piratechat"),
    ("translators", "live", "views"),
    ("http", "realtime", "protocol"),
    ("pyramid_sockjs", "peers", "notifications"),
    ("relays", "themes"),
)
STYLE = """
    text { font: 600 14px system-ui, sans-serif; text-anchor: middle; fill: #1c2b3a; }
    rect { fill: #eaf1f8; stroke: #46688a; }
    path { fill: none; stroke: #7b8fa3; }
    marker path { fill: #7b8fa3; stroke: none; }
    @media (prefers-color-scheme: dark) {
      text { fill: #eef4fa; }
      rect { fill: #22384d; stroke: #7fa6cc; }
      path { stroke: #8a9fb5; }
      marker path { fill: #8a9fb5; }
    }
"""


def modules(package: str) -> Iterator[tuple[str, str]]:
    """Yield (name, path) for each module; the name is relative to the package."""
    top = os.path.join(TOP, ROOTS[package])
    for folder, _folders, files in os.walk(top):
        for file in files:
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, top).removesuffix(".py").replace(os.sep, ".")
                yield name.removesuffix("__init__").removesuffix("."), path


def imports(path: str) -> set[str]:
    """Return the absolute names that the module at `path` imports."""
    with open(path, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def boxes() -> Graph:
    """Return the boxes that each box imports, without modules outside of folders."""
    paths = dict(modules("piratechat"))
    folders = {name.split(".")[0] for name in paths if "." in name}
    graph: Graph = {SOCKJS: set(), ASSEMBLY: set(), **{name: set() for name in folders}}
    for name, path in paths.items():
        box = ASSEMBLY if name in ASSEMBLING else name.split(".")[0]
        if box in graph:
            graph[box] |= {_box_of(imported) for imported in imports(path)} & set(graph) - {box}
    return graph


def _box_of(imported: str) -> str:
    package, _, rest = imported.partition(".")
    return rest.split(".")[0] if package == ASSEMBLY else SOCKJS if package == SOCKJS else ""


def reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """Return the boxes reachable from `start` along arrows; `start` is among them only in a cycle."""
    found: set[str] = set()
    waiting = set(graph[start])
    while waiting:
        box = waiting.pop()
        found.add(box)
        waiting |= graph[box] - found
    return found


def rows(graph: Graph) -> list[list[str]]:
    """Return rows of boxes, the lowest first: each box is above those that it imports, or next to them in a cycle."""
    reach = {box: reached(graph, box) for box in graph}
    levels: dict[str, int] = {}

    def level(box: str) -> int:
        if box not in levels:
            circle = {box} | {other for other in reach[box] if box in reach[other]}
            below = set().union(*(graph[each] for each in circle)) - circle
            levels.update(dict.fromkeys(circle, 1 + max(map(level, sorted(below)), default=-1)))
        return levels[box]

    found: list[list[str]] = [[] for _ in range(1 + max(map(level, sorted(graph))))]
    for box in sorted(graph):
        found[level(box)].append(box)
    return found


def arrows(graph: Graph) -> list[tuple[str, str]]:
    """Return (from, to) for each arrow that is not implied by others."""
    reach = {box: reached(graph, box) for box in graph}
    return [
        (box, target)
        for box in sorted(graph)
        for target in sorted(graph[box])
        if not any(target in reach[other] and box not in reach[other] for other in graph[box] - {target})
    ]


def placed(levels: list[list[str]]) -> dict[str, tuple[int, int]]:
    """Return the center of each box.  Raises KeyError for a new folder, which has to be added to COLUMNS."""
    columns = {box: column for column, names in enumerate(COLUMNS) for box in names}
    left, right = MARGIN + BOX_WIDTH // 2, WIDTH - MARGIN - BOX_WIDTH // 2
    return {
        box: (
            left + (right - left) * columns[box] // (len(COLUMNS) - 1),
            MARGIN + BOX_HEIGHT // 2 + ROW * (len(levels) - 1 - level),
        )
        for level, row in enumerate(levels)
        for box in row
    }


def drawing() -> str:
    """Return the SVG document."""
    graph = boxes()
    levels = rows(graph)
    places = placed(levels)
    height = 2 * MARGIN + BOX_HEIGHT + ROW * (len(levels) - 1)
    lines = [_arrow(places[source], places[target]) for source, target in arrows(graph)]
    lines += [_box(box, place) for box, place in sorted(places.items())]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            "  <title>The folders of piratechat, and which imports which</title>",
            f"  <style>{STYLE}  </style>",
            '  <marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
            '    <path d="M0 0 8 4 0 8z"/>',
            "  </marker>",
            *lines,
            "</svg>\n",
        ]
    )


def _box(name: str, place: tuple[int, int]) -> str:
    x, y = place
    left, top = x - BOX_WIDTH // 2, y - BOX_HEIGHT // 2
    return (
        f'  <rect x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f'<text x="{x}" y="{y + 5}">{escape(name)}</text>'
    )


def _arrow(source: tuple[int, int], target: tuple[int, int]) -> str:
    (from_x, from_y), (to_x, to_y) = source, target
    if from_y == to_y:
        side = BOX_WIDTH // 2 if from_x < to_x else -BOX_WIDTH // 2
        line = f"M{from_x + side} {from_y}H{to_x - side}"
    else:
        top, bottom = from_y + BOX_HEIGHT // 2, to_y - BOX_HEIGHT // 2
        bend = (bottom - top) // 2
        line = f"M{from_x} {top}C{from_x} {top + bend} {to_x} {bottom - bend} {to_x} {bottom}"
    return f'  <path d="{line}" marker-end="url(#head)"/>'


def main() -> None:
    """Write the drawing."""
    with open(DRAWING, "w", encoding="utf-8") as file:
        file.write(drawing())


if __name__ == "__main__":
    main()
