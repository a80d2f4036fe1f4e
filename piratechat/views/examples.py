"""Examples of translations for the home page."""

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request

#: Sentences, and their languages.
SENTENCES = (
    "Hello, my friends!",
    "Where is the money?",
    "Is the food ready?",
)
LANGUAGE = "en"
#: Maximum number of examples on a page.
MOST = 6


def examples(request: Request, translators: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return sentences with their translations by `translators`, as far as these are available immediately.

    Each has `written` in the language `written_lang`, and `read` in `read_lang` by the translator `title`.
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
