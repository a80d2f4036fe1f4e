"""Time of the pirate translator for a line of another commit's corpus, compared with that commit.

    bin/python bench/pirate.py --beside main

Both are measured alternately, in separate processes; the result is the median of all rounds.
"""

import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: Files needed for an import that `make build` creates.
BUILT = ("piratechat/locale/**/*.mo", "piratechat/static/emoji_names.json")
CORPUS = "tests/translators/corpus.txt"


def lines(corpus):
    """Return the originals in the file `corpus`."""
    with open(corpus, encoding="utf-8") as file:
        return [line[2:-1] for line in file if line.startswith("< ")]


def microseconds(strength, corpus):
    """Return the CPU time of a line of the file `corpus` in this process, the best of three."""
    from piratechat.translators.builtin.pirate import in_pirate  # from the measured folder

    read = (lambda text: in_pirate(text, strength)) if strength else in_pirate
    said = lines(corpus)
    times = []
    for _ in range(4):  # the first run warms up
        start = time.process_time()
        for text in said:
            read(text)
        times.append(time.process_time() - start)
    return min(times[1:]) / len(said) * 1e6


def measured(folder, strength, corpus):
    """Return the time of a line with the modules in `folder`."""
    path = os.pathsep.join([folder, os.path.join(TOP, "bench"), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", f"import pirate; print(pirate.microseconds({strength!r}, {corpus!r}))"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,  # the first folder in the path
        env={**os.environ, "PYTHONPATH": path},
    )
    return float(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", default="HEAD~1", help="the other commit (default: the one before)")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is measured (default 9)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = os.path.join(folder, "other.tar")
        subprocess.run(["git", "archive", "-o", archive, options.beside, "piratechat", CORPUS], cwd=TOP, check=True)
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
        for built in BUILT:
            for path in glob.glob(built, root_dir=TOP, recursive=True):
                shutil.copy(os.path.join(TOP, path), os.path.join(folder, path))
        rows = {options.beside: (folder, ""), **{name: (TOP, name) for name in ("landlubber", "sailor", "captain")}}
        found = {name: [] for name in rows}
        for _ in range(options.rounds):
            for name, where in rows.items():
                found[name].append(measured(*where, os.path.join(folder, CORPUS)))
    for name, times in found.items():
        print(f"{name:12} {statistics.median(times):6.1f} us a line")


if __name__ == "__main__":
    main()
