"""Runs nginx in front of a server, with the test's configuration."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from sockjs_support.waiting import TIMEOUT

MISSING = "no nginx on this machine; on Debian: apt-get install nginx-light"

#: The path of nginx, or None; Debian's folder for it may not be in PATH.
PROGRAM = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))

# Debian's default settings, with all files in one folder.
MAIN = """\
{user}
daemon off;
pid {folder}/pid;
events {{}}
http {{
    sendfile on;
    tcp_nopush on;
    gzip on;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{http}
}}
"""

#: A minimal configuration, without settings for the application.
PLAIN = """\
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass {url};
    }}
}}
"""


class Nginx:
    """nginx with its files in a temporary folder: a context manager, which stops it.

    Raises RuntimeError with nginx's error message if the configuration is invalid.
    """

    def __init__(self, http, port):
        """`http`: the content of the block `http`; nginx listens on `port`, which `free_port` has found."""
        self.port = port
        self.folder = tempfile.mkdtemp(prefix="nginx-")
        # If started as root, its worker would run as another user, who cannot enter the folder.
        user = "user root root;" if os.geteuid() == 0 else ""
        with open(os.path.join(self.folder, "nginx.conf"), "w") as file:
            file.write(MAIN.format(user=user, folder=self.folder, http=http))
        self._log = os.path.join(self.folder, "error.log")
        self.process = subprocess.Popen(
            [PROGRAM, "-p", self.folder, "-e", self._log, "-c", "nginx.conf"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"nginx did not start:\n{self.output()}") from None
                time.sleep(0.02)

    def output(self):
        """Return nginx's error log."""
        with open(self._log) as log:
            return log.read()

    def reload(self):
        """Reload the configuration; existing connections continue with the previous one."""
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """Stop nginx, and close its connections."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.stop()
