"""A pirate of a certain strength: decides what is left unchanged, what is translated, and what is added."""

import re
import zlib
from collections.abc import Sequence
from functools import cache

from piratechat.model import formatting
from piratechat.model.links import links
from piratechat.translators.builtin.pirate import lexicon
from piratechat.translators.builtin.pirate.captain_lexicon import CAPTAINS
from piratechat.translators.builtin.pirate.code_lines import WORDS_OF_CODE, is_code, may_have_code
from piratechat.translators.builtin.pirate.cries import with_cry
from piratechat.translators.builtin.pirate.english import FOREIGN, is_english, is_foreign
from piratechat.translators.builtin.pirate.flavour import is_flavoured, pieces_of, thickened
from piratechat.translators.builtin.pirate.gravity import HINTS_OF_GRIEF, is_grave
from piratechat.translators.builtin.pirate.sea_time import at_sea, may_tell_time
from piratechat.translators.builtin.pirate.speech import speak
from piratechat.translators.builtin.pirate.table import table_of
from piratechat.translators.builtin.pirate.tokens import cut, cut_again
from piratechat.translators.text import protected_spans as marks

#: The strengths: grammar and greetings; the words and cries of a crew; and everything, with broad brogue.
STRENGTHS = ("landlubber", "sailor", "captain")

#: One in this many messages gets a cry: those with words of a crew, and those with little pirate speak.
_CRIES = {"sailor": (5, 3), "captain": (2, 1)}

_GRAVE = (*lexicon.KEPT, *lexicon.PRONOUNS, *lexicon.NEGATIONS, *lexicon.CLIPPED)
_LANDLUBBERS = (*lexicon.KEPT, *lexicon.PRONOUNS, *lexicon.NEGATIONS, *lexicon.SMALL_WORDS)
_SAILORS = (*_LANDLUBBERS, *lexicon.LEXICON)
_WORDS = {"landlubber": _LANDLUBBERS, "sailor": _SAILORS, "captain": (*_SAILORS, *CAPTAINS)}

#: ASCII texts without any of these need no closer look; they are the majority.
_REMARKABLE = FOREIGN | HINTS_OF_GRIEF | WORDS_OF_CODE
#: Texts without any of these contain no code, except for its words, and no times.
_MORE_THAN_WORDS = re.compile(r"[=;{}<>$|(0-9]")
#: Places where a translation could change formatting marks.
_BESIDE_FORMAT = re.compile(r"['\u2019)][*_~]|[*_~]['\u2019]")


class Speaker:
    """Speaks with the `strength` of a pirate."""

    def __init__(self, strength: str) -> None:
        words = _WORDS[strength]
        self._table = table_of(words)
        self._grave = table_of(_GRAVE)
        self._pieces = pieces_of(words)
        self._cries = _CRIES.get(strength)
        self._is_captain = strength == "captain"

    def say(self, text: str) -> str:
        """Return `text` in pirate speak; code and other languages are left unchanged."""
        if "\n" in text and "```" not in text and not marks.names_in(text) and may_have_code(text):
            return "".join(self._say(line) if not line.isspace() else line for line in text.splitlines(keepends=True))
        return self._say(text)

    def _say(self, text: str) -> str:
        tokens = cut(text)
        remarkable = _REMARKABLE.intersection(tokens)
        if (remarkable or not text.isascii()) and is_foreign(text, tokens):
            return text
        is_plain = _MORE_THAN_WORDS.search(text) is None
        if not (is_plain and WORDS_OF_CODE.isdisjoint(remarkable)) and may_have_code(text) and is_code(text.strip()):
            return text
        if remarkable and is_grave(text, tokens, remarkable):
            said = "".join(speak(tokens, self._grave, True, 0))
        else:
            said = self._spoken(text, tokens, is_plain)
        if _BESIDE_FORMAT.search(said) is not None and _formats(said) != _formats(text):
            return text  # for example, an apostrophe where a mark needs a letter
        # "wow wow wow ...": repetitions must not make the text too long
        return said if len(said) <= 3 * len(text) + 64 else text

    def _spoken(self, text: str, tokens: list[str], is_plain: bool) -> str:
        chance = zlib.crc32(text.encode("utf-8", "surrogatepass"))
        if self._cries is None:
            return "".join(speak(tokens, self._table, True, chance))
        if not is_plain and may_tell_time(text):
            tokens = at_sea(tokens, self._is_captain)
        spoken = speak(tokens, self._table, True, chance)
        said = "".join(spoken)
        is_rich = not self._pieces.rich.isdisjoint(spoken)
        is_pirate = is_rich or is_flavoured(said, spoken, self._pieces)
        rate = self._cries[not is_rich]
        if is_pirate and not self._is_captain:
            return with_cry(said, rate, False)
        return self._thickened(said, spoken, is_pirate, rate)

    def _thickened(self, said: str, spoken: Sequence[str], is_pirate: bool, rate: int) -> str:
        """Return `said` in brogue, with a cry where one is due or there would be no pirate speak otherwise."""
        tokens = cut_again(spoken)
        if not is_pirate and not is_english(tokens):
            return said  # it may be in another language
        thick = thickened(tokens)
        return with_cry(thick, rate, not is_pirate and thick == said, self._is_captain)


def _formats(text: str) -> list[str]:
    """Return the formatting marks of `text`, in order."""
    return [text[mark.start : mark.end] for mark in formatting.marks(text, links(text))]


@cache
def speaker_of(strength: str) -> Speaker:
    """Return the shared speaker of that strength."""
    return Speaker(strength)
