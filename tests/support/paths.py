"""Where things are."""

import os
import shutil

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(TOP, "tests")
CONFIG = os.path.join(TESTS, "config")
#: "make build" brings Node into .venv where the system has none.
NODE = shutil.which("node") or os.path.join(TOP, ".venv", "bin", "node")
