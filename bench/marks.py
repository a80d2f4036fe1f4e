"""Print what masking preserves and what it hides, for each mark and script, and each kind of masking.

    bin/python bench/marks.py [--masking split]

A cell has two percentages.  Kept: of the texts that a garbling translator returned, those in which each mark is
unchanged (and a link is still a link on the page).  Given: of all texts, those of which every word around the mark
reached the translator.  A cell without numbers has no faults.  tests/support/mark_cases.py has the texts.
"""

import argparse
import os
import sys
import time
from collections import Counter, defaultdict

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from prometheus_client import CollectorRegistry

from piratechat.model.links import links
from piratechat.testing import MASKINGS
from piratechat.translation import Translated, Translator
from piratechat.translators.engine.budget import Budget, Limits
from piratechat.translators.engine.caller import Caller
from piratechat.translators.engine.metrics import TranslationMetrics
from tests.support.mark_cases import GARBLERS, MARKS, SCRIPTS, cases


class Garbler(Translator):
    """Returns the result of `garble`, and stores the texts that it received."""

    name = title = "garbler"

    def __init__(self, masking, garble):
        self.masking, self._garble = masking, garble
        self.given = []

    def translate(self, batch, target=None, source=None, deadline=None):
        self.given += batch
        return [Translated(self._garble(text)) for text in batch]


def is_kept(case, text):
    """Whether the marks of `case` are in `text`, and links are still links on the page."""
    at = 0
    for mark in case.kept:
        at = text.find(mark, at) + len(mark)
        if at < len(mark):
            return False
    if case.mark.startswith(("link", "e-mail", "mailto")):
        return any(link.href.endswith(case.kept[0].removeprefix("mailto:")) for link in links(text))
    return True


def looked_at(masking):
    """Return the numbers of translated texts, of kept ones, of all, and of given ones, by (mark, script)."""
    found = defaultdict(Counter)
    caller = Caller("garbler", 10.0, Budget(Limits()), TranslationMetrics(CollectorRegistry()).of("garbler"))
    for case in cases():
        counted = found[case.mark, case.script.name]
        for name, garble in GARBLERS.items():
            translator = Garbler(masking, garble)
            outcome = caller.translate(translator, [case.text], None)[0]
            if isinstance(outcome, Translated):
                counted["answered"] += 1
                counted["kept"] += is_kept(case, outcome.text)
            if name == "nothing":
                counted["texts"] += 1
                counted["given"] += all(any(words in text for text in translator.given) for words in case.given)
    return found


def cell(counted):
    if not counted["texts"]:
        return "-"
    parts = []
    for short, some, all_ in (("k", "kept", "answered"), ("g", "given", "texts")):
        if counted[some] < counted[all_]:
            parts.append(f"{short}{100 * counted[some] // counted[all_]}")
    return " ".join(parts) or "."


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masking", choices=MASKINGS, action="append")
    for masking in parser.parse_args().masking or MASKINGS:
        started = time.process_time()
        found = looked_at(masking)
        total = sum(found.values(), Counter())
        print(
            f"\n{masking}: kept {total['kept']:,} of {total['answered']:,}, "
            f"given {total['given']:,} of {total['texts']:,} ({time.process_time() - started:.1f} s)"
        )
        print(f"{'':26}" + "".join(f"{script.name[:8]:>9}" for script in SCRIPTS))
        for mark, *_others in MARKS:
            print(f"{mark:26}" + "".join(f"{cell(found[mark, script.name]):>9}" for script in SCRIPTS))


if __name__ == "__main__":
    main()
