"""A test layer with a real Apertium server."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request

from sockjs_support.layers import Layer
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT

MODES = "/usr/share/apertium"
PAIR = {"sourceLanguage": "eng", "targetLanguage": "spa"}


class ApertiumLayer(Layer):
    """apertium-apy with English and Spanish.  If it is not installed, `url` is None, and tests skip themselves."""

    MISSING = "no Apertium on this machine; on Debian: apt-get install apertium-apy apertium-eng-spa"

    def setUp(self):
        self.url = None
        if shutil.which("apertium-apy") and os.path.exists(f"{MODES}/modes/eng-spa.mode"):
            self._start()

    def _start(self):
        port = free_port()
        self.process = subprocess.Popen(
            ["apertium-apy", "-p", str(port), MODES],
            cwd="/",
            # It runs in the system's Python, without our packages.
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that its pipelines end with it
        )
        self.url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + TIMEOUT
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.tearDown()
                raise RuntimeError("apertium-apy did not start")
            time.sleep(0.05)

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/listPairs", timeout=TIMEOUT) as answer:
                return PAIR in json.load(answer)["responseData"]
        except OSError:
            return False

    def tearDown(self):
        if self.url is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


APERTIUM = ApertiumLayer("APERTIUM")
# layers.Layer uses its own module name by default
APERTIUM.__module__ = __name__
