"""The number of inputs, and the seed.

FUZZ_INPUTS is the number of inputs for the server, and of those for its parts; FUZZ_SEED is the seed that an
earlier run has printed.
"""

import os
import random

INPUTS = int(os.environ.get("FUZZ_INPUTS") or 1_500)
SEED = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(2**32))


def chance(*about):
    """Return a separate random generator for the part `about`, so that parts do not affect each other."""
    return random.Random(" ".join(map(str, (SEED, *about))))


def tell(text):
    """Print a line for the summary at the end of the run."""
    print(f"fuzz: seed {SEED}: {text}")  # noqa: T201 -- pytest captures it
