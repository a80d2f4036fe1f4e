"""The chat below a path: all URLs on its pages, in all themes, are below that path and valid."""

import re
import urllib.parse

from lxml import html
from webob import Request

from piratechat.http.forwarded import Proxies
from tests.support.pages import HOST, PAGES, PagesTest, Visitor
from tests.support.qrcode import read

PREFIX = "/chat"
PROXY = "10.0.0.1"
THEMES = ("pirate", "harbour", "terminal", "plain")

#: Attributes with URLs.
ADDRESSES = ("href", "src", "action", "formaction", "data-url", "data-sockjs", "poster")
#: A path of the chat without the prefix.
OUTSIDE = re.compile(rf"""(?<!{PREFIX})/(?:rooms|static|theme)/[^\s"'<>]*""")
#: A URL in a style sheet.
IN_STYLES = re.compile(r"""url\(["']?([^"')]+)["']?\)|@import\s+["']([^"']+)""")


def served(environ, start_response):
    return Proxies(PAGES.application, [PROXY], "X-Forwarded-For", [PREFIX, "/team/chat"])(environ, start_response)


class VisitorBelow(Visitor):
    """A visitor whose browser reaches the chat below a path."""

    def __init__(self):
        super().__init__()
        self.testapp.app = served

    def open_room(self, name):
        self.visit(f"{PREFIX}/").getControl("Your name").value = name
        return self.press("Open my room", "open")


class Crawler:
    """Follows all links from `start` with the cookies of `visitor`, in the theme `theme`."""

    def __init__(self, visitor, theme):
        cookies = {name: value for name, value in visitor.cookies.items() if name != "piratechat-theme"}
        self.cookie = "; ".join(f"{name}={value}" for name, value in {**cookies, "piratechat-theme": theme}.items())
        self.seen = set()
        self.outside = []
        self.broken = []

    def follow(self, *paths):
        waiting = list(paths)
        while waiting:
            path = urllib.parse.urldefrag(waiting.pop()).url
            if path in self.seen or len(self.seen) > 400:
                continue
            self.seen.add(path)
            waiting.extend(self._addresses(path, self._get(path)))
        return self

    def _get(self, path):
        request = Request.blank(path, base_url=HOST, headers={"Cookie": self.cookie, "Accept": "text/html"})
        return request.get_response(served)

    def _addresses(self, path, answer):
        """Return the URLs to follow, and record invalid ones."""
        if answer.status_int >= 400:
            self.broken.append((path, answer.status))
        if answer.location:
            return self._ours(path, [answer.location])
        kind = answer.content_type
        if kind == "text/css":
            return self._ours(path, [one or other for one, other in IN_STYLES.findall(answer.text)])
        if kind in ("text/html", "application/json", "text/plain"):
            self.outside += [(path, found) for found in OUTSIDE.findall(answer.text)]
        if kind == "application/manifest+json":
            manifest = answer.json
            return self._ours(
                path, [manifest["start_url"], manifest["scope"], *(one["src"] for one in manifest["icons"])]
            )
        return self._on_page(path, answer.body) if kind == "text/html" else []

    def _on_page(self, path, body):
        page = html.fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
        named = [(element, name) for element in page.iter("*") for name in ADDRESSES if name in element.attrib]
        # Loaded by other programs, which do not resolve relative URLs.
        told = [meta.get("content") for meta in page.cssselect("meta[content^='http']")]
        ours = self._ours(path, [*(element.get(name) for element, name in named), *told])
        posted = {form.get("action") for form in page.cssselect("form[method=post]")}
        apart = {element.get("data-sockjs") for element in page.iter("*")} | posted
        return [address for address in ours if address.removeprefix(HOST) not in apart]

    def _ours(self, path, addresses):
        found = [urllib.parse.urljoin(HOST + path, address) for address in addresses]
        ours = [address for address in found if address.startswith(HOST + "/")]
        self.outside += [(path, address) for address in ours if not address.startswith(f"{HOST}{PREFIX}/")]
        return [address.removeprefix(HOST) for address in ours]


