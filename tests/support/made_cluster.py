"""A chat of several processes behind nginx, started by `make cluster`."""

import glob
import http.client
import os
import signal
import socket
import subprocess
import xmlrpc.client

from sockjs_support.nginx import MISSING as MISSING_NGINX
from sockjs_support.nginx import PROGRAM as NGINX
from sockjs_support.servers import free_ports
from sockjs_support.waiting import TIMEOUT, wait_until
from tests.support.chatting import Browser
from tests.support.paths import TOP
from tests.support.redis_server import MISSING as MISSING_REDIS
from tests.support.redis_server import PROGRAM as REDIS

#: The reason why no cluster can be started here, or None.
MISSING = MISSING_NGINX if NGINX is None else MISSING_REDIS if REDIS is None else None
#: Timeouts in seconds for the start on a busy machine, and for the end: supervisor kills the last part that hangs after
#: about 65 s.
STARTING, ENDING = 150, 120
#: The length of each log's excerpt.
LAST_CHARACTERS = 1_500
#: The example in nginx.conf for a room with many readers.
SPREAD_LINE = '# "town-hall"  "$room $session";'

# The limits and the theme for tests, behind a proxy.
INI = """\
[DEFAULT]
var = {folder}

[pipeline:main]
pipeline = proxies theme chat

[filter:proxies]
use = config:{top}/paster.ini#proxies

[filter:theme]
use = config:{top}/paster.ini#theme

[app:chat]
use = config:{top}/tests/config/chat.ini#chat
{settings}

[server:main]
use = config:{top}/tests/config/chat.ini
"""


class MadeCluster:
    """`make cluster` in the checkout, with all data in `folder`; it starts immediately."""

    def __init__(self, folder, workers=2, settings="", **variables):
        """`settings`: additional settings of the chat; `variables`: additional variables of make."""
        self.folder = folder
        self.port, *self.ports = free_ports(workers + 4)[: workers + 1]  # the relay may need three more
        self.ini = os.path.join(folder, "base.ini")
        with open(self.ini, "w") as file:
            file.write(INI.format(top=TOP, folder=folder, settings=settings))
        self.variables = {"WORKERS": workers, "PORT": self.port, "VAR": folder, "INI": self.ini, **variables}
        self.start()

    @property
    def settings(self):
        """The path of the processes' ini file."""
        return os.path.join(self.folder, "cluster", "chat.ini")

    def start(self):
        self.log = open(os.path.join(self.folder, "make.log"), "a+")
        words = [f"{name}={value}" for name, value in self.variables.items()]
        self.process = subprocess.Popen(
            ["make", "-s", "cluster", *words],
            cwd=TOP,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        try:
            wait_until(lambda: self.is_announced() or self.process.poll() is not None, "the cluster", STARTING)
            assert self.is_announced(), self.output()
            wait_until(self.is_whole, "every process to be well", STARTING)
        except BaseException:
            self.end()
            raise

    def wait(self):
        """Wait until `make` has ended, and return its exit status."""
        try:
            return self.process.wait(ENDING)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"The cluster did not stop, but left {self.left()}:\n{self.logs()}") from None

    def output(self):
        with open(self.log.name) as file:
            return file.read()

    def logs(self):
        """Return the ends of the logs of all programs."""
        found = []
        for path in sorted(glob.glob(os.path.join(self.folder, "cluster", "log", "*.log"))):
            with open(path, errors="replace") as file:
                found.append(f"== {os.path.basename(path)}\n{file.read()[-LAST_CHARACTERS:]}")
        return "\n".join([self.output(), *found])

    def spread(self, *rooms):
        """Distribute the readers of these rooms over all processes, by a documented line in nginx.conf each."""
        path = os.path.join(self.folder, "cluster", "nginx.conf")
        with open(path) as file:
            text = file.read()
        assert SPREAD_LINE in text, text
        lines = "\n".join(SPREAD_LINE.replace("# ", "").replace("town-hall", room) for room in rooms)
        with open(path, "w") as file:
            file.write(text.replace(SPREAD_LINE, lines))
        self.control("restart", "nginx")
        wait_until(self.is_whole, "nginx", STARTING)

    def is_announced(self):
        return f"== piratechat on http://127.0.0.1:{self.port}/" in self.output()

    def is_whole(self):
        """Whether all processes are healthy."""
        return all(self.health(port) == b"ok\n" for port in (self.port, *self.ports))

    @staticmethod
    def health(port):
        try:
            return Browser(port).get("/healthz").body
        except (OSError, EOFError):
            return b""

    def control(self, *words):
        """Run supervisorctl, and return its output."""
        command = [os.path.join(TOP, "bin", "supervisorctl"), "-c", f"{self.folder}/cluster/supervisord.conf", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=ENDING, check=False).stdout

    def pid(self, program):
        """Return the pid of a program in supervisor's state RUNNING, or 0."""
        with xmlrpc.client.ServerProxy(
            "http://supervisor", _Local(f"{self.folder}/cluster/run/supervisor.sock")
        ) as proxy:
            found = proxy.supervisor.getProcessInfo(program)
        return found["pid"] if found["statename"] == "RUNNING" else 0

    def kill(self, program):
        """Kill a program, and wait until supervisor has restarted it."""
        wait_until(lambda: self.pid(program), f"{program} to run", STARTING)
        killed = self.pid(program)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: self.pid(program) not in (0, killed), f"{program} to be back", STARTING)

    def left(self):
        """Return the command lines of the cluster's running processes."""
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    words = file.read().decode(errors="replace").replace("\0", " ")
            except OSError:
                continue  # it has just exited
            if f"{self.folder}/cluster" in words:
                found.append(words)
        return found

    def end(self, number=signal.SIGTERM):
        """Send a signal to make, and wait until it has stopped everything."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
            self.process.wait(ENDING)
        self.log.close()


class _Local(xmlrpc.client.Transport):
    """Calls supervisor through its socket, because supervisorctl takes a third of a second to start."""

    def __init__(self, path):
        super().__init__()
        self._path = path

    def make_connection(self, _host):
        return _LocalConnection(self._path)


class _LocalConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("supervisor", timeout=TIMEOUT)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
