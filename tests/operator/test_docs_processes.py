"""The section "Several processes" of docs/operating.md is followed, with free ports."""

import contextlib
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest

from sockjs_support.clients import HTTP
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chatting import Browser
from tests.support.guide import changed, documented
from tests.support.paths import TOP
from tests.support.redis_server import MISSING, PROGRAM

SECTION = "Several processes"
PORTS = ("9991", "6379", "8081", "8082")


@unittest.skipIf(PROGRAM is None, MISSING)
class Processes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.ports = {port: free_port() for port in PORTS}
        os.mkdir(os.path.join(self.folder, "var"))
        os.symlink(os.path.join(TOP, "bin"), os.path.join(self.folder, "bin"))
        with open(os.path.join(self.folder, "paster.ini"), "w") as file:
            file.write(
                f"[server:main]\nuse = config:{TOP}/paster.ini\n\n[app:main]\nuse = config:{TOP}/paster.ini#chat\n"
            )
            file.write(f"piratechat.var = {self.folder}/var\n{self.settings()}")

    def settings(self):
        """Return the lines of the guide with free ports, and with secrets."""
        return changed(
            documented(SECTION, "ini"),
            ("[app:chat]\n", ""),
            (":9991", f":{self.ports['9991']}"),
            (":6379", f":{self.ports['6379']}"),
            (" = ANOTHER SECRET", f" = {secrets.token_urlsafe(48)}"),
            (" = SECRET", f" = {secrets.token_urlsafe(48)}"),
        )

    def start(self, command):
        """Start a command of the guide in the folder, as in a separate terminal."""
        for port, here in self.ports.items():
            command = command.replace(port, str(here))
        with open(os.path.join(self.folder, "log"), "a") as log:
            process = subprocess.Popen(
                shlex.split(command),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.addCleanup(process.wait, TIMEOUT)
        self.addCleanup(os.killpg, process.pid, signal.SIGKILL)

    def health(self, port):
        with contextlib.suppress(OSError), HTTP(port) as http:
            return http.request("GET", "/healthz").body
        return b""

    def test_two_servers_are_one_chat(self):
        for command in documented(SECTION, "shell").splitlines():
            self.start(command)
        here, there = self.ports["8081"], self.ports["8082"]
        for port in (here, there):
            wait_until(lambda port=port: self.health(port) == b"ok\n", "a server with a relay")
        ada = Browser(here)
        room = ada.open_room("Ada")
        self.assertEqual(ada.post(f"{room}/messages", text="Ahoy").status, 303)
        (message,) = Browser(there).json(f"{room}/messages")["messages"]
        self.assertEqual((message["author"], message["text"]), ("Ada", "Ahoy"))
