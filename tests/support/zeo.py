"""A real ZEO server, with one file, that can be ended and started again."""

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

#: In the interpreter and with the packages of the test.
CODE = """
import sys; sys.path[:] = {path!r}
from ZEO.runzeo import main; main(['-a', '{host}:{port}', '-f', {file!r}, *{options!r}])
"""


class ZEOServer:
    """Serves `folder`/chat.fs on a port of its own, from the start."""

    def __init__(self, folder, host="127.0.0.1", *options):
        self.folder = folder
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
        """The same, as it stands in an ini file."""
        return self.uri

    def start(self):
        file = os.path.join(self.folder, "chat.fs")
        code = CODE.format(path=sys.path, host=self.host, port=self.port, file=file, options=self.options)
        with open(os.path.join(self.folder, "zeo.log"), "a") as log:
            self.process = subprocess.Popen([sys.executable, "-c", code], cwd=self.folder, stdout=log, stderr=log)
        wait_until(self._answers, "the ZEO server")

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=TIMEOUT):
            return True
        return False

    def end(self, number=signal.SIGTERM):
        """Have the server end by signal `number`; nothing the second time."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            if number == signal.SIGTERM:
                self.process.send_signal(signal.SIGCONT)  # it may have been stopped
            self.process.wait(TIMEOUT)

    def close(self):
        """End it, also when it stands still; its file stays where the test has put it."""
        self.end()

    def pause(self):
        """Have it stand still, with all its connections open."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

    def restart(self, number=signal.SIGTERM):
        self.end(number)
        self.start()


def shared_ini(folder, uri, broker):
    """Write an ini file of a chat whose processes share the database at `uri` and `broker`; return its path."""
    path = os.path.join(folder, "cluster.ini")
    with open(os.path.join(CONFIG, "chat.ini")) as shipped, open(path, "w") as file:
        settings = f"zodbconn.uri = {uri}\n{broker.settings}{SECRETS}"
        text = re.sub(r"zodbconn.uri = .*\n", lambda _found: settings, shipped.read())
        file.write(text.replace("config:../../", f"config:{TOP}/"))
    return path
