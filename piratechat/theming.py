"""The WSGI filter that gives the pages their look: Diazo, and the theme's files beside it.

[filter:theme]
use = egg:piratechat#theme
rules = %(here)s/theme/pirate/rules.xml
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from diazo.wsgi import DiazoMiddleware
from webob.static import DirectoryApp

from piratechat.roots import STATIC, is_sockjs, is_utf8

#: Where the files of the theme are served.
PREFIX = "/theme"

WSGI = Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]


class Themed:
    """A WSGI application whose pages wear a theme.

    SockJS and static files pass beside Diazo, which would hold them up.
    """

    def __init__(self, application: WSGI, themed: WSGI, files: WSGI) -> None:
        self._application = application
        self._themed = themed
        self._files = files

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not is_utf8(path):  # the application refuses it; Diazo would break
            return self._application(environ, start_response)
        if path.startswith(PREFIX + "/"):
            inner = {**environ, "SCRIPT_NAME": environ["SCRIPT_NAME"] + PREFIX, "PATH_INFO": path[len(PREFIX) :]}
            return self._files(inner, start_response)
        if is_sockjs(path) or path.startswith(STATIC):
            return self._application(environ, start_response)
        return self._themed(environ, start_response)


def theme(application: WSGI, global_conf: Mapping[str, str], rules: str, **options: Any) -> Themed:
    """Return `application` with the theme whose Diazo rules are in the file `rules`: a paste.filter_app_factory.

    Other options are DiazoMiddleware's; `debug` compiles the theme anew for
    each page.  Raises ValueError if there are no such rules; what is wrong in
    them is raised as lxml has it.
    """
    path = os.path.abspath(rules)
    if not os.path.isfile(path):
        raise ValueError(f"rules = {rules}: there is no such file. A theme is a folder with a rules.xml.")
    # As a URL: given a bare path, lxml may ask the application itself for the rules.
    diazo = DiazoMiddleware(
        application,
        global_conf,
        Path(path).as_uri(),
        prefix=PREFIX,
        doctype="<!DOCTYPE html>",
        **options,
    )
    if not diazo.debug:
        diazo.transform_middleware = diazo.get_transform_middleware()  # now, and not with the first page
    return Themed(application, diazo, DirectoryApp(os.path.dirname(path), index_page=None))
