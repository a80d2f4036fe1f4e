"""How much is tried, and the seed by which the same can be tried again.

FUZZ_INPUTS is how many inputs go to the server, and as many again to its parts;
FUZZ_SEED is what an earlier run has printed.
"""

import os
import random

INPUTS = int(os.environ.get("FUZZ_INPUTS") or 1_500)
SEED = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(2**32))


def chance(*about):
    """Return a random generator of its own for what it is `about`, so that no two parts disturb each other."""
    return random.Random(" ".join(map(str, (SEED, *about))))


def tell(text):
    """Print a line for the summary at the end of the run."""
    print(f"fuzz: seed {SEED}: {text}")  # noqa: T201 -- pytest keeps what is printed with the test
