"""The original text."""

from collections.abc import Sequence

from piratechat.translation import Outcome, Skipped, Translator


class Original(Translator):
    """Leaves messages unchanged."""

    name = "original"
    title = "As written"
    masking = "own"

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        return [Skipped("")] * len(batch)
