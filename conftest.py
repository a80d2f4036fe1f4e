"""How pytest runs tests in several processes: `bin/pytest -n 2 --dist loadfile`, as `make test` does."""

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.skips"]

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


#: Modules with one of these start servers for their tests one by one.
STARTING = ("CheckoutServer", "ChatServer", "OperatorTest", "Server")


@pytest.hookimpl(trylast=True)  # zope.pytestlayer has put together what shares a layer
def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that no process is alone with one of them in the end."""
    items.sort(key=_order)


def _order(item):
    if any(hasattr(item, "module") and hasattr(item.module, name) for name in STARTING):
        return 0
    return 1 if hasattr(item, "layer") or hasattr(getattr(item, "cls", None), "layer") else 2
