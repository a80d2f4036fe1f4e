"""A simulated Plone site with a page for the layout of a chat, and its style sheets; and a chat that uses it."""

import contextlib
import hashlib
import http.server
import shutil
import tempfile
import threading
import time
import unittest
import zlib

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser

SHEET = "/school/plone.css"
PAGE = (
    f'<html><head><link rel="stylesheet" href="{SHEET}"></head>'
    '<body><header id="portal-header">{}</header>'
    '<main><div id="piratechat"></div></main><footer id="portal-footer">Imprint</footer></body></html>'
)


class Site(http.server.ThreadingHTTPServer):
    """A simulated site with a page and style sheets set by tests; it records requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.page, self.status, self.kind, self.delay = PAGE.format("The harbour"), 200, "text/html; charset=utf-8", 0.0
        #: Path -> style sheet.
        self.sheets = {SHEET: "#portal-header { background: url(sea.png) }"}
        self.asked, self.unchanged = [], 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Responds as the site is configured."""

    def do_GET(self):
        site = self.server
        if self.path.endswith(".css"):
            self.send_sheet(site)
        else:
            self.send_page(site)

    def send_page(self, site):
        site.asked.append(self.path)
        page = site.page.encode()
        tag = f'"{hashlib.sha256(page).hexdigest()}"'
        unchanged = site.status == 200 and self.headers["If-None-Match"] == tag
        site.unchanged += unchanged
        self.send_response(304 if unchanged else site.status)
        self.send_header("ETag", tag)
        if site.status == 302:
            self.send_header("Location", f"{site.url}/elsewhere")
        if not unchanged:
            self.send_header("Content-Type", site.kind)
            self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if not unchanged:
            with contextlib.suppress(OSError):  # the chat has closed the connection after reading enough
                self.wfile.write(page[:60])
                self.wfile.flush()
                time.sleep(site.delay)
                self.wfile.write(page[60:])

    def send_sheet(self, site):
        content = site.sheets.get(self.path, b"")
        content = content.encode() if isinstance(content, str) else content
        modified = f"{zlib.crc32(content)}"
        unchanged = content and self.headers["If-Modified-Since"] == modified
        self.send_response(304 if unchanged else 200 if content else 404)
        self.send_header("Last-Modified", modified)
        self.send_header("Content-Type", "text/css" if content else "text/html")
        self.end_headers()
        if not unchanged:
            with contextlib.suppress(OSError):
                self.wfile.write(content)

    def log_message(self, *_arguments):
        pass


class LookTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.server_close)
        self.addCleanup(self.site.shutdown)
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.start()

    def start(self):
        self.chat = ChatServer(self.folder, ["--paste-global", f"site={self.site.url}"], ini="plone-look.ini")
        self.addCleanup(self.chat.stop)

    def get(self, path="/", **cookies):
        browser = Browser(self.chat.port)
        browser.cookies.update(cookies)
        return browser.get(path)

    def shows(self, text):
        return text in self.get().body.decode()

    def wait_for(self, text):
        wait_until(lambda: self.shows(text), f"a page with {text}")

    def log(self):
        with open(self.chat.log.name, encoding="utf-8") as file:
            return file.read()
