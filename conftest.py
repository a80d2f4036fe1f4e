"""Distribution of tests over several processes: `bin/pytest -n 2 --dist loadfile`, as in `make test`."""

import os

import pytest

#: The folder for compiled templates, which all servers of the tests share: each would compile them for four seconds.
CACHE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "artifacts", "templates")
os.makedirs(CACHE, mode=0o700, exist_ok=True)
os.environ["CHAMELEON_CACHE"] = CACHE  # before anything imports Chameleon

pytest_plugins = ["tests.support.skips", "sockjs_support.running"]

#: Modules with one of these start a server for each test.
STARTING = ("CheckoutServer", "ChatServer", "MadeCluster", "OperatorTest", "Server")


@pytest.hookimpl(trylast=True)  # after zope.pytestlayer has grouped tests by layer
def pytest_collection_modifyitems(items):
    """Run the slowest files first, so that no process is left alone with one of them at the end."""
    items.sort(key=_order)


def _order(item):
    if any(hasattr(item, "module") and hasattr(item.module, name) for name in STARTING):
        return 0
    return 1 if hasattr(item, "layer") or hasattr(getattr(item, "cls", None), "layer") else 2
