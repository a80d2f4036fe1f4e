"""A real PostgreSQL server with its own files, which can be killed, stopped and restarted."""

import atexit
import contextlib
import functools
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from urllib.parse import quote

import psycopg2

from sockjs_support.servers import free_port
from sockjs_support.waiting import wait_until

#: Debian's programs are not in the PATH.
FOLDERS = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[4]), reverse=True)
PROGRAM = shutil.which("postgres", path=os.pathsep.join([*FOLDERS, os.environ.get("PATH", "")]))
MISSING = "no postgres on this machine; on Debian: apt-get install postgresql"

#: The password of the chat's role, which is an ordinary owner of a database.
PASSWORD = "it's for tests % only/:@"
#: SQL commands for the superuser in single-user mode.
SETUP = "CREATE ROLE chat LOGIN PASSWORD $$it's for tests % only/:@$$;\n\nCREATE DATABASE chat OWNER chat;\n\n"
#: The error on startup while the shared memory of a killed server still exists.
IN_USE = "pre-existing shared memory block"
#: Timeout in seconds for a restart with recovery.
TIMEOUT = 60.0


def _command(program, *words):
    """Return the command line for a program of PostgreSQL, which refuses to run as root."""
    whole = [os.path.join(os.path.dirname(os.path.realpath(PROGRAM)), program), *words]
    ending = ["setpriv", "--pdeathsig=INT"]  # so that it ends with its parent process
    if os.geteuid():
        return [*ending, *whole]
    user = pwd.getpwnam("postgres")
    return [*ending, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *whole]


def _own(folder):
    """Make the server's user the owner of `folder`."""
    if not os.geteuid():
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)


@functools.cache
def _template():
    """Return a folder with the files of a new server, which take seconds to create."""
    folder = tempfile.mkdtemp(prefix="piratechat-postgres-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _own(folder)
    data = os.path.join(folder, "data")
    words = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    with tempfile.NamedTemporaryFile("w") as password:
        password.write("of the superuser")
        password.flush()
        _own(password.name)
        _run(_command("initdb", "-D", data, *words, f"--pwfile={password.name}"))
    _run(_command("postgres", "--single", "-j", "-D", data, "postgres"), SETUP)
    return data


def _run(command, given=""):
    done = subprocess.run(command, cwd="/", input=given, capture_output=True, text=True, check=False)
    if done.returncode or "ERROR" in done.stderr:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")


class PostgresServer:
    """Serves the database "chat" on its own port, from the start; `query` has options for the chat's URI."""

    def __init__(self, _folder, query="keep_history=true"):
        self.folder = tempfile.mkdtemp(prefix="piratechat-postgres-")
        _own(self.folder)
        self.data = os.path.join(self.folder, "data")
        subprocess.run(["cp", "--archive", _template(), self.data], check=True)
        self.port = free_port()
        self.query = query
        self.process = None
        self.start()

    @property
    def uri(self):
        return f"postgres://chat:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/chat?{self.query}"

    @property
    def ini_uri(self):
        """The URI, escaped for an ini file."""
        return self.uri.replace("%", "%%")

    def start(self):
        self._start()
        wait_until(self._answers, "the PostgreSQL server", TIMEOUT)

    def _start(self):
        words = ["-D", self.data, "-p", str(self.port), "-k", self.folder, "-c", "listen_addresses=127.0.0.1"]
        words += ["-c", "fsync=off"]  # tests kill the server, but not the machine
        with open(os.path.join(self.folder, "postgres.log"), "a") as log:
            self.process = subprocess.Popen(_command("postgres", *words), cwd="/", stdout=log, stderr=log)

    def _answers(self):
        if self.process.poll() is not None:
            if IN_USE not in "\n".join(self.log.splitlines()[-2:]):
                raise RuntimeError(self.log)
            self._start()  # the last killed process is exiting
            return False
        with contextlib.suppress(psycopg2.OperationalError):
            self.connect().close()
            return True
        return False

    def connect(self, user="chat", password=PASSWORD):
        return psycopg2.connect(host="127.0.0.1", port=self.port, user=user, password=password, dbname="chat")

    def run(self, program, *words):
        """Run one of PostgreSQL's programs in its folder, on the chat's database as the chat's role."""
        place = ["--host=127.0.0.1", f"--port={self.port}", "--username=chat", "--dbname=chat"]
        command = [os.path.join(os.path.dirname(os.path.realpath(PROGRAM)), program), *place, *words]
        done = subprocess.run(
            command, cwd=self.folder, env={"PGPASSWORD": PASSWORD}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def rows(self, statement):
        """Return the rows of a query by the superuser."""
        with contextlib.closing(self.connect("postgres", "of the superuser")) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @property
    def log(self):
        with open(os.path.join(self.folder, "postgres.log")) as log:
            return log.read()

    def _processes(self):
        """Return the pids of all its processes, the first one first; after this, it starts no more."""
        self.process.send_signal(signal.SIGSTOP)
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            return [self.process.pid, *map(int, children.read().split())]

    def pause(self):
        """Stop its processes with SIGSTOP, with all connections open."""
        for number in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGSTOP)

    def go_on(self):
        if self.process.poll() is None:
            for number in reversed(self._processes()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGCONT)

    def end(self, number=signal.SIGTERM):
        """Send it a signal: SIGKILL kills all processes, SIGTERM shuts down cleanly.  The second call does nothing."""
        if self.process.poll() is not None:
            return
        if number == signal.SIGKILL:
            for each in self._processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
        else:
            self.go_on()
            self.process.send_signal(signal.SIGINT)  # on SIGTERM it would wait until all clients have disconnected
        self.process.wait(TIMEOUT)

    def restart(self, number=signal.SIGTERM):
        self.end(number)
        self.start()

    def close(self):
        """Shut down, and delete the files."""
        self.end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
