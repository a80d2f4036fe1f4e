"""DeepL: a translation service in Germany that requires a key.

https://developers.deepl.com/docs
"""

import json
from collections.abc import Sequence
from typing import Any

import langcodes

from piratechat.options import Options
from piratechat.texts import Text
from piratechat.translation import Outcome, QuotaExceeded, TooLong, Translated
from piratechat.translators.backends.base import Backend, target_of, version_of
from piratechat.translators.backends.batches import ALREADY, NOTHING_TO_SAY, in_groups, within
from piratechat.translators.backends.http_client import Client
from piratechat.translators.backends.reach import is_near, reach_of
from piratechat.translators.engine.languages import MAX_CODES, closest, distinct, is_same, tag_of

URL = "https://api.deepl.com"
#: The URL for free keys, which end in ":fx".
FREE_URL = "https://api-free.deepl.com"

#: Maximum size of a request in bytes.
MAX_REQUEST_SIZE = 128 * 1024

FORMALITIES = ("default", "more", "less", "prefer_more", "prefer_less")

#: Languages that DeepL requires a region for: the most common one, and the available ones.
REGIONS = {"en": {"US": "EN-US", "": "EN-GB"}, "pt": {"BR": "PT-BR", "": "PT-PT"}}


class DeepL(Backend):
    """Translates several texts per request; protected text is in XML tags."""

    version = "1"
    masking = "tags"
    max_items = 50

    def __init__(self, options: Options) -> None:
        target, targets = target_of(options)
        for tag in targets or filter(None, [target]):
            if tag in REGIONS:
                setting = "target" if targets is None else "targets"
                raise options.wrong(setting, f"must name a region: {' or '.join(_with_regions(tag))}")
        self._key = options.secret("key")
        if not self._key or not (self._key.reveal().isascii() and self._key.reveal().isprintable()):
            raise options.wrong("key", "must be the key that DeepL gave you, or env:NAME for one in the environment")
        self._url = options.url("url", FREE_URL if self._key.reveal().endswith(":fx") else URL)
        super().__init__(options, "DeepL", target, self._url, targets)
        #: DeepL's codes of target languages, by tag.
        self._codes: dict[str, str] = {}
        self.source = options.tag("source") if options.has("source") else None
        self._formality = options.choice("formality", FORMALITIES, "default")
        self._client = Client(self.title)
        self.version = version_of("deepl", self.version, self.source, self._formality)

    def _reach_of(self, options: Options, url: str | None) -> tuple[str, str]:
        """Return "third-party" for any URL, because DeepL finally receives the texts."""
        if url is not None and url not in (URL, FREE_URL) and not is_near(url):
            return reach_of(options, url)  # somebody else's proxy
        reach = options.choice("reach", ("host", "third-party"), "third-party")
        return reach, options.text("recipient", "DeepL, a company in Germany")

    def known_targets(self) -> Sequence[str]:
        return tuple(self._codes)

    def check(self, deadline: float) -> None:
        if self._offered is not None:
            self._codes = self._fetch_codes(deadline)
            self.check_targets()
        answer = self._client.ask_json("GET", f"{self._url}/v2/usage", deadline, headers=self._authorization())
        try:
            left = int(answer["character_limit"]) - int(answer["character_count"])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise self._client.bad_response() from None
        if left <= 0:
            raise QuotaExceeded(Text("translation.quota", {"title": self.title}))

    def _fetch_codes(self, deadline: float) -> dict[str, str]:
        answer = self._client.ask_json(
            "GET", f"{self._url}/v2/languages?type=target", deadline, headers=self._authorization()
        )
        if not isinstance(answer, list) or len(answer) > MAX_CODES:
            raise self._client.bad_response()
        try:
            codes = {tag: code for code in (str(entry["language"]) for entry in answer) if (tag := tag_of(code))}
        except (KeyError, TypeError):
            raise self._client.bad_response() from None
        if not codes:
            raise self._client.bad_response()
        return {tag: codes[tag] for tag in distinct(codes) if tag not in REGIONS}

    def supports(self, source: str | None, target: str | None) -> bool:
        return True  # as far as is known without a request

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        into, given = self.into(target), source or self.source
        if given is not None and is_same(given, into):
            return [ALREADY] * len(batch)
        spoken = [number for number, text in enumerate(batch) if text.strip()]
        outcomes = in_groups(
            [spoken] if spoken else [],
            lambda group: self._translated([batch[number] for number in group], given, into, deadline),
        )
        return [outcomes.get(number, NOTHING_TO_SAY) for number in range(len(batch))]

    def _translated(
        self, texts: Sequence[str], source: str | None, target: str, deadline: float | None
    ) -> list[Outcome]:
        answer = self._ask(texts, source, target, deadline)
        found = answer.get("translations") if isinstance(answer, dict) else None
        if not isinstance(found, list) or len(found) != len(texts):
            raise self._client.bad_response()
        return [self._outcome(text, entry, target) for text, entry in zip(texts, found, strict=True)]

    def _ask(self, texts: Sequence[str], source: str | None, target: str, deadline: float | None) -> Any:
        content: dict[str, Any] = {
            "text": [text.strip() for text in texts],
            "target_lang": self._code_of(target),
            "tag_handling": "xml",
            "ignore_tags": ["x"],
        }
        if source is not None:
            content["source_lang"] = source_code(source)
        if self._formality != "default":
            content["formality"] = self._formality
        if len(json.dumps(content, ensure_ascii=False).encode()) > MAX_REQUEST_SIZE:
            raise TooLong(Text("translation.too_long", {"title": self.title}))
        return self._client.ask_json(
            "POST", f"{self._url}/v2/translate", deadline, headers=self._authorization(), content=content
        )

    def _code_of(self, target: str) -> str:
        found = closest(target, self.known_targets())
        return target_code(target) if found is None else self._codes[found]

    def _outcome(self, text: str, entry: Any, target: str) -> Outcome:
        if not isinstance(entry, dict):
            raise self._client.bad_response()
        source = tag_of(str(entry.get("detected_source_language")))
        if source is not None and is_same(source, target):
            return ALREADY
        return Translated(within(text, entry.get("text"), self.title), source)

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"DeepL-Auth-Key {self._key.reveal()}"}


def target_code(tag: str) -> str:
    """Return DeepL's code for `tag` as a target: EN-GB, PT-BR, ZH-HANT, DE.

    If DeepL requires a region and `tag` has none, it is the one with the most speakers: en is EN-US, pt is PT-BR.
    """
    language = langcodes.Language.get(tag).maximize()
    regions = REGIONS.get(str(language.language))
    if regions is not None:
        return regions.get(str(language.territory), regions[""])
    if language.language == "zh":
        return f"ZH-{language.script}".upper()
    return source_code(tag)


def source_code(tag: str) -> str:
    """Return DeepL's code for `tag` as a source: EN, PT, ZH, without regions."""
    language = langcodes.Language.get(tag).language
    return "NB" if language == "no" else str(language).upper()


def _with_regions(language: str) -> list[str]:
    return sorted(langcodes.standardize_tag(code) for code in REGIONS[language].values())


def from_options(options: Options) -> DeepL:
    """Return the translator that the ini file describes.  Raises ValueError, which says what to do."""
    return DeepL(options)
