"""The chat in the look of a Plone site: its page is fetched when it changes, and stored for when it is unavailable."""

import os
import shutil
import tempfile
import time
import unittest
from unittest import mock

import gevent
import pytest
from webob import Request, Response

from piratechat.plone.page import MAX_PAGE_SIZE, template_of
from piratechat.plone.site_page import KEPT, SitePage
from piratechat.plone.style_sheets import FOLDER
from piratechat.themes.middleware import ActiveTheme
from piratechat.themes.theme import Theme, rules_with_page
from sockjs_support.waiting import wait_until
from tests.support.chatting import Browser
from tests.support.paths import TOP
from tests.support.plone_site import PAGE, LookTest, Site

pytestmark = pytest.mark.slow


class FullDisk(unittest.TestCase):
    def test_a_theme_that_finds_no_space_for_its_rules_keeps_its_own_page(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, KEPT), "w", encoding="utf-8") as file:
                file.write(PAGE.format("The harbour"))
            page = SitePage("http://www.example.org", "", folder, interval=60)
            with (
                mock.patch.object(tempfile, "TemporaryDirectory", side_effect=OSError(28, "No space left on device")),
                self.assertLogs("piratechat.plone.site_page") as logged,
            ):
                page.call_with_template(self.use)
        self.assertIn("cannot be used: [Errno 28] No space left on device", logged.output[0])

    def test_pages_below_another_path_have_the_page_of_the_theme_until_there_is_space(self):
        rules = Theme(os.path.join(TOP, "theme", "plone", "rules.xml"))
        active = ActiveTheme(rules, Response("<body><main>The chat</main></body>"), {})
        active.use_page(template_of(PAGE.format("The harbour").encode(), "http://www.example.org", ""), "")
        with mock.patch.object(tempfile, "TemporaryDirectory", side_effect=OSError(28, "No space left on device")):
            page = Request.blank("/").get_response(active.below("/chat")).text
        self.assertIn("The chat", page)
        self.assertIn('href="/chat/theme/plone/', page)
        self.assertNotIn("The harbour", page)
        self.assertIn("The harbour", Request.blank("/").get_response(active.below("/chat")).text)

    def use(self, page):
        with rules_with_page(os.path.join(TOP, "theme", "plone", "rules.xml"), page):
            self.fail("the rules were written")


class SeveralThemes(unittest.TestCase):
    """Two themes for the page of one site, one of which cannot use it."""

    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.server_close)
        self.addCleanup(self.site.shutdown)
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="piratechat-"))
        self.page = SitePage(self.site.url, "", self.folder, interval=0.01)
        self.addCleanup(self.page.stop)
        self.well, self.badly = [], []
        self.refused = "new"

    def use_well(self, page):
        self.well.append(page)

    def use_badly(self, page):
        if self.refused in page.decode():
            raise ValueError("rules that do not fit")
        self.badly.append(page)

    def start(self):
        self.page.call_with_template(self.use_badly)
        self.page.call_with_template(self.use_well)
        self.page.start()

    def wait_for(self, condition, what):
        def look():
            gevent.sleep(0.01)
            return condition()

        wait_until(look, what)

    def answers(self, more):
        """Let the site answer `more` requests."""
        asked = len(self.site.asked)
        self.wait_for(lambda: len(self.site.asked) >= asked + more, "more requests")

    def test_the_other_uses_each_page_once(self):
        self.start()
        self.wait_for(lambda: self.badly, "the page")
        self.site.page = PAGE.format("The new harbour")
        self.wait_for(lambda: len(self.well) == 2, "the new page")
        self.answers(5)
        self.assertEqual((len(self.well), len(self.badly)), (2, 1))
        with open(os.path.join(self.folder, KEPT), encoding="utf-8") as file:
            self.assertNotIn("new", file.read(), "the last usable page stays stored")
        self.refused = "nothing"
        self.wait_for(lambda: len(self.badly) == 2, "the new page")
        self.assertEqual(self.badly, self.well)
        unchanged = self.site.unchanged
        self.wait_for(lambda: self.site.unchanged > unchanged, "conditional requests")
        self.assertEqual(len(self.well), 2)

    def test_both_themes_use_an_earlier_page_again(self):
        self.start()
        self.wait_for(lambda: self.badly, "the page")
        before = self.site.page
        self.site.page = PAGE.format("The new harbour")
        self.wait_for(lambda: len(self.well) == 2, "the new page")
        self.site.page = before
        self.wait_for(lambda: len(self.well) == 3, "the page before")
        self.assertEqual((self.well[0], len(self.badly)), (self.well[2], 1))


class Leftovers(unittest.TestCase):
    def test_of_a_process_that_was_killed_are_deleted_with_the_next_page(self):
        with tempfile.TemporaryDirectory(prefix="piratechat-") as folder:
            killed, writing = (tempfile.mkstemp(prefix="plone-page-", dir=folder)[1] for _ in range(2))
            os.utime(killed, (time.time() - 4000,) * 2)
            site = Site()
            self.addCleanup(site.server_close)
            self.addCleanup(site.shutdown)
            page = SitePage(site.url, "", folder, interval=60)
            page.call_with_template(lambda _page: None)
            page.start()
            self.addCleanup(page.stop)

            def is_kept():
                gevent.sleep(0.01)
                return os.path.exists(os.path.join(folder, KEPT))

            wait_until(is_kept, "the page")
            self.assertEqual(sorted(os.listdir(folder)), sorted([KEPT, FOLDER, os.path.basename(writing)]))


