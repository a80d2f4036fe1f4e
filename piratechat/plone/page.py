"""A page of a Plone site as the template of a theme: its header, navigation and footer, and nothing that acts.

Of the page, elements and attributes in the lists below remain.  Links and files become absolute; files of other hosts
go.  The page has one element with the id PLACE, which makes way for the chat's own.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from lxml.builder import E

from piratechat.cooperative import yielding


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: The id of the element that the chat takes the place of.
PLACE = "piratechat"
#: Maximum bytes and elements of a page: compiling a theme takes time for each of them.
MAX_PAGE_SIZE, MAX_ELEMENTS = 512 * 1024, 3_000
#: The classes of the elements around the chat, of the parts of the site's page, and of those that follow the chat.
AROUND, OF_SITE, AFTER = "around-chat", "of-site", "after-chat"

#: Elements that go with everything in them: they act, need a script, or are of no use without one.
REMOVED = _words(
    "applet audio base button dialog embed fieldset form frame frameset iframe input link math meta noscript object "
    "script select slot style template textarea title video"
)
#: Elements that remain; of others, the content does.
KEPT = _words(
    "a abbr address article aside b bdi bdo blockquote body br cite code dd del details dfn div dl dt em figcaption "
    "figure footer h1 h2 h3 h4 h5 h6 head header hr html i img ins kbd li mark nav ol p picture pre q s samp section "
    "small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr "
    "svg path g circle rect line polyline polygon ellipse"
)
KEPT_ATTRIBUTES = _words(
    "class id title lang dir role alt href src aria-label aria-hidden aria-current width height hidden colspan rowspan "
    "scope datetime data-bs-theme "
    "viewbox fill stroke d cx cy r x y x1 x2 y1 y2 rx ry points transform fill-rule clip-rule stroke-width "
    "stroke-linecap stroke-linejoin"
)
#: Links of the head that remain, and what they become; of several icons, the first does.
FILE_LINKS = {"stylesheet": "stylesheet", "icon": "icon", "shortcut icon": "icon"}
_LINK_ATTRIBUTES = ("rel", "type", "media", "sizes")
_LINKED = ("http", "https", "mailto", "tel")
#: Ids that style sheets of Plone know.  Any other might be one that the chat's scripts look for.
_IDS = re.compile(r"(?:portal|plone|content|main|site)-?[\w-]*|header|footer|navbar|hero|[\w-]+-(?:wrapper|container)")

#: The text that Plone shows in place of a part of a page that it could not render, which may be a matter of a moment.
_FAILED_PART = re.compile(r"error while rendering (?:viewlet-manager )?[\w.-]+(?:\n|$)")


class PageRefused(Exception):
    """The page cannot be a template; the text says why."""


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, as a Content-Security-Policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def template_of(page: bytes, site: str, internal: str, sheet_at: Callable[[str], str] = str) -> bytes:
    """Return the template in a page of the site at the URL `site`, which this server reaches as `internal`.

    `sheet_at` returns where the style sheet at a URL of the site is to be loaded from.  Raises PageRefused.
    """
    if len(page) > MAX_PAGE_SIZE:
        raise PageRefused(f"it has more than {MAX_PAGE_SIZE:,} bytes")
    root = _parsed(page)
    place = _place_in(root)
    addresses = _Addresses(site.rstrip("/"), internal.rstrip("/"))
    head = _head(root, addresses, sheet_at)
    _clean(root, addresses, place)
    _remove_failed_parts(root)
    if root.find("body") not in place.iterancestors():
        raise PageRefused(f"the element with the id {PLACE} is in one that does not remain")
    _make_way(root, place)
    for old in root.findall("head"):
        root.remove(old)
    root.insert(0, head)
    made: bytes = etree.tostring(root, method="html", encoding="utf-8", doctype="<!DOCTYPE html>")
    return made


def _parsed(page: bytes) -> Any:
    try:
        text = page.decode()
    except UnicodeDecodeError:
        raise PageRefused("it is not UTF-8") from None
    if "\0" in text:
        raise PageRefused("it has NUL characters")
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(page, parser=parser)
    except (etree.LxmlError, ValueError):
        raise PageRefused("it is not HTML") from None
    if root.tag != "html" or len(root.findall("body")) != 1:
        raise PageRefused("it has no body")
    if sum(1 for _element in root.iter()) > MAX_ELEMENTS:
        raise PageRefused(f"it has more than {MAX_ELEMENTS:,} elements")
    return root


def _place_in(root: Any) -> Any:
    found = root.xpath("/html/body//*[@id=$place]", place=PLACE)
    if len(found) != 1:
        raise PageRefused(f"it has {len(found)} elements with the id {PLACE}, and must have one: is it @@chat-shell?")
    return found[0]


class _Addresses:
    """Which addresses of the page remain."""

    def __init__(self, site: str, internal: str) -> None:
        self._site = site
        self._internal = internal
        self._origin = origin_of(site)

    def link(self, href: str) -> str | None:
        """Return what a link leads to, None if it is not one that may remain."""
        if href.strip().startswith("#"):
            return None  # it is about the page itself, which is another one in the chat
        url = self._absolute(href)
        return url if url is not None and urlsplit(url).scheme in _LINKED else None

    def file(self, href: str) -> str | None:
        """Return the address of a file of the site, None for any other."""
        url = self._absolute(href)
        return url if url is not None and origin_of(url) == self._origin else None

    def _absolute(self, href: str) -> str | None:
        try:
            url = urljoin(f"{self._site}/", re.sub(r"[\t\r\n]", "", href.strip()))
            if url == self._internal or url.startswith(f"{self._internal}/"):
                url = self._site + url[len(self._internal) :]
            urlsplit(url)
        except ValueError:
            return None
        return url if url.isprintable() and "\\" not in url else None


def _head(root: Any, addresses: _Addresses, sheet_at: Callable[[str], str]) -> Any:
    """Return the head of the template: of the page's own, the files that it is displayed with."""
    head = E.head(
        E.meta(charset="utf-8"),
        E.title("Plone"),
        E.meta(name="viewport", content="width=device-width, initial-scale=1"),
    )
    has_icon = False
    for link in root.xpath("//link[@rel][@href]"):
        rel = FILE_LINKS.get(" ".join(link.get("rel").lower().split()), "")
        url = addresses.file(link.get("href"))
        if rel and url is not None and not (rel == "icon" and has_icon):
            has_icon = has_icon or rel == "icon"
            kept = {name: link.get(name) for name in _LINK_ATTRIBUTES if link.get(name)}
            head.append(E.link({**kept, "rel": rel, "href": sheet_at(url) if rel == "stylesheet" else url}))
    if not has_icon:
        head.append(E.link(rel="icon", href="icon.svg", type="image/svg+xml"))
    head.append(E.link({"rel": "stylesheet", "href": "style.css", "class": "own"}))
    return head


