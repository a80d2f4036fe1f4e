"""Creates translators from settings."""

import os

from piratechat.options import Options
from piratechat.translators.engine.protection import Protection

MISSING_FILTERS = "no filters on this machine; on Debian: apt-get install filters"


def options(name, environ=None, **settings):
    """Return the options of the translator `name` in an ini file."""
    return Options(
        name, {f"piratechat.translator.{name}.{key}": value for key, value in settings.items()}, environ or {}
    )


def made(module, name="it", environ=None, **settings):
    """Return a back end's translator, after checking that it knows every setting."""
    found = options(name, environ, **settings)
    translator = module.from_options(found)
    Protection.from_options(found, translator)
    found.finish()
    return translator


def needs_filters(test):
    """Skip `test` if Debian's filters are not installed."""
    if not os.path.exists("/usr/games/jive"):
        test.skipTest(MISSING_FILTERS)
