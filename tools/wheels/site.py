"""Set up a chat by the command of the wheel, serve it, and look at what comes: run by the Python of its environment."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

TIMEOUT = 60.0
PIRATECHAT = os.path.join(os.path.dirname(sys.executable), "piratechat")


def get(path):
    """Return status and text of the answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT) as answer:
        return answer.status, answer.read().decode()


def said():
    """Return what the server has said."""
    with open(f"{folder}.log") as log:
        return log.read()


def wait_until_served():
    """Return when the server answers.  Raises AssertionError if it does not."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        try:
            return get("/healthz")
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None, said()
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
subprocess.run([PIRATECHAT, "init", "site"], check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT)
refused = subprocess.run([PIRATECHAT, "init", "site"], check=False, capture_output=True, text=True, timeout=TIMEOUT)
assert (refused.returncode, "not an empty folder" in refused.stderr) == (1, True), refused
os.mkdir("plain")
for folder, theme in (("site", "mine"), ("plain", "pirate")):
    command = [PIRATECHAT, "serve", "--port", str(port)]
    with open(f"{folder}.log", "w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_until_served()
        _status, page = get("/")
        scripts = re.findall(r'src="(/static/[^"]+[.]js)"', page)
        styles = re.findall(r'href="(/theme/[^"]+[.]css)"', page)
        assert scripts, page
        assert styles, page
        version = re.search(r"/static/(v-[0-9a-f]+)/", page)[1]
        for path in (*scripts, *styles, f"/static/{version}/sockjs.min.js", f"/static/{version}/manifest.webmanifest"):
            assert get(path)[0] == 200, path
        assert os.path.isdir(os.path.join(folder, "theme")) == (theme == "mine")
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=TIMEOUT) == 0, said()
    assert os.path.exists(os.path.join(folder, "var", "chat.fs")), os.listdir(folder)
