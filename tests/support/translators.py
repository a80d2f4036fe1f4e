"""Translators as an ini file describes them."""

import os

from piratechat.options import Options
from piratechat.translators.engine.protection import Protection

MISSING_FILTERS = "no filters on this machine; on Debian: apt-get install filters"


def options(name, environ=None, **settings):
    """Return what an ini file says of the translator `name`."""
    return Options(
        name, {f"piratechat.translator.{name}.{key}": value for key, value in settings.items()}, environ or {}
    )


def made(module, name="it", environ=None, **settings):
    """Return the translator of a back end; every setting must be one that it knows."""
    found = options(name, environ, **settings)
    translator = module.from_options(found)
    Protection.from_options(found, translator)
    found.finish()
    return translator


def needs_filters(test):
    """Skip `test` where Debian's filters are missing."""
    if not os.path.exists("/usr/games/jive"):
        test.skipTest(MISSING_FILTERS)
