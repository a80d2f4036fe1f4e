"""The style sheets of a Plone site, which the chat copies, so that no page waits for the site."""

import contextlib
import os
import re
import tempfile
import unittest
from unittest import mock

import gevent
import pytest

from piratechat.plone.page import PageRefused
from piratechat.plone.site_page import KEPT, SitePage
from piratechat.plone.style_sheets import FOLDER, MAX_FILES, MAX_SHEET_SIZE, MAX_SHEETS, StyleSheets
from piratechat.plone.versions import Version
from sockjs_support.waiting import wait_until
from tests.support.chatting import Browser
from tests.support.plone_site import PAGE, SHEET, LookTest

URL = "https://www.example.org/school/css/plone.css"


class CopiesTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.sheets = StyleSheets(self.folder)
        self.asked = []

    def refresh(self, content, url=URL, sheets=None):
        """Have the site answer with `content`, or refuse with an error."""

        def fetch(asked, known):
            self.asked.append((asked, known))
            if isinstance(content, Exception):
                raise content
            return None if known.etag == str(hash(content)) else (content, Version(str(hash(content))))

        (sheets or self.sheets).refresh([url], fetch)
        return (sheets or self.sheets).address(url)

    def files(self):
        return os.listdir(os.path.join(self.folder, FOLDER))


