"""Update docs/talking.md after a change of piratechat/protocol: bin/python tools/protocol_reference.py.

Replaces the parts between markers with the messages, events or objects of a module: what its class documents, an
example, and a table of its fields.
"""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUIDE = os.path.join(TOP, "docs", "talking.md")
PROTOCOL = os.path.join(TOP, "piratechat", "protocol")
#: A part that is generated: the marker with the module's name, the content, and the end.
PART = re.compile(r"(<!-- begin piratechat/protocol/(\w+)\.py -->\n).*?(<!-- end -->\n)", re.DOTALL)
NAMES = {"int": "number", "float": "number", "str": "string", "bool": "boolean", "None": "null"}
#: Sections about names that are not classes.
SECTIONS = {"Links": "[links](#links-code-and-formatting)", "Mentions": "[mentions](#replies-and-mentions)"}


@dataclass
class Field:
    """A field of an object: `meaning` is Markdown in one line."""

    name: str
    annotation: ast.expr
    meaning: str

    @property
    def is_required(self) -> bool:
        """Whether it is always there."""
        return not _is(self.annotation, "NotRequired")


@dataclass
class Object:
    """A class of the protocol, with the fields of its bases."""

    name: str
    paragraphs: list[str]
    fields: list[Field] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The `type` of a message, or the name of another object."""
        found = [each.annotation for each in self.fields if each.name == "type"]
        return f"`{_literals(found[0])[0]}`" if found else f"{self.name} object"


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name


def _literals(node: ast.expr) -> list[object]:
    assert isinstance(node, ast.Subscript)
    values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [ast.literal_eval(each) for each in values]


def objects(module: str, known: dict[str, Object]) -> list[Object]:
    """Return the public classes of `module` in their order; `known` has those of its imports, and then its own."""
    with open(os.path.join(PROTOCOL, f"{module}.py"), encoding="utf-8") as file:
        source = file.read()
    lines = source.splitlines()
    found: list[Object] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            made = Object(node.name, (ast.get_docstring(node) or "").split("\n\n"))
            own = list(_fields(node, lines))
            inherited = [each for base in node.bases for each in _inherited(base, known)]
            made.fields = [*(each for each in own if each.name == "type"), *inherited]
            made.fields += [each for each in own if each.name != "type"]
            known[node.name] = made
            if not node.name.startswith("_"):
                found.append(made)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            assert isinstance(node.targets[0], ast.Name)
            known[node.targets[0].id] = Object(node.targets[0].id, [], list(_functional(node.value, lines)))
    return found


def _inherited(base: ast.expr, known: dict[str, Object]) -> list[Field]:
    assert isinstance(base, ast.Name)
    return known[base.id].fields if base.id != "TypedDict" else []


def _fields(node: ast.ClassDef, lines: list[str]) -> Iterator[Field]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign):
            assert isinstance(each.target, ast.Name)
            yield Field(each.target.id, each.annotation, _meaning(lines, each.lineno))


def _functional(call: ast.Call, lines: list[str]) -> Iterator[Field]:
    """Yield the fields of TypedDict("Name", {...}), which may have keywords as names."""
    members = call.args[1]
    assert isinstance(members, ast.Dict)
    for key, value in zip(members.keys, members.values, strict=True):
        assert isinstance(key, ast.Constant)
        yield Field(str(key.value), value, _meaning(lines, key.lineno))


def _meaning(lines: list[str], number: int) -> str:
    """Return the comment above line `number`."""
    found: list[str] = []
    while (line := lines[number - 2 - len(found)].strip()).startswith("#:"):
        found.insert(0, line.removeprefix("#:").strip())
    return " ".join(found)


def shown_type(node: ast.expr, plural: str = "") -> str:
    """Return Markdown for an annotation: "list of numbers"."""
    if isinstance(node, ast.BinOp):
        return f"{shown_type(node.left)} or {shown_type(node.right)}"
    if isinstance(node, ast.Subscript):
        if _is(node, "NotRequired"):
            return shown_type(node.slice)
        if _is(node, "Sequence"):
            return f"list of {shown_type(node.slice, 's')}"
        return ", ".join(f"`{str(each).lower()}`" for each in _literals(node))
    name = ast.unparse(node)
    if name in NAMES:
        return NAMES[name] + plural
    return SECTIONS.get(name, f"[{name}](#{name.lower()}-object)")


def section(made: Object) -> str:
    """Return the section about `made`."""
    examples = [each for each in made.paragraphs if each.startswith("{")]
    texts = [each.replace("\n", " ") for each in made.paragraphs if not each.startswith("{")]
    parts = [f"### {made.title}", *texts, *(f"```json\n{each}\n```" for each in examples)]
    rows = [
        f"| `{each.name}`{'' if each.is_required else '?'} | {shown_type(each.annotation)} | {each.meaning} |"
        for each in sorted(made.fields, key=lambda each: not each.is_required)
        if each.name != "type"
    ]
    if rows:
        parts.append("\n".join(["| field | type | |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def updated(text: str) -> str:
    """Return the `text` of the document with current parts."""
    known: dict[str, Object] = {}
    shown = {name: objects(name, known) for name in ("objects", "events", "messages")}

    def part(match: re.Match[str]) -> str:
        sections = "\n".join(section(each) for each in shown[match[2]] if each.paragraphs != [""])
        return f"{match[1]}\n{sections}\n{match[3]}"

    return PART.sub(part, text)


def main() -> None:
    """Update the document."""
    with open(GUIDE, encoding="utf-8") as file:
        text = updated(file.read())
    with open(GUIDE, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
