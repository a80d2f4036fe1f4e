"""A pytest plugin with settings for these tests."""

import os
import sys

from hypothesis import HealthCheck, settings

# Deadlines would fail on a busy machine, and no test is about speed.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# Tests start a hundred servers, which would compile the modules again without this cache.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_xdist_newgateway(gateway):
    """Pass `sys.path` to a new worker process: pytest-xdist does that only after importing its own modules."""
    channel = gateway.remote_exec("import sys; sys.path[:] = channel.receive()")
    channel.send(sys.path)
    channel.waitclose()
