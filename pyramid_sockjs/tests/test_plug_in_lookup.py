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
with metadata_read_once():
    monkey.patch_all()
assert importlib.metadata.entry_points is counted
print(len(reads), monkey.is_module_patched("socket"))
"""


class PlugInLookup(unittest.TestCase):
    def test_plug_ins_are_called_for_their_event_and_metadata_is_read_once(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(package := os.path.join(folder, "plug-1.dist-info"))
            with open(os.path.join(package, "METADATA"), "w") as file:
                file.write("Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
            with open(os.path.join(package, "entry_points.txt"), "w") as file:
                file.write("[gevent.plugins.monkey.did_patch_all]\nplug = plug:tell\n")
            with open(os.path.join(folder, "plug.py"), "w") as file:
                file.write("def tell(event):\n    print(type(event).__name__)\n")
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM.format(path=[*sys.path, folder])],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        self.assertEqual(done.stdout.splitlines(), ["GeventDidPatchAllEvent", "1 True"], done.stderr)
