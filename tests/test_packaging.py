"""What is in the distribution."""

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
        self.assertIn("pyramid_sockjs.server:server_factory", entry_points)
        self.assertFalse([name for name in names if name.startswith(("tests/", "bench/"))])
