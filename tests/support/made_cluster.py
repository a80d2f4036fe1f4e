"""A chat of several processes behind nginx, as `make cluster` starts it."""

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

#: Why no cluster can be started here, or None.
MISSING = MISSING_NGINX if NGINX is None else MISSING_REDIS if REDIS is None else None
#: Seconds that everything may take to start on a busy machine, and to end.
STARTING, ENDING = 150, 60
#: How much of each log is shown.
LAST_CHARACTERS = 1_500
#: The example in nginx.conf of a room with many readers.
SPREAD_LINE = '# "town-hall"  "$room $session";'

# The limits and the theme of tests, behind a proxy.
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
    """`make cluster` in the checkout, with everything it keeps in `folder`, from the start."""

    def __init__(self, folder, workers=2, settings="", **variables):
        """`settings`: more of the chat's; `variables`: more of make's."""
        self.folder = folder
        self.port, *self.ports = free_ports(workers + 4)[: workers + 1]  # the relay may take three more
        self.ini = os.path.join(folder, "base.ini")
        with open(self.ini, "w") as file:
            file.write(INI.format(top=TOP, folder=folder, settings=settings))
        self.variables = {"WORKERS": workers, "PORT": self.port, "VAR": folder, "INI": self.ini, **variables}
        self.start()

    @property
    def settings(self):
        """The path of the ini file that the processes are started with."""
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

    def output(self):
        with open(self.log.name) as file:
            return file.read()

    def logs(self):
        """Return how the logs of all programs end."""
        found = []
        for path in sorted(glob.glob(os.path.join(self.folder, "cluster", "log", "*.log"))):
            with open(path, errors="replace") as file:
                found.append(f"== {os.path.basename(path)}\n{file.read()[-LAST_CHARACTERS:]}")
        return "\n".join([self.output(), *found])

    def spread(self, *rooms):
        """Have the readers of these rooms come to all processes: a line each in nginx.conf, which says how."""
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
        """Whether all processes answer that all is well."""
        return all(self.health(port) == b"ok\n" for port in (self.port, *self.ports))

    @staticmethod
    def health(port):
        try:
            return Browser(port).get("/healthz").body
        except (OSError, EOFError):
            return b""

    def control(self, *words):
        """Return what supervisor answers."""
        command = [os.path.join(TOP, "bin", "supervisorctl"), "-c", f"{self.folder}/cluster/supervisord.conf", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=ENDING, check=False).stdout

    def pid(self, program):
        """Return the pid of a program that has run for a second, 0 while there is none."""
        with xmlrpc.client.ServerProxy(
            "http://supervisor", _Local(f"{self.folder}/cluster/run/supervisor.sock")
        ) as proxy:
            found = proxy.supervisor.getProcessInfo(program)
        return found["pid"] if found["statename"] == "RUNNING" else 0

    def kill(self, program):
        """End a program without notice, and wait until supervisor has started it again."""
        wait_until(lambda: self.pid(program), f"{program} to run", STARTING)
        killed = self.pid(program)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: self.pid(program) not in (0, killed), f"{program} to be back", STARTING)

    def left(self):
        """Return the command lines of what still runs."""
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    words = file.read().decode(errors="replace").replace("\0", " ")
            except OSError:
                continue  # it has just ended
            if f"{self.folder}/cluster" in words:
                found.append(words)
        return found

    def end(self, number=signal.SIGTERM):
        """Have make end by a signal, and with it everything."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
            self.process.wait(ENDING)
        self.log.close()


class _Local(xmlrpc.client.Transport):
    """Calls supervisor by its socket: supervisorctl takes a third of a second to start."""

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
