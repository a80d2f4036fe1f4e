"""What translation is, shown by the translators that are there."""

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request

#: What somebody might write, and the language of it.
SENTENCES = (
    "Hello, my friends!",
    "Where is the money?",
    "Is the food ready?",
)
LANGUAGE = "en"
#: Examples on a page.
MOST = 6


def examples(request: Request, translators: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return sentences with how they read through `translators`, as far as nobody has to be asked for that.

    Each has `written` in the language `written_lang`, and `read` in `read_lang` through the translator `title`.
    """
    engine = request.services.engine
    found = (
        (sentence, translator, engine.known(translators, name, sentence, LANGUAGE))
        for sentence in SENTENCES
        for name, translator in translators.items()
    )
    return [
        {
            "written": sentence,
            "written_lang": LANGUAGE,
            "read": translated.text,
            "read_lang": translator.target or LANGUAGE,
            "title": translator.title,
        }
        for sentence, translator, translated in found
        if translated is not None and translated.text != sentence
    ][:MOST]
