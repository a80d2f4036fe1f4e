"""A room in a frame of another site: allowed sites, the identity of visitors, and omitted parts."""

import itertools
import os
import re
import unittest

from lxml import html
from paste.deploy import loadapp
from pyramid.interfaces import ISecurityPolicy
from webob import Request
from webob.cookies import parse_cookie

from piratechat.interfaces import IServices
from tests.support.pages import PagesLayer
from tests.support.paths import CONFIG

SITE, OTHER = "https://www.example.org", "https://news.example.net:8443"
INI = """\
[pipeline:main]
pipeline = theme app

[filter:theme]
use = config:{config}/chat.ini#theme

[app:app]
use = config:{config}/chat.ini#chat
piratechat.frame_ancestors = {origins}
"""


#: Parts of a room's page that are omitted in a frame.
OF_THE_CHAT = ("#rooms", "#invite", "#more", "#owner", ".qr", "#theme-chooser", "[rel=home]", "[rel=manifest]")


class FramesLayer(PagesLayer):
    """Like PAGES, with `origins` that may embed rooms."""

    origins = f"{SITE} {OTHER}"

    def setUp(self):
        super().setUp()
        ini = os.path.join(self.folder, "frames.ini")
        with open(ini, "w") as file:
            file.write(INI.format(config=CONFIG, origins=self.origins))
        self.tearDownServices()
        self.application = loadapp(f"config:{ini}", global_conf={"var": self.folder})
        self.services = self.application._application.registry.getUtility(IServices)

    def tearDownServices(self):
        self.services.committer.close()
        self.services.database.close()


class NoFramesLayer(FramesLayer):
    """Like PAGES, without sites that may embed rooms."""

    origins = ""


#: Each test creates its own room.
NUMBERS = itertools.count(1)
FRAMES, NO_FRAMES = FramesLayer("FRAMES"), NoFramesLayer("NO_FRAMES")


class Browser:
    """A browser that accepts all cookies; `host` is the host name of the chat."""

    def __init__(self, layer=FRAMES, host="https://chat.example"):
        self.application = layer.application
        self.host = host
        self.cookies = {}
        self.set = {}

    def ask(self, path, form=None, **headers):
        request = Request.blank(self.host + path, POST=form)
        request.headers.update({"Accept": "text/html", **headers})
        if self.cookies:
            request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = request.get_response(self.application)
        self.set = {}
        for header in answer.headers.getall("Set-Cookie"):
            ((name, value), *_rest) = parse_cookie(header)
            self.cookies[name.decode()] = value.decode()
            self.set[name.decode()] = header.partition(";")[2]
        return answer

    def page(self, path):
        return html.fromstring(self.ask(path).body)

    def submit(self, page, css, **fields):
        (form,) = page.cssselect(css)
        headers = {"Origin": self.host}
        return self.ask(form.action, {**dict(form.form_values()), **fields}, **headers)


def policy(answer):
    return re.search(r"frame-ancestors ([^;]*)", answer.headers["Content-Security-Policy"])[1]


class FrameTest(unittest.TestCase):
    layer = FRAMES

    def setUp(self):
        self.ada = Browser(self.layer)
        self.name = f"Ada the {next(NUMBERS)}."
        opened = self.ada.submit(self.ada.page("/"), "#open", name=self.name)
        self.room = opened.location.removeprefix(self.ada.host).partition("?")[0]
        self.bo = Browser(self.layer)

    def enter(self, browser, query=""):
        return browser.page(f"{self.room}?frame=yes{query}")


