"""Tells the time in ship's bells, and explains HTTP statuses like a pirate.

The bell is struck every half hour, from one to eight times, in watches of four hours from midnight; only in the dog
watches, from four to eight in the evening, does the count restart at six.  The original time is kept beside it, because
readers have no bells.
"""

import re
from collections.abc import Sequence

from piratechat.translators.builtin.pirate.tokens import plain, word_after, word_before, words

_NUMBERS = (
    "",
    "one bell",
    "two bells",
    "three bells",
    "four bells",
    "five bells",
    "six bells",
    "seven bells",
    "eight bells",
)
#: By the hour at which each begins.
_WATCHES = (
    (0, "middle watch"),
    (4, "mornin' watch"),
    (8, "forenoon watch"),
    (12, "afternoon watch"),
    (16, "first dog watch"),
    (18, "last dog watch"),
    (20, "first watch"),
)

_BEFORE_TIMES = words("at by before afore until 'til till after around about since from")
_TIME = re.compile(r"(?:(1[0-2]|0?[1-9])(?::(00|30))?([ap])\.?m|([01]?\d|2[0-3]):(00|30))", re.IGNORECASE)
_HALF = re.compile(r"[ap]\.?m", re.IGNORECASE)
#: Checked first, for speed.
_MAY_BE_TIME = re.compile(r"\d(?::[03]0| ?[AaPp]\.?[Mm]\b)")
#: Half hours of the dog watches: a time without am or pm would have other bells in the morning.
_DOUBTFUL = (13, 14, 15)

_STATUSES = {
    "400": "gibberish, says the lookout",
    "401": "no secret word, no boardin'",
    "403": "no boardin' without papers",
    "404": "the chest be empty",
    "408": "the tide waits fer no man",
    "409": "two cap'ns at one helm",
    "410": "gone to Davy Jones",
    "413": "too big fer the hold",
    "418": "a teapot in the galley",
    "429": "ye row too fast",
    "500": "she be takin' on water",
    "502": "foul wind at the gate",
    "503": "all hands be below",
    "504": "the tide never came in",
}
_BEFORE_STATUSES = words(
    "a an the http error errors curse curses status code got get getting gettin' gives returns returned see sees"
)
_MAY_BE_STATUS = re.compile(r" (?:4[01]\d|429|50\d)\b")


def bells(half_hours: int) -> str:
    """Return the bells for the number of half hours after midnight: "three bells"."""
    struck = half_hours % 8 or 8
    if 32 < half_hours < 40:  # the dog watches
        struck = half_hours % 4 or 4
    return _NUMBERS[struck]


def watch(half_hours: int) -> str:
    """Return the watch that contains the half hour, or ends with it: "first dog watch"."""
    hour = (half_hours - 1) % 48 / 2  # eight bells belong to the watch that they end
    return next(name for begins, name in reversed(_WATCHES) if begins <= hour)


def may_tell_time(text: str) -> bool:
    """Whether to look for times and statuses in `text` at all."""
    return _MAY_BE_TIME.search(text) is not None or _MAY_BE_STATUS.search(text) is not None


def at_sea(tokens: Sequence[str], is_captain: bool) -> list[str]:
    """Return `tokens` with ship's bells for times, "at three bells (5:30 pm)".

    Captains also name the watch, and explain HTTP statuses.
    """
    told = list(tokens)
    at = 3
    while at < len(told):
        before = plain(word_before(told, at))
        if before in _BEFORE_TIMES:
            _tell_time(told, at, is_captain)
        elif is_captain and told[at] in _STATUSES and before in _BEFORE_STATUSES and _stands_alone(told, at):
            told[at] = f"{told[at]} ({_STATUSES[told[at]]})"
        at += 2
    return told


def _tell_time(told: list[str], at: int, with_watch: bool) -> None:
    """Insert bells before the time at the index `at`, if it is one; its "pm" is joined to it."""
    end = at + 2 if told[at + 1] == " " and _HALF.fullmatch(word_after(told, at + 1)) else at
    time = "".join(told[at : end + 1])
    found = _TIME.fullmatch(time.replace(" ", ""))
    if found is None or not _stands_alone(told, end):
        return
    struck = _struck(found, with_watch)
    if struck:
        if time[-2] == "." and told[end + 1][:1] == ".":  # p.m.
            time, told[end + 1] = f"{time}.", told[end + 1][1:]
        told[at : end + 1] = [f"{struck} ({time})"]


def _stands_alone(told: Sequence[str], at: int) -> bool:
    """Whether the item at the index `at` is not part of a range or a longer item, and has no remark after it."""
    after = told[at + 1]
    if after.lstrip()[:1] in ("(", "-", "\u2013", "%", "/"):
        return False
    word = word_after(told, at + 1)
    return not (len(word) > 2 and word.isupper())  # a time zone


def _struck(found: re.Match[str], with_watch: bool) -> str:
    """Return the bells for a time, or "" if they depend on am or pm, which are missing."""
    hour, minutes, half, clock_hour, clock_minutes = found.groups()
    half_hours = 2 * int(hour or clock_hour) + ((minutes or clock_minutes) == "30")
    known = half is not None or half_hours >= 26 or clock_hour[0] == "0"
    if half is not None:
        half_hours = half_hours % 24 + 24 * (half in "pP")
    elif not known and half_hours % 24 in _DOUBTFUL:
        return ""
    struck = bells(half_hours % 48)
    return f"{struck} o' the {watch(half_hours % 48)}" if with_watch and known else struck
