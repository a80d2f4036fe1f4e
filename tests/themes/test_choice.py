"""Available themes, the choice of a theme, and the files of themes."""

import os
import re
import shutil
import socket
import tempfile
from unittest import TestCase, mock

from diazo.wsgi import DiazoMiddleware
from lxml import etree
from webob import Request, Response

from piratechat.themes.middleware import theme
from piratechat.themes.theme import themes
from tests.support.stage import FOLDER

PAGE = (
    "<html><head><title>A page</title></head><body class='home'><header>Home</header>"
    "<main>{}</main><footer>The end</footer></body></html>"
)
RULES = """<rules xmlns="http://namespaces.plone.org/diazo" xmlns:css="http://namespaces.plone.org/diazo/css">
  <theme href="index.html" /><replace css:theme="main" css:content="main" /></rules>"""


def application(environ, start_response):
    """An application that shows its themes; paths below /data are not pages, and there are no files below /theme/."""
    if environ["PATH_INFO"].startswith("/theme/"):
        return Response("nothing", 404, content_type="text/plain", cache_control="no-store")(environ, start_response)
    if environ["PATH_INFO"].startswith("/data"):
        return Response("data", content_type="text/plain")(environ, start_response)
    return Response(PAGE.format(environ.get("piratechat.themes")))(environ, start_response)


