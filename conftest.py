"""Distribution of tests over several processes: `bin/pytest -n 2 --dist loadfile`, as in `make test`."""

import pytest

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
