"""Scripts of the world, as far as they say where a name that nobody knows ends: classes for patterns of `re`."""

#: The letters and marks of scripts, as they stand between the brackets of a class.  Punctuation is in none of them.
SCRIPTS = {
    "latin": r"A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff"
    r"\uff21-\uff3a\uff41-\uff5a",
    "greek": r"\u0370-\u037d\u037f-\u0386\u0388-\u03ff\u1f00-\u1fff",
    "cyrillic": r"\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "armenian": r"\u0531-\u0556\u0560-\u0588",
    "hebrew": r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05ea\u05ef-\u05f2",
    "arabic": r"\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06fc"
    r"\u0750-\u077f\u08a0-\u08ff",
    "devanagari": r"\u0900-\u0963\u0966-\u096f\u0971-\u097f",
    "bengali": r"\u0980-\u09fc",
    "gurmukhi": r"\u0a00-\u0a75",
    "gujarati": r"\u0a80-\u0aef\u0af9-\u0aff",
    "oriya": r"\u0b00-\u0b6f\u0b71-\u0b77",
    "tamil": r"\u0b80-\u0bef",
    "telugu": r"\u0c00-\u0c6f",
    "kannada": r"\u0c80-\u0cff",
    "malayalam": r"\u0d00-\u0d6f\u0d7a-\u0d7f",
    "sinhala": r"\u0d80-\u0df3",
    "thai": r"\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59",
    "lao": r"\u0e81-\u0edf",
    "tibetan": r"\u0f00\u0f20-\u0f33\u0f40-\u0fbc",
    "myanmar": r"\u1000-\u1049\u1050-\u109f",
    "georgian": r"\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "hangul": r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "ethiopic": r"\u1200-\u135f\u1369-\u139f",
    "khmer": r"\u1780-\u17d3\u17d7\u17dc-\u17e9",
    "hiragana": r"\u3041-\u309f\u30fc",
    "katakana": r"\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "han": r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
}

#: Those that write no spaces between words, so that a sign may follow a word at once, and Hangul, as its particles do.
SPACELESS = "".join(
    SCRIPTS[name] for name in ("thai", "lao", "tibetan", "myanmar", "khmer", "hangul", "hiragana", "katakana", "han")
)

# Digits, low lines and accents are of every script.
_COMMON = r"0-9_\u0300-\u036f"


def run(most: int) -> str:
    """Return a pattern for a run of one script, with points and hyphens inside, of `most` characters at most."""
    classes = [f"[{script}{_COMMON}]" for script in SCRIPTS.values()]
    classes.append(f"[^\\W{''.join(SCRIPTS.values())}]")  # and whatever else has letters
    return "(?:" + "|".join(f"(?=\\w) (?: {each} | [.-](?={each}) ){{1,{most}}}+" for each in classes) + ")"
