"""A simple service: an address with a place for the text, and the place of the translation in what answers."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from piratechat.options import Options
from piratechat.translation import Outcome, Translated
from piratechat.translators.backends.base import Backend, version_of
from piratechat.translators.backends.batches import ALREADY, one_by_one, within
from piratechat.translators.backends.http_client import Client
from piratechat.translators.engine.languages import is_same

PLACEHOLDER = "{text}"

#: Characters of a text that still fits into an address, where servers take 8 KiB: 12 bytes each at worst.
MAX_TEXT_IN_URL = 500

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2
_HTML = ("<!doctype", "<html")


class Web(Backend):
    """Asks once for each text."""

    version = "1"
    max_items = 1  # it is asked for one text at a time, and each has its own time

    def __init__(self, options: Options) -> None:
        target = options.tag("target") if options.has("target") else None
        self._url = options.url("url")
        super().__init__(options, options.name.capitalize(), target, self._url)
        self._source = options.tag("source") if options.has("source") else None
        self._form = options.text("form", "")
        if (PLACEHOLDER in self._url) == bool(self._form):
            raise options.wrong(
                "url", f"must have {PLACEHOLDER} in it, unless `form` names the field that the text goes to"
            )
        if PLACEHOLDER in urlsplit(self._url).netloc:
            raise options.wrong("url", f"must have {PLACEHOLDER} in its path or query, not in the name of a host")
        self._method = options.choice("method", ("GET", "POST"), "POST" if self._form else "GET")
        if self._form and self._method == "GET":
            raise options.wrong(
                "method", f"must be POST with a form; to send the text by GET, write {PLACEHOLDER} in the url"
            )
        self._key = _header(options)
        self._answer = options.text("answer", "text")
        self.max_item_length = options.whole("max_item_length", 4_000 if self._form else MAX_TEXT_IN_URL, most=100_000)
        self.max_length = max(self.max_length, self.max_item_length)
        self._client = Client(self.title)
        self.version = version_of("http", self.version, self._method, self._url, self._form, self._answer)

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        source = source or self._source
        if source and self.target and is_same(source, self.target):
            return [ALREADY] * len(batch)
        return one_by_one(batch, lambda text: Translated(within(text, self._ask(text.strip(), deadline), self.title)))

    def _ask(self, text: str, deadline: float | None) -> Any:
        """Return what stands where the translation should be."""
        url = self._url.replace(PLACEHOLDER, quote(text, safe=""))
        headers = {name: secret.reveal() for name, secret in self._key.items()}
        body = None
        if self._form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({self._form: text}).encode()
        answer = self._client.ask(self._method, url, deadline, headers=headers, body=body)
        if self._answer != "text":
            return _found(self._client.parsed(answer), self._answer)
        # Services without a word about the type of their answer say that it is HTML, even if it is not.
        if answer.lstrip().lower().startswith(_HTML) and not text.lower().startswith(_HTML):
            raise self._client.bad_response()
        return answer


def _header(options: Options) -> dict[str, Any]:
    """Return the header that opens the door, with the secret in it."""
    if not options.has("header"):
        if options.has("key"):
            raise options.wrong("key", "needs `header`, the name of the header that it is sent in")
        return {}
    name, key = options.text("header"), options.secret("key")
    if not _TOKEN.fullmatch(name):
        raise options.wrong("header", f"must be the name of a header such as X-Api-Key, not {name!r}")
    if not (key.reveal().isascii() and key.reveal().isprintable()):
        raise options.wrong("key", "must be plain ASCII, to stand in a header")
    return {name: key}


def _found(answer: Any, path: str) -> Any:
    """Return what is at `path` (names and numbers, with dots between them) in `answer`; None if there is nothing."""
    for step in path.removeprefix(".").split("."):
        if isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer


def from_options(options: Options) -> Web:
    """Return the translator that the ini file describes.  Raises ValueError, with what to do."""
    return Web(options)
