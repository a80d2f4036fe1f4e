"""The WSGI filter that applies themes to pages by Diazo, and serves the files of themes.

[filter:theme]
use = egg:piratechat#theme
themes = pirate harbour
folder = %(here)s/theme
assets = %(here)s/var/assets
"""

import copy
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from diazo.wsgi import DiazoMiddleware
from webob import Request, Response

from piratechat.cooperative import give_way
from piratechat.http.asset_versions import Versions
from piratechat.http.assets import Folder
from piratechat.http.cookies import cookie
from piratechat.http.frame import FRAME, enter_frame, theme_of
from piratechat.http.routing import RequestKind, is_utf8, request_kind
from piratechat.http.security_headers import FILES_FROM
from piratechat.interfaces import IServices
from piratechat.themes.choices import CHOICES, COOKIE, PATH, Choices
from piratechat.themes.site_files import SiteFiles
from piratechat.themes.theme import Theme, rules_with_page, themes

#: Maximum number of path prefixes for which a compiled theme is kept.
MAX_PREFIXES = 16

#: Kinds of requests whose responses are not themed.
UNTHEMED = (RequestKind.ASSET, RequestKind.SOCKJS)

WSGI = Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]


class ActiveTheme:
    """A theme in use: the application with themed pages, and the theme's files.

    In `debug` mode rules and files are read again for each request.
    """

    def __init__(
        self, theme: Theme, application: WSGI, global_conf: Mapping[str, str], *, assets: str = "", **options: Any
    ) -> None:
        """`assets`: the folder for the last versions of the themes' files, or ""."""
        self.theme = theme
        # A string as PasteDeploy passes it; DiazoMiddleware parses it.
        self._themed = DiazoMiddleware(application, global_conf, theme.rules, doctype="<!DOCTYPE html>", **options)
        versions = Versions(os.path.join(assets, "theme", theme.name)) if assets else None
        self.files = Folder(theme.names(), theme.file, fresh=self._themed.debug, versions=versions)
        self._path = f"{PATH}/{theme.name}/{self.files.version}".rstrip("/")
        self._by_prefix: dict[str, DiazoMiddleware] = {}
        self._page: bytes | None = None
        #: The origin of the page's files, "" if they are the theme's own.
        self.files_from = ""
        #: The files of the page that the chat serves itself.
        self.site_files: SiteFiles | None = None
        self.below("")  # Compile now rather than with the first page.

    def below(self, prefix: str) -> DiazoMiddleware:
        """Return the themed application for a SCRIPT_NAME: the URLs of the theme's files begin with `prefix`."""
        themed = self._by_prefix.get(prefix)
        if themed is None:
            try:
                themed = self._compiled(prefix, self._page)
            except OSError:  # the page needs space on the disk, the theme's own does not
                return self._compiled(prefix, None)
            if len(self._by_prefix) >= MAX_PREFIXES:
                del self._by_prefix[next(iter(self._by_prefix))]
            if not self._themed.debug:
                self._by_prefix[prefix] = themed
        return themed

    def use_page(self, page: bytes, files_from: str) -> None:
        """Use `page` instead of the theme's own; its files are at the origin `files_from`.

        Raises lxml's errors and ValueError if it cannot be used; then nothing changes.
        """
        compiled: dict[str, DiazoMiddleware] = {}
        for prefix in ("", *filter(None, self._by_prefix)):
            if compiled:
                give_way()  # each takes some milliseconds, and requests go on
            compiled[prefix] = self._compiled(prefix, page)
        self._page, self.files_from = page, files_from
        self._by_prefix = compiled

    def _compiled(self, prefix: str, page: bytes | None) -> DiazoMiddleware:
        themed = copy.copy(self._themed)
        themed.absolute_prefix = prefix + self._path
        if page is not None:
            with rules_with_page(self.theme.rules_path, page) as rules:
                themed.rules = rules
                themed.transform_middleware = themed.get_transform_middleware()
            themed.rules, themed.debug = self.theme.rules, False
        elif not themed.debug:
            themed.transform_middleware = themed.get_transform_middleware()
        return themed


