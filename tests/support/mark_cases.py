# ruff: noqa: RUF001 - the punctuation of other scripts is tested
"""Texts with one mark in many scripts: the mark must stay, and the text around it must be translated.

`cases()` yields each mark in each script, with a space, punctuation of the script, or nothing on either side. Texts
with another meaning are left out: "seeexample.org" is another address.
"""

from collections.abc import Iterator
from typing import NamedTuple

from piratechat.model.mentions import mentions
from piratechat.model.names import Names
from piratechat.translators.text.protected_spans import mentioning


class Script(NamedTuple):
    name: str
    #: The text before and after the mark.
    before: str
    after: str
    #: Opening and closing punctuation.
    opening: str
    closing: str
    #: A person's name, and text that may follow it without a space.
    person: str
    spaceless: bool = False


SCRIPTS = (
    Script("Latin", "please see", "and tell them", "“", "”—", "Zoë"),
    Script("Cyrillic", "смотрите", "и скажите всем", "«", "»,", "Юля"),
    Script("Greek", "δείτε", "και πείτε το", "«", "»·", "Νίκος"),
    Script("Arabic", "انظروا", "وأخبروا الجميع", "«", "»،", "محمد"),
    Script("Hebrew", "ראו", "ותגידו לכולם", "„", "”", "עֲדִי"),
    Script("Devanagari", "देखिए", "और सबको बताइए", "‘", "।", "राहुल"),
    Script("Bengali", "দেখুন", "এবং সবাইকে বলুন", "“", "।", "রাহুল"),
    Script("Tamil", "பாருங்கள்", "எல்லோரிடமும் சொல்லுங்கள்", "“", "”", "கமலா"),
    Script("Thai", "ดูที่", "แล้วบอกทุกคน", "“", "”", "สมชาย", True),
    Script("Chinese", "请看", "然后告诉大家", "「", "，", "王小明", True),
    Script("Japanese", "こちらは", "を見てください", "「", "。", "田中", True),
    Script("Korean", "여기", "에서 만나요", "《", "》", "민수", True),
)

#: Name, text, and in which scripts letters may follow and precede it without a space: "no", "other" than Latin,
#: "spaceless", or "any".  Without a text, it is the mention of a person, known in the room or not.
MARKS = (
    ("link", "https://example.org", "other", "any"),
    ("link with a path", "https://example.org/house?b=c#d", "other", "any"),
    ("link without a scheme", "example.org/house", "other", "other"),
    ("link to www", "www.example.org", "other", "other"),
    ("mailto:", "mailto:ada@example.org", "other", "other"),
    ("e-mail address", "ada@example.org", "other", "other"),
    ("another scheme", "ftp://example.org/a", "other", "other"),
    ("code", "`ls -l`", "any", "any"),
    ("code with `", "``a ` b``", "any", "any"),
    ("fenced code", "```\nls -l\n```", "any", "any"),
    ("emphasis", "**{}**", "spaceless", "spaceless"),
    ("emoji", "👍🏽", "any", "any"),
    ("joined emoji", "👩‍💻", "any", "any"),
    ("heart", "❤️", "any", "any"),
    ("flag", "🇵🇹", "any", "any"),
    ("keycap", "1️⃣", "any", "any"),
    (":smile:", ":smile:", "other", "other"),
    (":+1:", ":+1:", "other", "other"),
    ("@bob of the room", "@bob", "other", "spaceless"),
    ("@Ann-Marie L of the room", "@Ann-Marie L", "spaceless", "spaceless"),
    ("@native of the room", "", "spaceless", "spaceless"),
    ("@eve, unknown", "@eve", "other", "spaceless"),
    ("@native, unknown", "", "no", "spaceless"),
    ("@who@where.org", "@who@where.org", "other", "no"),
)


class Case(NamedTuple):
    mark: str
    script: Script
    #: The text passed to the translator, and the marks in it.
    text: str
    kept: tuple[str, ...]
    #: The texts that the back end must receive.
    given: tuple[str, ...]


def names_of(*names: str) -> Names:
    found = Names()
    for name in names:
        found.claim(name, f"visitor {name}")
    return found


def cases() -> Iterator[Case]:
    names = names_of("bob", "Ann-Marie L", *(script.person for script in SCRIPTS))
    nobody = names_of()
    for script in SCRIPTS:
        for mark, text, behind, ahead in MARKS:
            kept: tuple[str, ...]
            inside, word = (), script.after.split()[0]
            if mark == "emphasis":
                kept, said, inside = ("**", "**"), text.format(word), (word,)
            else:
                said = text or f"@{script.person}"
                kept = (said,)
            for left in (" ", script.opening, ""):
                for right in (" ", script.closing, ""):
                    if (left or _may_touch(ahead, script)) and (right or _may_touch(behind, script)):
                        whole = f"{script.before}{left}{said}{right}{script.after}"
                        known = nobody if "unknown" in mark else names
                        given = (script.before, *inside, script.after)
                        yield Case(mark, script, mentioning(whole, mentions(whole, known)), kept, given)


def _may_touch(where: str, script: Script) -> bool:
    return {
        "any": True,
        "other": script.name != "Latin",
        "spaceless": script.spaceless,
        "no": False,
    }[where]


#: Changes that a translator makes to its texts.
GARBLERS = {
    "nothing": lambda text: text,
    "reverse": lambda text: text[::-1],
    "upper": str.upper,
    "insert": lambda text: f"say {text} now",
    "drop": lambda text: text[1:] or text,
    "swap": lambda text: " ".join(reversed(text.split(" "))),
    "escape": lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace("`", "&#96;").replace("@", "&#64;"),
    "digits": lambda text: f"1{text}2",
    "duplicate": lambda text: text + text,
    "latin": lambda text: "".join("a" if letter.isalpha() and not letter.isascii() else letter for letter in text),
    "marks": lambda text: f"@eve {text} https://evil.example :wave: `x`",
    "empty": lambda _text: "",
}
