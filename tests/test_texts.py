"""All texts on pages are in the catalogues, and the catalogues have no other texts."""

import ast
import re
import shutil
import subprocess
import tempfile
import unittest
from gettext import GNUTranslations
from pathlib import Path
from unittest import mock

from lxml import etree, html
from paste.deploy import loadapp, loadfilter
from webob import Request

from piratechat import texts, translation
from piratechat.interfaces import IServices
from piratechat.model.commands import Claim, Mute, Remove, Say
from tests.support.paths import CONFIG, TOP

PACKAGE = Path(TOP, "piratechat")
TOOL = [str(Path(TOP, ".venv", "bin", "python")), str(Path(TOP, "tools", "messages.py"))]
PLACEHOLDER = re.compile(r"\$\{\w+\}")
LETTERS = re.compile(r"[^\W\d_]{2,}")
#: Reasons why a text was not translated, which readers see.
REASONS = {
    found.__name__ for found in vars(translation).values() if isinstance(found, type) and issubclass(found, Exception)
} | {"Skipped"}
#: Attributes with texts.
READ = ("title", "aria-label", "placeholder", "alt")
I18N = "{http://xml.zope.org/namespaces/i18n}"
TAL = "{http://xml.zope.org/namespaces/tal}"


def catalogue(folder=PACKAGE / "locale"):
    """Return the entries of the English .po file: id, and its texts."""
    entries = {}
    with (folder / "en" / "LC_MESSAGES" / "piratechat.mo").open("rb") as file:
        for key, text in GNUTranslations(file)._catalog.items():
            name = key[0] if isinstance(key, tuple) else key
            if name:
                entries.setdefault(name, []).append(text)
    return entries


class CatalogueTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="piratechat-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def test_catalogues_have_the_ids_of_the_sources_and_no_others(self):
        shutil.copytree(PACKAGE / "locale", self.folder / "locale")
        subprocess.run([*TOOL, "extract", str(self.folder / "locale")], check=True)
        for name in ("piratechat.pot", "en/LC_MESSAGES/piratechat.po"):
            made, ours = (folder / "locale" / name for folder in (self.folder, PACKAGE))
            self.assertEqual(made.read_text(), ours.read_text(), "run 'make messages'")

    def test_every_id_has_a_text(self):
        source = (PACKAGE / "locale" / "en" / "LC_MESSAGES" / "piratechat.po").read_text()
        self.assertNotIn("#~", source, "unused texts are deleted")
        ids = set(re.findall(r'^msgid "(.+)"$', source, re.MULTILINE))
        self.assertEqual(ids, set(catalogue()), "run 'make messages', and write the texts")

    def test_plural_forms_have_the_same_placeholders(self):
        for name, forms in catalogue().items():
            with self.subTest(name):
                found = {frozenset(PLACEHOLDER.findall(form)) - {"${count}"} for form in forms}
                self.assertEqual(len(found), 1)

    def test_ids_are_symbols(self):
        for name in catalogue():
            self.assertRegex(name, r"^[a-z_]+\.[a-z0-9_]+$")

    def test_an_unknown_id_is_an_error(self):
        with self.assertRaises(LookupError):
            texts.text("error.nothing_of_that_kind")

    def test_values_may_contain_placeholders(self):
        found = texts.text("error.room_taken", name="${name} \\1 %s")
        self.assertIn("${name} \\1 %s", found)

    def test_numbers_select_plural_forms(self):
        self.assertIn("1 second.", texts.plural("error.too_fast", 1))
        self.assertIn("1,200 seconds.", texts.plural("error.too_fast", 1200))