class Themed:
    """A WSGI application with the theme that the reader has chosen, or the default one.

    SockJS and static files bypass Diazo, which would buffer them.  If there are several themes, the application finds
    the data for offering them in its environ, under CHOICES.
    """

    def __init__(self, application: WSGI, themes: Sequence[ActiveTheme]) -> None:
        self._application = application
        self._themes = {active.theme.name: active for active in themes}
        self._default = themes[0]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        enter_frame(environ)
        path = environ.get("PATH_INFO", "")
        if not is_utf8(path) or request_kind(environ) in UNTHEMED:
            # The application rejects invalid UTF-8, but Diazo would fail.
            return self._application(environ, start_response)
        file = self._file(path, Request(environ)) if path.startswith(PATH + "/") else None
        if file is not None:
            return file(environ, start_response)
        framed = FRAME in environ
        name = theme_of(environ) if framed else cookie(environ, COOKIE)
        active = self._themes.get(name, self._default)
        if len(self._themes) > 1 and not framed:
            environ[CHOICES] = self._choices(environ, active)
            start_response = _varying(start_response)
        if active.files_from:
            environ[FILES_FROM] = active.files_from
        prefix = environ.get("SCRIPT_NAME", "")
        if framed and name not in self._themes:
            prefix = prefix.removesuffix(f"-{name}")  # whoever invents names should not have a theme compiled for each
        return active.below(prefix)(environ, start_response)

    def _file(self, path: str, request: Request) -> Response | None:
        """Return the file of a theme, or None: the application has a page for missing ones."""
        name, _, path = path.removeprefix(PATH + "/").partition("/")
        active = self._themes.get(name)
        # PATH_INFO is decoded as Latin-1 (PEP 3333).
        path = path.encode("latin-1").decode()
        if active is None or "\0" in path or ".." in path.split("/"):
            return None
        copy = active.site_files.response(path, request) if active.site_files is not None else None
        return copy or active.files.response(path, request)

    def _choices(self, environ: Mapping[str, Any], current: ActiveTheme) -> Choices:
        request = Request(environ)
        back = request.path_qs if request.method in ("GET", "HEAD") else f"{request.script_name}/"
        return {
            "action": request.script_name + PATH,
            "back": back,
            "choices": [
                {"name": active.theme.name, "title": active.theme.title, "current": active is current}
                for active in self._themes.values()
            ],
        }


def _varying(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Add a Vary header, because pages depend on the reader's cookie."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        if any(name.lower() == "content-type" and value.startswith("text/html") for name, value in headers):
            headers = [*headers, ("Vary", "Cookie")]
        return start_response(status, headers, *rest)

    return start


def theme(application: WSGI, global_conf: Mapping[str, str], **options: Any) -> Themed:
    """Return `application` with themes: a paste.filter_app_factory.

    `options` are those of `piratechat.themes.theme.themes`, which also documents errors; `assets` is described in
    `ActiveTheme`; other options are those of DiazoMiddleware: `debug` compiles a theme again for each page.  Errors in
    rules are raised as lxml's exceptions.
    """
    found = themes(options)
    others = {name: value for name, value in options.items() if name not in ("rules", "themes", "folder")}
    active = [ActiveTheme(one, application, global_conf, **others) for one in found]
    _follow_site(application, active)
    return Themed(application, active)


def _follow_site(application: WSGI, active: Iterable[ActiveTheme]) -> None:
    """Have themes for a Plone site use its page, if the chat is part of one."""
    registry = getattr(application, "registry", None)  # another filter may be in between
    services = registry.queryUtility(IServices) if registry is not None else None
    if services is None:
        return
    files = SiteFiles(services.site_page.sheets.content)
    for each in active:
        if each.theme.is_of_site:
            each.site_files = files
            services.site_page.call_with_template(partial(each.use_page, files_from=services.site_page.origin))
