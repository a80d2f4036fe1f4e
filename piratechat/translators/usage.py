"""What calls of services cost that count tokens, from the translator that hears it to the one who keeps the budget."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Called with the tokens of a prompt, and of its answer.
Count = Callable[[int, int], None]

_count: ContextVar[Count | None] = ContextVar("count", default=None)


def count_tokens(prompt: int, answer: int) -> None:
    """Count the tokens of one answer of a service: a translator calls this from within `translate`.

    Also where the answer is of no use: it is paid for.
    """
    count = _count.get()
    if count is not None:
        count(prompt, answer)


@contextmanager
def counting(count: Count) -> Iterator[None]:
    """Have `count` called with what is counted within, in this greenlet."""
    token = _count.set(count)
    try:
        yield
    finally:
        _count.reset(token)