class Look(LookTest):
    def test_pages_look_like_those_of_the_site_and_follow_its_changes(self):
        self.wait_for("The harbour")
        answer = self.get()
        page, policy = answer.body.decode(), answer["Content-Security-Policy"]
        self.assertIn("Imprint", page)
        self.assertIn('id="open"', page)
        for directive in ("style-src 'self'", "img-src 'self' data:", "font-src 'self'"):
            self.assertIn(f"{directive} http://www.example.org;", policy)
        self.assertIn("script-src 'self';", policy)
        self.assertIn("connect-src 'self' ws://", policy)
        self.assertEqual(set(self.site.asked), {"/school/@@chat-shell"})
        wait_until(lambda: self.site.unchanged > 2, "conditional requests")
        self.site.page = PAGE.format("The new harbour, größer")
        self.wait_for("The new harbour, größer")

    def test_a_room_and_a_frame(self):
        self.wait_for("The harbour")
        room = Browser(self.chat.port).open_room("Ada")
        page = self.get(room).body.decode()
        self.assertLess(page.index("/of-site-"), page.index("bones.css"), "bones come after the site's sheets")
        self.assertLess(page.index("bones.css"), page.index("style.css"))
        self.assertRegex(page, '<body class="[^"]*room')
        self.assertIn("The harbour", page)
        self.assertNotIn("The harbour", self.get(f"{room}?frame=yes").body.decode())

    def test_other_themes_are_not_affected(self):
        self.wait_for("The harbour")
        answer = self.get(**{"piratechat-theme": "plain"})
        self.assertNotIn("harbour", answer.body.decode())
        self.assertNotIn("www.example.org", answer["Content-Security-Policy"])

    def test_a_page_that_cannot_be_used_changes_nothing(self):
        self.wait_for("The harbour")
        good = self.site.page
        for changes, reason in (
            ({"page": "<html><body>Site error</body></html>"}, "0 elements with the id piratechat"),
            ({"status": 500}, "answers 500"), ({"status": 302}, "answers 302"),
            ({"page": PAGE.format("{}"), "kind": "application/json"}, "not text/html"),
            ({"page": PAGE.format("x" * MAX_PAGE_SIZE)}, "more than 524,288 bytes"),
            ({"page": PAGE.format("<p>" * 5000)}, "more than 3,000 elements"),
            ({"page": PAGE.format("\N{NULL}")}, "NUL"),
        ):  # fmt: skip
            with self.subTest(reason):
                for name, value in changes.items():
                    setattr(self.site, name, value)
                wait_until(lambda reason=reason: reason in self.log(), f"a log line: {reason}")
                self.assertTrue(self.shows("The harbour"))
                self.site.page, self.site.status, self.site.kind = good, 200, "text/html"
        self.site.page = PAGE.format("Mended")
        self.wait_for("Mended")

    def test_hostile_markup_does_nothing(self):
        self.site.page = PAGE.format(
            "<b>Hostile</b><script>alert(1)</script><img src=x onerror=alert(1)><xsl:value-of select='/'/>"
            "{document('file:///etc/passwd')}<form action='//evil.example'><input name=name></form><p id=log>x</p>"
        )
        self.wait_for("Hostile")
        page = self.get().body.decode()
        for wrong in ("alert(1)", "onerror", "evil.example", 'id="log"', "root:"):
            self.assertNotIn(wrong, page)
        self.assertIn("{document(", page)

    def test_a_slow_or_unavailable_site_delays_no_pages(self):
        self.wait_for("The harbour")
        self.site.page, self.site.delay = PAGE.format("Late"), 30.0
        asked = len(self.site.asked)
        wait_until(lambda: len(self.site.asked) > asked, "a waiting request")
        for _ in range(5):
            begun = time.monotonic()
            self.assertTrue(self.shows("The harbour"))
            self.assertLess(time.monotonic() - begun, 5)
        self.chat.stop()
        self.site.shutdown()
        self.site.server_close()
        with open(os.path.join(self.folder, KEPT), encoding="utf-8") as file:
            self.assertIn("The harbour", file.read())
        self.start()
        self.assertTrue(self.shows("The harbour"), "the first page after a restart has the site's page")

    def test_a_page_that_could_not_be_kept_is_kept_when_there_is_space(self):
        self.wait_for("The harbour")
        kept = os.path.join(self.folder, KEPT)
        wait_until(lambda: os.path.exists(kept), "a file")
        os.remove(kept)
        os.makedirs(os.path.join(kept, "in the way"))
        self.site.page = PAGE.format("The new harbour")
        self.wait_for("The new harbour")
        asked = len(self.site.asked)
        wait_until(lambda: len(self.site.asked) > asked + 2, "more requests")
        self.assertEqual(self.log().count("cannot be kept"), 1)
        shutil.rmtree(kept)
        wait_until(lambda: os.path.isfile(kept), "a file again")
        with open(kept, encoding="utf-8") as file:
            self.assertIn("The new harbour", file.read())

    def test_a_kept_page_that_is_damaged_does_not_keep_the_chat_from_starting(self):
        self.wait_for("The harbour")
        self.chat.stop()
        with open(os.path.join(self.folder, KEPT), "wb") as file:
            file.write(b"\0\xff<")
        self.site.status = 500
        self.start()
        self.assertTrue(self.shows('id="open"'))
        self.assertIn("cannot be used", self.log())
