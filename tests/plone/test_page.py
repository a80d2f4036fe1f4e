"""A page of the site as the template of a theme: preserved parts, and rejected pages."""

import re
import unittest
from pathlib import Path

from lxml import html

from piratechat.plone.page import MAX_ELEMENTS, MAX_PAGE_SIZE, PageRefused, template_of
from tests.support.paths import TOP

SITE = "https://www.example.org/school"
INTERNAL = "http://127.0.0.1:8083/site"

PAGE = """<!DOCTYPE html>
<html lang="de" dir="ltr">
  <head>
    <title>School</title>
    <link rel="stylesheet" href="https://www.example.org/school/theme.css" media="all" integrity="sha384-x">
    <link rel="icon" href="/favicon.ico">
    <link rel="canonical" href="https://www.example.org/school">
    {head}
  </head>
  <body class="frontend" onload="alert(1)">
    <div class="outer">
      <header id="content-header"><a id="portal-logo" href="/school"><img src="/logo.svg" alt="School"></a></header>
      <nav><ul><li><a href="news">Größe</a></li></ul></nav>
      <div class="empty"> <p></p> </div>
      <main id="main-container"><h1>Shell</h1>before
        <article id="content"><div id="piratechat"></div>after</article></main>
    </div>
    {body}
    <footer id="portal-footer-wrapper">Imprint</footer>
  </body>
</html>"""


def page(body="", head=""):
    return PAGE.format(body=body, head=head).encode()


def template(body="", head=""):
    made = template_of(page(body, head), SITE, INTERNAL)
    return html.document_fromstring(made, parser=html.HTMLParser(encoding="utf-8"))


