"""Detects whether a text already sounds like a pirate, and adds brogue to one that does not."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from piratechat.translators.builtin.pirate.contexts import is_title, no_name, shouted
from piratechat.translators.builtin.pirate.lexicon import BROGUE, Section
from piratechat.translators.builtin.pirate.table import capital
from piratechat.translators.builtin.pirate.tokens import cut, plain, word_after, words

#: Words that only pirates use: grammar and small words.
_SMALL_WORDS = words("""
    ye yer yers yerself yerselves meself ye've ye'll ye'd ain't fer afore o'er ne'er e'er 'twas twas twill twould
    twasn't twouldn't mayhap betwixt oft 'em em topside aboard
""")
#: Words of a crew.
_RICH_WORDS = words("""
    davy parrot blackbeard's thunder roger parrot's tides hatches wrecked sail aground jettison jettisoned gander
    privy tavern overboard cursed addle-brained barnacle-brained shipload kraken seafarin' lass
    aye nay ahoy avast arr yarr harr arrgh matey mateys bucko buckos hearty hearties cap'n cap'ns bosun bosuns
    landlubber landlubbers scurvy bilge barnacle barnacles grog grogs galleon galleons doubloons booty savvy savvies
    prithee blimey timbers scuttle scuttled scuttlin galley galleys brig hardtack shanty shanties quarterdeck briny
    powers kraken har shipwright shipwrights shipmate shipmates young'un young'uns thankee scallywag scallywags squall
    squalls morrow oi grub yon yonder buccaneer buccaneers redcoats neptune neptune's peg crow's rum marooned reckon
    reckons plunder parley parleys ho plank blast blasted huzzah seas anchor reefs stern oars bunks haste winds helm
    voyage voyages
""")
PIRATE_WORDS = _SMALL_WORDS | _RICH_WORDS
_CLIPPED = re.compile(
    r"""(?x) ['\u2019] (?: (?<=[A-Za-z][A-Za-z][Ii][Nn].) (?!\w) | (?<=\b[Aa][Nn].) (?!\w) | (?<=\b[OoTt].) (?!\w)
    | (?<=\b[Tt][Hh].) (?!\w) | (?<=\b[Ww][Ii].) (?!\w) | (?<=\b[Oo][Ll].) (?!\w)
    | (?:bout|round|BOUT|ROUND|Bout|Round) \b )"""
)
_BE = re.compile(r"\bbe\b", re.IGNORECASE)
#: Words before "be" after which it is ordinary English.
_LICENSE = words("""
    to will would can could should shall may might must not don't won't can't wouldn't couldn't shouldn't mustn't let
    i'll you'll he'll she'll it'll we'll they'll that'll there'll ye'll i'd you'd he'd she'd we'd they'd also never
    ne'er always just gonna cannot 'twill 'twould just only still probably soon t' please
    """)


class Pieces(NamedTuple):
    """Text that only pirates use and that `speech.speak` may produce, in all spellings."""

    #: All of it.
    pirate: frozenset[str]
    #: Without grammar and small words.
    rich: frozenset[str]


def pieces_of(sections: Sequence[Section]) -> Pieces:
    """Return the pieces of `sections`."""
    return Pieces(_pieces(sections, PIRATE_WORDS), _pieces(sections, _RICH_WORDS))


def _pieces(sections: Sequence[Section], pirate_words: frozenset[str]) -> frozenset[str]:
    found = {way for word in pirate_words for way in (word, capital(word), word.upper())}
    for section in sections:
        for value in section.entries.values():
            for meant in (value,) if isinstance(value, str) else value:
                if any(plain(token) in pirate_words for token in cut(meant)[1::2]):
                    found.update((meant, meant.lower(), capital(meant), meant.upper()))
    return frozenset(found | {way.replace("'", "\u2019") for way in found})


def is_flavoured(said: str, spoken: Sequence[str], pieces: Pieces) -> bool:
    """Whether `said`, which is the concatenation of `spoken`, sounds like a pirate."""
    if not pieces.pirate.isdisjoint(spoken):
        return True
    if ("'" in said or "\u2019" in said) and _CLIPPED.search(said) is not None:
        return True
    if "be" not in said and "BE" not in said and "Be" not in said:
        return False
    return any(_is_finite(said[: found.start()]) for found in _BE.finditer(said))


def _is_finite(before: str) -> bool:
    """Whether "be" stands for "is" after the text `before`."""
    words = before.rsplit(None, 1)
    return not words or plain(words[-1]) not in _LICENSE


def thickened(tokens: Sequence[str]) -> str:
    """Return `tokens` in broad brogue, "th' map", "wi' a hook"; one "the" that must stay keeps the others."""
    said = list(tokens)
    articles, stays = [], False
    for at in range(1, len(tokens), 2):
        meant = BROGUE.get(tokens[at].lower())
        if meant is not None:
            if at + 2 < len(tokens) and tokens[at + 1] == " ":
                said[at] = _as_written(meant, tokens, at)
            if meant == "th'":
                articles.append(at)
                stays = stays or said[at] is tokens[at]
    if stays:
        for at in articles:
            said[at] = tokens[at]
    return "".join(said)


def _as_written(meant: str, tokens: Sequence[str], at: int) -> str:
    """Return `meant` in the case of the word at the index `at`; that word itself if it is part of a name: The Hague."""
    word = tokens[at]
    if word.islower():
        return word if word == "the" and is_title(word_after(tokens, at + 1)) else meant
    if word.isupper():
        return meant.upper() if shouted(tokens, at, at + 1) else word
    return capital(meant) if no_name(tokens, at, at + 1) else word
