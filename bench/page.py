"""Cost of the page of a room: the server's CPU time, and the compressed size of a first visit."""

import gzip
import http.client
import re
import urllib.parse
from collections import Counter
from html.parser import HTMLParser

#: Limits: the server's time with a theme in milliseconds, and the KB of a first visit and of its scripts.
MOST_TIME, MOST_IN_ALL, MOST_OF_SCRIPTS = 10, 100, 40

MESSAGES = (
    "Hello, my friends! This is my room: where are you sailing today?",
    "Hi! The boat is ready, and my crew is having breakfast.",
    "We leave in an hour.",
    "See https://example.org/islands/tortuga?page=2&sort=name for what they say of it.",
    "Run `make serve` on the old laptop before you leave, and tell me.",
)

_OF_CSS = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
_OF_SCRIPTS = re.compile(r"""\bfrom\s*["']([./][^"']+)["']|^import\s*["']([./][^"']+)["']""", re.MULTILINE)


class Files(HTMLParser):
    """The files that a page loads."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("script", "img") and "src" in values:
            self.found.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "modulepreload", "preload", "manifest"):
            self.found.append(values["href"])


class Visit:
    """The first visit of a browser to the chat at `port`, with the theme `theme` (None: without a theme)."""

    def __init__(self, port, theme):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Accept": "text/html, */*", "Accept-Encoding": "gzip"}
        self._headers |= {"Cookie": f"piratechat-theme={theme}"} if theme else {"X-Diazo-Off": "yes"}

    def get(self, path):
        """Return the answer to a request: its media type, the body, and the compressed size of the body."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        sent = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} was answered {answer.status}")
        kind = answer.headers.get_content_type()
        if answer.headers.get("Content-Encoding") == "gzip":
            return kind, gzip.decompress(sent), len(sent)
        return kind, sent, len(gzip.compress(sent))

    def weight(self, path):
        """Return the compressed bytes that a visit to `path` loads, by their kinds, and the number of files."""
        weights, seen, waiting = Counter(), {path}, [path]
        for one in waiting:
            kind, body, size = self.get(one)
            weights[kind.partition("/")[2].partition("+")[0]] += size
            for reference in references(kind, body):
                found = urllib.parse.urljoin(one, reference).partition("#")[0]
                if not reference.startswith("data:") and found not in seen:
                    seen.add(found)
                    waiting.append(found)
        return weights, len(seen)


def references(kind, body):
    """Return the URLs of what a file of this media type loads."""
    text = body.decode(errors="replace")
    if kind == "text/html":
        return Files(text).found
    naming = {"text/css": _OF_CSS, "text/javascript": _OF_SCRIPTS}.get(kind)
    return [one or other for one, other in naming.findall(text)] if naming else []


def themes(port, path):
    """Return the names of the themes that the page at `path` offers, the first one first."""
    _kind, body, _size = Visit(port, "any").get(path)
    return re.findall(r'name="name" value="([^"]+)"', body.decode())


def measured(server, port, path, requests):
    """Yield a row for each theme of the page at `path`: its name, milliseconds, and KB."""
    for theme in [None, *themes(port, path)]:
        visit = Visit(port, theme)
        weights, files = visit.weight(path)
        cpu = server.cpu()
        for _ in range(requests):
            visit.get(path)
        milliseconds = 1000 * (server.cpu() - cpu) / requests
        kinds = {kind: size / 1000 for kind, size in weights.items()}
        yield [
            theme or "no theme",
            f"{milliseconds:.1f}",
            f"{sum(kinds.values()):.1f}",
            *(f"{kinds.get(kind, 0):.1f}" for kind in ("html", "css", "svg", "javascript")),
            str(files),
        ]
    yield ["at most", str(MOST_TIME), str(MOST_IN_ALL), "", "", "", str(MOST_OF_SCRIPTS), ""]


HEAD = ["room of 50 messages", "server CPU ms", "KB in all, gzip", "HTML", "CSS", "SVG", "scripts", "files"]
