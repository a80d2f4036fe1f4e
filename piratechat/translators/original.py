"""The words themselves."""

from collections.abc import Sequence

from zope.interface import implementer

from piratechat.interfaces import ITranslator
from piratechat.translation import Outcome, Skipped


@implementer(ITranslator)
class Original:
    """Leaves everything as it was said."""

    name = "original"
    title = "Original"
    version = "1"
    kind = "style"
    reach = "none"
    recipient = None

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        return [Skipped("these are the words themselves")] * len(batch)
