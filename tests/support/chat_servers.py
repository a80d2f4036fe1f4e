"""Chat servers, and test layers that run one."""

import glob
import os
import shutil
import signal
import tempfile

from sockjs_support.layers import Layer
from sockjs_support.servers import Server
from sockjs_support.waiting import wait_until
from tests.support.paths import CONFIG, TOP


class CheckoutServer(Server):
    """A server started by a command in bin/ of the checkout `top`."""

    config = CONFIG

    def __init__(self, *arguments, top=TOP, **options):
        self.top = top
        super().__init__(*arguments, **options)

    def program(self, command):
        return [os.path.join(self.top, "bin", command)]

    def environ(self):
        return {}


class ChatServer(CheckoutServer):
    """A piratechat server with its database in `folder`."""

    def __init__(self, folder, options=(), port=None, ini="chat.ini", top=TOP):
        self.folder = folder
        self.killed = None
        options = ["--paste-global", f"var={folder}", *options]
        super().__init__(ini, ready="/healthz", options=options, port=port, top=top)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def kill(self):
        """Send SIGKILL to the master and the workers, and wait for their end."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not are_there_any_of(self.process.pid), "the end of the processes that answer")
        self.log.close()

    def kill_worker(self):
        """Send SIGKILL to the worker; the master starts another one."""
        wait_until(lambda: self.worker != self.killed, "another worker")
        self.killed = self.worker
        os.kill(self.killed, signal.SIGKILL)


def are_there_any_of(group):
    """Whether processes of the group `group` are running.

    Zombies do not count, because their files are closed.
    """
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                state, _parent, its_group = file.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just exited
        if int(its_group) == group and (state not in "ZX" or _has_threads(path)):
            return True
    return False


def children_of(parent):
    """Return the pids of the running child processes of `parent`."""
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        return [int(pid) for pid in file.read().split() if not _has_ended(pid)]


def _has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _has_threads(path):
    """Whether an exited process, with its status at `path`, has running threads, which keep its files open."""
    try:
        return len(os.listdir(os.path.join(os.path.dirname(path), "task"))) > 1
    except OSError:
        return False


class ChatLayer(Layer):
    """A piratechat server with its own database."""

    def __init__(self, name, *bases, ini="chat.ini"):
        super().__init__(name, *bases)
        self.ini = ini

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.start()

    def start(self, port=None):
        """Start the server on `port`, or on a free port."""
        self.server = ChatServer(self.folder, port=port, ini=self.ini)

    def tearDown(self):
        output = self.server.stop()
        shutil.rmtree(self.folder)
        assert "Traceback" not in output, output

    def restart(self, how="stop"):
        """Stop the server by its method `how`, and start it again on the same port."""
        getattr(self.server, how)()
        self.start(self.server.port)

    @property
    def port(self):
        return self.server.port

    @property
    def url(self):
        return self.server.url


CHAT = ChatLayer("CHAT")
LIMITED = ChatLayer("LIMITED", ini="limits.ini")
