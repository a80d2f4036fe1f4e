"""The WSGI filter that gives the pages their look: Diazo, the themes' files, and the readers' choice of a theme.

[filter:theme]
use = egg:piratechat#theme
themes = pirate harbour
folder = %(here)s/theme
assets = %(here)s/var/assets
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import gevent
from diazo.wsgi import DiazoMiddleware
from webob import Request, Response

from piratechat.http.asset_versions import Versions
from piratechat.http.assets import YEAR, Folder
from piratechat.http.cookies import keep_cookies
from piratechat.http.routing import STATIC, is_sockjs, is_utf8
from piratechat.themes.theme import Theme, themes

#: Where the files of a theme are served, below its name; and, without anything below, where one is chosen.
PREFIX = "/theme"
#: The cookie that remembers a reader's choice.
COOKIE = "piratechat-theme"
#: The key of the WSGI environment under which the application finds what there is to choose from: see `Themed`.
CHOICES = "piratechat.themes"

#: Bytes of the largest form that chooses a theme.
MAX_FORM_SIZE = 4096
#: Seconds that it may take to arrive.
FORM_TIMEOUT = 10.0
#: A path of this site, as a request line has it: no host, and nothing that a browser would take for the begin of one.
LOCAL_PATH = re.compile(r"/(?!/)[!-\[\]-~]{0,2000}|/")

WSGI = Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]


class Look:
    """A theme as it is worn: the application with pages transformed by it, and its files.

    While it is being edited (`debug`) rules and files are read anew each time.
    """

    def __init__(
        self, theme: Theme, application: WSGI, global_conf: Mapping[str, str], *, assets: str = "", **options: Any
    ) -> None:
        """`assets`: the folder in which the last versions of the themes' files are stored, if they are."""
        self.theme = theme
        prefix = f"{PREFIX}/{theme.name}"
        # As PasteDeploy gives it, a word; DiazoMiddleware knows which are true.
        self.dressed = DiazoMiddleware(application, global_conf, theme.rules, doctype="<!DOCTYPE html>", **options)
        versions = Versions(os.path.join(assets, "theme", theme.name)) if assets else None
        self.files = Folder(theme.names(), theme.file, fresh=self.dressed.debug, versions=versions)
        self.dressed.absolute_prefix = f"{prefix}/{self.files.version}".rstrip("/")
        if not self.dressed.debug:
            # Compiled now, and not with the first page.
            self.dressed.transform_middleware = self.dressed.get_transform_middleware()


class Themed:
    """A WSGI application whose pages wear the theme that the reader has chosen, or else the first.

    SockJS and static files pass beside Diazo, which would hold them up.

    Where there are several themes, the application finds in its environment,
    under CHOICES, what a page needs to offer them: `{"action": where a form is
    posted with the fields name and back, "back": the path of this page,
    "choices": [{"name", "title", "current": bool}]}`.
    """

    def __init__(self, application: WSGI, looks: Sequence[Look]) -> None:
        self._application = application
        self._looks = {look.theme.name: look for look in looks}
        self._default = looks[0]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        keep_cookies(environ)
        environ.pop("HTTP_RANGE", None)  # files are small, and WebOb fails on some ranges that are none
        if not is_utf8(path) or is_sockjs(path) or path.startswith(STATIC):
            # What is no UTF-8 the application refuses; Diazo would break.
            return self._application(environ, start_response)
        if path == PREFIX:
            return self._choose(Request(environ))(environ, start_response)
        if path.startswith(PREFIX + "/"):
            return self._file(path, Request(environ))(environ, start_response)
        look = self._worn(environ)
        if len(self._looks) > 1:
            environ[CHOICES] = self._choices(environ, look)
            start_response = _varying(start_response)
        return look.dressed(environ, start_response)

    def _file(self, path: str, request: Request) -> Response:
        if ".." in path.split("/"):
            return _answer(403, "This is not within a theme.")
        name, _, path = path.removeprefix(PREFIX + "/").partition("/")
        look = self._looks.get(name)
        # As the browser wrote it: PATH_INFO is bytes in disguise.
        path = path.encode("latin-1").decode()
        file = look.files.response(path, request) if look and "\0" not in path else None
        return file or _answer(404, "There is no such file in the themes.")

    def _worn(self, environ: Mapping[str, Any]) -> Look:
        return self._looks.get(Request(environ).cookies.get(COOKIE, ""), self._default)

    def _choices(self, environ: Mapping[str, Any], worn: Look) -> dict[str, Any]:
        request = Request(environ)
        back = request.path_qs if request.method in ("GET", "HEAD") else "/"
        return {
            "action": request.script_name + PREFIX,
            "back": back,
            "choices": [
                {"name": look.theme.name, "title": look.theme.title, "current": look is worn}
                for look in self._looks.values()
            ],
        }

    def _choose(self, request: Request) -> Response:
        """Remember the theme that a form names, and show the page again that it came from."""
        if request.method != "POST":
            return _answer(405, "A theme is chosen by a form.", Allow="POST")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return _answer(403, "Choose a theme on a page of this site.")
        if request.content_length is None or request.content_length > MAX_FORM_SIZE:
            return _answer(413, f"Send a form of at most {MAX_FORM_SIZE} bytes, and say how many.")
        try:
            with gevent.Timeout(FORM_TIMEOUT, ValueError("took too long")):
                body = request.body
            form = parse_qs(body.decode("ascii"), max_num_fields=10)
        except (ValueError, OSError):  # no text, or not all of it
            return _answer(400, "What was sent is no form.")
        name, back = (form.get(field, [""])[0] for field in ("name", "back"))
        if name not in self._looks:
            return _answer(400, f"There is no such theme; there are {', '.join(self._looks)}.")
        answer = Response(status=303, location=back if LOCAL_PATH.fullmatch(back) else "/", cache_control="no-store")
        answer.set_cookie(
            COOKIE,
            name,
            max_age=YEAR,
            path=request.script_name or "/",
            secure=request.scheme == "https",
            httponly=True,
            samesite="Lax",
        )
        return answer


def _answer(status: int, text: str, **headers: str) -> Response:
    answer = Response(f"{text}\n", status, content_type="text/plain", charset="UTF-8", cache_control="no-store")
    answer.headers.update({"X-Content-Type-Options": "nosniff", **headers})
    return answer


def _varying(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Have caches know that a page looks as its reader has chosen."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        if any(name.lower() == "content-type" and value.startswith("text/html") for name, value in headers):
            headers = [*headers, ("Vary", "Cookie")]
        return start_response(status, headers, *rest)

    return start


def theme(application: WSGI, global_conf: Mapping[str, str], **options: Any) -> Themed:
    """Return `application` with themes: a paste.filter_app_factory.

    `options` are those of `piratechat.themes.theme.themes`, which says what is
    refused; `assets` is described at `Look`; others are DiazoMiddleware's:
    `debug` compiles a theme anew for each page.  What is wrong in rules is
    raised as lxml has it.
    """
    found = themes(options)
    others = {name: value for name, value in options.items() if name not in ("rules", "themes", "folder")}
    return Themed(application, [Look(one, application, global_conf, **others) for one in found])
