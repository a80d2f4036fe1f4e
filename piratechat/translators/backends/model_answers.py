"""Parsing and validation of a language model's answers, text by text."""

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

#: Detects the language of a text: its tag, or None if uncertain.
Guess = Callable[[str], str | None]

#: Maximum length of an answer: a multiple of the original's, and a constant; characters of dense scripts count as
#: three.
MAX_EXPANSION, MAX_ADDED = 3, 80
#: A text of this length or more is never answered with less than a certain part of it.
LONG_TEXT, MIN_PART = 80, 6
#: Minimum number of new letters for checking their script, ...
MIN_SCRIPT_LETTERS = 6
#: ... and for detecting their language.
MIN_GUESSED_LETTERS = 40

#: Upper limit for the tokens of a call, whatever a service reports.
_MAX_TOKENS = 10_000_000
#: Estimated characters per token, if a service does not count them: a low number, so that quotas are kept.
_CHARACTERS_PER_TOKEN = 2

# Text that models write before their answer: reasoning, and a code fence around JSON.
_THINKING = r"think|thinking|thought|reasoning|reflection"
_REASONING = re.compile(rf"\s*+<({_THINKING})>.*?</\1>", re.DOTALL | re.IGNORECASE)
_REASONING_END = re.compile(rf"</(?:{_THINKING})>", re.IGNORECASE)
_FENCE = re.compile(r"```\w*\s*\n(.*?)\n?\s*```", re.DOTALL)

_SLOT = re.compile(r"\u27e6\d+\u27e7")
_MENTION = re.compile(r"(?<!\w)@\w+")
_NUMBER = re.compile(r"\d(?:[.,'\u2019\u00a0\u202f ]?\d)*")
#: Minimum length of numbers that must be preserved: shorter ones may be written as words, or be times.
_MIN_DIGITS = 4

# Refusals instead of a translation.
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
# Comments about the translation before or after it; people write such things as well, with as many colons and lines.
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
# Text that models write and people do not; U+FFFD stands for invalid bytes.
_LEAKED = re.compile(rf"</?(?:{_THINKING})> | <\|\w+\|> | ``` | \ufffd", re.VERBOSE | re.IGNORECASE)

#: Scripts by their names in Unicode character names, for scripts in tags.
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
    """The service works, but its answer is not a translation of this text."""

    kind = "unusable"


def results(answer: Any, count: int, title: str) -> list[str]:
    """Return the `count` texts in `answer`, a response of /v1/chat/completions from the service `title`.

    Raises BadResponse if it is not such an object, TooLong for a truncated answer, and Unusable for other content.
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
    """Return `content` without the reasoning before the answer, and without a code fence around it."""
    while found := _REASONING.match(content):
        content = content[found.end() :]
    # If the prompt has started the reasoning, the answer has only its end.
    end = _REASONING_END.search(content)
    if end and not content.lstrip().startswith("{"):
        content = content[end.end() :]
    content = content.strip()
    fenced = _FENCE.fullmatch(content)
    return fenced[1].strip() if fenced else content


def _content(message: dict[str, Any]) -> str:
    """Return the text of a message, which may have several parts; reasoning fields are ignored."""
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
        found = found["texts"]  # in the format of the request
    if not isinstance(found, dict) or found.keys() != set(names):
        if _REFUSAL.search(content):
            raise Unusable(Text("translation.refused", {"title": title}))
        raise Unusable(Text("translation.unusable", {"title": title}))
    read = [found[name] for name in names]
    if not all(isinstance(each, str) for each in read):
        raise Unusable(Text("translation.unusable", {"title": title}))
    return read


def check(said: str, read: str, target: str | None, source: str | None, guess: Guess, title: str) -> None:
    """Raise Unusable unless `read` is a plausible translation of `said`, both with slots for protected text.

    `target` is the BCP 47 tag of its language, or None for a style; `source` that of the original, or None.
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
    """Whether there are more colons, brackets or lines than in the original."""
    return any(
        len(re.findall(mark, read)) > len(re.findall(mark, said)) for mark in ("[:\uff1a]", "[(\uff08\\[]", "\n")
    )


def _adds(said: str, read: str) -> bool:
    """Whether there are new links or mentions."""
    return not (
        {each.href for each in links(read)} <= {each.href for each in links(said)}
        and set(_MENTION.findall(read)) <= set(_MENTION.findall(said))
    )


def _numbers(text: str) -> set[str]:
    """Return the long numbers in `text`, in ASCII, without digit separators."""
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
    """Whether it is in English, in which models talk about themselves, or in the original language."""
    if read.strip() == said.strip() or sum(map(str.isalpha, read)) < MIN_GUESSED_LETTERS:
        return False
    found = guess(read)
    if found is None or closest(found, [target]) is not None:
        return False
    return any(closest(found, [tag]) is not None for tag in ("en", source) if tag is not None)


def usage_of(answer: Any, sent: Sequence[str]) -> tuple[int, int]:
    """Return the tokens of the prompt and the answer, as reported by the service.

    If it reports none, they are estimated from the texts `sent` and the answer.
    """
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
