"""Outcomes of translations: validating a translator's results, and reassembling texts from pieces."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from piratechat.model.text import clean
from piratechat.texts import Text
from piratechat.translation import BadResponse, Failed, Outcome, Skipped, Translated, TranslationError
from piratechat.translators.text.masking import Masked, mask

#: Maximum length of a translation: a multiple of the original's, and a constant in characters.
MAX_EXPANSION, MAX_ADDED = 10, 500


class Pending:
    """The translation is still in progress."""


PENDING: Final = Pending()


class InvalidOutcomes(BadResponse):
    """A translator returned something that is not a list of outcomes.

    `problem` is for its author, without text of messages.
    """

    def __init__(self, message: str, problem: str) -> None:
        super().__init__(message)
        self.problem = problem


#: Called with an outcome that was PENDING.
Callback = Callable[[Outcome], None]


def translated_in_pieces(
    translator: Any, texts: Sequence[str], masking: str, ask: Callable[[list[str]], list[Outcome]]
) -> list[Outcome]:
    """Return an outcome for each of `texts`; `ask` is called with their pieces, within the translator's limits.

    `ask` returns an outcome for each piece; its exceptions are passed on.
    """
    masked = [mask(text, masking, translator.max_item_length, translator.masking == "tags") for text in texts]
    pieces = [piece for each in masked for piece in each.pieces]
    found: list[Outcome] = []
    for chunk in chunks(pieces, translator.max_items, translator.max_length):
        found += ask(chunk)
    of_pieces = iter(found)
    in_words = translator.kind == "language"
    return [together(each, list(islice(of_pieces, len(each.pieces))), in_words) for each in masked]


def checked(outcomes: Any, count: int, translator: Any) -> list[Outcome]:
    """Return a translator's outcomes.  Raises InvalidOutcomes unless they have the documented form."""
    if isinstance(outcomes, str | bytes) or not isinstance(outcomes, Iterable):
        raise _invalid(translator, f"{type(outcomes).__name__} instead of a list")
    found = list(islice(outcomes, count + 1))
    for each in found:
        if not _is_outcome(each):
            raise _invalid(translator, f"a list with {_kind_of(each)} in it")
    if len(found) != count:
        given = f"more than {count}" if len(found) > count else str(len(found))
        raise _invalid(translator, f"{given} outcomes for {count} texts")
    return found


def _invalid(translator: Any, found: str) -> InvalidOutcomes:
    return InvalidOutcomes(
        Text("translation.bad_response", {"title": translator.title}),
        f"translate() returned {found}; it has to return a list of one outcome for each text, in their order: "
        "Translated(text), Skipped(reason) or Failed(error)",
    )


def _kind_of(found: Any) -> str:
    """Describe the type of `found`, without its content."""
    kind = type(found).__name__
    if isinstance(found, Translated):
        text, source = type(found.text).__name__, type(found.source).__name__
        return f"{kind}(text: {text}, source: {source}) instead of {kind}(text: str, source: str or None)"
    if isinstance(found, Skipped):
        return f"{kind}(reason: {type(found.reason).__name__}) instead of {kind}(reason: str)"
    if isinstance(found, Failed):
        return f"{kind}(error: {type(found.error).__name__}) instead of a TranslationError"
    return f"{kind} instead of Translated"


def _is_outcome(found: Any) -> bool:
    if isinstance(found, Translated):
        return isinstance(found.text, str) and isinstance(found.source, str | None)
    if isinstance(found, Skipped):
        return isinstance(found.reason, str)
    return isinstance(found, Failed) and isinstance(found.error, TranslationError)


def together(masked: Masked, outcomes: Sequence[Outcome], in_words: bool = False) -> Outcome:
    """Combine the outcomes of a text's pieces; `in_words`: each must contain a letter or a digit."""
    reason: str = Text("translation.nothing")
    texts, sources, cacheable = [], set(), True
    for piece, outcome in zip(masked.pieces, outcomes, strict=True):
        if isinstance(outcome, Failed):
            return outcome
        if isinstance(outcome, Skipped):
            reason = outcome.reason
            texts.append(piece)
        else:
            if len(outcome.text) > MAX_EXPANSION * len(piece) + MAX_ADDED:
                return Failed(BadResponse(Text("translation.too_much")))
            texts.append(outcome.text)
            sources.add(outcome.source)
            cacheable = cacheable and outcome.cacheable
    if not sources:
        return Skipped(reason)
    try:
        text = clean(masked.restore(texts, in_words))
    except BadResponse as error:
        return Failed(error)
    return Translated(text, sources.pop() if len(sources) == 1 else None, cacheable)


def chunks(pieces: Sequence[str], items: int, length: int) -> Iterator[list[str]]:
    """Yield `pieces` in batches of at most `items`, and of `length` characters if possible."""
    chunk: list[str] = []
    used = 0
    for piece in pieces:
        if chunk and (len(chunk) >= items or used + len(piece) > length):
            yield chunk
            chunk, used = [], 0
        chunk.append(piece)
        used += len(piece)
    if chunk:
        yield chunk


def has_lost_marks(outcome: Outcome) -> bool:
    """Whether a translation in pieces may succeed, because this one could not be reassembled."""
    return isinstance(outcome, Failed) and isinstance(outcome.error, BadResponse)


def forget_frames(outcome: Outcome) -> None:
    """Release the traceback of an error that may be stored for long, and everything it refers to."""
    if isinstance(outcome, Failed):
        outcome.error.__traceback__ = outcome.error.__cause__ = outcome.error.__context__ = None
