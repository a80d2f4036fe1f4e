"""Static files: URLs, caching, compression, and paths that are not served."""

import gzip
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path
from unittest import TestCase, mock

from lxml import html
from pyramid.exceptions import ConfigurationError
from webob import Request

from piratechat.http.asset_versions import Versions
from piratechat.http.assets import Folder, file_below, names_below
from piratechat.http.static_files import FOLDER, static_files
from sockjs_support.clients import HTTP
from sockjs_support.layers import BROWSER
from tests.support.chat_servers import CHAT
from tests.support.chatting import ChatTest
from tests.support.paths import TOP
from tests.support.stage import THEMES

ICONS = os.path.join(TOP, "piratechat", "static", "icons")
#: Maximum bytes of scripts, and of all files, for the first visit of a room.
SCRIPTS = 60_000
FIRST_VISIT = 110_000
#: Modules only for readers with on-device translation, and their maximum bytes.
ON_DEVICE, DEVICE_SCRIPT = "on_device", 10_000
#: A dynamic import; the URL of the module.
IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)(?=["'`])["'`]([^"'`]+)""")


class FilesTest(ChatTest):
    layer = CHAT

    def get(self, path, method="GET", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        with HTTP(self.layer.port) as http:
            return http.request(method, path, headers)

    def links(self, path="/", theme="plain", browser=None):
        """Return the URLs in the head of a page by their kind."""
        browser = browser or self.browser()
        browser.cookies["piratechat-theme"] = theme
        page = html.document_fromstring(browser.get(path).body)
        found = [
            (one.get("rel") or "script", one.get("href") or one.get("src"))
            for one in page.xpath("//head/*[@src or @rel]")
        ]
        return page, found

    def sheet(self, theme):
        """Return the URL of a theme's style sheet."""
        _, links = self.links(theme=theme)
        return next(path for kind, path in links if kind == "stylesheet")

    def static(self, name):
        _, links = self.links()
        icon = next(path for kind, path in links if kind == "apple-touch-icon")
        return urllib.parse.urljoin(icon, f"../{name}")


class CachingTest(FilesTest):
    def test_urls_have_versions_and_are_cached_for_a_year(self):
        path = self.static("scripts/room.js")
        self.assertRegex(path, "^/static/v-[0-9a-f]{12}/scripts/room.js$")
        answer = self.get(path)
        self.assertEqual((answer.status, answer["Content-Type"]), (200, "text/javascript; charset=UTF-8"))
        self.assertEqual(answer["Cache-Control"], "public, max-age=31536000, immutable")
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertNotIn(b"\n// ", answer.body, "no comments")
        self.assertNotIn(b"sourceMappingURL", answer.body)

    def test_urls_without_a_version_are_revalidated(self):
        answer = self.get("/static/scripts/room.js")
        self.assertEqual((answer.status, answer["Cache-Control"]), (200, "no-cache"))
        again = self.get("/static/scripts/room.js", If_None_Match=answer["ETag"])
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(self.get("/static/scripts/room.js", If_None_Match='"other"').status, 200)

    def test_missing_versions_are_not_found_and_not_cached(self):
        for path in ("/static/v-000000000000/scripts/room.js", "/theme/pirate/v-000000000000/style.css"):
            for accept in ("*/*", "text/html", "application/json"):
                answer = self.get(path, Accept=accept)
                self.assertEqual((answer.status, answer["Cache-Control"]), (404, "no-store"), path)

    def test_versions_are_stored_for_pages_that_are_open_during_an_update(self):
        for address, folder in ((self.static("scripts/room.js"), "static"), (self.sheet("pirate"), "theme/pirate")):
            version, name = address.removeprefix(f"/{folder}/").split("/", 1)
            with open(os.path.join(self.layer.folder, "assets", folder, version, name), "rb") as file:
                self.assertEqual(file.read(), self.get(address).body)

    def test_texts_are_compressed_if_accepted(self):
        for name in ("scripts/room.js", "css/plain.css", "icons/icon.svg", "sockjs.min.js", "manifest.webmanifest"):
            with self.subTest(name):
                path = self.static(name)
                plain, packed = self.get(path), self.get(path, Accept_Encoding="br, gzip;q=0.8")
                self.assertEqual((plain["Content-Encoding"], packed["Content-Encoding"]), (None, "gzip"))
                self.assertEqual(gzip.decompress(packed.body), plain.body)
                self.assertEqual((plain["Vary"], packed["Vary"]), ("Accept-Encoding", "Accept-Encoding"))
                self.assertNotEqual(plain["ETag"], packed["ETag"])
                self.assertEqual(int(packed["Content-Length"]), len(packed.body))
                self.assertIsNone(self.get(path, Accept_Encoding="gzip;q=0")["Content-Encoding"])
                self.assertEqual(self.get(path, If_None_Match=packed["ETag"], Accept_Encoding="gzip").status, 304)

    def test_images_are_not_compressed(self):
        answer = self.get(self.static("icons/icon-192.png"), Accept_Encoding="gzip")
        self.assertEqual(
            (answer["Content-Type"], answer["Content-Encoding"], answer["Vary"]), ("image/png", None, None)
        )

    def test_files_of_themes_are_served_the_same_way(self):
        for theme in THEMES:
            answer = self.get(self.sheet(theme), Accept_Encoding="gzip")
            self.assertEqual((answer["Content-Encoding"], answer["Vary"]), ("gzip", "Accept-Encoding"))
            self.assertIn("immutable", answer["Cache-Control"])

    def test_pages_with_secrets_are_not_compressed(self):
        ada, room = self.open_room()
        for path in ("/", room):
            answer = ada._request("GET", path, {"Accept-Encoding": "gzip"})
            self.assertEqual((answer.status, answer["Content-Encoding"]), (200, None))

    def test_head_and_other_methods(self):
        path = self.static("scripts/room.js")
        answer = self.get(path, "HEAD", Accept_Encoding="gzip")
        self.assertEqual((answer.status, answer.body, answer["Content-Encoding"]), (200, b"", "gzip"))
        self.assertGreater(int(answer["Content-Length"]), 100)
        for method in ("POST", "PUT", "DELETE"):
            answer = self.get(path, method)
            self.assertEqual((answer.status, answer["Allow"]), (405, "GET, HEAD"))

    def test_paths_cannot_leave_the_folder(self):
        version = self.static(".")
        for path in (
            "../__init__.py", "%2e%2e/__init__.py", "..%2f__init__.py", "%2e%2e%2f%2e%2e%2fpaster.ini", "/etc/passwd",
            "%2fetc%2fpasswd", "scripts/room.js%00", "%00", ".", "", "no.js", "..%5c__init__.py", "__init__.py", "%ff",
            "v-000000000000/v-000000000000/scripts/room.js", "scripts", "scripts/", "scripts/../css/plain.css",
            "scripts%2f..%2fcss%2fplain.css", "scripts/types.d.ts", "scripts/lib/dom.js",
            "scripts/LICENSES.txt", "scripts/sources.sha256", "bundle/room.js",
        ):  # fmt: skip
            for begin in ("/static/", version):
                with self.subTest(begin + path):
                    answer = self.get(begin + path)
                    self.assertIn(answer.status, (400, 404))
                    self.assertNotIn(b"import ", answer.body)

    def test_the_service_worker_has_the_root_scope_and_is_revalidated(self):
        answer = self.get("/sw.js", Accept_Encoding="gzip")
        self.assertEqual((answer.status, answer["Content-Type"]), (200, "text/javascript; charset=UTF-8"))
        self.assertEqual((answer["Cache-Control"], answer["Content-Encoding"]), ("no-cache", "gzip"))
        self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; connect-src 'self'")
        self.assertEqual(self.get("/sw.js", If_None_Match=answer["ETag"], Accept_Encoding="gzip").status, 304)

    def test_there_is_a_default_icon(self):
        """Browsers request it with data as well, and would log its absence."""
        answer = self.get("/favicon.ico")
        self.assertEqual((answer.status, answer["Content-Type"]), (200, "image/png"))
        self.assertEqual(answer["Cache-Control"], "no-cache")
        self.assertEqual(size(answer.body), (192, 192))

    def test_a_first_visit_is_small(self):
        """The compressed page, its scripts, and all files that the heaviest theme could load."""
        ada, room = self.open_room()
        _, links = self.links(room, "pirate", ada)
        start, bundle, on_demand = (self.static(f"scripts/{name}.js") for name in ("start", "room", ON_DEVICE))
        scripts = [path for kind, path in links if kind in ("script", "modulepreload")]
        self.assertEqual(scripts, [start, bundle])
        self.assertEqual(self.loaded_by(scripts), {start, bundle, on_demand})
        self.assertEqual(self.loaded_by([on_demand]), {on_demand})
        self.assertLess(self.sent([on_demand]), DEVICE_SCRIPT)
        sent = self.sent(scripts)
        self.assertLess(sent, SCRIPTS)
        sheets = next(path for kind, path in links if kind == "stylesheet")
        folder = os.path.join(TOP, "theme", "pirate")
        files = [urllib.parse.urljoin(sheets, name) for name in os.listdir(folder) if name.endswith((".css", ".svg"))]
        self.assertLess(sent + self.sent(files) + len(ada.get(room).body), FIRST_VISIT)

    def sent(self, paths):
        """Return the number of compressed bytes of these files."""
        return sum(len(self.get(path, Accept_Encoding="gzip").body) for path in paths)

    def loaded_by(self, scripts):
        """Return the URLs of these scripts, and of all scripts that they can load."""
        found, left = set(), list(scripts)
        while left:
            path = left.pop()
            if path not in found:
                found.add(path)
                left += [urllib.parse.urljoin(path, name) for name in IMPORT.findall(self.get(path).body.decode())]
        return found


class FolderTest(TestCase):
    """A test case with files in a temporary folder."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("before")

    def write(self, text):
        with open(os.path.join(self.folder, "a.css"), "w") as file:
            file.write(text)

    def find(self, name):
        return os.path.join(self.folder, name) if name == "a.css" else None


class BelowTest(TestCase):
    """The files in a folder that pages may load."""

    def setUp(self):
        top = os.path.realpath(tempfile.mkdtemp(prefix="piratechat-"))
        self.addCleanup(shutil.rmtree, top)
        self.folder = os.path.join(top, "files")
        for path in ("files/a.css", "files/deep/down/b.js", "files/deep/notes.txt", "files2/c.css", "secret.css"):
            os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
            open(os.path.join(top, path), "w").close()
        os.symlink(os.path.join(top, "secret.css"), os.path.join(self.folder, "link.css"))
        os.symlink(os.path.join(top, "files2"), os.path.join(self.folder, "more"))

    def test_files_in_it_and_below(self):
        self.assertEqual(sorted(names_below(self.folder)), ["a.css", "deep/down/b.js"])
        self.assertEqual(file_below(self.folder, "deep/down/b.js"), os.path.join(self.folder, "deep", "down", "b.js"))

    def test_dots_and_links_cannot_leave_it(self):
        for path in (
            "", ".", "..", "/", "deep", "deep/", "deep/notes.txt", "no.css", "a.css\0", "\0", "../secret.css",
            "deep/../../secret.css", "../files2/c.css", os.path.join(self.folder, "..", "secret.css"), "/etc/passwd",
            "link.css", "more/c.css", "a" * 5000 + ".css",
        ):  # fmt: skip
            with self.subTest(path):
                self.assertIsNone(file_below(self.folder, path))


class BundleTest(TestCase):
    """Our own files, in a copy of their folder."""

    def setUp(self):
        top = os.path.realpath(self.enterContext(tempfile.TemporaryDirectory(prefix="piratechat-")))
        self.folder = shutil.copytree(FOLDER, os.path.join(top, "static"))
        self.script = os.path.join(top, "sockjs.js")
        Path(self.script).touch()

    def files(self, **options):
        return static_files(self.script, folder=self.folder, **options)

    def text(self, files, path):
        answer = files.response(path, Request.blank("/"))
        return answer and answer.text

    def test_scripts_are_bundled(self):
        files = self.files()
        bundled = Path(self.folder, "bundle", "room.js").read_text()
        self.assertEqual(self.text(files, f"{files.version}scripts/room.js"), bundled)
        for path in ("scripts/room_page.js", "scripts/lib/dom.js", "bundle/room.js"):
            self.assertIsNone(self.text(files, files.version + path), path)

    def test_scripts_are_modules_in_development(self):
        shutil.rmtree(os.path.join(self.folder, "bundle"))
        files = self.files(edited=True)
        for path in ("scripts/room.js", "scripts/lib/dom.js"):
            self.assertEqual(self.text(files, path), Path(self.folder, path).read_text())
        Path(self.folder, "scripts", "room.js").write_text("edited")
        self.assertEqual(self.text(files, "scripts/room.js"), "edited")
        self.assertIsNone(self.text(files, "bundle/room.js"))

    def test_a_missing_bundle_is_an_error(self):
        shutil.rmtree(os.path.join(self.folder, "bundle"))
        with self.assertRaisesRegex(ConfigurationError, "There are no scripts in .*: 'make build' makes them"):
            self.files()

    def test_an_outdated_bundle_is_an_error(self):
        scripts = Path(self.folder, "scripts")
        for change in (
            lambda: (scripts / "room.js").write_text("edited"),
            (scripts / "lib" / "new.js").touch,
            (scripts / "lib" / "dom.js").unlink,
        ):
            shutil.rmtree(self.folder)
            shutil.copytree(FOLDER, self.folder)
            self.files()
            change()
            with self.assertRaisesRegex(ConfigurationError, "'make build' makes them again"):
                self.files()


class EditingTest(FolderTest):
    """In development mode, files are read for each request."""

    def test_edited_files_are_served_only_in_development(self):
        for fresh, shown in ((True, "after"), (False, "before")):
            self.write("before")
            files = Folder(["a.css"], self.find, fresh=fresh)
            self.write("after")
            answer = files.response(files.version + "a.css", Request.blank("/"))
            self.assertEqual(answer.text, shown)
            self.assertEqual(answer.headers["Cache-Control"] == "no-cache", fresh)

    def test_a_version_depends_on_names_and_contents(self):
        before = Folder(["a.css"], self.find).version
        self.assertEqual(Folder(["a.css"], self.find).version, before)
        self.write("after")
        self.assertNotEqual(Folder(["a.css"], self.find).version, before)


class VersionsTest(FolderTest):
    """Versions of files, as pages request them during an update: of this process, an older one, and another one."""

    def setUp(self):
        super().setUp()
        self.stored = os.path.join(self.folder, "stored")
        self.versions = Versions(self.stored)

    def files(self, text, versions=None):
        """Return the files served after a start with `text` in them."""
        self.write(text)
        return Folder(["a.css"], self.find, versions=versions or self.versions)

    def text(self, files, version):
        """Return the content of a version, or None if it is not found."""
        answer = files.response(f"{version}a.css", Request.blank("/"))
        if answer is not None:
            self.assertIn("immutable", answer.headers["Cache-Control"])
        return answer and answer.text

    def age(self, version, seconds):
        path = os.path.join(self.stored, version)
        when = time.time() - seconds
        os.utime(path, (when, when))

    def test_older_files_are_served(self):
        old = self.files("old")
        new = self.files("new")
        self.assertEqual((self.text(new, old.version), self.text(new, new.version)), ("old", "new"))

    def test_files_of_other_processes_are_served(self):
        old = self.files("old")
        self.assertIsNone(self.text(old, "v-000000000000/"))
        new = self.files("new")
        self.assertEqual(self.text(old, new.version), "new")

    def test_the_last_two_are_stored(self):
        first, second = self.files("1"), self.files("2")
        self.age(first.version, 20)
        self.age(second.version, 10)
        third = self.files("3")
        self.assertEqual({f"{name}/" for name in os.listdir(self.stored)}, {second.version, third.version})
        self.assertEqual([self.text(third, one.version) for one in (first, second, third)], [None, "2", "3"])

    def test_returning_to_an_older_version_makes_it_the_newest(self):
        first, second = self.files("1"), self.files("2")
        self.age(first.version, 20)
        self.age(second.version, 10)
        self.files("1")
        third = self.files("3")
        self.assertEqual({f"{name}/" for name in os.listdir(self.stored)}, {first.version, third.version})

    def test_changed_stored_files_are_not_served(self):
        old = self.files("old")
        new = self.files("new")
        with open(os.path.join(self.stored, old.version, "a.css"), "w") as file:
            file.write("")  # a crash of the machine before it was on disk
        self.assertIsNone(self.text(new, old.version))
        with open(os.path.join(self.stored, old.version, "a.css"), "w") as file:
            file.write("old")
        self.assertEqual(self.text(new, old.version), "old")

    def test_incompletely_stored_versions_are_not_served(self):
        with mock.patch("os.rename", side_effect=OSError("No space left on device")), self.assertLogs(level="WARNING"):
            old = self.files("old")
        self.assertEqual(os.listdir(self.stored), [])
        self.assertIsNone(self.text(self.files("new"), old.version))
        self.assertEqual(self.text(old, old.version), "old", "files of its own version are served")

    def test_leftovers_of_a_process_that_was_killed_are_deleted(self):
        os.mkdir(self.stored)
        killed, writing = (tempfile.mkdtemp(prefix="new-", dir=self.stored) for _ in range(2))
        with open(os.path.join(killed, "a.css"), "w") as file:
            file.write("half")
        os.mkdir(os.path.join(self.stored, "new-ideas"))  # files of others
        self.age("new-ideas", 4000)
        self.age(killed, 4000)
        files = self.files("text")
        left = {files.version.rstrip("/"), os.path.basename(writing), "new-ideas"}
        self.assertEqual(set(os.listdir(self.stored)), left)

    def test_a_folder_that_cannot_be_written_to_is_logged(self):
        self.write("new")
        with self.assertLogs("piratechat.http.asset_versions", "WARNING") as logged:
            files = self.files("new", Versions(os.path.join(self.folder, "a.css", "no folder")))
        self.assertIn("pages must be reloaded after an update", logged.output[0])
        self.assertEqual(self.text(files, files.version), "new")
        self.assertIsNone(self.text(files, "v-000000000000/"))

    def test_nothing_else_below_the_folder_is_served(self):
        files = self.files("new")
        with open(os.path.join(self.stored, "secret"), "w") as file:
            file.write("secret")
        for path in (
            "v-e3b0c44298fc/a.css",
            f"{files.version}../secret",
            "v-000000000000/../secret",
            "../stored/secret",
        ):
            self.assertIsNone(files.response(path, Request.blank("/")), path)


class InstallingTest(FilesTest):
    def test_every_theme_has_the_manifest_and_icons(self):
        for theme in THEMES:
            with self.subTest(theme):
                page, links = self.links(theme=theme)
                kinds = [kind for kind, _ in links]
                for kind in ("manifest", "apple-touch-icon", "icon"):
                    self.assertEqual(kinds.count(kind), 1, kind)
                self.assertTrue(dict(links)["icon"].startswith(f"/theme/{theme}/"), "the theme's own")
                colours = page.xpath("//meta[@name='theme-color']/@media")
                self.assertEqual(len(colours), len(set(colours)), "one for each light")
                for kind, path in links:
                    self.assertEqual(self.get(path).status, 200, f"{kind} {path}")

    def test_the_manifest(self):
        path = dict(self.links()[1])["manifest"]
        self.assertEqual(path, "/manifest.webmanifest", "its URLs are relative to the manifest")
        answer = self.get(path)
        self.assertEqual(answer["Content-Type"], "application/manifest+json; charset=UTF-8")
        manifest = json.loads(answer.body)
        self.assertEqual((manifest["start_url"], manifest["scope"]), (".", "."))
        self.assertNotIn("id", manifest, "an id would be the same for all chats of a host")
        self.assertEqual(manifest["display"], "standalone")
        sizes = {}
        for icon in manifest["icons"]:
            picture = self.get(urllib.parse.urljoin(path, icon["src"]))
            self.assertEqual((picture.status, picture["Content-Type"].partition(";")[0]), (200, icon["type"]))
            sizes.setdefault(icon.get("purpose", "any"), set()).add(icon["sizes"])
            if icon["type"] == "image/png":
                self.assertEqual(icon["sizes"], "{}x{}".format(*size(picture.body)))
        self.assertEqual(sizes, {"any": {"any", "192x192", "512x512"}, "maskable": {"512x512"}})


def size(png):
    """Return width and height of a PNG in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


class IconsTest(TestCase):
    def test_icons_match_the_drawing(self):
        if shutil.which("chromium") is None:
            self.skipTest(BROWSER.MISSING)
        with tempfile.TemporaryDirectory() as folder:
            name = "apple-touch-icon.png"
            subprocess.run([os.path.join(TOP, "tools", "icons"), folder, name], check=True, timeout=300)
            made, kept = (open(os.path.join(where, name), "rb").read() for where in (folder, ICONS))
        self.assertEqual((size(made), size(kept)), ((180, 180), (180, 180)))
        # Another version of Chromium may draw edges differently, and compress differently.
        self.assertLess(abs(len(made) - len(kept)), len(kept) / 10)