class Copies(CopiesTest):
    def test_addresses_in_a_copy_are_those_of_the_site(self):
        top = "https://www.example.org"
        for written, copied in (
            ("a{b:url(sea.png)}", f'a{{b:url("{top}/school/css/sea.png")}}'),
            ("a{b:url( '../sea.png' )}", f'a{{b:url( "{top}/school/sea.png" )}}'),
            ('a{b:URL("/sea (1).png?a=b#c")}', f'a{{b:URL("{top}/sea (1).png?a=b#c")}}'),
            ("a{b:url(//files.example.org/x)}", 'a{b:url("https://files.example.org/x")}'),
            ('@import "more.css";', f'@import "{top}/school/css/more.css";'),
            ("@import url(more.css) print;", f'@import url("{top}/school/css/more.css") print;'),
            ("@font-face{src:url(a.woff2)format('woff2'),url(a.woff)}",
             f'@font-face{{src:url("{top}/school/css/a.woff2")format(\'woff2\'),url("{top}/school/css/a.woff")}}'),
        ):  # fmt: skip
            with self.subTest(written):
                self.assertEqual(self.sheets.content(self.refresh(written.encode())), copied.encode())

    def test_other_urls_are_not_changed(self):
        for written in (
            "a{b:url(https://www.example.org/sea.png)}", "a{b:url(#wave)}", "a{b:url()}", 'a{b:url("a\\"b")}',
            'a{b:url("")}', "a{b:url( '' )}",  # nothing; the URL of the style sheet would be loaded as a picture
            """a{b:url('data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"><path d="m0(1)"/></svg>')}""",
            'a{b:url("data:image/svg+xml;utf8,<svg fill=\'red\'/>")}', "a{content:'größer ☠'}", '@charset "utf-8";a{}',
            "a{b:url(" + " " * 100_000, "a{b:url(" * 10_000, "a{b:url('" * 9_999, "@import " * 10_000, "", "url(http://[)",
        ):  # fmt: skip
            with self.subTest(written[:20]):
                self.assertEqual(self.sheets.content(self.refresh(written.encode())).decode(), written)

    def test_the_name_depends_on_the_content(self):
        first = self.refresh(b"a{}")
        self.assertEqual(self.refresh(b"a{}"), first)
        self.assertEqual(self.asked[-1][1], Version(str(hash(b"a{}"))), "a conditional request")
        second = self.refresh(b"b{}")
        self.assertNotEqual(second, first)
        self.assertEqual((self.sheets.content(first), self.sheets.content(second)), (b"a{}", b"b{}"))

    def test_style_sheets_that_cannot_be_copied_have_the_earlier_copy_or_that_of_the_site(self):
        for wrong in (
            PageRefused("answers 500"), OSError(28, "No space left on device"), ValueError("no URL"), b"\xff{}",
        ):  # fmt: skip
            with self.subTest(wrong), self.assertLogs("piratechat.plone.style_sheets", "WARNING") as logged:
                self.assertEqual(self.refresh(wrong), URL)
                self.assertEqual(self.refresh(wrong), URL)
                self.assertEqual(len(logged.output), 1, "once")
        name = self.refresh(b"a{}")
        with self.assertLogs("piratechat.plone.style_sheets", "WARNING"):
            self.assertEqual(self.refresh(PageRefused("the site does not answer")), name)

    def test_a_copy_outlives_a_restart_and_another_process_finds_it(self):
        name = self.refresh(b"a{}")
        other = StyleSheets(self.folder)
        self.assertEqual((other.address(URL), other.content(name)), (name, b"a{}"))
        newest = self.refresh(b"b{}")
        self.assertEqual(other.content(newest), b"b{}")

    def test_a_copy_that_is_damaged_or_lost_is_fetched_again(self):
        name = self.refresh(b"a{}")
        path = os.path.join(self.folder, FOLDER, name)
        with open(path, "w") as file:
            file.write("half")
        self.assertIsNone(self.sheets.content(name))
        self.assertEqual(StyleSheets(self.folder).address(URL), URL)
        os.remove(path)
        self.assertEqual((self.refresh(b"a{}"), self.sheets.content(name)), (name, b"a{}"))

    def test_the_number_of_copies_is_limited(self):
        urls = [f"{URL}?{number}" for number in range(MAX_SHEETS + 5)]
        self.sheets.refresh(urls, lambda url, _known: (url.encode(), Version()))
        copied = [url for url in urls if self.sheets.address(url) != url]
        self.assertEqual(copied, urls[:MAX_SHEETS])
        kept = self.sheets.address(urls[0])
        os.utime(os.path.join(self.folder, FOLDER, kept), (1, 1))
        for number in range(MAX_FILES + 5):
            contents = {urls[0]: None, URL: (f"a{{order:{number}}}".encode(), Version())}
            self.sheets.refresh([urls[0], URL], lambda url, _known, contents=contents: contents[url])
        self.assertEqual(len(self.files()), MAX_FILES)
        self.assertIn(kept, self.files(), "a used file is not deleted because of its age")

    def test_other_greenlets_run_while_many_urls_become_absolute(self):
        turns = []

        def others():
            while True:
                turns.append(1)
                gevent.sleep(0)

        other = gevent.spawn(others)
        self.addCleanup(other.kill)
        for content, becomes_a_copy in ((b"url(/a)" * 20_000, True), (b"url(a)" * (MAX_SHEET_SIZE // 6), False)):
            turns.clear()
            with self.assertLogs("piratechat.plone") if not becomes_a_copy else contextlib.nullcontext():
                self.refresh(content, f"{URL}?{becomes_a_copy}")
            self.assertGreater(len(turns), 2)
            self.assertEqual(len(self.files()), 1, "what is too large is not kept")

    def test_of_a_page_with_many_style_sheets_the_first_are_looked_up(self):
        links = "".join(f'<link rel="stylesheet" href="/{number}.css">' for number in range(2_000))
        page = PAGE.format("The harbour").replace("<head>", f"<head>{links}")
        self.assertIn(links, page)
        with open(os.path.join(self.folder, KEPT), "w", encoding="utf-8") as file:
            file.write(page)
        site = SitePage("https://www.example.org", "", self.folder, interval=60)
        templates = []
        with mock.patch.object(os, "scandir", wraps=os.scandir) as scandir:
            site.call_with_template(templates.append)
        self.assertLessEqual(scandir.call_count, MAX_SHEETS)
        self.assertIn(b"https://www.example.org/1999.css", templates[0])

    def test_nothing_else_is_served(self):
        with open(os.path.join(self.folder, "secret.css"), "w") as file:
            file.write("secret")
        self.refresh(b"a{}")
        for name in ("../secret.css", "secret.css", "", "of-site-0123456789abcdef-0123456789abcdef0123.css", "\0"):
            self.assertIsNone(self.sheets.content(name))


@pytest.mark.slow
class InPages(LookTest):
    def sheet(self, path="/"):
        """Return the addresses of the site's style sheets in a page."""
        links = re.findall(r'<link[^>]*href="([^"]+)"', self.get(path).body.decode())
        return [link for link in links if "of-site-" in link or "example.org" in link]

    def wait_for_copy(self, *but):
        wait_until(lambda: any("of-site-" in one and one not in but for one in self.sheet()), "a copy")
        return self.sheet()[0]

    def test_pages_load_the_copy_and_a_new_one_when_it_changes(self):
        first = self.wait_for_copy()
        self.assertRegex(first, r"^/theme/plone/v-[0-9a-f]{12}/of-site-[0-9a-f]{16}-[0-9a-f]{20}\.css$")
        answer = self.get(first)
        self.assertEqual(
            (answer["Content-Type"], answer["X-Content-Type-Options"]), ("text/css; charset=UTF-8", "nosniff")
        )
        self.assertIn("immutable", answer["Cache-Control"])
        self.assertEqual(
            answer.body.decode(), '#portal-header { background: url("http://www.example.org/school/sea.png") }'
        )
        self.site.sheets[SHEET] = "#portal-header { color: teal }"
        second = self.wait_for_copy(first)
        self.assertIn("teal", self.get(second).body.decode())
        self.assertIn("sea.png", self.get(first).body.decode(), "earlier copies are available to open pages")
        self.assertEqual(self.get(first.replace("of-site-", "of-site-0")).status, 404)
        self.assertEqual(Browser(self.chat.port).post(first).status, 404)

    def test_frames_load_the_copy_below_their_path(self):
        copy = self.wait_for_copy()
        room = Browser(self.chat.port).open_room("Ada")
        (framed,) = self.sheet(f"{room}?frame=yes&theme=plone")
        self.assertEqual(framed, f"/frame-plone{copy}")
        self.assertEqual(self.get(framed).status, 200)

    def test_pages_work_while_the_site_is_unavailable(self):
        copy = self.wait_for_copy()
        self.chat.stop()
        self.site.shutdown()
        self.site.server_close()
        self.start()
        self.assertEqual(self.sheet(), [copy])
        self.assertIn("sea.png", self.get(copy).body.decode())

    def test_style_sheets_that_cannot_be_copied_are_loaded_from_the_site(self):
        self.wait_for_copy()
        paths = ["/school/none.css", "/other/a.css", "/school/large.css"]
        outside = [f"http://www.example.org/school/{dots}/other/b.css" for dots in ("..", "%2e%2e", "a/../..", ".")]
        self.site.sheets |= dict.fromkeys(("/other/b.css", "/school/other/b.css"), "a{}")
        self.site.sheets[paths[2]] = "a" * (MAX_SHEET_SIZE + 1)
        links = "".join(f'<link rel="stylesheet" href="{path}">' for path in paths + outside)
        self.site.page = PAGE.replace("</head>", f"{links}</head>").format("The new harbour")
        self.wait_for("The new harbour")
        copy, *others = self.sheet()
        self.assertIn("of-site-", copy)
        self.assertEqual(others, [f"http://www.example.org{path}" for path in paths] + outside)
        for reason in (
            "none.css answers 404",
            "is not below http://www.example.org/school",
            "more than 1,048,576 bytes",
        ):
            self.assertIn(reason, self.log())
        self.site.sheets["/school/none.css"] = "a{}"
        wait_until(lambda: sum("of-site-" in one for one in self.sheet()) == 2, "another copy")
