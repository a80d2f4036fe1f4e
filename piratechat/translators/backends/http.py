"""A simple HTTP service: a URL with a place for the text, and the place of the translation in the response."""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from piratechat.bounded_json import parse_json
from piratechat.options import Options
from piratechat.translation import Outcome, Translated
from piratechat.translators.backends.base import Backend, version_of
from piratechat.translators.backends.batches import ALREADY, one_by_one, within
from piratechat.translators.backends.http_client import Client
from piratechat.translators.engine.languages import is_same

PLACEHOLDER = "{text}"

#: Maximum length of a text in a URL, since servers accept 8 KiB, and a character takes up to 12 bytes.
MAX_TEXT_IN_URL = 500

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2
_HTML = ("<!doctype", "<html")


class Web(Backend):
    """Makes one request for each text."""

    version = "1"
    max_items = 1  # one text per call, so that each has the full timeout

    def __init__(self, options: Options) -> None:
        target = options.tag("target") if options.has("target") else None
        self._url = options.url("url")
        super().__init__(options, options.name.capitalize(), target, self._url)
        self.source = options.tag("source") if options.has("source") else None
        self._form = options.text("form", "")
        self._body = _template(options)
        self._check_places(options)
        sends = bool(self._form) or self._body is not None
        self._method = options.choice("method", ("GET", "POST"), "POST" if sends else "GET")
        if sends and self._method == "GET":
            raise options.wrong(
                "method", f"must be POST with a form or a body; to send the text by GET, write {PLACEHOLDER} in the url"
            )
        self._key = _header(options)
        self._answer = options.text("answer", "text")
        self.max_item_length = options.whole("max_item_length", 4_000 if sends else MAX_TEXT_IN_URL, most=100_000)
        self.max_length = max(self.max_length, self.max_item_length)
        self._client = Client(self.title)
        body = () if self._body is None else (json.dumps(self._body),)
        self.version = version_of("http", self.version, self._method, self._url, self._form, self._answer, *body)

    def _check_places(self, options: Options) -> None:
        """Raise ValueError unless there is exactly one place for the text."""
        places = [PLACEHOLDER in self._url, bool(self._form), self._body is not None]
        if sum(places) != 1:
            raise options.wrong(
                "url",
                f"must have {PLACEHOLDER} in it, unless `form` names the field that the text goes to, or `body` is "
                f"JSON with {PLACEHOLDER} in it",
            )
        if PLACEHOLDER in urlsplit(self._url).netloc:
            raise options.wrong("url", f"must have {PLACEHOLDER} in its path or query, not in the name of a host")

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        source = source or self.source
        if source and self.target and is_same(source, self.target):
            return [ALREADY] * len(batch)
        return one_by_one(batch, lambda text: Translated(within(text, self._ask(text.strip(), deadline), self.title)))

    def _ask(self, text: str, deadline: float | None) -> Any:
        """Return the value at the place of the translation in the response."""
        url = self._url.replace(PLACEHOLDER, quote(text, safe=""))
        headers = {name: secret.reveal() for name, secret in self._key.items()}
        body = None
        if self._form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({self._form: text}).encode()
        elif self._body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(_filled(self._body, text), ensure_ascii=False).encode()
        answer = self._client.ask(self._method, url, deadline, headers=headers, body=body)
        if self._answer != "text":
            return _found(self._client.parsed(answer), self._answer)
        # Services that do not set a Content-Type often send HTML by default, even if the response is not HTML.
        if answer.lstrip().lower().startswith(_HTML) and not text.lower().startswith(_HTML):
            raise self._client.bad_response()
        return answer


def _header(options: Options) -> dict[str, Any]:
    """Return the header for authentication, with the secret in it."""
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


def _template(options: Options) -> Any:
    """Return the parsed JSON template of the request, or None."""
    if not options.has("body"):
        return None
    try:
        template = parse_json(options.text("body"))
    except ValueError as error:
        raise options.wrong("body", f"must be JSON: {error}") from None
    if _filled(template, "") == template:
        raise options.wrong("body", f"must have {PLACEHOLDER} in one of its texts, where what is said goes")
    return template


def _filled(template: Any, text: str) -> Any:
    """Return `template` with `text` in its places; `text` is always treated as data."""
    if isinstance(template, str):
        return template.replace(PLACEHOLDER, text)
    if isinstance(template, list):
        return [_filled(each, text) for each in template]
    if isinstance(template, dict):
        return {key: _filled(value, text) for key, value in template.items()}
    return template


def _found(answer: Any, path: str) -> Any:
    """Return the value at `path` (names and indexes separated by dots) in `answer`, or None."""
    for step in path.removeprefix(".").split("."):
        if isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer


def from_options(options: Options) -> Web:
    """Return the translator that the ini file describes.  Raises ValueError, which says what to do."""
    return Web(options)