class Template(unittest.TestCase):
    def test_header_navigation_and_footer_are_preserved(self):
        made = template()
        text = " ".join(made.text_content().split())
        self.assertEqual(text, "Plone Größe Imprint")
        around = made.xpath("//main/ancestor::*[contains(@class, 'around-chat')]")
        self.assertEqual([one.tag for one in around], ["div", "div", "article"], "the page has one main")
        self.assertEqual([one.tag for one in made.find_class("of-site")], ["header", "nav", "footer"])
        self.assertEqual([one.tag for one in made.find_class("after-chat")], ["footer"])
        for selector in ("chat-head", "chat-foot"):
            self.assertEqual(len(made.xpath("//*[@id=$id]", id=selector)), 1)
        self.assertEqual(len(made.xpath("//main")), 1)

    def test_parts_that_plone_could_not_render_are_removed(self):
        failed = "error while rendering plone.path_bar\n", "error while rendering viewlet-manager plone.portalfooter\n"
        made = template(f"{failed[0]}<p>We saw an error while rendering a boat.</p>{failed[1]}")
        text = " ".join(made.text_content().split())
        self.assertEqual(text, "Plone Größe We saw an error while rendering a boat. Imprint")

    def test_the_language_is_that_of_the_sites_own_parts(self):
        made = template()
        self.assertFalse({"lang", "dir"} & set(made.attrib))
        self.assertEqual({one.get("lang") for one in made.find_class("of-site")}, {"de"})

    def test_links_and_files_are_absolute(self):
        made = template('<p><a href="http://127.0.0.1:8083/site/news">n</a><a href="mailto:a@example.org">m</a></p>')
        found = [link.get("href") for link in made.xpath("//body//a")]
        self.assertEqual(
            found,
            ["https://www.example.org/school", f"{SITE}/news", f"{SITE}/news", "mailto:a@example.org"],
        )
        self.assertEqual(made.xpath("//img/@src"), ["https://www.example.org/logo.svg"])

    def test_the_themes_own_sheet_comes_after_those_of_the_site(self):
        self.assertEqual(
            [(link.get("rel"), link.get("href")) for link in template().xpath("/html/head/link")],
            [
                ("stylesheet", f"{SITE}/theme.css"),
                ("icon", "https://www.example.org/favicon.ico"),
                ("stylesheet", "style.css"),
            ],
        )

    def test_the_template_has_one_icon(self):
        more = '<link rel="shortcut icon" href="/other.ico"><link rel="apple-touch-icon" href="/touch.png">'
        icons = template(head=more).xpath("//link[contains(@rel, 'icon')]/@href")
        self.assertEqual(icons, ["https://www.example.org/favicon.ico"])
        made = template_of(page().replace(b'rel="icon"', b'rel="x"'), SITE, INTERNAL).decode()
        self.assertEqual(made.count('rel="icon"'), 1)
        self.assertIn('href="icon.svg"', made)

    def test_active_content_is_removed(self):
        made = template(
            """<div><script>alert(1)</script><style>body{display:none}</style><iframe src="/x"></iframe>
            <form action="/x"><input name="a"><button>go</button></form><svg><script>alert(1)</script>
            <a xlink:href="javascript:alert(1)"></a><foreignObject><iframe></iframe></foreignObject><path/></svg>
            <p style="position:fixed" onclick="alert(1)" id="log" data-room="x" is="x">text</p><object></object>
            <math><mtext><script>alert(1)</script></mtext></math><noscript><p></noscript>
            <x-unknown onclick="alert(1)">kept</x-unknown><!-- <script> --><a href="#top">up</a></div>""",
            '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=//evil.example">',
        )
        tags = {one.tag for one in made.iter()}
        self.assertFalse(
            tags & {"script", "style", "iframe", "form", "input", "button", "object", "base", "math", "noscript"}
        )
        names = {name for one in made.iter() for name in one.attrib}
        self.assertFalse(
            {name for name in names if name.startswith("on")} | names & {"style", "is", "http-equiv", "data-room"}
        )
        self.assertFalse(made.xpath("//*[@id='log']"), "the chat's scripts look for ids of its own")
        self.assertNotIn("javascript", html.tostring(made).decode())
        self.assertIn("text", made.text_content())
        self.assertIn("kept", made.text_content())
        self.assertFalse(made.xpath("//a[text()='up']/@href"))

    def test_unsafe_urls_are_removed(self):
        for href in (
            "javascript:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x",
            "file:///etc/passwd", "http://[", "https://www.example.org\\@evil.example/", "blob:x",
        ):  # fmt: skip
            with self.subTest(href):
                self.assertEqual(
                    template(f'<p><a class="x" href="{href}">x</a></p>').xpath("//a[@class='x']/@href"), []
                )
        for src in (
            "https://evil.example/x.png", "//evil.example/x.png", "data:image/png,x", "http://www.example.org/x.png",
            "https://www.example.org.evil.example/", "https://www.example.org@evil.example/", "https://www.example.org:444/",
        ):  # fmt: skip
            with self.subTest(src):
                made = template(f'<p><img class="x" src="{src}"></p>', f'<link rel="stylesheet" href="{src}">')
                self.assertNotIn("evil", html.tostring(made).decode())
                self.assertEqual(made.xpath("//img[@class='x']/@src"), [])
                self.assertEqual(len(made.xpath("//link")), 3)

    def test_rejected_pages(self):
        place = '<div id="piratechat"></div>'
        in_form = page().replace(place.encode(), f"<form>{place}</form>".encode())
        without = page().replace(b"piratechat", b"chat")
        for wrong, reason in (
            (b"", "not HTML"), (b"hello", "elements with the id"), (without, "0 elements"),
            (page(place), "2 elements"), (in_form, "remain"), (page("\0"), "NUL"),
            (page().decode().encode("utf-16"), "UTF-8"),
            (page("x" * MAX_PAGE_SIZE), "bytes"), (page("<p></p>" * MAX_ELEMENTS), "elements"),
            (b'<html><frameset><frame id="piratechat"></frameset></html>', ""),
        ):  # fmt: skip
            with self.subTest(reason), self.assertRaises(PageRefused) as refused:
                template_of(wrong, SITE, INTERNAL)
            self.assertIn(reason, str(refused.exception))

    def test_deep_and_broken_pages_are_limited(self):
        for body in ("<div>" * 2_000, "</div>" * 2_000, "<p <p <p", "<table><tr><main>", "<svg>" * 500, "{{{$x}}}"):
            with self.subTest(body[:20]):
                try:
                    self.assertEqual(len(template(body).xpath("//main")), 1)
                except PageRefused:
                    continue

    def test_ids_do_not_collide(self):
        ids = set()
        for path in Path(TOP, "piratechat", "templates").glob("*.pt"):
            ids |= set(re.findall(r'\bid="([a-z-]+)"', path.read_text(encoding="utf-8")))
        self.assertIn("log", ids)
        made = template("".join(f'<p id="{one}">x</p>' for one in sorted(ids)))
        self.assertFalse(ids & set(made.xpath("//@id")))
