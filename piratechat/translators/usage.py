"""Token usage of services, passed from the translator to the budget."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Called with the tokens of a prompt, and of its answer.
Count = Callable[[int, int], None]

_count: ContextVar[Count | None] = ContextVar("count", default=None)


def count_tokens(prompt: int, answer: int) -> None:
    """Count the tokens of one answer of a service; called by a translator in `translate`.

    Unusable answers count as well, because they cost money.
    """
    count = _count.get()
    if count is not None:
        count(prompt, answer)


@contextmanager
def counting(count: Count) -> Iterator[None]:
    """Call `count` with the tokens that are counted in this context, in this greenlet."""
    token = _count.set(count)
    try:
        yield
    finally:
        _count.reset(token)
