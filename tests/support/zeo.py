"""A real ZEO server with a file storage, which can be killed and restarted."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys

from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.paths import CONFIG, TOP

SECRETS = "piratechat.secret = it is for tests only\npiratechat.operator_secret = it is for tests, too\n"

#: It runs with the test's interpreter and packages.
CODE = """
import sys; sys.path[:] = {path!r}
from piratechat.storage.zeo_server import main; main(['-a', '{host}:{port}', '-f', {file!r}, *{options!r}])
"""


class ZEOServer:
    """Serves `folder`/chat.fs on its own port, from the start."""

    def __init__(self, folder, host="127.0.0.1", *options, log=None):
        self.folder = folder
        self.log = log or os.path.join(folder, "zeo.log")
        self.host = host
        self.options = options
        self.port = free_port()
        self.process = None
        self.start()

    @property
    def uri(self):
        return f"zeo://{self.host}:{self.port}?wait_timeout=10"

    @property
    def ini_uri(self):
        """The URI, escaped for an ini file."""
        return self.uri

    def start(self):
        file = os.path.join(self.folder, "chat.fs")
        code = CODE.format(path=sys.path, host=self.host, port=self.port, file=file, options=self.options)
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([sys.executable, "-c", code], stdout=log, stderr=log)
        wait_until(self._answers, "the ZEO server")

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=TIMEOUT):
            return True
        return False

    def end(self, number=signal.SIGTERM):
        """Send it a signal, and wait for its end; the second call does nothing."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            if number == signal.SIGTERM:
                self.process.send_signal(signal.SIGCONT)  # it may be paused
            self.process.wait(TIMEOUT)

    def close(self):
        """Stop it, even if it is paused; its file is kept."""
        self.end()

    def pause(self):
        """Stop the process with SIGSTOP, with all connections open."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

    def restart(self, number=signal.SIGTERM):
        self.end(number)
        self.start()


def shared_ini(folder, uri, broker):
    """Write an ini file for processes that share the database at `uri` and `broker`; return its path."""
    path = os.path.join(folder, "cluster.ini")
    with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(path, "w") as file:
        settings = f"zodbconn.uri = {uri}\n{broker.settings}{SECRETS}"
        text = re.sub(r"zodbconn.uri = .*\n", lambda _found: settings, shipped.read())
        file.write(text.replace("config:../../", f"config:{TOP}/"))
    return path
