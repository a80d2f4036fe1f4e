"""Build the documentation as a site in artifacts/site; "make docs" runs this.

The pages have the same relative paths as the documents in the repository, so that links work in both.  A broken
link or anchor is an error.
"""

import logging
import os
import re
import shutil
import sys

from mkdocs.commands.build import build
from mkdocs.config import load_config

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.join(TOP, "artifacts", "site-source")
SITE = os.path.join(TOP, "artifacts", "site")
LINK = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")
#: The index with the documents of the menu by kind, and the home page.
INDEX = os.path.join("docs", "README.md")
FIRST = "README.md"


def slug(heading: str, separator: str) -> str:
    """Return the anchor of a heading, as GitHub and similar sites generate it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", separator)


def copied(path: str, found: set[str]) -> None:
    """Copy the document at `path`, and recursively all linked files of the repository; add them to `found`."""
    if path in found:
        return
    found.add(path)
    target = os.path.join(SOURCE, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(os.path.join(TOP, path), target)
    if path.endswith(".md"):
        with open(target, encoding="utf-8") as file:
            links = LINK.findall(file.read())
        for link in links:
            linked = os.path.normpath(os.path.join(os.path.dirname(path), link))
            if not re.match("[a-z]+:", link) and os.path.isfile(os.path.join(TOP, linked)):
                copied(linked, found)


def menu() -> list[dict[str, object]]:
    """Return the menu: the kinds of documents, and the documents of each kind, from the index."""
    with open(os.path.join(TOP, INDEX), encoding="utf-8") as file:
        text = file.read()
    entries: list[dict[str, object]] = [{"piratechat": FIRST}, {"Overview": INDEX}]
    for kind, table in re.findall(r"^## (\w+).*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        rows = re.findall(r"^\| \[([^\]]+)\]\(([^)]+\.md)\)", table, re.MULTILINE)
        pages = [{title: os.path.normpath(os.path.join("docs", link))} for title, link in rows]
        entries.append({kind: pages})
    return entries


def main() -> None:
    """Build the site, or exit with an error."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    shutil.rmtree(SOURCE, ignore_errors=True)
    copied(FIRST, set())
    config = load_config(
        config_file=os.path.join(TOP, "tools", "site.yml"), docs_dir=SOURCE, site_dir=SITE, nav=menu(), strict=True
    )
    config.mdx_configs["toc"] = {**config.mdx_configs.get("toc", {}), "slugify": slug}
    build(config)
    sys.stdout.write(f"== {os.path.relpath(SITE)}/index.html\n")


if __name__ == "__main__":
    sys.exit(main())