class SourcesTest(unittest.TestCase):
    """The sources contain no texts."""

    def test_templates(self):
        for path in sorted((PACKAGE / "templates").glob("*.pt")):
            root = etree.fromstring(_with_namespaces(path.read_text()), etree.XMLParser(resolve_entities=False))
            for element in root.iter(etree.Element):
                where = f"{path.name}:{element.sourceline}"
                translated = element.get(f"{I18N}translate") is not None
                for text in (element.text, *(child.tail for child in element)):
                    if not translated and element.tag not in ("kbd", "title") and text != "piratechat":
                        self.assertIsNone(LETTERS.search(_literal(text) or ""), f"{where}: {text!r}")
                for name in READ:
                    self.assertIsNone(LETTERS.search(_literal(element.get(name)) or ""), f"{where}: {name}")

    def test_python(self):
        for path in sorted(PACKAGE.rglob("*.py")):
            # The output of commands, and the log at the server's start, are for operators.
            if {"commands", "storage", "startup_report.py"} & set(path.relative_to(PACKAGE).parts):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    first = {"CommandRejected": 1, "problem": 2}.get(node.func.id)
                    if node.func.id in REASONS:
                        first = 0
                    if first is None and re.match(r"HTTP(?!SeeOther|Unauthorized)[A-Z]|BadCSRF", node.func.id):
                        first = 0
                    for argument in node.args[first:] if first is not None else ():
                        is_text = isinstance(argument, ast.JoinedStr) or (
                            isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value
                        )
                        self.assertFalse(is_text, f"{path}:{node.lineno}: {ast.unparse(node)}")

    def test_ids_in_scripts_are_literals(self):
        """Otherwise the scripts would have no text for them."""
        for path in sorted((PACKAGE / "static" / "scripts").rglob("*.js")):
            source = path.read_text()
            if "lib/texts.js'" in source:
                found = re.findall(r"\b(?:t|plural|textParts)\((?!')[^\n]*", source)
                self.assertEqual(found, [], path.name)

    def test_scripts(self):
        literal = r"""['`]([^'`\n]*)['`]"""
        sinks = (
            rf"\.textContent = {literal}",
            rf"\b(?:title|placeholder|alt|label|'aria-label'): {literal}",
            rf"\b(?:tell|refuse|confirm|complain|unnamed|show)\([^\n]*?{literal}\)",
            rf"\b(?:append|replaceChildren|before|after)\([^\n]*?{literal}[,)]",
            rf"\belement\('\w+', \{{[^}}]*\}}, {literal}",
            rf"\bmessage: {literal}",
        )
        for path in sorted((PACKAGE / "static" / "scripts").rglob("*.js")):
            if path.name in ("catalogue.js", "service_worker.js", "short_polling.js"):
                continue
            for sink in sinks:
                for found in re.finditer(sink, path.read_text()):
                    words = re.sub(r"\$\{[^}]*\}", "", found[1])
                    shown = LETTERS.search(words) and not re.fullmatch(r"[a-z][\w-]*(\.\w+)?|#.*", words)
                    self.assertFalse(shown, f"{path.name}: {found[0]!r}")


def _with_namespaces(source):
    """Return a template with declarations of Chameleon's namespaces."""
    spaces = " ".join(f'xmlns:{name}="http://xml.zope.org/namespaces/{name}"' for name in ("tal", "metal", "i18n"))
    source = source.replace("<!DOCTYPE html>", "")
    return f"<root {spaces}>{re.sub('<!--.*?-->', '', source, flags=re.DOTALL)}</root>"


def _literal(text):
    """Return the literal text in a template, without expressions."""
    return None if text is None else re.sub(r"\$\{.*?\}(?=[^']|$)", "", text, flags=re.DOTALL)


