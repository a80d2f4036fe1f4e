"""A theme: a folder with Diazo rules, a page, sample pages, and the files that pages load from it."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree, html

from piratechat.http.assets import file_below, names_below
from piratechat.shipped import shipped

#: The name of the file with a theme's Diazo rules.
RULES = "rules.xml"
#: The element that names the theme's page.
THEME = "{http://namespaces.plone.org/diazo}theme"


class Theme:
    """The theme with the Diazo rules in the file `rules`.

    Raises ValueError if there is no such file, or if the folder's name is not valid in a URL and a cookie.
    """

    def __init__(self, rules: str) -> None:
        if not os.path.isfile(rules):
            raise ValueError(f"there is no file {rules}. A theme is a folder with a {RULES}.")
        self._folder = os.path.realpath(os.path.dirname(rules))
        #: A URL, because for a plain path lxml may request the rules from the application itself.
        self.rules = Path(os.path.abspath(rules)).as_uri()
        #: The name of the folder.
        self.name = os.path.basename(os.path.dirname(os.path.abspath(rules)))
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]{0,39}", self.name):
            raise ValueError(f"{self.name!r} cannot be a theme's name: use letters, digits, - and _ for its folder.")
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
