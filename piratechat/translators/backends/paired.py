"""The base class of back ends whose service translates between pairs of languages and lists them."""

from collections.abc import Sequence

from piratechat.options import Options
from piratechat.translators.backends.base import Backend, target_of
from piratechat.translators.backends.http_client import Client
from piratechat.translators.engine.languages import Atlas, Pairs


class PairedBackend(Backend):
    """A back end for a service with the default URL `url` that translates between pairs of languages."""

    def __init__(self, options: Options, title: str, url: str) -> None:
        self._url = options.url("url", url)
        target, targets = target_of(options)
        super().__init__(options, title, target, self._url, targets)
        self.source = options.tag("source") if options.has("source") else None
        self._client = Client(self.title)
        self._atlas = Atlas(self.title, self._pairs)

    def targets(self) -> Sequence[str]:
        return super().targets() if self._offered is not None else self.known_targets() or super().targets()

    def known_targets(self) -> Sequence[str]:
        return self._atlas.targets()

    def supports(self, source: str | None, target: str | None) -> bool:
        target = target or self.target
        return target is None or self._atlas.supports(source or self.source, target)

    def check(self, deadline: float) -> None:
        self._atlas.fetch(deadline)
        self.check_targets()

    def _pairs(self, deadline: float | None) -> Pairs:
        """Request the pairs from the service.  Raises TranslationError."""
        raise NotImplementedError
