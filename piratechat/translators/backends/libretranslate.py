"""LibreTranslate: neural machine translation on the operator's own server.

https://docs.libretranslate.com/
"""

from collections.abc import Sequence
from typing import Any

from piratechat.options import Options
from piratechat.texts import Text
from piratechat.translation import Outcome, Skipped, Translated
from piratechat.translators.backends.base import version_of
from piratechat.translators.backends.batches import ALREADY, NOTHING_TO_SAY, in_groups, within
from piratechat.translators.backends.paired import PairedBackend
from piratechat.translators.engine.languages import Pairs, is_same, tag_of

#: Codes that older versions use.
ALIASES = {"pb": "pt-BR", "zh": "zh-Hans", "zt": "zh-Hant"}

UNCLEAR = Skipped(Text("translation.unclear_language"))


class LibreTranslate(PairedBackend):
    """Detects the language of each text, and translates texts of the same language together.

    With source "auto", LibreTranslate would assume a single language for all texts of a list.
    """

    version = "1"
    max_items = 20

    def __init__(self, options: Options) -> None:
        super().__init__(options, "LibreTranslate", "http://127.0.0.1:5000")
        self._key = options.secret("key", "")
        self._confidence = options.number("confidence", 50.0, most=100.0)
        self.max_item_length = options.whole("max_item_length", 2_000, most=100_000)
        self.max_length = max(self.max_length, self.max_item_length)
        self.version = version_of("libretranslate", self.version, self._url, self.source, self._confidence)

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        into, given = self.into(target), source or self.source
        sources: dict[int, str] = {}
        outcomes: dict[int, Outcome] = {}
        spoken = [number for number, text in enumerate(batch) if text.strip()]

        def detect(group: Sequence[int]) -> list[Outcome]:
            found = given or self._detected(batch[group[0]], deadline)
            if found is not None and not is_same(found, into):
                sources[group[0]] = found
            return [UNCLEAR if found is None else ALREADY]

        outcomes.update(in_groups([(number,) for number in spoken], detect))
        groups: dict[str, list[int]] = {}
        for number, found in sources.items():
            groups.setdefault(found, []).append(number)
        outcomes.update(
            in_groups(
                groups.values(),
                lambda group: self._translated([batch[number] for number in group], sources[group[0]], into, deadline),
            )
        )
        return [outcomes.get(number, NOTHING_TO_SAY) for number in range(len(batch))]

    def _detected(self, text: str, deadline: float | None) -> str | None:
        """Return the tag of the detected language of `text`, or None if the confidence is too low."""
        answer = self._ask("detect", {"q": text.strip()}, deadline)
        best = answer[0] if isinstance(answer, list) and answer else {}
        try:
            code, confidence = str(best["language"]), float(best["confidence"])
        except (KeyError, TypeError, ValueError):
            raise self._client.bad_response() from None
        return _tag(code) if confidence >= self._confidence else None

    def _translated(self, texts: Sequence[str], source: str, target: str, deadline: float | None) -> list[Outcome]:
        start, end = self._atlas.codes(source, target, deadline)
        inner = [text.strip() for text in texts]
        answer = self._ask("translate", {"q": inner, "source": start, "target": end, "format": "text"}, deadline)
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, list) or len(found) != len(texts):
            raise self._client.bad_response()
        return [
            Translated(within(text, translated, self.title), source)
            for text, translated in zip(texts, found, strict=True)
        ]

    def _ask(self, what: str, content: dict[str, Any], deadline: float | None) -> Any:
        if self._key:
            content["api_key"] = self._key.reveal()
        return self._client.ask_json("POST", f"{self._url}/{what}", deadline, content=content)

    def _pairs(self, deadline: float | None) -> Pairs:
        answer = self._client.ask_json("GET", f"{self._url}/languages", deadline)
        try:
            codes = [(str(entry["code"]), str(target)) for entry in answer for target in entry["targets"]]
        except (KeyError, TypeError):
            raise self._client.bad_response() from None
        return Pairs(codes, _tag)


def _tag(code: str) -> str | None:
    return ALIASES.get(code) or tag_of(code)


def from_options(options: Options) -> LibreTranslate:
    """Return the translator that the ini file describes.  Raises ValueError, which says what to do."""
    return LibreTranslate(options)
