"""What people type, made fit to be kept: names, slugs and messages."""

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
#: Tags of which langcodes may keep what it has found.
MAX_PARSED_TAGS = 5_000
NONCE_LENGTH = 64

#: Changes with every change of `skeleton`, or of the tables that it uses; an upgrade then files all names again.
SKELETON_VERSION = 2

#: Marks that may follow each other in a name; more hide what stands above and below.
MARKS_IN_A_ROW = 3

JOINERS = "\u200c\u200d"
#: Letters and digits that look alike in many fonts, beside those that Unicode lists: all small here.
ALIKE = str.maketrans({"l": "i", "1": "i", "|": "i", "0": "o"})

# What takes no room, or an empty one: Unicode's Default_Ignorable_Code_Point, and the Braille cell without dots.
_UNSEEN = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

# Control characters and surrogates can stand neither in a page nor in UTF-8.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return `text` with one kind of line break, and a mark in place of what cannot be shown."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT.sub("\ufffd", text)


def visible(text: str) -> str:
    """Return what can be seen of `text`: "" if there is nothing but white space, controls and joiners."""
    return "".join(_UNFIT.sub("", text if text.isascii() else _UNSEEN.sub("", text)).split())


def checked_message(said: object, limit: int) -> str:
    """Return `said` as it is kept.  Raises CommandRejected unless it is said of 1 to `limit` characters."""
    if not isinstance(said, str):
        raise CommandRejected("bad-message", text("error.message_not_text", example='{"type": "say", "text": "..."}'))
    said = clean(said)  # first: forms send two characters for each line break
    if len(said) > limit:
        raise _too_long(said, limit, plural_id("error.message_too_long"))
    if not said.strip():
        raise CommandRejected("bad-message", text("error.message_empty"))
    return said


def checked_name(name: object) -> str:
    """Return `name` as it is shown.  Raises CommandRejected unless it is a name of 1 to 40 characters."""
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
    """Return `nonce`, "" for None.  Raises CommandRejected unless it is text of at most 64 characters."""
    if nonce is None:
        return ""
    if not isinstance(nonce, str) or len(nonce) > NONCE_LENGTH or _UNFIT.search(nonce):
        raise CommandRejected("bad-message", text("error.nonce_invalid", limit=NONCE_LENGTH))
    return nonce


@lru_cache(1000)
def checked_tag(tag: str) -> str | None:
    """Return a BCP 47 tag in its usual form, None if it is none."""
    if not tag or len(tag) > TAG_LENGTH:
        return None
    forget_parsed_tags()
    return langcodes.standardize_tag(tag) if langcodes.tag_is_valid(tag) else None


def forget_parsed_tags() -> None:
    """Free what langcodes keeps of each tag for good, where that is many: visitors can type any number of them."""
    kept: tuple[dict[Any, Any], ...] = (
        langcodes.Language._INSTANCES,
        langcodes.Language._PARSE_CACHE,
        language_distance._DISTANCE_CACHE,
    )
    for each in kept:
        if len(each) > MAX_PARSED_TAGS:
            each.clear()


def checked_lang(lang: object) -> str:
    """Return the BCP 47 tag of the language that an author declared, "" for none.

    Raises CommandRejected for anything that is not such a tag.
    """
    if lang is None or lang == "":
        return ""
    tag = checked_tag(lang) if isinstance(lang, str) else None
    if tag is None:
        raise CommandRejected("bad-message", text("error.lang_invalid"))
    return tag


class _Line(NamedTuple):
    """A line of text that people type, and the ids of what may be wrong with it."""

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


#: Characters of a name that its slug is made of.
MAX_NAMED = 4 * SLUG_LENGTH


def slug(name: str) -> str:
    """Return what `name` is in a room's URL, "" if nothing of it can be.

    NFKC, lower case; letters (with their marks) and digits of any script;
    everything else becomes one hyphen; at most 40 characters.  What is far longer than a name is cut off first: to
    normalize many marks takes time by the square of their number.
    """
    kept: list[str] = []
    for character in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name[:MAX_NAMED]).lower()):
        if character.isalnum() or (kept and kept[-1] != "-" and unicodedata.category(character)[0] == "M"):
            kept.append(character)
        elif kept and kept[-1] != "-":
            kept.append("-")
    return "".join(kept)[:SLUG_LENGTH].strip("-")


def skeleton(name: str) -> str:
    """Return the same for names that people may take for each other: case and look-alikes do not count.

    After the skeleton of Unicode Technical Standard 39, section 4.  Look-alikes
    are folded before NFKC as well: it makes a sigma of U+03F9, which looks like C.

    Databases file names by it: see SKELETON_VERSION.
    """
    text = "".join(_look(character) for character in unicodedata.normalize("NFC", name))
    text = unicodedata.normalize("NFKC", text)
    text = unicodedata.normalize("NFKC", "".join(_look(character) for character in text).casefold())
    text = "".join(_look(character) for character in text)
    return "".join(text.translate(ALIKE).replace("rn", "m").split())


@cache  # of characters, of which there are not more than Unicode has
def _look(character: str) -> str:
    """Return the ASCII letter or digit that `character` looks like, else itself; nothing if it is not seen."""
    if character.isascii():
        return character
    if _UNSEEN.match(character):
        return ""
    for variant in (character, character.upper(), character.lower()):  # most look like something in one case only
        alike = [entry["c"] for entry in confusables.confusables_data.get(variant, ())]
        letters = [letter for letter in alike if len(letter) == 1 and letter.isascii() and letter.isalnum()]
        if letters:
            return min(letters)
    return character