class PseudoLanguageTest(unittest.TestCase):
    """In a language whose texts are in brackets, only names and messages are outside of brackets."""

    #: Other texts on pages.
    OTHERS = re.compile(
        "piratechat|Ada|Bo|Eve|Ahoy|Pirate|Harbour|Terminal|Plain|Plone|As written|Aye|JSON", re.IGNORECASE
    )

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="piratechat-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        locale = cls.folder / "locale"
        shutil.copytree(PACKAGE / "locale", locale)
        shutil.copytree(locale / "en", locale / "en_XA")
        path = locale / "en_XA" / "LC_MESSAGES" / "piratechat.po"
        wrapped = re.sub(
            r'^(msgstr(?:\[\d\])? )((?:"(?:[^"\\]|\\.)*"\n)+)', cls._wrapped, path.read_text(), flags=re.MULTILINE
        )
        path.write_text(wrapped)
        subprocess.run([*TOOL, "compile", str(locale)], check=True)
        patch = mock.patch.object(texts, "FOLDER", locale)
        patch.start()
        cls.addClassCleanup(patch.stop)
        cls.addClassCleanup(cls._forget)
        cls._forget()
        where = {"relative_to": CONFIG, "global_conf": {"var": str(cls.folder)}}
        chat = loadapp("config:chat.ini#chat", **where)
        cls.services = chat.registry.getUtility(IServices)
        cls.application = staticmethod(loadfilter("config:chat.ini#theme", **where)(chat))
        cls.addClassCleanup(lambda: (cls.services.committer.close(), cls.services.database.close()))

    @staticmethod
    def _wrapped(found):
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[2]))
        return found[0] if text.startswith("Language:") or "\\n" in text else f'{found[1]}"⟦{text}⟧"\n'

    @staticmethod
    def _forget():
        texts.languages.cache_clear()
        texts._catalogue.cache_clear()

    def ask(self, path, method="GET", **headers):
        headers = {"Accept-Language": "en-XA", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return Request.blank(path, method=method, headers=headers).get_response(self.application)

    def assertInBrackets(self, answer):
        page = html.fromstring(answer.text)
        self.assertEqual(page.get("lang"), "en-XA")
        body = page.find("body")
        for words in body.iter("q"):
            words.text = None  # a visitor's content, in their language
        shown = " ".join(body.itertext())
        shown += " ".join(element.get(name) for element in body.iter() for name in READ if element.get(name))
        while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", shown)) != shown:
            shown = less
        shown = self.OTHERS.sub("", re.sub(r"\b(Enter|Shift|Esc|End)\b", "", shown))
        self.assertIsNone(LETTERS.search(shown), " ".join(shown.split()))
        return page

    def test_home(self):
        self.assertInBrackets(self.ask("/"))

    def test_errors(self):
        for path, method, status in (("/nothing", "GET", 404), ("/rooms/nobody", "GET", 404), ("/", "PUT", 405)):
            answer = self.ask(path, method)
            self.assertEqual(answer.status_int, status)
            self.assertInBrackets(answer)
        self.assertInBrackets(self.ask("/offline"))

    def test_a_room_of_ones_own(self):
        home = self.ask("/")
        token = html.fromstring(home.text).xpath("string(//input[@name='csrf_token']/@value)")
        cookie = f"csrf_token={token}"
        opened = Request.blank("/", POST={"name": "Ada", "csrf_token": token}, headers={"Cookie": cookie})
        answer = opened.get_response(self.application)
        mine = "; ".join([cookie, *(each.partition(";")[0] for each in answer.headers.getall("Set-Cookie"))])
        with self.services.database.reading() as chat:
            visitor = chat.rooms["ada"].owner
        for command in (
            Say("ada", visitor, "Ahoy"),
            Claim("ada", "bo", "Bo"),
            Say("ada", "bo", "Ahoy"),
            Remove("ada", visitor, 2),
            Mute("ada", visitor, "Bo"),
            Claim("ada", "eve", "Eve"),
        ):
            self.services.committer.perform(command)
        page = self.assertInBrackets(self.ask("/rooms/ada", Cookie=mine))
        self.assertTrue(page.xpath("//*[@id='moderation-log']//li"))
        self.assertInBrackets(self.ask("/rooms/ada"))

    def test_programs_get_english(self):
        answer = self.ask("/nothing", Accept="application/json")
        self.assertIn("The link may be mistyped", answer.json["error"])
