"""Plays of puppeteer in tests/browsers, which are the same in each browser."""

import json
import os
import shutil
import signal
import subprocess

from sockjs_support.waiting import TIMEOUT
from tests.support.paths import NODE, TOP

#: The folder for the pictures that they take.
PICTURES = os.path.join(TOP, "artifacts", "browsers")


def play(test, name, launch, **parameters):
    """Run tests/browsers/NAME.mjs, and fail `test` if it fails; skip it where the browser is missing.

    `launch`: options of puppeteer, with the browser, and the name of its program as `executablePath`.  `parameters` are
    those of the play.
    """
    program = launch["executablePath"]
    path = shutil.which(program)
    if path is None:
        test.skipTest(f"no {program} on this machine; on Debian: apt-get install {program}")
    os.makedirs(PICTURES, exist_ok=True)
    launch = {"headless": True, **launch, "executablePath": path}
    process = subprocess.Popen(
        [
            NODE,
            os.path.join(TOP, "tests", "browsers", f"{name}.mjs"),
            json.dumps({"launch": launch, **parameters, "pictures": PICTURES}),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # the browser ends with it
    )
    try:
        output, _ = process.communicate(timeout=8 * TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    test.assertEqual(process.returncode, 0, output)
