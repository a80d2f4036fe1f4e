"""The page of the site whose layout the chat uses: fetched when it has changed, and stored in a file.

The chat uses the file until the site answers, even if it never does.
"""

import contextlib
import logging
import os
import random
import tempfile
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import gevent
from lxml import etree

from piratechat.leftovers import delete_leftovers
from piratechat.plone.page import MAX_PAGE_SIZE, PageRefused, origin_of, template_of
from piratechat.plone.style_sheets import MAX_SHEET_SIZE, MAX_SHEETS, StyleSheets
from piratechat.plone.versions import UNKNOWN

log = logging.getLogger(__name__)

#: The view of the site.
VIEW = "/@@chat-shell"
#: The name of the file in settings.var.
KEPT = "plone-page.html"
#: The prefix of files that are not complete.
_NEW = "plone-page-"
#: Seconds between two requests at most, until the site has answered once.
FIRST_INTERVAL = 5.0
#: What is raised for a page that cannot be used, OSError by a full disk.
UNUSABLE = (PageRefused, etree.LxmlError, ValueError, OSError)


class SitePage:
    """The page of the site at `url`, which this server reaches as `internal_url`.

    It is kept in `folder`, and looked at every `interval` seconds.  Without a URL there is no site, and no page.
    """

    def __init__(self, url: str, internal_url: str, folder: str, interval: float) -> None:
        self._interval = interval
        self._url = url.rstrip("/")
        self._internal_url = (internal_url or url).rstrip("/")
        self._path = os.path.join(folder, KEPT)
        #: Scheme, host and port of the site, where the page's files are.
        self.origin = origin_of(self._url)
        #: The copies of its style sheets.
        self.sheets = StyleSheets(folder)
        #: What uses the page, and the template that it uses.
        self._uses: dict[Callable[[bytes], None], bytes | None] = {}
        self._greenlet: gevent.Greenlet | None = None
        self._version = UNKNOWN
        self._page = self._kept() if url else None
        self._on_disk = self._page
        #: The last page that could not be written.
        self._not_kept: bytes | None = None
        self._problem = ""

    def call_with_template(self, use: Callable[[bytes], None]) -> None:
        """Call `use` with the template in the page: now, if there is a page, and whenever the page has changed.

        `use` may raise lxml's errors, ValueError and OSError for a page that it cannot use; the last good page then
        stays in use.
        """
        self._uses[use] = None
        if self._page is not None:
            try:
                template, _sheets = self._template(self._page)
                use(template)
                self._uses[use] = template
            except UNUSABLE as error:
                log.warning("The page of the Plone site in %s cannot be used: %s", self._path, error)

    def start(self) -> None:
        """Begin to fetch the page, if anything uses it."""
        if self._url and self._uses and self._greenlet is None:
            self._greenlet = gevent.spawn(self._follow)

    def stop(self) -> None:
        """Fetch no more."""
        if self._greenlet is not None:
            self._greenlet.kill(block=False)

    def _follow(self) -> None:
        interval = min(FIRST_INTERVAL, self._interval)
        while True:
            try:
                self._fetch()
                interval = self._interval
                self._log_problem("")
            except UNUSABLE as error:
                self._log_problem(str(error))
            except Exception:
                log.exception("The page of the Plone site could not be processed; the previous page remains in use")
            gevent.sleep(interval * random.uniform(0.8, 1.2))  # noqa: S311 -- so that processes do not ask together

    def _log_problem(self, problem: str) -> None:
        """Log a problem once, and its end."""
        if problem and problem != self._problem:
            log.warning("The page of the Plone site is rejected, and the previous page remains in use: %s", problem)
        elif self._problem and not problem:
            log.info("The page of the Plone site is valid again")
        self._problem = problem

    def _fetch(self) -> None:
        """Have all use the page of the site, and its style sheets, that do not yet.  Raises one of UNUSABLE.

        A theme that cannot use the page tries again with the next answer of the site; the others go on with it.
        """
        # Not earlier: ssl, which it needs, must not be imported before gevent has patched the standard library.
        from piratechat.plone.fetching import fetch

        answer = fetch(self._internal_url + VIEW, "text/html", MAX_PAGE_SIZE, self._version)
        page, version = answer or (self._page, self._version)
        assert page is not None  # only its own version is unchanged
        self._version = UNKNOWN  # a page that was refused is looked at again, and so is the one before
        template, sheets = self._template(page)
        self.sheets.refresh(
            list(sheets), lambda url, known: fetch(self._internal(url), "text/css", MAX_SHEET_SIZE, known)
        )
        if any(self.sheets.address(url) != used for url, used in sheets.items()):
            template, _sheets = self._template(page)
        self._have_used(template)
        if page != self._page:
            log.info("The page of the Plone site has changed, and was updated")
        self._page, self._version = page, version
        if page != self._on_disk:
            self._keep(page)  # again, if the disk was full

    def _have_used(self, template: bytes) -> None:
        failed = None
        for use in [use for use, used in self._uses.items() if used != template]:
            try:
                use(template)
                self._uses[use] = template
            except UNUSABLE as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def _template(self, page: bytes) -> tuple[bytes, dict[str, str]]:
        """Return the template in `page`, and where it has each of the style sheets from that may be copied."""
        sheets: dict[str, str] = {}

        def sheet_at(url: str) -> str:
            if url not in sheets and len(sheets) < MAX_SHEETS:
                sheets[url] = self.sheets.address(url)
            return sheets.get(url, url)

        return template_of(page, self._url, self._internal_url, sheet_at), sheets

    def _internal(self, url: str) -> str:
        """Return where this server reaches a file of the site.  Raises PageRefused if it does not."""
        path = urlsplit(url).path
        if not url.startswith(f"{self._url}/") or {".", ".."} & set(unquote(path).split("/")):
            raise PageRefused(f"it is not below {self._url}")
        return self._internal_url + url[len(self._url) :]

    def _kept(self) -> bytes | None:
        try:
            with open(self._path, "rb") as file:
                return file.read(MAX_PAGE_SIZE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("The page of the Plone site cannot be read from %s: %s", self._path, error)
            return None

    def _keep(self, page: bytes) -> None:
        folder = os.path.dirname(self._path)
        try:
            os.makedirs(folder, exist_ok=True)
            delete_leftovers(folder, _NEW)
            handle, made = tempfile.mkstemp(prefix=_NEW, dir=folder)
            try:
                with open(handle, "wb") as file:
                    file.write(page)
                os.replace(made, self._path)
                self._on_disk = page
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(made)
                raise
        except OSError as error:
            if page != self._not_kept:  # once for each page
                log.warning("The page of the Plone site cannot be kept in %s: %s", self._path, error)
            self._not_kept = page