class Embedding(FrameTest):
    def test_listed_sites_may_embed_a_room_and_nothing_else(self):
        self.assertEqual(policy(self.bo.ask(f"{self.room}?frame=yes")), f"{SITE} {OTHER}")
        for path in (
            "/",
            self.room,
            f"{self.room}?frame=no",
            f"{self.room}?frame=yes&frame=no",
            f"{self.room}/search?frame=yes",
            f"{self.room}/messages/1?frame=yes",
            "/?frame=yes",
            "/offline?frame=yes",
            "/nothing?frame=yes",
            "/operator?frame=yes",
        ):
            with self.subTest(path=path):
                self.assertEqual(policy(self.bo.ask(path)), "'none'")

    def test_only_rooms_can_be_framed(self):
        for name in ("", "operator", "metrics", "healthz", "sw.js", "offline"):
            with self.subTest(name=name):
                self.assertEqual(self.bo.ask(f"/frame/{name}").status_int, 404)
        self.assertEqual(self.bo.ask("/frame/", {"name": "Eve"}, Origin=self.bo.host).status_int, 404)

    def test_a_frame_cannot_be_nested_in_its_own_address(self):
        self.assertEqual(self.bo.ask(f"/frame/frame{self.room}").status_int, 404)
        self.assertEqual(self.enter(self.bo).cssselect("main")[0].get("data-url"), f"/frame{self.room}")

    def test_the_room_in_a_frame_has_fewer_parts(self):
        page = self.enter(self.ada)
        for css in OF_THE_CHAT:
            with self.subTest(css=css):
                self.assertEqual(page.cssselect(css), [])
        (link,) = page.cssselect("#own-tab")
        self.assertEqual([link.get(name) for name in ("href", "target", "rel")], [self.room, "_blank", "noopener"])
        self.assertTrue(page.cssselect("#views a"))
        self.assertEqual(page.cssselect("h1")[0].text, self.name)

    def test_all_links_stay_in_the_frame(self):
        self.ada.submit(self.ada.page(self.room), "#say", text="hello")
        page = self.enter(self.bo)
        outside = [
            value
            for element in page.iter("a", "form")
            for name in ("href", "action")
            if (value := element.get(name)) and not value.startswith(("/frame/", "#"))
        ]
        self.assertEqual(outside, [self.room])
        main = page.cssselect("main")[0]
        self.assertEqual(main.get("data-sockjs"), f"/frame{self.room}/sockjs")
        self.assertEqual(policy(self.bo.ask(f"/frame{self.room}/messages/1")), f"{SITE} {OTHER}")

    def test_files_of_the_frame_exist(self):
        page = self.enter(self.bo)
        files = [*page.xpath("//script/@src"), *page.xpath("//link[@rel='stylesheet']/@href")]
        for path in files:
            with self.subTest(path=path):
                self.assertEqual(self.bo.ask(path).status_int, 200)

    def test_the_url_selects_translator_and_theme(self):
        page = self.enter(self.bo, "&as=original&theme=terminal")
        self.assertEqual(page.cssselect("main")[0].get("data-as"), "original")
        self.assertTrue(any("/terminal/" in one for one in page.xpath("//link[@rel='stylesheet']/@href")))
        answer = self.bo.submit(page, "#say", name="Bo", text="hello")
        again = self.bo.page(answer.location.removeprefix(self.bo.host).partition("#")[0])
        self.assertEqual(again.cssselect("main")[0].get("data-as"), "original")
        self.assertTrue(any("/terminal/" in one for one in again.xpath("//link[@rel='stylesheet']/@href")))
        self.assertEqual(list(self.bo.cookies), ["piratechat-frame"])

    def test_an_unknown_theme_is_the_default(self):
        for theme in ("none", "..%2f..", "a/b", "a" * 100):
            with self.subTest(theme=theme):
                self.assertEqual(self.bo.ask(f"{self.room}?frame=yes&theme={theme}").status_int, 200)


class NobodyMayEmbed(FrameTest):
    layer = NO_FRAMES

    def test_there_are_no_frames(self):
        for path in (f"{self.room}?frame=yes", f"/frame{self.room}"):
            with self.subTest(path=path):
                answer = self.bo.ask(path)
                self.assertEqual((answer.status_int, policy(answer)), (404, "'none'"))
                self.assertNotIn("piratechat-frame", self.bo.cookies)


