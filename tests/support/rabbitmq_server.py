"""A real RabbitMQ server on its own ports, which can be killed and restarted with its files."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess

from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT, wait_until

#: Debian's script of this name changes the user.
FOLDER = "/usr/lib/rabbitmq/bin"
PROGRAM = shutil.which("rabbitmq-server", path=FOLDER)
MISSING = "no rabbitmq-server on this machine; on Debian: apt-get install rabbitmq-server"
#: Options of the Erlang VM: one thread of each kind, without busy waiting.
ERLANG = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +SDcpu 1:1 +SDio 1 +A 1 +sbwt none"
#: Timeout in seconds for the start on a busy machine.
STARTING = 120


class RabbitMQServer:
    """Serves from the start, with its files in `folder`; `lines` are added to its rabbitmq.conf."""

    def __init__(self, folder, *lines):
        self.folder = folder
        self.port, self.distribution_port, self.names_port = free_port(), free_port(), free_port()
        for name in ("data", "log"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        with open(os.path.join(folder, "rabbitmq.conf"), "w") as file:
            file.write("\n".join((f"listeners.tcp.1 = 127.0.0.1:{self.port}", "log.console = false", *lines, "")))
        with open(os.path.join(folder, "plugins"), "w") as file:
            file.write("[].")
        self.names = self._popen("epmd", "-address", "127.0.0.1", "-port", str(self.names_port))
        self.process = None
        self.start()

    @property
    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    @property
    def settings(self):
        """Lines for the ini file of a chat."""
        return f"piratechat.relay = amqp\npiratechat.amqp.url = {self.url}\n"

    @property
    def environ(self):
        """The environment of its programs, with all paths."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ_")},
            "HOME": self.folder,
            "ERL_EPMD_PORT": str(self.names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script is replaced by the server, and does not wait for it
            "RABBITMQ_NODENAME": f"piratechat-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": os.path.join(self.folder, "data"),
            "RABBITMQ_LOG_BASE": os.path.join(self.folder, "log"),
            "RABBITMQ_CONFIG_FILE": os.path.join(self.folder, "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": os.path.join(self.folder, "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
        }

    def start(self):
        self.process = self._popen(PROGRAM)
        wait_until(self._answers, "the RabbitMQ server", STARTING)

    def _popen(self, *command):
        with open(os.path.join(self.folder, "server.log"), "a") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _answers(self):
        """Whether it accepts clients: it answers an invalid protocol header with its own."""
        assert self.process.poll() is None, "the RabbitMQ server has ended: see server.log"
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as connection,
        ):
            connection.sendall(b"AMQP\x00\x00\x00\x00")
            return connection.recv(8) == b"AMQP\x00\x00\x09\x01"
        return False

    def ctl(self, *words):
        """Run rabbitmqctl, and return the lines of its output."""
        command = [os.path.join(FOLDER, "rabbitmqctl"), "--quiet", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=STARTING, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.splitlines()

    def end(self, number=signal.SIGKILL):
        """Send it a signal, and wait for its end; the second call does nothing."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(TIMEOUT)

    def restart(self, number=signal.SIGKILL):
        self.end(number)
        self.start()

    def close(self):
        """Stop all its processes."""
        self.end()
        self.names.kill()
        self.names.wait(TIMEOUT)
