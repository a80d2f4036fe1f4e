"""What the distribution says of itself, and what it relies on."""

import ast
import importlib
import os
import re
import tomllib
from importlib.metadata import version
from unittest import TestCase

from sockjs_support.servers import TOP

#: Modules of websockets that its documentation describes; what they export is public.
DOCUMENTED = ("websockets.exceptions", "websockets.frames", "websockets.protocol")
#: Private names, for which its version has a cap: a compiled XOR, with three lines of Python in its place if need be.
PRIVATE = {("websockets.speedups", "apply_mask")}


def imported(package):
    """Yield (module, name) for all that the source imports from modules of `package`."""
    for folder, _, names in os.walk(os.path.join(TOP, "src")):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(folder, name)) as file:
                    tree = ast.parse(file.read())
                for node in ast.walk(tree):
                    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
                        yield from ((node.module, alias.name) for alias in node.names)
                    elif isinstance(node, ast.Import):
                        yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == package)


class Distribution(TestCase):
    def setUp(self):
        with open(os.path.join(TOP, "pyproject.toml"), "rb") as file:
            self.project = tomllib.load(file)["project"]

    def test_it_uses_one_private_name_of_websockets(self):
        public = {(name, each) for name in DOCUMENTED for each in self._exported(name)}
        self.assertEqual(set(imported("websockets")) - public, PRIVATE)

    def _exported(self, name):
        module = importlib.import_module(name)
        # websockets.exceptions exports nothing by `import *`, and is documented from end to end.
        return getattr(module, "__all__", [each for each in vars(module) if not each.startswith("_")])

    def test_the_version_of_websockets_has_a_cap_for_it(self):
        (requirement,) = (each for each in self.project["dependencies"] if each.startswith("websockets"))
        least, cap = map(int, re.fullmatch(r"websockets>=(\d+),<(\d+)", requirement).groups())
        self.assertIn(int(version("websockets").split(".")[0]), range(least, cap))

    def test_the_changes_begin_with_its_version(self):
        with open(os.path.join(TOP, "CHANGES.md")) as file:
            self.assertEqual(re.search(r"^## (\S+)", file.read(), re.MULTILINE)[1], self.project["version"])
