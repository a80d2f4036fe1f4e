"""The scenarios of robot/, each of them a test, with the server of a layer.

`bin/robot -d artifacts/robot robot` plays them without a test runner.
"""

import os
import shutil
import sys
from io import StringIO
from unittest import SkipTest, mock

import pytest
import robotsuite

import robot
from sockjs_support.browsers import is_chromium_there
from sockjs_support.layers import BrowserLayer, Layer
from tests.support.chat_servers import CHAT
from tests.support.paths import TOP

sys.path.append(os.path.join(TOP, "robot"))

import ChatLibrary

pytestmark = pytest.mark.slow

#: Log and report of what was played, and in a folder for each scenario its screenshots.
ARTIFACTS = os.path.join(TOP, "artifacts", "robot")
SUITES = sorted(name for name in os.listdir(os.path.join(TOP, "robot")) if name.endswith(".robot"))
SUITES.remove("__init__.robot")


class ScenesLayer(Layer):
    """The chat, the browsers that scenarios leave to each other, and what is written of them."""

    def setUp(self):
        self.outputs = []
        shutil.rmtree(ARTIFACTS, ignore_errors=True)

    def tearDown(self):
        ChatLibrary.BROWSERS.close()
        if self.outputs:
            robot.rebot(*self.outputs, outputdir=ARTIFACTS, name="Robot", stdout=StringIO())


SCENES = ScenesLayer("SCENES", CHAT)


def skip(reason):
    # To pytest's own way with unittest.SkipTest, zope.pytestlayer cannot tell where the test stands.
    raise pytest.skip.Exception(reason) if hasattr(SCENES, "pytest_request") else SkipTest(reason)


class Scenario(robotsuite.RobotTestCase):
    """robotsuite's, but all that is written goes to `ARTIFACTS`, and scenarios may be skipped."""

    __test__ = False  # by pytest, of the class itself

    def __repr__(self):
        return self._testMethodName

    def runTest(self):
        if not is_chromium_there():
            skip(BrowserLayer.MISSING)
        folder = os.path.join(ARTIFACTS, self._testMethodName)
        console = StringIO()
        robotsuite.last_status, robotsuite.last_message = None, "it was not played"
        self._runTest(
            self._robot_suite,
            listener="robotsuite.RobotListener",
            outputdir=folder,
            log="NONE",
            report="NONE",
            stdout=console,
            stderr=console,
        )
        SCENES.outputs.append(os.path.join(folder, "output.xml"))
        if robotsuite.last_status == "SKIP":
            skip(robotsuite.last_message)
        self.assertEqual(robotsuite.last_status, "PASS", f"{robotsuite.last_message}\n{console.getvalue()}")


def test_suite():
    with mock.patch.object(robotsuite, "RobotTestCase", Scenario):
        suite = robotsuite.RobotTestSuite(*(f"../robot/{name}" for name in SUITES))
    suite.layer = SCENES
    return suite