class Visitors(FrameTest):
    def test_the_cookie_of_a_frame_is_partitioned(self):
        self.enter(self.bo)
        self.assertEqual(list(self.bo.set), ["piratechat-frame"])
        attributes = {each.strip().lower() for each in self.bo.set["piratechat-frame"].split(";")}
        self.assertLessEqual({"secure", "samesite=none", "partitioned", "httponly", "path=/"}, attributes)

    def test_the_cookie_over_plain_http(self):
        for host, expected in (
            ("http://chat.example", {"samesite=lax"}),
            ("http://localhost.example", {"samesite=lax"}),
            ("http://localhost:8080", {"samesite=none", "secure", "partitioned"}),
            ("http://127.0.0.1:8080", {"samesite=none", "secure", "partitioned"}),
        ):
            with self.subTest(host=host):
                browser = Browser(host=host)
                self.enter(browser)
                attributes = {each.strip().lower() for each in browser.set["piratechat-frame"].split(";")}
                known = {"samesite=none", "samesite=lax", "secure", "partitioned"}
                self.assertEqual(attributes & known, expected)

    def test_without_scripts_a_visitor_posts_and_keeps_their_identity(self):
        answer = self.bo.submit(self.enter(self.bo), "#say", name="Bo", text="hello")
        self.assertEqual(answer.status_int, 303)
        self.assertTrue(answer.location.startswith(f"https://chat.example/frame{self.room}"))
        self.assertEqual(self.enter(self.bo).cssselect("main")[0].get("data-you"), "Bo")
        self.assertEqual(self.bo.page(f"/frame{self.room}").cssselect("main")[0].get("data-you"), "Bo")

    def test_the_owner_is_a_stranger_in_a_frame(self):
        main = self.enter(self.ada).cssselect("main")[0]
        self.assertEqual((main.get("data-you"), main.get("data-owner")), (None, None))
        main = self.ada.page(self.room).cssselect("main")[0]
        self.assertEqual((main.get("data-you"), main.get("data-owner")), (self.name, "yes"))

    def test_the_cookies_are_not_interchangeable(self):
        self.bo.submit(self.enter(self.bo), "#say", name="Bo", text="hello")
        framed, own = self.bo.cookies["piratechat-frame"], self.ada.cookies["piratechat"]
        thief = Browser()
        thief.cookies = {"piratechat": framed}
        self.assertIsNone(thief.page(self.room).cssselect("main")[0].get("data-you"))
        thief.cookies = {"piratechat-frame": own}
        self.assertIsNone(self.enter(thief).cssselect("main")[0].get("data-you"))

    def test_an_owner_has_no_permissions_in_a_frame(self):
        """Even if the signed cookie of a frame says that its visitor is the owner."""
        services = self.layer.services
        with services.database.reading() as chat:
            owner = chat.rooms[self.room.rpartition("/")[2]].owner
        policy = self.layer.application._application.registry.getUtility(ISecurityPolicy)
        cookie = policy._frame_cookie.serializer.dumps({"id": owner, "at": 2**40})
        self.bo.cookies = {"piratechat-frame": cookie.decode()}
        page = self.enter(self.bo)
        main = page.cssselect("main")[0]
        self.assertEqual((main.get("data-you"), main.get("data-owner")), (self.name, None))
        token = page.cssselect("#say [name=csrf_token]")[0].get("value")
        form = {"csrf_token": token, "title": "Taken", "translator": "pirate", "slow": "0"}
        self.assertEqual(self.bo.ask(f"/frame{self.room}/settings", form, Origin=self.bo.host).status_int, 403)


class Attacks(FrameTest):
    def test_a_form_of_another_site_is_rejected(self):
        page = self.enter(self.bo)
        token = page.cssselect("#say [name=csrf_token]")[0].get("value")
        form = {"csrf_token": token, "name": "Bo", "text": "hello"}
        path = f"/frame{self.room}/messages"
        for headers in (
            {"Origin": SITE},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            with self.subTest(headers=headers):
                self.assertEqual(self.bo.ask(path, form, **headers).status_int, 400)
        self.assertEqual(self.bo.ask(path, form, Origin=self.bo.host).status_int, 303)

    def test_the_token_belongs_to_the_visitor(self):
        self.enter(self.bo)
        for name, token in (
            ("another visitor's", self.enter(Browser()).cssselect("#say [name=csrf_token]")[0].get("value")),
            ("of our own pages", self.ada.page(self.room).cssselect("#say [name=csrf_token]")[0].get("value")),
            ("none", ""),
            ("no ASCII", "é"),
        ):
            with self.subTest(name):
                form = {"csrf_token": token, "name": "Bo", "text": "hello"}
                answer = self.bo.ask(f"/frame{self.room}/messages", form, Origin=self.bo.host)
                self.assertEqual(answer.status_int, 400)
        framed = self.enter(self.ada).cssselect("#say [name=csrf_token]")[0].get("value")
        form = {"csrf_token": framed, "text": "hello"}
        self.assertEqual(self.ada.ask(f"{self.room}/messages", form, Origin=self.ada.host).status_int, 400)

    def test_a_blocked_cookie_is_explained_and_the_text_kept(self):
        page = self.enter(self.bo)
        self.bo.cookies.clear()
        answer = self.bo.submit(page, "#say", name="Bo", text="hello there")
        self.assertEqual((answer.status_int, policy(answer)), (400, f"{SITE} {OTHER}"))
        shown = html.fromstring(answer.body)
        self.assertIn("blocks cookies", shown.cssselect("#say-error")[0].text)
        self.assertEqual(shown.cssselect("#text")[0].text.strip(), "hello there")
        self.assertEqual(shown.cssselect("#own-tab")[0].get("href"), self.room)
        self.assertEqual(self.enter(self.bo).cssselect("h1")[0].text, self.name)
