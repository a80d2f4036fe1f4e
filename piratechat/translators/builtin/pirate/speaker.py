"""A pirate of some strength: what is left alone, what is spoken, and what is added."""

import zlib
from functools import cache

from piratechat.model.formatting import may_be_formatted
from piratechat.translators.builtin.pirate import lexicon
from piratechat.translators.builtin.pirate.code_lines import WORDS_OF_CODE, is_code, may_have_code
from piratechat.translators.builtin.pirate.cries import with_cry
from piratechat.translators.builtin.pirate.english import FOREIGN, is_english, is_foreign
from piratechat.translators.builtin.pirate.flavour import is_flavoured, pieces_of, thickened
from piratechat.translators.builtin.pirate.gravity import HINTS_OF_GRIEF, is_grave
from piratechat.translators.builtin.pirate.sea_time import at_sea, may_tell_time
from piratechat.translators.builtin.pirate.speech import speak
from piratechat.translators.builtin.pirate.table import table_of
from piratechat.translators.builtin.pirate.tokens import cut
from piratechat.translators.text import protected_spans as marks

#: How much of a pirate somebody is: grammar and greetings; the words and cries of a crew; all of it, and thick.
STRENGTHS = ("landlubber", "sailor", "captain")

#: One in so many messages gets a cry: those with the words of a crew, and those that have little of a pirate yet.
_CRIES = {"sailor": (4, 2), "captain": (2, 1)}

_GRAVE = (*lexicon.GRAMMAR, *lexicon.KEPT)
_SMALL = (*lexicon.KEPT, *lexicon.GRAMMAR, *lexicon.SMALL_WORDS)
_FULL = (*_SMALL, *lexicon.LEXICON)

#: Texts without any of these need no closer look, if they are of ASCII: most texts.
_REMARKABLE = FOREIGN | HINTS_OF_GRIEF | WORDS_OF_CODE


class Speaker:
    """Speaks as strong as a pirate of `strength` does."""

    def __init__(self, strength: str) -> None:
        words = _SMALL if strength == "landlubber" else _FULL
        self._table = table_of(words)
        self._grave = table_of(_GRAVE)
        self._pieces = pieces_of(words)
        self._cries = _CRIES.get(strength)
        self._is_captain = strength == "captain"

    def say(self, text: str) -> str:
        """Return `text` as the pirate says it; code and other languages as they are."""
        if "\n" in text and "```" not in text and not marks.names_in(text) and may_have_code(text):
            return "".join(self._say(line) if not line.isspace() else line for line in text.splitlines(keepends=True))
        return self._say(text)

    def _say(self, text: str) -> str:
        tokens = cut(text)
        remarkable = not (text.isascii() and _REMARKABLE.isdisjoint(tokens))
        if remarkable and is_foreign(text, tokens):
            return text
        if may_have_code(text, remarkable) and is_code(text.strip()):
            return text
        if remarkable and is_grave(text, tokens):
            said = "".join(speak(tokens, self._grave, False, 0))
        else:
            said = self._spoken(text, tokens)
        if may_be_formatted(text) and said != text and marks.marks(said) != marks.marks(text):
            return text  # an apostrophe, perhaps, where a mark asks for a letter
        # "wow wow wow ...": whoever says nothing else is not given room for it
        return said if len(said) <= 3 * len(text) + 64 else text

    def _spoken(self, text: str, tokens: list[str]) -> str:
        chance = zlib.crc32(text.encode("utf-8", "surrogatepass"))
        if self._cries is None:
            return "".join(speak(tokens, self._table, True, chance))
        if may_tell_time(text):
            tokens = at_sea(tokens, self._is_captain)
        spoken = speak(tokens, self._table, True, chance)
        said = "".join(spoken)
        rich = not self._pieces.rich.isdisjoint(spoken)
        if not self._is_captain and (rich or is_flavoured(said, spoken, self._pieces)):
            return with_cry(said, self._cries[not rich], False)
        return self._thickened(said, rich or is_flavoured(said, spoken, self._pieces), self._cries[not rich])

    def _thickened(self, said: str, is_pirate: bool, rate: int) -> str:
        """Return `said` in brogue, with a cry where one is due or nothing else would be a pirate's."""
        tokens = cut(said)
        if not is_pirate and not is_english(tokens):
            return said  # in another language, perhaps
        thick = thickened(tokens)
        cried = with_cry(thick, rate, not is_pirate and thick == said)
        return thickened(cut(cried)) if cried != thick and self._is_captain else cried


@cache
def speaker_of(strength: str) -> Speaker:
    """Return the one speaker of that strength."""
    return Speaker(strength)