def _clean(root: Any, addresses: _Addresses, place: Any) -> None:
    for element in yielding(list(root.iter(etree.Element))):
        if element.tag in REMOVED:
            element.drop_tree()
        elif element.tag not in KEPT and element is not place and element.tag != "main":
            element.drop_tag()
        else:
            _clean_attributes(element, addresses)


def _clean_attributes(element: Any, addresses: _Addresses) -> None:
    for name, value in list(element.attrib.items()):
        if name not in KEPT_ATTRIBUTES:
            del element.attrib[name]
        elif name in ("href", "src"):
            url = addresses.link(value) if element.tag == "a" else addresses.file(value)
            if url is None:
                del element.attrib[name]
            else:
                element.set(name, url)
        elif name == "id" and not _IDS.fullmatch(value) and value != PLACE:
            del element.attrib[name]


def _remove_failed_parts(root: Any) -> None:
    for element in yielding(list(root.iter(etree.Element))):
        for name in ("text", "tail"):
            text = getattr(element, name)
            if text and "error while rendering" in text:
                setattr(element, name, _FAILED_PART.sub("", text))


def _make_way(root: Any, place: Any) -> None:
    """Replace `place` by the elements that the rules fill.

    Mark the elements around it, and the parts of the site's page.  Siblings of `place` within the site's own main part
    are removed, and so are parts that show nothing.
    """
    body = root.find("body")
    around = [element for element in place.iterancestors() if element.tag not in ("html", "body")]
    mains = [element for element in around if element.tag == "main" or element.get("role") == "main"]
    within_main = set(around[: around.index(mains[-1]) + 1]) if mains else set()
    inner, spoken = place, _spoken(root, body)
    for outer in (*around, body):
        for child in list(outer):
            if child is not inner and (outer in within_main or not _shows(child)):
                child.drop_tree()
        if outer in within_main:
            outer.text = inner.tail = None
        at = outer.index(inner)
        for part in (*outer[:at], *outer[at + 1 :]):
            part.attrib.update({**spoken, **part.attrib})
            part.classes.update((OF_SITE, AFTER) if outer.index(part) > at else (OF_SITE,))
        inner = outer
    for element in around:
        element.classes.add(AROUND)
        element.attrib.pop("role", None)
    for other in list(root.iter("main")):
        other.tag = "div"  # a page has one
    named = {"aria-label": "piratechat"}
    for made in (E.nav(named, id="chat-head"), E.main(), E.section(named, id="chat-foot")):
        place.addprevious(made)
    place.drop_tree()


def _spoken(root: Any, body: Any) -> dict[str, str]:
    """Return the attributes for the language of the site, which the chat's pages need not have, and take them away."""
    found = {
        name: element.attrib.pop(name) for element in (root, body) for name in ("lang", "dir") if name in element.attrib
    }
    return {name: value for name, value in found.items() if value}


def _shows(part: Any) -> bool:
    return bool(part.text_content().strip()) or part.find(".//img") is not None or part.find(".//svg") is not None
