"""Runs the puppeteer scripts in tests/browsers, which are the same for each browser."""

import json
import os
import shutil
import signal
import subprocess

from sockjs_support.waiting import TIMEOUT
from tests.support.paths import NODE, TOP

#: The folder for their screenshots.
PICTURES = os.path.join(TOP, "artifacts", "browsers")


def play(test, name, launch, **parameters):
    """Run tests/browsers/NAME.mjs; fail `test` if the script fails, and skip it if the browser is not installed.

    `launch`: puppeteer's launch options with the browser, and its program as `executablePath`.  `parameters` are passed
    to the script.
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
        start_new_session=True,  # so that the browser ends with it
    )
    try:
        output, _ = process.communicate(timeout=8 * TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    test.assertEqual(process.returncode, 0, output)
