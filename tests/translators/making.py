"""Translators as an ini file describes them."""

from piratechat.translators.options import Options


def options(name, environ=None, **settings):
    """Return what an ini file says of the translator `name`."""
    return Options(
        name, {f"piratechat.translator.{name}.{key}": value for key, value in settings.items()}, environ or {}
    )


def made(module, name="it", environ=None, **settings):
    """Return the translator of a back end; every setting must be one that it knows."""
    found = options(name, environ, **settings)
    translator = module.from_options(found)
    found.finish()
    return translator
