"""Link previews: the metadata of pages for other programs."""

import os
import shutil
import struct
import subprocess
import tempfile
from types import SimpleNamespace
from unittest import TestCase

from lxml import html
from webob import Request

from piratechat.http.forwarded import Proxies
from piratechat.views.reading_choices import reading_choices
from sockjs_support.layers import BROWSER
from tests.support.pages import HOST, HOSTILE, PAGES, PagesTest
from tests.support.paths import TOP
from tests.support.stage import THEMES

PICTURE = os.path.join(TOP, "piratechat", "static", "pictures", "link.png")
#: Maximum size of the image in bytes: some programs accept no more than a few hundred kilobytes.
PICTURE_SIZE = 60_000


def get(path, application=None, **options):
    """Return the response to a GET request for `path`."""
    request = Request.blank(path, accept="text/html", **options)
    return request.get_response(application or PAGES.application)


def preview(answer):
    """Return the metadata in the head of a page."""
    page = html.document_fromstring(answer.text)
    tags = page.xpath("//head/meta[@property or @name='description' or starts-with(@name, 'twitter:')]")
    found = [(tag.get("property") or tag.get("name"), tag.get("content")) for tag in tags]
    assert len(dict(found)) == len(found), "each property occurs once"
    return dict(found)


def size(png):
    """Return width and height of a PNG in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


class LinkPreviewTest(PagesTest):
    def assertPreview(self, found, title, url, *words):
        self.assertEqual(found["og:type"], "website")
        self.assertEqual(found["og:site_name"], "piratechat")
        self.assertEqual(found["twitter:card"], "summary_large_image")
        for name, value in {"title": title, "url": url, "image": found["og:image"]}.items():
            self.assertEqual((found[f"og:{name}"], found[f"twitter:{name}"]), (value, value))
        descriptions = {found[name] for name in ("description", "og:description", "twitter:description")}
        self.assertEqual(len(descriptions), 1)
        for word in words:
            self.assertIn(word, found["description"])

    def test_the_home_page(self):
        found = preview(get("/"))
        self.assertPreview(found, "piratechat", f"{HOST}/", "share its link", "in Pirate or as written")

    def test_an_open_room_in_every_theme_and_without_one(self):
        _, room = self.room("The Cabin")
        answers = {theme: get(room, cookies={"piratechat-theme": theme}) for theme in THEMES}
        answers["no theme"] = get(room, PAGES.chat)
        for theme, answer in answers.items():
            with self.subTest(theme):
                self.assertPreview(preview(answer), "The Cabin", HOST + room, "You are invited")

    def test_the_picture(self):
        found = preview(get("/"))
        answer = get(found["og:image"])
        self.assertEqual((answer.status_int, answer.content_type), (200, found["og:image:type"]))
        self.assertEqual(size(answer.body), (int(found["og:image:width"]), int(found["og:image:height"])))
        self.assertLess(len(answer.body), PICTURE_SIZE)
        self.assertTrue(found["og:image:alt"])
        self.assertNotRegex(found["og:image"], "/v-[0-9a-f]{12}/", "pictures of old links stay available")

    def test_a_title_is_escaped(self):
        owner, room = self.room()
        title = f"{HOSTILE} & “x”"
        owner.send(f"{room}/settings", title=title, translator="pirate", slow="0")
        self.assertPreview(preview(get(room)), title, HOST + room)

    def test_previews_have_no_messages(self):
        owner, room = self.room()
        owner.say("our secret plan")
        for path in (room, f"{room}/messages/1", f"{room}?before=2"):
            with self.subTest(path):
                found = preview(get(path))
                self.assertEqual(found["og:url"], HOST + room)
                self.assertNotIn("secret", str(found))

    def test_missing_and_private_pages_have_none(self):
        for path, status in (("/rooms/blackbeard", 404), ("/nothing", 404), ("/offline", 200)):
            with self.subTest(path):
                answer = get(path)
                self.assertEqual((answer.status_int, preview(answer)), (status, {}))

    def test_urls_behind_a_proxy(self):
        _, room = self.room()
        proxied = Proxies(PAGES.application, ["10.0.0.1"], "X-Forwarded-For")
        headers = {"X-Forwarded-Proto": "https", "Host": "chat.example"}
        for peer, origin in (("10.0.0.1", "https://chat.example"), ("192.0.2.1", "http://chat.example")):
            with self.subTest(peer):
                found = preview(get(room, proxied, headers=headers, environ={"REMOTE_ADDR": peer}))
                self.assertPreview(found, found["og:title"], origin + room)
                self.assertEqual(found["og:image"], f"{origin}/static/pictures/link.png")


class ChoicesTest(TestCase):
    """The description mentions only available translators."""

    def said(self, *titles):
        translators = {title.lower(): SimpleNamespace(title=title, kind="style", target=None) for title in titles}
        return reading_choices(SimpleNamespace(localized=str), translators)

    def test_a_few_languages_are_named(self):
        self.assertIn("in Pirate or as written.", self.said("Pirate", "Original"))
        self.assertIn("in Pirate, Deutsch or as written.", self.said("Original", "Pirate", "Deutsch"))
        self.assertIn("in Pirate or Deutsch.", self.said("Pirate", "Deutsch"))
        self.assertIn("in Deutsch.", self.said("Deutsch"))

    def test_without_translators_none_are_mentioned(self):
        self.assertEqual(self.said("Original"), "You read what was written.")

    def test_many_languages_are_counted(self):
        self.assertIn("in A, B, C, D, 1 other way or as written", self.said("A", "B", "C", "D", "E", "Original"))
        self.assertIn("D, 3 other ways or as written", self.said("A", "B", "C", "D", "E", "F", "G", "Original"))


class PictureTest(TestCase):
    def test_the_picture_matches_the_drawing(self):
        if shutil.which("chromium") is None:
            self.skipTest(BROWSER.MISSING)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "link.png")
            subprocess.run([os.path.join(TOP, "tools", "link-picture"), path], check=True, timeout=300)
            made, kept = (open(where, "rb").read() for where in (path, PICTURE))
        self.assertEqual((size(made), size(kept)), ((1200, 630), (1200, 630)))
        # Another version of Chromium may draw edges differently.
        self.assertLess(abs(len(made) - len(kept)), len(kept) / 10)
