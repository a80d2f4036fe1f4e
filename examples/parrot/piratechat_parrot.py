"""Messages as the parrot on a pirate's shoulder repeats them: "This is grand. Is grrand!"."""

import re
import zlib
from collections.abc import Sequence

from pyramid.config import Configurator

from piratechat.plugin import Outcome, Translated, Translator

_LETTERS = r"[^\W\d_]++(?:['\u2019-][^\W\d_]++)*+"
# A word surrounded only by punctuation: neither file.py nor and/or nor get_word
_WORD = re.compile(rf"""(?<!\S)[("'\u201c\u2018]*+{_LETTERS}(?=[.,;:!?)"'\u2026\u201d\u2019]*+(?!\S))""")
_R = re.compile("r++", re.IGNORECASE)
# Words that can be repeated: a plain word, and the last word of a line with its punctuation
_PLAIN = re.compile(_LETTERS)
_LAST = re.compile(rf"({_LETTERS})([.!?]+)")

_CRIES = ("Squawk!", "Rrawk!", "Pieces of eight!")
#: One in this many repetitions is followed by a cry.
_MEASURE = 4


def in_parrot(line: str) -> str:
    """Return `line` with rolled r's and, at the end of a sentence, its last words repeated; keeps white space."""
    said = line.rstrip()
    spoken = _WORD.sub(_rolled, said)
    return "".join((spoken, _echo(spoken), line[len(said) :]))


def _rolled(word: re.Match[str]) -> str:
    """Roll the first r of a word."""
    return _R.sub(lambda r: r[0] + (r[0] if r[0].isupper() and word[0].isupper() else "r"), word[0], count=1)


def _echo(spoken: str) -> str:
    """Return the repetition that follows `spoken`, with a leading space, or ""."""
    *before, end = spoken.split()[-2:] or [""]
    last = _LAST.fullmatch(end)
    if last is None:
        return ""
    words = " ".join([*filter(_PLAIN.fullmatch, before), last[1]])
    echo = f" {words[0].upper()}{words[1:]}{'?' if last[2][-1] == '?' else '!'}"
    return echo + _cry(spoken)


def _cry(spoken: str) -> str:
    """Return a cry, with a leading space, or ""; always the same for the same text."""
    chance = zlib.crc32(spoken.encode("utf-8", "surrogatepass"))
    return "" if chance % _MEASURE else f" {_CRIES[chance // _MEASURE % len(_CRIES)]}"


class Parrot(Translator):
    """Repeats everything, like a parrot."""

    name = "parrot"
    title = "Parrot"
    version = "1"  # change it when the rules above change

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        return [Translated(in_parrot(line)) for line in batch]


def includeme(config: Configurator) -> None:
    """Register the translator "parrot"."""
    parrot = Parrot()
    config.add_translator(parrot.name, lambda _room: parrot)
