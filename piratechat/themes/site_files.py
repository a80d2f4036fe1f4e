"""Files that themes have from the page of a Plone site."""

from collections.abc import Callable

from webob import Request, Response

from piratechat.http.assets import Sent

#: Maximum number of files in memory.
MAX_FILES = 24


class SiteFiles:
    """The files that `content` returns by name; the content of a name never changes."""

    def __init__(self, content: Callable[[str], bytes | None]) -> None:
        self._content = content
        self._sent: dict[str, Sent] = {}

    def response(self, path: str, request: Request) -> Response | None:
        """Return the response for the last part of `path`, None if there is no such file."""
        name = path.rpartition("/")[2]
        sent = self._sent.get(name) or self._load(name)
        if sent is None or request.method not in ("GET", "HEAD"):
            return None
        request.environ.pop("HTTP_RANGE", None)  # files are small, and WebOb fails on some invalid ranges
        return sent.response(request, lasts=True)

    def _load(self, name: str) -> Sent | None:
        content = self._content(name)
        if content is None:
            return None
        while len(self._sent) >= MAX_FILES:
            del self._sent[next(iter(self._sent))]
        self._sent[name] = Sent(name, content)
        return self._sent[name]
