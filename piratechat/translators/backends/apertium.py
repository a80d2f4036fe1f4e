"""Apertium: rule-based translation on the operator's own server, apertium-apy.

https://wiki.apertium.org/wiki/Apertium-apy
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from piratechat.options import Options
from piratechat.texts import Text
from piratechat.translation import BadRequest, Outcome, Translated, UnsupportedLanguage
from piratechat.translators.backends.base import version_of
from piratechat.translators.backends.batches import ALREADY, one_by_one, within
from piratechat.translators.backends.paired import PairedBackend
from piratechat.translators.engine.languages import Pairs, is_same, tag_of

#: Apertium's names of languages that differ from the standard codes.
ODD = {"oci_aran": "oc-aranes", "nob_e": "nb", "nno_e": "nn"}


class Apertium(PairedBackend):
    """Translates with apertium-apy, one text per request."""

    version = "2"
    masking = "slots"  # Apertium treats slots as unknown words, and preserves them
    max_items = 1  # one text per call, so that each has the full timeout

    def __init__(self, options: Options) -> None:
        super().__init__(options, "Apertium", "http://127.0.0.1:2737")
        self.version = version_of("apertium", self.version, self._url, self.source)

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        source, target = source or self.source, self.into(target)
        if not batch:
            return []
        if source is None:
            raise UnsupportedLanguage(Text("translation.source_needed", {"title": self.title}))
        if is_same(source, target):
            return [ALREADY] * len(batch)
        codes = self._atlas.codes(source, target, deadline)
        return one_by_one(batch, lambda text: Translated(within(text, self._ask(text, codes, deadline), self.title)))

    def _ask(self, text: str, codes: tuple[str, str], deadline: float | None) -> Any:
        fields = {"langpair": "|".join(codes), "q": text.strip(), "markUnknown": "no", "format": "txt"}
        try:
            # by POST, so that no text appears in a server's log
            answer = self._client.ask(
                "POST",
                f"{self._url}/translate",
                deadline,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(fields).encode(),
            )
        except BadRequest:
            self._atlas.known = None  # a pair may have been removed
            raise
        return _translated(self._client.parsed(answer))

    def _pairs(self, deadline: float | None) -> Pairs:
        answer = self._client.ask_json("GET", f"{self._url}/listPairs", deadline)
        listed = answer.get("responseData") if isinstance(answer, dict) else None
        if not isinstance(listed, list) or not all(isinstance(pair, dict) for pair in listed):
            raise self._client.bad_response()
        codes = [(str(pair.get("sourceLanguage")), str(pair.get("targetLanguage"))) for pair in listed]
        return Pairs(codes, lambda code: ODD.get(code) or tag_of(code))


def _translated(answer: Any) -> Any:
    data = answer.get("responseData") if isinstance(answer, dict) else None
    return data.get("translatedText") if isinstance(data, dict) else None


def from_options(options: Options) -> Apertium:
    """Return the translator that the ini file describes.  Raises ValueError, which says what to do."""
    return Apertium(options)
