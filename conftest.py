"""How pytest runs tests in several processes: `bin/pytest -n 2 --dist loadfile`, as `make test` does."""

import pytest

pytest_plugins = ["tests.support.skips", "sockjs_support.running"]

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
