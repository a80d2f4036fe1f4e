"""How pytest runs these tests: a plugin."""

import os
import sys

from hypothesis import HealthCheck, settings

# A busy machine is slow, and no test is about that.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# Tests start a hundred servers: each would compile the modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_xdist_newgateway(gateway):
    """Have a new process import from where this one does: pytest-xdist sees to it only after its own imports."""
    channel = gateway.remote_exec("import sys; sys.path[:] = channel.receive()")
    channel.send(sys.path)
    channel.waitclose()
