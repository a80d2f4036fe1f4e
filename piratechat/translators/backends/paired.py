"""What back ends have in common whose service translates between pairs of languages, and lists them."""

from collections.abc import Sequence

from piratechat.options import Options
from piratechat.translators.backends.base import Backend
from piratechat.translators.backends.http_client import Client
from piratechat.translators.engine.languages import Atlas, Pairs


class PairedBackend(Backend):
    """A back end for a service at `url`, by default, that translates into one language, and from some."""

    target: str

    def __init__(self, options: Options, title: str, url: str) -> None:
        self._url = options.url("url", url)
        super().__init__(options, title, options.tag("target"), self._url)
        self.source = options.tag("source") if options.has("source") else None
        self._client = Client(self.title)
        self._atlas = Atlas(self.title, self._pairs)

    def targets(self) -> Sequence[str]:
        return self._atlas.targets(self.target)

    def supports(self, source: str | None, target: str | None) -> bool:
        return self._atlas.supports(source or self.source, target or self.target)

    def check(self, deadline: float) -> None:
        self._atlas.check(self.target, deadline)

    def _pairs(self, deadline: float | None) -> Pairs:
        """Ask the service for its pairs.  Raises TranslationError."""
        raise NotImplementedError
