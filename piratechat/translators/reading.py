"""How a text is read through a translator, whatever that one does."""

import logging
from collections.abc import Sequence
from typing import Any

from piratechat.translation import Failed, Outcome, TranslationError

log = logging.getLogger(__name__)


def translate(translator: Any, texts: Sequence[str]) -> Sequence[Outcome | None]:
    """Return the outcomes for `texts`, one each; None where there is no translator.

    A translator that breaks its promises costs its readers the translation
    and nothing else: they read the original.
    """
    if translator is None:
        return [None] * len(texts)
    try:
        outcomes = list(translator.translate(texts))
    except Exception:
        log.exception("The translator %r failed", translator.name)
        outcomes = []
    if len(outcomes) != len(texts):
        failure = Failed(TranslationError(f"{translator.title} could not translate this."))
        return [failure] * len(texts)
    return outcomes
