"""What a language model answers: taken apart, and judged text by text.  Nothing in it is believed."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import langcodes
from confusable_homoglyphs import categories

from piratechat.bounded_json import parse_json
from piratechat.model.links import links
from piratechat.texts import Text
from piratechat.translation import BadRequest, BadResponse, TooLong
from piratechat.translators.backends.model_prompt import numbered
from piratechat.translators.engine.languages import closest

#: Guesses the language of a text: its tag, or None where that is not sure.
Guess = Callable[[str], str | None]

#: Characters of an answer for each of the text, and beside those; one of a dense script counts as three.
MAX_EXPANSION, MAX_ADDED = 3, 80
#: A text of so many characters or more is never answered with less than a part of it.
LONG_TEXT, MIN_PART = 80, 6
#: Letters that the text did not have, from which on their script is looked at, ...
MIN_SCRIPT_LETTERS = 6
#: ... and the letters from which on their language is guessed.
MIN_GUESSED_LETTERS = 40

#: No call has more tokens, whatever a service says.
_MAX_TOKENS = 10_000_000
#: Characters of a token where a service does not count them: fewer than there are, so that a budget is kept.
_CHARACTERS_PER_TOKEN = 2

# What models write before their answer: reasoning, and a fence around JSON.
_THINKING = r"think|thinking|thought|reasoning|reflection"
_REASONING = re.compile(rf"\s*+<({_THINKING})>.*?</\1>", re.DOTALL | re.IGNORECASE)
_REASONING_END = re.compile(rf"</(?:{_THINKING})>", re.IGNORECASE)
_FENCE = re.compile(r"```\w*\s*\n(.*?)\n?\s*```", re.DOTALL)

_SLOT = re.compile(r"\u27e6\d+\u27e7")
_MENTION = re.compile(r"(?<!\w)@\w+")
_NUMBER = re.compile(r"\d(?:[.,'\u2019\u00a0\u202f ]?\d)*")
#: Digits of a number that must not be lost: shorter ones are also written in words, or are times of day.
_MIN_DIGITS = 4

# Models that will not, and say so in place of a translation.
_REFUSAL = re.compile(
    r"""
      \b(?:i\ (?:can\s?(?:no|['\u2019])t|am\ (?:not\ able|unable)\ to|won['\u2019]t|will\ not)
          |i['\u2019]m\ (?:not\ able|unable)\ to)
        \ (?:be\ able\ to\ )?
        (?:(?:assist|help)\ (?:you\ )?with\ (?:that|this|such|your|the)\b
          |(?:comply\ with|fulfill?)\ (?:that|this|such|your|the)\b
          |(?:translate|process|provide|engage|generate|create|repeat|produce)\b[^.!?\n]{0,30}
           \b(?:request|content|text|translation|material|language|statement|response)s?\b)
    | \bas\ an?\ (?:ai\b|artificial\ intelligence|(?:large\ )?language\ model)
    | \bals\ (?:eine?\ )?(?:ki\b|künstliche\ intelligenz|sprachmodell)
    | \ben\ tant\ qu['\u2019](?:ia\b|intelligence\ artificielle)
    | \bcomo\ (?:una?\ )?(?:ia\b|inteligencia\ artificial|modelo\ de\ (?:lenguaje|linguagem))
    | \bкак\ (?:ии\b|искусственный\ интеллект|языковая\ модель)
    | 作为(?:一个)?(?:人工智能|语言模型|AI) | (?:AI|人工知能|言語モデル)として
    """,  # noqa: RUF001 - Cyrillic
    re.VERBOSE | re.IGNORECASE,
)
# Models that talk about the translation, before it or after it; people do so, too, with as many colons and lines.
_CHATTER = re.compile(
    r"""
      \A\W*(?:(?:sure|certainly|of\ course|absolutely|okay|ok)\b[^\n]{0,40}?\W)?
        (?:here(?:['\u2019]s|\ is|\ are)\ (?:the|your|a|my)\ (?:\w+\ ){0,3}?
            (?:translations?|translated|rewrit\w+|version|json|result)
          |(?:the\ )?(?:translation|translated\ text|rewritten(?:\ text)?|output|answer|result)\s*(?:\([^)]*\))?\s*:)
    | [(\[\n]\s*(?:translator['\u2019]?s?\ )?note\s*: | \ATexts?\s*:
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What models write and people do not; U+FFFD stands for bytes that are no character.
_LEAKED = re.compile(rf"</?(?:{_THINKING})> | <\|\w+\|> | ``` | \ufffd", re.VERBOSE | re.IGNORECASE)

#: Scripts as the database of characters calls them, by what tags say.
_SCRIPTS = {
    "Arab": {"ARABIC"},
    "Armn": {"ARMENIAN"},
    "Beng": {"BENGALI"},
    "Cyrl": {"CYRILLIC"},
    "Deva": {"DEVANAGARI"},
    "Geor": {"GEORGIAN"},
    "Grek": {"GREEK"},
    "Gujr": {"GUJARATI"},
    "Guru": {"GURMUKHI"},
    "Hans": {"HAN"},
    "Hant": {"HAN"},
    "Hebr": {"HEBREW"},
    "Jpan": {"HAN", "HIRAGANA", "KATAKANA"},
    "Kore": {"HAN", "HANGUL"},
    "Latn": {"LATIN"},
    "Taml": {"TAMIL"},
    "Telu": {"TELUGU"},
    "Thai": {"THAI"},
}
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


class Unusable(BadRequest):
    """The service is well, but what it says of this text is no translation of it."""

    kind = "unusable"


def results(answer: Any, count: int, title: str) -> list[str]:
    """Return the texts in `answer` of the service `title`, an object of /v1/chat/completions, `count` of them.

    Raises BadResponse for what is no such object, TooLong for an answer that
    was cut off, and Unusable for one that has something else in it.
    """
    choices = answer.get("choices") if isinstance(answer, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise BadResponse(Text("translation.bad_response", {"title": title}))
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        raise Unusable(Text("translation.refused", {"title": title}))
    if choice.get("finish_reason") == "length":
        raise TooLong(Text("translation.too_long", {"title": title}))
    return _parsed(without_reasoning(_content(message)), count, title)


def without_reasoning(content: str) -> str:
    """Return `content` without what a model thought aloud before it, and without a fence around it."""
    while found := _REASONING.match(content):
        content = content[found.end() :]
    # Where the prompt opened the reasoning, only its end is in the answer.
    end = _REASONING_END.search(content)
    if end and not content.lstrip().startswith("{"):
        content = content[end.end() :]
    content = content.strip()
    fenced = _FENCE.fullmatch(content)
    return fenced[1].strip() if fenced else content


def _content(message: dict[str, Any]) -> str:
    """Return the text of a message, which may come in parts; fields of reasoning are not looked at."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        content = "".join([part for part in parts if isinstance(part, str)])
    return content if isinstance(content, str) else ""


def _parsed(content: str, count: int, title: str) -> list[str]:
    names = list(numbered([""] * count))
    try:
        found = parse_json(content)
    except ValueError:
        found = None
    if isinstance(found, dict) and found.keys() == {"texts"}:
        found = found["texts"]  # in the shape of what was asked
    if not isinstance(found, dict) or found.keys() != set(names):
        if _REFUSAL.search(content):
            raise Unusable(Text("translation.refused", {"title": title}))
        raise Unusable(Text("translation.unusable", {"title": title}))
    read = [found[name] for name in names]
    if not all(isinstance(each, str) for each in read):
        raise Unusable(Text("translation.unusable", {"title": title}))
    return read


def check(said: str, read: str, target: str | None, source: str | None, guess: Guess, title: str) -> None:
    """Raises Unusable unless `read` may be a translation of `said`, both with slots for what is kept from models.

    `target` is the BCP 47 tag of its language, or None for a style; `source` that of what was said, or None.
    """
    before, after = _plain(said), _plain(read[: MAX_EXPANSION * MAX_EXPANSION * len(said) + 1_000])
    if _REFUSAL.search(after) and not _REFUSAL.search(before):
        raise Unusable(Text("translation.refused", {"title": title}))
    if (
        _is_out_of_proportion(before, after)
        or (_LEAKED.search(after) and not _LEAKED.search(before))
        or (_CHATTER.search(after) and _says_more(before, after))
        or _adds(before, after)
        or (target is not None and _is_no_translation(before, after, target, source, guess))
    ):
        raise Unusable(Text("translation.unusable", {"title": title}))


def _is_no_translation(said: str, read: str, target: str, source: str | None, guess: Guess) -> bool:
    return (
        not _numbers(said) <= _numbers(read)
        or _is_in_another_script(said, read, target)
        or _is_in_another_language(said, read, target, source, guess)
    )


def _plain(text: str) -> str:
    return _SLOT.sub(" ", text)


def _size(text: str) -> int:
    return len(text) + 2 * len(_DENSE.findall(text))


def _is_out_of_proportion(said: str, read: str) -> bool:
    before, after = _size(said), _size(read)
    return (
        not read.strip()
        or after > MAX_EXPANSION * before + MAX_ADDED
        or (before >= LONG_TEXT and after < before / MIN_PART)
    )


def _says_more(said: str, read: str) -> bool:
    """Whether there are more colons, brackets or lines than before."""
    return any(
        len(re.findall(mark, read)) > len(re.findall(mark, said)) for mark in ("[:\uff1a]", "[(\uff08\\[]", "\n")
    )


def _adds(said: str, read: str) -> bool:
    """Whether there are links or mentions that nobody wrote."""
    return not (
        {each.href for each in links(read)} <= {each.href for each in links(said)}
        and set(_MENTION.findall(read)) <= set(_MENTION.findall(said))
    )


def _numbers(text: str) -> set[str]:
    """Return the long numbers in `text`, without what separates their digits, and in ASCII."""
    found = (
        "".join([str(unicodedata.decimal(each)) for each in number if each.isdecimal()])
        for number in _NUMBER.findall(text)
    )
    return {number for number in found if len(number) >= _MIN_DIGITS}


def _is_in_another_script(said: str, read: str, target: str) -> bool:
    expected = _SCRIPTS.get(str(langcodes.Language.get(target).maximize().script))
    if expected is None:
        return False
    known = set(re.findall(r"\w+", said.casefold()))
    new = [letter for word in re.findall(r"\w+", read) if word.casefold() not in known for letter in word]
    letters = [letter for letter in new if letter.isalpha()]
    right = sum(categories.alias(letter) in expected for letter in letters)
    return len(letters) >= MIN_SCRIPT_LETTERS and right < len(letters) / 2


def _is_in_another_language(said: str, read: str, target: str, source: str | None, guess: Guess) -> bool:
    """Whether it is in English, as what models say of themselves is, or in the language of what was said."""
    if read.strip() == said.strip() or sum(map(str.isalpha, read)) < MIN_GUESSED_LETTERS:
        return False
    found = guess(read)
    if found is None or closest(found, [target]) is not None:
        return False
    return any(closest(found, [tag]) is not None for tag in ("en", source) if tag is not None)


def usage_of(answer: Any, sent: Sequence[str]) -> tuple[int, int]:
    """Return the tokens of the prompt and of the answer, as the service counts them; else estimates, `sent` given."""
    usage = answer.get("usage") if isinstance(answer, dict) else None
    if isinstance(usage, dict):
        prompt, told = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if (
            isinstance(prompt, int)
            and isinstance(told, int)
            and min(prompt, told) >= 0
            and max(prompt, told) < _MAX_TOKENS
        ):
            return prompt, told
    return sum(map(len, sent)) // _CHARACTERS_PER_TOKEN + 1, len(str(answer)) // _CHARACTERS_PER_TOKEN + 1
