"""What npm installs is pinned."""

import json
import os
from unittest import TestCase

from tests.support.paths import TOP


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
