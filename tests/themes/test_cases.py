"""Each folder of cases/ has a page before and after a theme is applied: see docs/themes.md."""

import difflib
import os
from unittest import TestCase

from lxml import html
from webob import Request, Response

from piratechat.themes.middleware import theme
from tests.support.shape import lines

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")


def read(*path):
    """Return the content of a file, or None if there is none."""
    if not os.path.isfile(os.path.join(*path)):
        return None
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def themed(case):
    """Return the page of a case after its theme has been applied."""
    named = read(case, "theme")
    folder = os.path.join(case, named.strip()) if named else case
    content = Response(read(case, "content.html"), content_type="text/html", charset="UTF-8")
    application = theme(content, {}, rules=os.path.normpath(os.path.join(folder, "rules.xml")), debug="true")
    return Request.blank("/").get_response(application).text


def shape(page):
    # lxml rejects strings with an encoding declaration, and pages declare UTF-8.
    return lines(html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8")))


class Cases(TestCase):
    maxDiff = None

    def test_themed_pages_are_as_expected(self):
        names = sorted(name for name in os.listdir(CASES) if os.path.isdir(os.path.join(CASES, name)))
        self.assertTrue(names)
        for name in names:
            with self.subTest(name):
                case = os.path.join(CASES, name)
                page, expected = themed(case), read(case, "output.html")
                self.assertIsNotNone(expected, f"{name}/output.html is missing. The output is:\n{page}")
                difference = difflib.unified_diff(
                    shape(expected), shape(page), f"{name}/output.html", "output", lineterm=""
                )
                self.assertFalse("\n".join(difference), f"The output is:\n{page}")

    def test_every_theme_has_a_case(self):
        themes = os.path.join(CASES, *[os.pardir] * 3, "theme")
        named = {os.path.basename((read(CASES, name, "theme") or "").strip()) for name in os.listdir(CASES)}
        self.assertLessEqual(set(os.listdir(themes)), named)