class ThemesTest(TestCase):
    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp(prefix="piratechat-"))
        self.addCleanup(shutil.rmtree, self.top)
        for name in ("red", "blue"):
            self.write(f"{name}/rules.xml", RULES)
            sheet = '<link rel="stylesheet" href="style.css">'
            self.write(
                f"{name}/index.html", f"<html><head><title>The {name}\n one</title>{sheet}</head><main></main></html>"
            )
            self.write(f"{name}/style.css", f"main {{ color: {name} }}")

    def write(self, path, text):
        path = os.path.join(self.top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def themed(self, themes="red blue", **options):
        return theme(application, {}, themes=themes, folder=self.top, **options)

    def get(self, path, themed=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request.blank(path, headers=headers).get_response(themed or self.themed())

    def assertThemed(self, name, answer):
        self.assertIn(f'href="/theme/{name}/', answer.text)


class SettingsTest(ThemesTest):
    def refusal(self, **options):
        with self.assertRaises(ValueError) as refused:
            theme(application, {}, **options)
        return str(refused.exception)

    def test_the_first_theme_is_the_default(self):
        self.assertThemed("red", self.get("/"))
        self.assertThemed("blue", self.get("/", self.themed("blue red")))

    def test_a_frame_can_have_any_theme(self):
        os.rename(os.path.join(self.top, "blue"), os.path.join(self.top, "blue-sea"))
        themed = self.themed("red blue-sea")
        for path in ("/frame-blue-sea/rooms/ada", "/rooms/ada?frame=yes&theme=blue-sea"):
            with self.subTest(path):
                self.assertIn('href="/frame-blue-sea/theme/blue-sea/', self.get(path, themed).text)

    def test_invented_names_of_themes_compile_nothing(self):
        themed = self.themed("red blue")
        first = self.get("/rooms/ada?frame=yes", themed)
        with mock.patch.object(DiazoMiddleware, "get_transform_middleware", side_effect=AssertionError):
            for name in ("green", "Red", "-", "x" * 64):
                self.assertEqual(self.get(f"/rooms/ada?frame=yes&theme={name}", themed).text, first.text)
                self.assertEqual(self.get(f"/frame-{name}/rooms/ada", themed).text, first.text)

    def test_a_single_theme_can_be_set_by_its_rules(self):
        themed = theme(application, {}, rules=os.path.join(self.top, "blue", "rules.xml"))
        answer = self.get("/", themed, Cookie="piratechat-theme=red")
        self.assertThemed("blue", answer)
        self.assertIn("<main>None</main>", answer.text, "there is no choice")
        self.assertNotIn("Vary", answer.headers)

    def test_unknown_themes_are_rejected(self):
        self.assertEqual(
            self.refusal(themes="red green", folder=self.top),
            f"themes = red green: there is no theme 'green' in {self.top}; "
            "there are blue, harbour, pirate, plain, plone, red, terminal.",
        )
        for name in ("..", ".", "red/../blue", "/etc"):
            self.assertIn(f"there is no theme {name!r}", self.refusal(themes=name, folder=self.top))

    def test_invalid_settings_are_rejected(self):
        rules = os.path.join(self.top, "red", "rules.xml")
        for said, options in (
            ("[filter:theme] needs one of these", {}),
            ("[filter:theme] needs one of these", {"themes": "red", "folder": self.top, "rules": rules}),
            ("themes = : name one theme", {"themes": "", "folder": self.top}),
            ("themes = red red: name one theme at least, and none twice", {"themes": "red red", "folder": self.top}),
            ("there is no theme 'red'; there are harbour, pirate, plain, plone, terminal.", {"themes": "red"}),
            ("folder = /nowhere: there is no such folder", {"themes": "red", "folder": "/nowhere"}),
            ("rules = nowhere.xml: there is no file", {"rules": "nowhere.xml"}),
        ):
            with self.subTest(options):
                self.assertIn(said, self.refusal(**options))

    def test_shipped_themes_are_found_in_addition_to_those_of_the_folder(self):
        themed = self.themed("red plain")
        for name in ("red", "plain"):
            self.assertEqual(self.get(f"/theme/{name}/style.css", themed).status_int, 200, name)

    def test_a_folder_name_that_cannot_be_in_a_url_is_rejected(self):
        os.rename(os.path.join(self.top, "red"), os.path.join(self.top, "röd & blå"))
        self.assertIn("cannot be", self.refusal(rules=os.path.join(self.top, "röd & blå", "rules.xml")))

    def test_invalid_rules_are_rejected_at_startup(self):
        self.write("blue/rules.xml", "<rules>")
        with self.assertRaises(SyntaxError):
            self.themed()

    def test_rules_can_include_those_of_the_chat_and_nothing_from_the_network(self):
        rules = """<rules xmlns="http://namespaces.plone.org/diazo" xmlns:xi="http://www.w3.org/2001/XInclude">
            <theme href="index.html" /><xi:include href="{}" /></rules>"""
        self.write("red/rules.xml", rules.format("python://piratechat/templates/rules.xml"))
        self.assertIn("<title>A page</title>", self.get("/", self.themed()).text)
        with socket.create_server(("127.0.0.1", 0)) as elsewhere:
            elsewhere.setblocking(False)
            address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/rules.xml"
            self.write("red/rules.xml", rules.format(address))
            with self.assertRaises(etree.XIncludeError):
                self.themed()
            self.assertRaises(BlockingIOError, elsewhere.accept)

    def test_the_title_is_that_of_the_page_in_the_rules(self):
        self.write("red/theme.html", "<html><head><title>Scarlet</title></head><body></body></html>")
        self.write("red/rules.xml", RULES.replace("index.html", "theme.html"))
        self.write("blue/rules.xml", RULES.replace("index.html", "nowhere.html"))
        self.assertEqual([one.title for one in themes({"themes": "red blue", "folder": self.top})], ["Scarlet", "blue"])

    def test_rules_with_entities_are_rejected(self):
        laughs = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
        for entities, used in (
            ('<!ENTITY a0 "ha">' + "".join(laughs), "a11"),
            ('<!ENTITY secret SYSTEM "style.css">', "secret"),
            ('<!ENTITY % dtd SYSTEM "style.css">%dtd;', "color"),
        ):
            rules = RULES.replace("</rules>", f'<before css:theme="main">&{used};</before></rules>')
            with self.subTest(used):
                self.write("red/rules.xml", f"<!DOCTYPE rules [{entities}]>{rules}")
                with self.assertRaises(SyntaxError):
                    self.themed()

    def test_entities_of_pages_are_not_expanded(self):
        """Pages and themes are parsed as HTML, which has no custom entities."""
        laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        for where in ("red/index.html", None):
            evil = f'<!DOCTYPE html [<!ENTITY a0 "ha">{laughs}]><html><body><main>&a11;</main></body></html>'
            if where:
                self.write(where, evil)
            themed = theme(Response(evil), {}, themes="red", folder=self.top)
            with self.subTest(where):
                answer = self.get("/", themed)
                self.assertLess(len(answer.body), 2 * len(evil))
                self.assertNotIn("haha", answer.text)

    def test_edited_themes_are_reloaded_only_with_debug(self):
        for debug, shown in (("false", "before"), ("true", "after")):
            self.write("red/index.html", "<html><body><h1>before</h1><main></main></body></html>")
            themed = self.themed(debug=debug)
            self.write("red/index.html", "<html><body><h1>after</h1><main></main></body></html>")
            self.assertIn(f"<h1>{shown}</h1>", self.get("/", themed).text)


class ChoiceTest(ThemesTest):
    def test_the_cookie_selects_the_theme(self):
        self.assertThemed("blue", self.get("/", Cookie="other=red; piratechat-theme=blue"))

    def test_the_form_is_handled_by_the_application(self):
        answer = Request.blank("/theme", method="POST", body=b"name=blue").get_response(self.themed())
        self.assertIn("'action': '/theme'", answer.text)

    def test_invalid_cookies_select_the_default(self):
        for value in ("green", "", '"', "../red", "é".encode().decode("latin-1"), "x" * 5000):
            self.assertThemed("red", self.get("/", Cookie=f"piratechat-theme={value}"))

    def test_pages_receive_the_available_themes(self):
        answer = self.get("/rooms/ada?as=pirate", Cookie="piratechat-theme=blue")
        for part in (
            "'action': '/theme'",
            "'back': '/rooms/ada?as=pirate'",
            "{'name': 'red', 'title': 'The red one', 'current': False}",
            "{'name': 'blue', 'title': 'The blue one', 'current': True}",
        ):
            self.assertIn(part, answer.text)

    def test_responses_to_forms_return_to_the_home_page(self):
        answer = Request.blank("/rooms/ada/messages", method="POST").get_response(self.themed())
        self.assertIn("'back': '/'", answer.text)

    def test_only_pages_vary_by_cookie(self):
        self.assertEqual(self.get("/").headers["Vary"], "Cookie")
        self.assertNotIn("Vary", self.get("/data").headers)


class FilesTest(ThemesTest):
    def sheet(self, themed):
        return re.search(r'href="(/theme/[^"]+\.css)"', self.get("/", themed).text)[1]

    def test_urls_of_files_have_versions_and_are_immutable(self):
        themed = self.themed()
        path = self.sheet(themed)
        self.assertRegex(path, "^/theme/red/v-[0-9a-f]{12}/style.css$")
        answer = self.get(path, themed)
        self.assertEqual((answer.text, answer.content_type), ("main { color: red }", "text/css"))
        self.assertEqual(answer.headers["Cache-Control"], "public, max-age=31536000, immutable")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_a_change_of_any_file_changes_the_version(self):
        before = self.sheet(self.themed())
        self.write("blue/style.css", "main { }")
        self.assertEqual(self.sheet(self.themed()), before, "another theme changed")
        self.write("red/drawings/ship.svg", "<svg/>")
        themed = self.themed()
        self.assertNotEqual(self.sheet(themed), before)
        old = self.get(before, themed)
        self.assertEqual((old.status_int, old.headers["Cache-Control"]), (404, "no-store"), "versions are not mixed")

    def test_stored_files_of_earlier_versions_are_served(self):
        assets = os.path.join(self.top, "assets")
        before = self.sheet(self.themed(assets=assets))
        self.write("red/style.css", "main { color: pink }")
        themed = self.themed(assets=assets)
        old, new = self.get(before, themed), self.get(self.sheet(themed), themed)
        self.assertEqual((old.text, new.text), ("main { color: red }", "main { color: pink }"))
        self.assertIn("immutable", old.headers["Cache-Control"])

    def test_files_without_a_version_are_revalidated(self):
        themed = self.themed(debug="true")
        self.assertEqual(self.sheet(themed), "/theme/red/style.css")
        answer = self.get("/theme/red/style.css", themed)
        self.assertEqual(answer.headers["Cache-Control"], "no-cache")
        again = self.get("/theme/red/style.css", themed, If_None_Match=answer.headers["ETag"])
        self.assertEqual(again.status_int, 304)

    def test_only_files_of_the_theme_are_served(self):
        self.write("secret.css", "")
        self.write("red/notes.txt", "")
        self.write("red/.htpasswd", "")
        self.write("red/drawings/ship.svg", "<svg/>")
        os.symlink(os.path.join(self.top, "secret.css"), os.path.join(self.top, "red", "out.css"))
        os.symlink("/etc", os.path.join(self.top, "red", "etc.css"))
        os.symlink(os.path.join(self.top, "red", "style.css"), os.path.join(self.top, "red", "in.css"))
        themed = self.themed()
        for path, status in {
            "red/drawings/ship.svg": 200, "red/in.css": 200,
            "red/index.html": 404, "red/rules.xml": 404, "red/notes.txt": 404, "red/.htpasswd": 404,
            "red/none.css": 404,
            "red": 404, "red/": 404, "red/drawings": 404, "": 404, "green/style.css": 404, "red//etc/passwd": 404,
            "red/out.css": 404, "red/etc.css": 404, "red/etc.css/passwd": 404, "red/%00.css": 404,
            "red/style.css%00": 404,
            "red/../secret.css": 404, "red/%2e%2e/secret.css": 404, "../red/style.css": 404,
            "red/v-000000000000/../../secret.css": 404, "red/v-000000000000//etc/passwd": 404, "red/%ff.css": 404,
        }.items():  # fmt: skip
            with self.subTest(path):
                # Invalid UTF-8 is rejected by the application.
                self.assertEqual(self.get(f"/theme/{path}", themed).status_int, status)
        self.assertEqual(Request.blank("/theme/red/style.css", method="POST").get_response(themed).status_int, 405)

    def test_the_folder_may_be_a_symbolic_link(self):
        os.symlink(self.top, f"{self.top}-link")
        self.addCleanup(os.unlink, f"{self.top}-link")
        themed = theme(application, {}, themes="red", folder=f"{self.top}-link")
        self.assertEqual(self.get(self.sheet(themed), themed).status_int, 200)


class ShippedTest(TestCase):
    def test_shipped_themes_have_titles(self):
        names = sorted(os.listdir(FOLDER))
        themed = theme(application, {}, themes=" ".join(names), folder=FOLDER)
        answer = Request.blank("/").get_response(themed)
        for name in names:
            self.assertIn(f"{{'name': '{name}', 'title': '{name.capitalize()}'", answer.text)
