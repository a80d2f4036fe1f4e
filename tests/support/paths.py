"""Paths in the repository."""

import os
import shutil

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(TOP, "tests")
CONFIG = os.path.join(TESTS, "config")
#: "make build" installs Node into .venv on systems without it.
NODE = shutil.which("node") or os.path.join(TOP, ".venv", "bin", "node")
