"""The scenarios in robot/ as tests, with the server of a layer."""

import os
import shutil
import sys
from functools import cache
from io import StringIO
from unittest import SkipTest, TestSuite, mock

import pytest
import robotsuite

import robot
from sockjs_support.browsers import is_chromium_there
from sockjs_support.layers import BrowserLayer, Layer
from tests.support.chat_servers import CHAT
from tests.support.paths import TOP

sys.path.append(os.path.join(TOP, "robot"))

import ChatLibrary

SUITES = sorted(name for name in os.listdir(os.path.join(TOP, "robot")) if name.endswith(".robot"))
SUITES.remove("__init__.robot")


class ScenesLayer(Layer):
    """The chat server, and browsers shared by scenarios.

    `folder` has the log and the report of the run, and a folder for each scenario with its screenshots.
    """

    def __init__(self, name, folder):
        super().__init__(name, CHAT)
        self.folder = os.path.join(TOP, "artifacts", folder)

    def setUp(self):
        self.outputs = []
        shutil.rmtree(self.folder, ignore_errors=True)

    def tearDown(self):
        ChatLibrary.BROWSERS.close()
        if self.outputs:
            robot.rebot(*self.outputs, outputdir=self.folder, name="Robot", stdout=StringIO())


#: One for each test module, because modules may run in different processes.
SCENES = ScenesLayer("SCENES", "robot")
QUICK_SCENES = ScenesLayer("QUICK_SCENES", "robot_quick")


class Scenario(robotsuite.RobotTestCase):
    """A scenario of robotsuite that writes its output to the folder of the layer `scenes`, and can be skipped."""

    __test__ = False  # pytest must not collect the class itself

    def __repr__(self):
        return self._testMethodName

    def runTest(self):
        if not is_chromium_there():
            self._skip(BrowserLayer.MISSING)
        folder = os.path.join(self.scenes.folder, self._testMethodName)
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
        self.scenes.outputs.append(os.path.join(folder, "output.xml"))
        if robotsuite.last_status == "SKIP":
            self._skip(robotsuite.last_message)
        self.assertEqual(robotsuite.last_status, "PASS", f"{robotsuite.last_message}\n{console.getvalue()}")

    def _skip(self, reason):
        # zope.pytestlayer cannot locate a test that was skipped by unittest.SkipTest.
        raise pytest.skip.Exception(reason) if hasattr(self.scenes, "pytest_request") else SkipTest(reason)


def scenarios(scenes, is_wanted):
    """Return a suite with the layer `scenes` of the scenarios whose titles `is_wanted` accepts."""
    wanted = TestSuite(scenario for scenario in _all_scenarios() if is_wanted(repr(scenario)))
    for scenario in wanted:
        scenario.scenes = scenes
    wanted.layer = scenes
    return wanted


@cache
def _all_scenarios():
    """Return a test for each scenario of robot/; reading them takes seconds, and pytest asks for them several times."""
    with mock.patch.object(robotsuite, "RobotTestCase", Scenario):
        return tuple(_flat(robotsuite.RobotTestSuite(*(f"../../robot/{name}" for name in SUITES))))


def _flat(suite):
    for test in suite:
        if isinstance(test, TestSuite):
            yield from _flat(test)
        else:
            yield test
