"""gevent finds its plug-ins, although packages' metadata is read only once."""

import os
import subprocess
import sys
import tempfile
import unittest

from sockjs_support.waiting import TIMEOUT

PROGRAM = """
import importlib.metadata, sys
sys.path[:] = {path!r}
lookup, reads = importlib.metadata.entry_points, []
def counted(**criteria):
    reads.append(criteria)
    return lookup(**criteria)
importlib.metadata.entry_points = counted
from gevent import monkey
from pyramid_sockjs.servers.plug_in_lookup import metadata_read_once
{before}
with metadata_read_once():
    monkey.patch_all()
assert importlib.metadata.entry_points is counted
print(len(reads), monkey.is_module_patched("socket"))
{after}
"""


class PlugInLookup(unittest.TestCase):
    def patched(self, name, code, group, before="", after=""):
        """Patch the standard library with the package `name` installed, whose plug-in is `tell`; return the output."""
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(info := os.path.join(folder, f"{name}-1.dist-info"))
            with open(os.path.join(info, "METADATA"), "w") as file:
                file.write(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
            with open(os.path.join(info, "entry_points.txt"), "w") as file:
                file.write(f"[gevent.plugins.monkey.{group}]\nplug = {name}.plug:tell\n")
            os.mkdir(package := os.path.join(folder, name))
            with open(os.path.join(package, "__init__.py"), "w") as file:
                file.write(code)
            with open(os.path.join(package, "plug.py"), "w") as file:
                file.write("def tell(event):\n    print(type(event).__name__)\n")
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM.format(path=[folder, *sys.path], before=before, after=after)],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_plug_ins_are_called_for_their_event_and_metadata_is_read_once(self):
        output = self.patched("plug", "", "did_patch_all")
        self.assertEqual(output, ["GeventDidPatchAllEvent", "1 True"])

    def test_a_plug_in_for_users_of_relstorage_is_called_when_that_is_imported(self):
        said = "print('imported')"
        self.assertEqual(self.patched("relstorage", said, "did_patch_builtins"), ["1 True"])
        output = self.patched("relstorage", said, "did_patch_builtins", after="import relstorage.plug; print('end')")
        self.assertEqual(output, ["1 True", "imported", "GeventDidPatchBuiltinModulesEvent", "end"])

    def test_it_is_called_at_once_if_relstorage_is_imported_already(self):
        output = self.patched("relstorage", "", "did_patch_builtins", before="import relstorage")
        self.assertEqual(output, ["GeventDidPatchBuiltinModulesEvent", "1 True"])
