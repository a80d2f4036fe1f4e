"""docs/relays.md is followed: its relay passes the shared tests."""

import os
import re
import tempfile
import unittest

from tests.relays.contract import Contract
from tests.support.paths import TOP
from tests.support.relay_process import RelayProcess


def block(language):
    """Return the first code block in `language`."""
    with open(os.path.join(TOP, "docs", "relays.md")) as file:
        return re.search(rf"```{language}\n(.*?)```", file.read(), re.DOTALL)[1]


class GuideTest(Contract, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        with open(os.path.join(cls.folder, "folder_relay.py"), "w") as file:
            file.write(block("python"))
        super().setUpClass()

    @classmethod
    def make_relay(cls, prefix="piratechat"):
        settings = dict(re.findall(r"^(\S+) = (.*)$", block("ini"), re.MULTILINE))
        settings["piratechat.relay.folder.path"] = os.path.join(cls.folder, prefix)
        os.makedirs(settings["piratechat.relay.folder.path"], exist_ok=True)
        relay = RelayProcess(path=cls.folder, **settings)
        cls.addClassCleanup(relay.stop)
        return relay

    def test_any_texts_and_channels_are_supported(self):
        self.there.subscribe("room.ada")
        for text in ("", "Ahoy \U0001f99c", "x" * 100_000):
            self.here.publish("room.ada", text)
            self.there.hear(("room.ada", text))
