"""nginx in front of a server, with a configuration of the test's own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from sockjs_support.waiting import TIMEOUT

MISSING = "no nginx on this machine; on Debian: apt-get install nginx-light"

#: None where there is no nginx.  It is one of the programs that are not in everybody's PATH.
PROGRAM = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))

# Debian's own settings, with all files in one folder.
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

#: What somebody writes who knows nothing of the server behind it.
PLAIN = """\
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass {url};
    }}
}}
"""


class Nginx:
    """nginx in a folder of its own: a context manager, which ends it.

    Raises RuntimeError, with what nginx says, for a configuration that it does not take.
    """

    def __init__(self, http, port):
        """`http`: what stands in the block of this name; it listens on `port`, one that `free_port` has found."""
        self.port = port
        self.folder = tempfile.mkdtemp(prefix="nginx-")
        # As root its worker would be somebody else, who may not enter the folder.
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
        """Return what nginx complains about."""
        with open(self._log) as log:
            return log.read()

    def reload(self):
        """Have it read its configuration again, and let connections end under the old one."""
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """End it at once, with all of its connections."""
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
