"""The metadata of the distribution, and the parts of its dependencies that it uses."""

import ast
import importlib
import os
import re
import tomllib
from importlib.metadata import version
from unittest import TestCase

from sockjs_support.servers import TOP

#: Documented modules of websockets, whose exported names are public.
DOCUMENTED = ("websockets.exceptions", "websockets.frames", "websockets.protocol")
#: Private names; the version is capped because of them: a compiled XOR, replaced by three lines of Python if missing.
PRIVATE = {("websockets.speedups", "apply_mask")}


def imported(package):
    """Yield (module, name) for all imports from modules of `package` in the source."""
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

    def test_one_private_name_of_websockets_is_used(self):
        public = {(name, each) for name in DOCUMENTED for each in self._exported(name)}
        self.assertEqual(set(imported("websockets")) - public, PRIVATE)

    def _exported(self, name):
        module = importlib.import_module(name)
        # websockets.exceptions has no __all__, and is completely documented.
        return getattr(module, "__all__", [each for each in vars(module) if not each.startswith("_")])

    def test_the_version_of_websockets_is_capped(self):
        (requirement,) = (each for each in self.project["dependencies"] if each.startswith("websockets"))
        least, cap = map(int, re.fullmatch(r"websockets>=(\d+),<(\d+)", requirement).groups())
        self.assertIn(int(version("websockets").split(".")[0]), range(least, cap))

    def test_the_changelog_begins_with_its_version(self):
        with open(os.path.join(TOP, "CHANGES.md")) as file:
            self.assertEqual(re.search(r"^## (\S+)", file.read(), re.MULTILINE)[1], self.project["version"])
