"""The scenarios of robot/ as tests.

`bin/robot -d artifacts/robot robot` runs them without pytest.
"""

import pytest

from tests.support.scenarios import SCENES, scenarios
from tests.test_robot_quick import QUICK

pytestmark = pytest.mark.slow


def test_suite():
    return scenarios(SCENES, lambda title: title not in QUICK)
