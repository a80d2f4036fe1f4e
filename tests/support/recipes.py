"""Follows the recipes of CONTRIBUTING.md in a copy of the repository."""

import ast
import os
import re
import shutil

from tests.support.paths import TOP

#: The steps of a recipe: look at a file, write code, add a line to a table or a function, or add an import.
STEP = re.compile(
    r"`(?P<path>[\w/]+\.py)`(?:, before `(?P<before>\w+)`)?"
    r"|```python\n(?P<code>.*?)```"
    r"|add\s+`(?P<added>[^`]+)`\s+to\s+`(?P<to>\w+)`"
    r"|`(?P<imported>(?:from [\w.]+ )?import \w+)`",
    re.DOTALL | re.IGNORECASE,
)
#: Parts of the repository that recipes change.
CHANGED = ("docs", "piratechat", "pyramid_sockjs", "tests", "theme")


def recipe(title):
    """Return the recipe with the heading `title`."""
    with open(os.path.join(TOP, "CONTRIBUTING.md"), encoding="utf-8") as file:
        return file.read().partition(f"\n### {title}\n")[2].partition("\n##")[0]


def blocks(title, language):
    """Return the examples in `language` of the recipe."""
    return re.findall(rf"```{language}\n(.*?)```", recipe(title), re.DOTALL)


class Checkout:
    """A copy of the files that recipes change, with links to all others; its programs import from the copy."""

    def __init__(self, folder):
        self.folder = folder
        ignored = shutil.ignore_patterns("node_modules", "static", "*.egg-info", "cases")
        for name in CHANGED:
            shutil.copytree(os.path.join(TOP, name), self.path(name), ignore=ignored, symlinks=True)
        for names in (("piratechat", "static"), ("node_modules",), ("tools",)):
            os.symlink(os.path.join(TOP, *names), self.path(*names))
        shutil.copy(os.path.join(TOP, "paster.ini"), folder)
        os.mkdir(self.path("bin"))
        for name in ("gunicorn", "python"):
            self._copy_program(name)

    def _copy_program(self, name):
        text = self.read(os.path.join(TOP, "bin", name))
        head = "sys.path[0:0] = [\n"
        assert text.count(head) == 1, text
        own = "".join(f"  {self.path(*each)!r},\n" for each in ((), ("pyramid_sockjs", "src")))
        self.write(self.path("bin", name), text.replace(head, head + own))
        os.chmod(self.path("bin", name), 0o755)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, path):
        with open(self.path(path), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text):
        with open(self.path(path), "w", encoding="utf-8") as file:
            file.write(text)

    def follow(self, title):
        """Follow the recipe `title`."""
        path = before = None
        for step in STEP.finditer(recipe(title)):
            if step["path"]:
                path, before = step["path"], step["before"]
            elif step["code"]:
                self._add_code(path, step["code"], before)
            elif step["added"]:
                self._add_line(path, step["added"], step["to"])
            else:
                text = self.read(path)
                self.write(
                    path, re.sub(r"^(?=from |import )", f"{step['imported']}\n", text, count=1, flags=re.MULTILINE)
                )

    def _add_import(self, path, line):
        text = self.read(path)
        place = re.search(r"^(from|import) ", text, re.MULTILINE).start()
        self.write(path, f"{text[:place]}{line}\n{text[place:]}")

    def _add_code(self, path, code, before):
        if not os.path.exists(self.path(path)):
            self.write(path, code)
            return
        text = self.read(path)
        place = re.search(rf"^(#:.*\n)*{before}\b", text, re.MULTILINE).start() if before else len(text)
        self.write(path, f"{text[:place]}\n\n{code}\n\n{text[place:]}")

    def _add_line(self, path, line, name):
        """Add `line` as the first line of a table, or as the last line of a function."""
        text = self.read(path)
        lines = text.splitlines(keepends=True)
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                lines.insert(node.end_lineno, f"    {line}\n")
            elif isinstance(node, ast.Assign | ast.AnnAssign) and _target(node) == name:
                separator = " |" if isinstance(node.value, ast.BinOp) else ","
                lines.insert(node.lineno, f"    {line}{separator}\n")
        assert len(lines) == text.count("\n") + 1, f"no {name} in {path}"
        self.write(path, "".join(lines))


def _target(node):
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return getattr(target, "id", None)
