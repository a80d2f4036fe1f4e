"""Reader of corpus.txt, which has messages and their pirate translations."""

import os

from tests.support.paths import TESTS

CORPUS = os.path.join(TESTS, "translators", "corpus.txt")


def entries(lines):
    """Yield (line number, message, translation); raise ValueError for an invalid line."""
    start, said, read = 0, [], []
    for number, line in enumerate([*lines, ""], 1):
        kind, text = line[:2], line[2:]
        if kind == "< " and not read:
            start = start or number
            said.append(text)
        elif kind == "> " and said:
            read.append(text)
        elif (not line.strip() or line.startswith(("# ", "## ")) or line == "#") and bool(said) == bool(read):
            if said:
                yield start, "\n".join(said), "\n".join(read)
            start, said, read = 0, [], []
        else:
            raise ValueError(f"corpus.txt, line {number}: write '< ' and what was said, then '> ' and what is read")
