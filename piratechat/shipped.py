"""Files that come with piratechat, and that operators copy or replace: in a wheel, or in a checkout."""

import os

_PACKAGE = os.path.dirname(os.path.realpath(__file__))
#: Where setup.py puts them in a wheel.
_IN_WHEEL = os.path.join(_PACKAGE, "shipped")
#: Where they are in a checkout after `make build`.
_IN_CHECKOUT = {
    "paster.ini": "paster.ini",
    "theme": "theme",
    "sockjs.min.js": os.path.join("node_modules", "sockjs-client", "dist", "sockjs.min.js"),
}


def shipped(name: str) -> str:
    """Return the path of `paster.ini`, of the folder `theme`, or of `sockjs.min.js`; the file may be missing."""
    if os.path.isdir(_IN_WHEEL):
        return os.path.join(_IN_WHEEL, name)
    return os.path.join(os.path.dirname(_PACKAGE), _IN_CHECKOUT[name])
