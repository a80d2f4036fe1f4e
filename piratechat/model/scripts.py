"""Scripts: their letters, and whether they use spaces between words.

Each value is the content of a character class in a regular expression, including the combining marks of the script.
"""

#: ASCII and related letters: characters of URLs, and letters with accents.
LATIN = "A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0300-\u036f\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff"

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA, _KATAKANA = (
    "\u3041-\u309f\u30fc\U0001b001-\U0001b11f",
    "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000",
)
KANA = _HIRAGANA + _KATAKANA
HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"

#: The scripts whose runs of letters may be a name, by their ISO 15924 codes.
SCRIPTS = {
    "Latn": LATIN,
    "Grek": "\u0370-\u037d\u037f-\u0386\u0388-\u03ff\u1f00-\u1fff\u0300-\u036f",
    "Cyrl": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f\u0300-\u036f",
    "Armn": "\u0531-\u0556\u0559\u0560-\u0588",
    "Hebr": "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05ea\u05ef-\u05f2\ufb1d-\ufb4f",
    "Arab": "\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06fc\u0750-\u077f\u08a0-\u08ff"
    "\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc\u200c",
    "Deva": "\u0900-\u0963\u0966-\u096f\u0971-\u097f\ua8e0-\ua8ff\u200c\u200d",
    "Beng": "\u0980-\u09fc\u200c\u200d",
    "Guru": "\u0a00-\u0a75\u200c\u200d",
    "Gujr": "\u0a80-\u0aef\u0af9-\u0aff\u200c\u200d",
    "Orya": "\u0b00-\u0b6f\u0b71-\u0b77\u200c\u200d",
    "Taml": "\u0b80-\u0bef\u200c\u200d",
    "Telu": "\u0c00-\u0c6f\u200c\u200d",
    "Knda": "\u0c80-\u0cff\u200c\u200d",
    "Mlym": "\u0d00-\u0d7f\u200c\u200d",
    "Sinh": "\u0d80-\u0df3\u200c\u200d",
    "Thai": "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59",
    "Laoo": "\u0e81-\u0edf",
    "Tibt": "\u0f00\u0f0b\u0f20-\u0f33\u0f40-\u0fbc",
    "Mymr": "\u1000-\u1049\u1050-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f",
    "Geor": "\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Ethi": "\u1200-\u135f\u1369-\u139f\u2d80-\u2ddf",
    "Khmr": "\u1780-\u17d3\u17d7\u17dc-\u17e9",
    "Hira": _HIRAGANA,
    "Kana": _KATAKANA,
    "Hang": HANGUL,
    "Hani": HAN,
}

#: Scripts without spaces between words, so that a name may end within a word: Thai, Lao, Myanmar, Hangul (with
#: particles attached to names), Khmer, kana and Han.
SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
