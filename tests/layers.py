"""Servers that tests run against, as layers for zope.testrunner and pytest."""

import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.wire import PATIENCE, free_port, wait_until

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = os.path.join(TOP, "tests")
#: "make build" brings Node into .venv where the system has none.
NODE = shutil.which("node") or os.path.join(TOP, ".venv", "bin", "node")

CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # It is to talk to nobody but the test's own server.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


class Server:
    """A server process: `bin/gunicorn --paste INI`, or pserve; `top` is where the project lies."""

    def __init__(self, ini, command="gunicorn", ready="/echo", options=(), env=None, port=None, top=TOP):
        ini = os.path.join(TESTS, ini)
        self.port = port or free_port()
        if command == "gunicorn":
            words = ["--paste", ini, "-b", f"127.0.0.1:{self.port}", *options]
        else:
            words = [ini, f"http_port={self.port}", *options]
        self.log = tempfile.NamedTemporaryFile("w+", prefix="server-", suffix=".log")
        self.process = subprocess.Popen(
            [os.path.join(top, "bin", command), *words],
            cwd=top,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that kill() reaches all of its processes at once
        )
        try:
            self._wait(ready)
        except BaseException:
            self.stop()
            raise

    def _wait(self, path):
        end = time.monotonic() + 3 * PATIENCE
        while True:
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE).read()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"The server did not start:\n{self.output()}") from None
                time.sleep(0.05)

    def output(self):
        """Return what the server has printed."""
        with open(self.log.name) as log:
            return log.read()

    @property
    def worker(self):
        """The pid of the process that answers."""
        pids = re.findall(r"Booting worker with pid: (\d+)", self.output())
        return int(pids[-1]) if pids else self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """End the server, and return what it printed; nothing the second time."""
        if self.log.closed:
            return ""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        output = self.output()
        self.log.close()
        return output

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.stop()


class Layer:
    """What tests share: set up before the first of them, and torn down after the last."""

    def __init__(self, name, *bases):
        self.__name__ = name
        self.__module__ = __name__
        self.__bases__ = bases


class ChatServer(Server):
    """piratechat, with its database in `folder`."""

    def __init__(self, folder, options=(), port=None, ini="chat.ini", top=TOP):
        self.folder = folder
        self.killed = None
        options = ["--paste-global", f"var={folder}", *options]
        super().__init__(ini, ready="/healthz", options=options, port=port, top=top)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def kill(self):
        """End the server without notice: the processes that answer, and the one above them."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not are_there_any_of(self.process.pid), "the end of the processes that answer")
        self.log.close()

    def kill_worker(self):
        """End the process that answers, without notice; another one takes its place."""
        wait_until(lambda: self.worker != self.killed, "another worker")
        self.killed = self.worker
        os.kill(self.killed, signal.SIGKILL)


def are_there_any_of(group):
    """Whether processes of `group` still go.

    Those that have ended do not count: their files are closed, even where nobody asks what became of them.
    """
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                state, _parent, its_group = file.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just ended
        if int(its_group) == group and (state not in "ZX" or _has_threads(path)):
            return True
    return False


def _has_threads(path):
    """Whether threads of an ended process, whose status is at `path`, still go: its files are open until they end."""
    try:
        return len(os.listdir(os.path.join(os.path.dirname(path), "task"))) > 1
    except OSError:
        return False


class ServerLayer(Layer):
    """A server."""

    def __init__(self, name, *arguments, **options):
        super().__init__(name)
        self.arguments = arguments
        self.options = options

    def setUp(self):
        self.server = Server(*self.arguments, **self.options)

    def tearDown(self):
        output = self.server.stop()
        # An error nobody noticed is an error all the same; tests make theirs "on purpose".
        assert output.count("Traceback") == output.count("Error: on purpose"), output

    @property
    def port(self):
        return self.server.port


class BrowserLayer(Layer):
    """Headless Chromium.  Where there is none, `driver` is None and tests skip themselves."""

    MISSING = "no chromium and chromedriver on this machine; on Debian: apt-get install chromium chromium-driver"

    def setUp(self):
        self.driver = start_browser() if is_chromium_there() else None

    def tearDown(self):
        if self.driver is not None:
            self.driver.quit()


def is_chromium_there():
    """Whether browsers can be started."""
    return all(shutil.which(program) for program in ("chromium", "chromedriver"))


def start_browser(arguments=()):
    """Return a WebDriver for a new browser without a window, with further `arguments` of its command line."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (*CHROMIUM_ARGUMENTS, *arguments):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    driver.set_script_timeout(3 * PATIENCE)
    return driver


class ChatLayer(Layer):
    """piratechat, with a database of its own."""

    def __init__(self, name, *bases, ini="chat.ini"):
        super().__init__(name, *bases)
        self.ini = ini

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.start()

    def start(self, port=None):
        """Start the server, on the port it had before or on a free one."""
        self.server = ChatServer(self.folder, port=port, ini=self.ini)

    def tearDown(self):
        output = self.server.stop()
        shutil.rmtree(self.folder)
        assert "Traceback" not in output, output

    def restart(self, how="stop"):
        """End the server, by `how` it can be ended, and start it again on the same port."""
        getattr(self.server, how)()
        self.start(self.server.port)

    @property
    def port(self):
        return self.server.port

    @property
    def url(self):
        return self.server.url


SERVICES = ServerLayer("SERVICES", "services.ini")
IMPATIENT = ServerLayer("IMPATIENT", "impatient.ini")
APPLICATION = ServerLayer("APPLICATION", "sockjs/application.ini", ready="/stats")
CHAT = ChatLayer("CHAT")
LIMITED = ChatLayer("LIMITED", ini="limits.ini")
BROWSER = BrowserLayer("BROWSER")
BROWSER_AND_SERVICES = Layer("BROWSER_AND_SERVICES", SERVICES, BROWSER)
