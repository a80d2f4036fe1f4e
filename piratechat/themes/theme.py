"""A theme: a folder with Diazo rules, a page, sample pages, and the files that pages load from it."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lxml import etree, html

from piratechat.http.assets import file_below, names_below
from piratechat.shipped import shipped

#: The name of the file with a theme's Diazo rules.
RULES = "rules.xml"
#: The element that names the theme's page.
THEME = "{http://namespaces.plone.org/diazo}theme"
#: What the names of themes begin with that use the page of a Plone site instead of their own.
OF_SITE = "plone"
#: The attribute that says what relative addresses in an XML file are relative to.
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


class Theme:
    """The theme with the Diazo rules in the file `rules`.

    Raises ValueError if there is no such file, or if the folder's name is not valid in a URL and a cookie.
    """

    def __init__(self, rules: str) -> None:
        if not os.path.isfile(rules):
            raise ValueError(f"there is no file {rules}. A theme is a folder with a {RULES}.")
        self.rules_path = os.path.abspath(rules)
        self._folder = os.path.realpath(os.path.dirname(rules))
        #: A URL, because for a plain path lxml may request the rules from the application itself.
        self.rules = Path(self.rules_path).as_uri()
        #: The name of the folder.
        self.name = os.path.basename(os.path.dirname(self.rules_path))
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]{0,39}", self.name):
            raise ValueError(f"{self.name!r} cannot be a theme's name: use letters, digits, - and _ for its folder.")
        #: Whether it uses the page of the Plone site that the chat is a part of.
        self.is_of_site = self.name == OF_SITE or self.name.startswith(f"{OF_SITE}-")
        #: The label in the list of themes: the title of the theme's page.
        self.title = _title(rules) or self.name

    def file(self, path: str) -> str | None:
        """Return the path of the theme's file `path`, or None if it is not served.

        Pages and rules are not served.  Neither dots nor symbolic links lead out of the folder.
        """
        return file_below(self._folder, path)

    def names(self) -> Iterator[str]:
        """Return the paths of all files that `file` returns."""
        return names_below(self._folder)


def themes(options: Mapping[str, str]) -> list[Theme]:
    """Return the themes of a [filter:theme] section, the default first.

    `options` are `rules`, the rules of a single theme, or `themes`, names of folders in `folder` or of themes that come
    with piratechat.  Raises ValueError, naming the setting, for anything else.
    """
    if ("rules" in options) == ("themes" in options):
        raise ValueError("[filter:theme] needs one of these: themes = NAMES with folder = PATH, or rules = PATH.")
    if "rules" in options:
        return [_theme(f"rules = {options['rules']}", options["rules"])]
    names, folder = options["themes"].split(), options.get("folder", "")
    said = f"themes = {options['themes']}"
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{said}: name one theme at least, and none twice.")
    if folder and not os.path.isdir(folder):
        raise ValueError(f"folder = {folder}: there is no such folder. It is where the folders of the themes are.")
    there = {**_rules_in(shipped("theme")), **(_rules_in(folder) if folder else {})}
    for name in names:
        if name not in there:
            where = f" in {folder}" if folder else ""
            raise ValueError(f"{said}: there is no theme {name!r}{where}; there are {', '.join(sorted(there))}.")
    return [_theme(said, there[name]) for name in names]


@contextmanager
def rules_with_page(rules: str, page: bytes) -> Iterator[str]:
    """Yield the URI of a copy of the file `rules` in which `page` is the theme's page, for as long as it is needed."""
    tree = etree.parse(rules, etree.XMLParser(resolve_entities=False, no_network=True))
    with tempfile.TemporaryDirectory(prefix="piratechat-theme-") as folder:
        place = Path(folder, "theme.html")
        place.write_bytes(page)
        tree.getroot().set(_BASE, Path(rules).as_uri())
        for element in tree.iter(THEME):
            element.set("href", place.as_uri())
        made = Path(folder, RULES)
        made.write_bytes(etree.tostring(tree))
        yield made.as_uri()


def _rules_in(folder: str) -> dict[str, str]:
    """Return the rules of the themes in `folder`, by the names of the themes."""
    rules = {name: os.path.join(folder, name, RULES) for name in os.listdir(folder)}
    return {name: path for name, path in rules.items() if os.path.isfile(path)}


def _theme(said: str, rules: str) -> Theme:
    try:
        return Theme(rules)
    except ValueError as error:
        raise ValueError(f"{said}: {error}") from None


def _title(rules: str) -> str:
    """Return the title of the page in `rules`, or "".  Raises SyntaxError for invalid rules."""
    pages = etree.parse(rules, etree.XMLParser(resolve_entities=False, no_network=True)).iter(THEME)
    paths = (os.path.join(os.path.dirname(rules), page.get("href", "")) for page in pages)
    page = next(filter(os.path.isfile, paths), None)
    return " ".join((html.parse(page).findtext(".//title") or "").split()) if page else ""
