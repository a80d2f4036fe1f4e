"""Pirate speak: no network, no state, and no randomness."""

from collections.abc import Sequence

from piratechat.options import Options
from piratechat.translation import Outcome, Translated, Translator
from piratechat.translators.builtin.pirate.speaker import STRENGTHS, speaker_of
from piratechat.translators.engine.languages import is_same

DEFAULT_STRENGTH = "sailor"


def in_pirate(text: str, strength: str = DEFAULT_STRENGTH) -> str:
    """Return `text` in pirate speak, with one of STRENGTHS."""
    return speaker_of(strength).say(text)


class Pirate(Translator):
    """Rewrites messages in pirate speak, with the strength from the ini file."""

    name = "pirate"
    title = "Pirate"
    masking = "own"
    max_item_length = 64_000
    max_length = 1_000_000

    #: Increase it when the rules or the lexicon change; tests/translators/test_pirate.py checks this.
    RULES = "6"

    def __init__(self, strength: str = DEFAULT_STRENGTH) -> None:
        self.strength = strength
        self.version = f"{self.RULES}-{strength}"
        self._speaker = speaker_of(strength)

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        if source is not None and not is_same(source, "en"):
            return [Translated(text) for text in batch]
        return [Translated(self._speaker.say(text)) for text in batch]


def from_options(options: Options) -> Pirate:
    """Return a pirate with the strength and the title in the ini file."""
    pirate = Pirate(options.choice("strength", STRENGTHS, DEFAULT_STRENGTH))
    pirate.name = options.name
    pirate.title = options.text("title", Pirate.title)
    return pirate
