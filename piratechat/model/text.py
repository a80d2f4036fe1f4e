"""Validation and normalization of names, slugs and messages."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, NamedTuple

import langcodes
from confusable_homoglyphs import confusables
from langcodes import language_distance

from piratechat.errors import CommandRejected
from piratechat.texts import Text, plural_id, text, text_id

NAME_LENGTH = 40
TITLE_LENGTH = 80
TOPIC_LENGTH = 500
SLUG_LENGTH = 40
TAG_LENGTH = 35
#: Number of tags after which langcodes' unbounded cache is cleared.
MAX_PARSED_TAGS = 5_000
NONCE_LENGTH = 64

#: Must change with every change of `skeleton` or its tables; an upgrade then indexes all names again.
SKELETON_VERSION = 2

#: Maximum number of consecutive combining marks in a name; more would cover the lines above and below.
MARKS_IN_A_ROW = 3

JOINERS = "\u200c\u200d"
#: Letters and digits that look alike in many fonts, in addition to Unicode's list; all in lower case.
ALIKE = str.maketrans({"l": "i", "1": "i", "|": "i", "0": "o"})

# Invisible characters: Unicode's Default_Ignorable_Code_Point, and the Braille cell without dots.
_UNSEEN = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

# Control characters and surrogates, which are invalid in a page or in UTF-8.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return `text` with uniform line breaks, and a replacement for characters that cannot be shown."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT.sub("\ufffd", text)


def visible(text: str) -> str:
    """Return the visible characters of `text`: "" if there is nothing but white space, controls and joiners."""
    return "".join(_UNFIT.sub("", text if text.isascii() else _UNSEEN.sub("", text)).split())


def checked_message(said: object, limit: int) -> str:
    """Return `said` as it is stored.  Raises CommandRejected unless it is text of 1 to `limit` characters."""
    if not isinstance(said, str):
        raise CommandRejected("bad-message", text("error.message_not_text", example='{"type": "say", "text": "..."}'))
    said = clean(said)  # first, because forms send two characters for each line break
    if len(said) > limit:
        raise _too_long(said, limit, plural_id("error.message_too_long"))
    if not said.strip():
        raise CommandRejected("bad-message", text("error.message_empty"))
    return said


def checked_name(name: object) -> str:
    """Return `name` in its displayed form.  Raises CommandRejected unless it is a name of 1 to 40 characters."""
    if not isinstance(name, str):
        raise CommandRejected("bad-message", text("error.name_not_text"))
    return _checked_line(name, _NAME)


def checked_title(title: object) -> str:
    """Return the title of a room.  Raises CommandRejected unless it is one line of 1 to 80 characters."""
    if not isinstance(title, str):
        raise CommandRejected("bad-message", text("error.title_not_text"))
    return _checked_line(title, _TITLE)


def checked_topic(topic: object) -> str:
    """Return the topic of a room.  Raises CommandRejected unless it is one line of at most 500 characters."""
    if not isinstance(topic, str):
        raise CommandRejected("bad-message", text("error.topic_not_text"))
    return _checked_line(topic, _TOPIC) if topic.strip() else ""


def checked_nonce(nonce: object) -> str:
    """Return `nonce`, or "" for None.  Raises CommandRejected unless it is text of at most 64 characters."""
    if nonce is None:
        return ""
    if not isinstance(nonce, str) or len(nonce) > NONCE_LENGTH or _UNFIT.search(nonce):
        raise CommandRejected("bad-message", text("error.nonce_invalid", limit=NONCE_LENGTH))
    return nonce


@lru_cache(1000)
def checked_tag(tag: str) -> str | None:
    """Return a BCP 47 tag in its canonical form, or None if it is invalid."""
    if not tag or len(tag) > TAG_LENGTH:
        return None
    forget_parsed_tags()
    return langcodes.standardize_tag(tag) if langcodes.tag_is_valid(tag) else None


def forget_parsed_tags() -> None:
    """Clear the unbounded cache of langcodes when it is large: visitors can send any number of different tags."""
    kept: tuple[dict[Any, Any], ...] = (
        langcodes.Language._INSTANCES,
        langcodes.Language._PARSE_CACHE,
        language_distance._DISTANCE_CACHE,
    )
    for each in kept:
        if len(each) > MAX_PARSED_TAGS:
            each.clear()


def checked_lang(lang: object) -> str:
    """Return the BCP 47 tag of the language that an author declared, or "" for none.

    Raises CommandRejected for an invalid tag.
    """
    if lang is None or lang == "":
        return ""
    tag = checked_tag(lang) if isinstance(lang, str) else None
    if tag is None:
        raise CommandRejected("bad-message", text("error.lang_invalid"))
    return tag


class _Line(NamedTuple):
    """A kind of one-line text, and the ids of its error messages."""

    code: str
    length: int
    empty: str
    too_long: str
    unfit: str
    unseen: str


_NAME = _Line(
    "name-needed",
    NAME_LENGTH,
    text_id("error.name_empty"),
    plural_id("error.name_too_long"),
    text_id("error.name_unfit"),
    text_id("error.name_unseen"),
)
_TITLE = _Line(
    "bad-message",
    TITLE_LENGTH,
    text_id("error.title_empty"),
    plural_id("error.title_too_long"),
    text_id("error.title_unfit"),
    text_id("error.title_unseen"),
)


_TOPIC = _Line(
    "bad-message",
    TOPIC_LENGTH,
    text_id("error.title_empty"),
    plural_id("error.topic_too_long"),
    text_id("error.topic_unfit"),
    text_id("error.topic_unseen"),
)


def _checked_line(line: str, what: _Line) -> str:
    line = " ".join(line.split())
    if not line:
        raise CommandRejected(what.code, Text(what.empty))
    if len(line) > what.length:
        raise _too_long(line, what.length, what.too_long)
    marks = 0
    for character in line:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if (category[0] == "C" and character not in JOINERS) or marks > MARKS_IN_A_ROW:
            raise CommandRejected("bad-message", Text(what.unfit))
    if not skeleton(line):
        raise CommandRejected("bad-message", Text(what.unseen))
    return line


def _too_long(typed: str, limit: int, id: str) -> CommandRejected:
    over = len(typed) - limit
    return CommandRejected("too-long", Text(id, {"count": over, "limit": limit}, over))


#: Number of characters of a name from which its slug is made.
MAX_NAMED = 4 * SLUG_LENGTH


def slug(name: str) -> str:
    """Return the slug of `name` for a room's URL, or "" if no character can be used.

    NFKC, lower case; letters (with their marks) and digits of any script; everything else becomes one hyphen; at most
    40 characters.  Overlong names are truncated first, because normalizing many marks takes quadratic time.
    """
    kept: list[str] = []
    for character in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name[:MAX_NAMED]).lower()):
        if character.isalnum() or (kept and kept[-1] != "-" and unicodedata.category(character)[0] == "M"):
            kept.append(character)
        elif kept and kept[-1] != "-":
            kept.append("-")
    return "".join(kept)[:SLUG_LENGTH].strip("-")


def skeleton(name: str) -> str:
    """Return the skeleton of a name: equal for names that look alike, regardless of case.

    Based on the skeleton of Unicode Technical Standard 39, section 4.  Look-alikes are also folded before NFKC, which
    would convert U+03F9, which looks like C, to a sigma.

    Databases use it as an index: see SKELETON_VERSION.
    """
    text = "".join(_look(character) for character in unicodedata.normalize("NFC", name))
    text = unicodedata.normalize("NFKC", text)
    text = unicodedata.normalize("NFKC", "".join(_look(character) for character in text).casefold())
    text = "".join(_look(character) for character in text)
    return "".join(text.translate(ALIKE).replace("rn", "m").split())


@cache  # the number of Unicode characters limits the cache
def _look(character: str) -> str:
    """Return the ASCII letter or digit that `character` looks like, else itself, or "" if it is invisible."""
    if character.isascii():
        return character
    if _UNSEEN.match(character):
        return ""
    for variant in (character, character.upper(), character.lower()):  # most have a look-alike in only one case
        alike = [entry["c"] for entry in confusables.confusables_data.get(variant, ())]
        letters = [letter for letter in alike if len(letter) == 1 and letter.isascii() and letter.isalnum()]
        if letters:
            return min(letters)
    return character
