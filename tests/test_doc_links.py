"""Links between documents are valid, and each document is in the index."""

import os
import re
import unittest

from tests.support.paths import TOP

#: Parts of a document without links and headings.
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
#: Folders with documents of others.
OTHERS = {"artifacts", "develop-eggs", "eggs", "node_modules", "parts", "var"}


def documents():
    """Return the paths of all documents, relative to the repository."""
    found = []
    for folder, folders, files in os.walk(TOP):
        folders[:] = [name for name in folders if name not in OTHERS and not name.startswith(".")]
        found += [os.path.relpath(os.path.join(folder, name), TOP) for name in files if name.endswith(".md")]
    return sorted(found)


def text_of(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def links_of(path):
    """Return the targets of the links in the document at `path`, without links to other sites."""
    return [link for link in LINK.findall(CODE.sub("", text_of(path))) if not re.match(r"[a-z]+:", link)]


def anchors_of(path):
    """Return the anchors of headings, as GitHub and similar sites generate them."""
    text = re.sub(r"^```.*?^```", "", text_of(path), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


class Links(unittest.TestCase):
    def test_links_lead_to_files_and_headings(self):
        checked = 0
        for path in documents():
            for link in links_of(path):
                with self.subTest(f"{path}: {link}"):
                    name, _, anchor = link.partition("#")
                    target = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
                    self.assertTrue(os.path.exists(os.path.join(TOP, target)))
                    if anchor:
                        self.assertIn(anchor, anchors_of(target))
                    checked += 1
        self.assertGreater(checked, 60)


class Index(unittest.TestCase):
    def test_the_index_has_every_guide_once(self):
        listed = [link for link in links_of("docs/README.md") if "/" not in link]
        guides = {name for name in os.listdir(os.path.join(TOP, "docs")) if name.endswith(".md")}
        self.assertEqual(sorted(listed), sorted(guides - {"README.md"}))
