"""What is in the distribution."""

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from unittest import TestCase

from tests.layers import TOP

#: What a distribution is made from.
PARTS = {
    "LICENSE",
    "MANIFEST.in",
    "README.md",
    "piratechat",
    "pyproject.toml",
    "pyramid_sockjs",
    "pyramid_sockjs.egg-info",
    "setup.py",
}


class Lock(TestCase):
    """package-lock.json pins what npm installs, and leaves it to npm where from."""

    def test_it_names_versions_and_sums_and_no_addresses(self):
        with open(os.path.join(TOP, "package-lock.json")) as file:
            packages = json.load(file)["packages"]
        with open(os.path.join(TOP, "package.json")) as file:
            wanted = json.load(file)
        self.assertEqual(packages.pop("")["devDependencies"], wanted["devDependencies"])
        for name, package in packages.items():
            with self.subTest(name):
                self.assertNotIn("resolved", package)
                self.assertRegex(package["integrity"], "^sha512-")
                self.assertRegex(package["version"], r"^\d")
        for version in {**wanted["dependencies"], **wanted["devDependencies"]}.values():
            self.assertRegex(version, r"^\d+(\.\d+)+$")


class Wheel(TestCase):
    def test_it_holds_both_packages_and_the_alias_for_paste(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "source")
            # Servers of other tests may be writing their bytecode.
            shutil.copytree(
                TOP, source, ignore=lambda path, names: set(names) - PARTS if path == TOP else {"__pycache__"}
            )
            subprocess.run(
                [
                    os.path.join(TOP, ".venv", "bin", "python"),
                    *("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, source),
                ],
                check=True,
            )
            (wheel,) = (name for name in os.listdir(folder) if name.endswith(".whl"))
            with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
                names = archive.namelist()
                entry_points = archive.read("pyramid_sockjs.egg-info/entry_points.txt").decode()
        self.assertIn("pyramid_sockjs/transports/websocket.py", names)
        for package in ("piratechat", "pyramid_sockjs"):
            self.assertIn(f"{package}/py.typed", names, "or type checkers take all of it for Any")
        self.assertIn("pyramid_sockjs.server:server_factory", entry_points)
        self.assertFalse([name for name in names if name.startswith(("tests/", "bench/"))])
