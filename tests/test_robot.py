"""The scenarios of robot/, each of them a test.

`bin/robot -d artifacts/robot robot` plays them without a test runner.
"""

import pytest

from tests.support.scenarios import SCENES, scenarios
from tests.test_robot_quick import QUICK

pytestmark = pytest.mark.slow


def test_suite():
    return scenarios(SCENES, lambda title: title not in QUICK)
