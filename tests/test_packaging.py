"""npm's packages are pinned, and a source distribution is complete."""

import json
import os
import subprocess
import tempfile
import zipfile
from unittest import TestCase

from tests.support.paths import TOP
from tools.make_wheels import DISTRIBUTIONS, copied, pip_wheel

PYTHON = os.path.join(TOP, ".venv", "bin", "python")


class Lock(TestCase):
    """package-lock.json pins npm's packages, and does not contain the URL of a registry."""

    def test_the_lock_has_versions_and_checksums_and_no_urls(self):
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


class SourceDistribution(TestCase):
    """The wheel can be built from a source distribution as well as from a checkout."""

    def contents(self, folder):
        """Return the contents of the only wheel in `folder`."""
        (name,) = os.listdir(folder)
        with zipfile.ZipFile(os.path.join(folder, name)) as wheel:
            return {info.filename: wheel.read(info) for info in wheel.infolist()}

    def test_a_wheel_built_from_the_source_distribution_is_the_same(self):
        for name in DISTRIBUTIONS:
            with self.subTest(name), tempfile.TemporaryDirectory() as place:
                # Use a copy for each build, because setuptools leaves lists of files, and reads them.
                copies = [os.path.join(place, folder) for folder in ("one", "other")]
                packed, from_sources, from_packed = (os.path.join(place, folder) for folder in ("packed", "a", "b"))
                for folder in (*copies, packed, from_sources, from_packed):
                    os.mkdir(folder)
                command = "import setuptools.build_meta as b, sys; print(b.build_sdist(sys.argv[1]))"
                done = subprocess.run(
                    [PYTHON, "-c", command, packed],
                    cwd=copied(name, copies[0]),
                    check=True,
                    capture_output=True,
                    text=True,
                )
                pip_wheel(os.path.join(packed, done.stdout.split()[-1]), from_packed)
                pip_wheel(copied(name, copies[1]), from_sources)
                expected, found = self.contents(from_sources), self.contents(from_packed)
                self.assertEqual(sorted(found), sorted(expected))
                self.assertEqual([path for path in found if found[path] != expected[path]], [])