class BelowAPath(PagesTest):
    def furnished(self):
        """Return the owner of a room with everything that has a URL, and the room's path."""
        owner = VisitorBelow().open_room(self._name())
        room = owner.path
        for number in range(3):
            owner.say(f"number {number}")
        owner.send(f"{room}/messages/1/pin")
        owner.send(f"{room}/messages/2/edit", text="number two")
        owner.send(f"{room}/messages/3/react", emoji="👍")
        self.assertEqual(owner.visit(room).status, 200)
        return owner, room

    def test_every_address_is_below_the_path_in_every_theme(self):
        owner, room = self.furnished()
        self.assertTrue(room.startswith(f"{PREFIX}/rooms/"), room)
        paths = [
            f"{PREFIX}/",
            room,
            f"{room}?before=3",
            f"{PREFIX}/nowhere",
            f"{room}/search?q=number",
            f"{PREFIX}/offline",
        ]
        for theme in THEMES:
            with self.subTest(theme=theme):
                crawler = Crawler(owner, theme).follow(*paths)
                self.assertEqual(crawler.outside, [])
                self.assertEqual([path for path, _status in crawler.broken if path != f"{PREFIX}/nowhere"], [])
                for path in (
                    f"{PREFIX}/manifest.webmanifest", f"{room}/qr.svg", f"{room}/export.txt", f"{room}/export.json",
                    f"{room}/pinned", f"{room}/messages/2/history", f"{PREFIX}/static/icons/icon-512.png",
                ):  # fmt: skip
                    self.assertIn(path, crawler.seen)
                styles = [path for path in crawler.seen if path.startswith(f"{PREFIX}/theme/{theme}/")]
                self.assertTrue(any(path.endswith("style.css") for path in styles), styles)

    def test_data_has_no_other_addresses(self):
        owner, room = self.furnished()
        for path in (
            room,
            f"{room}/messages",
            f"{room}/pinned",
            f"{room}/log",
            f"{room}/search?q=number",
            f"{room}/export.json",
        ):
            request = Request.blank(
                path, headers={"Accept": "application/json", "Cookie": Crawler(owner, "plain").cookie}
            )
            self.assertEqual(OUTSIDE.findall(request.get_response(served).text), [], path)

    def test_forms_lead_back_below_the_path(self):
        owner, room = self.furnished()
        self.assertEqual(owner.send(f"{room}/messages/1/unpin").path.partition("#")[0], room)
        self.assertEqual(owner.send(f"{PREFIX}/theme", name="plain", back="//elsewhere").path, f"{PREFIX}/")
        self.assertEqual(owner.visit(f"{PREFIX}/rooms").path, f"{PREFIX}/")

    def test_the_link_to_share_has_the_path(self):
        owner = VisitorBelow().open_room("Quinn")  # short enough for the smallest codes
        room = owner.path
        picture = Request.blank(f"{room}/qr.svg", base_url=HOST).get_response(served)
        self.assertEqual(read(picture.body), HOST + room)
        self.assertIn(HOST + room, owner.visit(room).contents)

    def test_cookies_are_for_the_path_alone(self):
        answer = Request.blank(f"{PREFIX}/").get_response(served)
        cookies = answer.headers.getall("Set-Cookie")
        self.assertTrue(cookies)
        self.assertEqual([cookie for cookie in cookies if f"; path={PREFIX}" not in cookie.lower()], [])
        _owner, room = self.furnished()
        answer = Request.blank(f"{room}?as=original", headers={"Accept": "text/html"}).get_response(served)
        cookies = [cookie.lower() for cookie in answer.headers.getall("Set-Cookie")]
        self.assertEqual([f"; path={PREFIX}" in cookie for cookie in cookies], [True] * 3, "each cookie has the path")
        answer = Request.blank("/").get_response(served)
        self.assertEqual({f"; path={PREFIX}" in one.lower() for one in answer.headers.getall("Set-Cookie")}, {False})

    def test_each_of_several_cookies_is_kept_to_https(self):
        _owner, room = self.furnished()
        headers = {"Accept": "text/html"}
        answer = Request.blank(f"{room}?as=original", base_url="https://localhost", headers=headers).get_response(
            served
        )
        cookies = [cookie.lower() for cookie in answer.headers.getall("Set-Cookie")]
        self.assertEqual(["; secure" in cookie for cookie in cookies], [True] * 3)

    def test_a_cookie_of_another_chat_on_the_same_host_comes_second(self):
        owner, room = self.furnished()
        cookie = f"{Crawler(owner, 'plain').cookie}; piratechat=of-another; csrf_token=of-another"
        answer = Request.blank(room, headers={"Cookie": cookie}).get_response(served)
        self.assertNotIn("piratechat=", " ".join(answer.headers.getall("Set-Cookie")), "the visitor is known")
        self.assertIn('id="settings"', answer.text, "as the owner")

    def test_the_same_server_has_no_prefix_elsewhere(self):
        _owner, room = self.furnished()
        path = room.removeprefix(PREFIX)
        page = Request.blank(path, headers={"Accept": "text/html"}).get_response(served)
        self.assertEqual(page.status_int, 200)
        self.assertNotIn(f"{PREFIX}/", page.text)

    def test_a_frame_of_sockjs_loads_its_script_below_the_path(self):
        _owner, room = self.furnished()
        frame = Request.blank(f"{room}/sockjs/iframe.html").get_response(served)
        script = re.search('src="([^"]+)"', frame.text)[1]
        self.assertTrue(script.startswith(f"{PREFIX}/static/"), script)
        self.assertEqual(Request.blank(script).get_response(served).status_int, 200)
