"""Run a chat with several processes on this machine: bin/python tools/cluster.py --help.

It runs a store, a relay, the processes of the chat, and nginx in front of them, all under supervisor.  The
configuration is made from the templates in etc/, and written to the folder VAR/cluster, next to the logs.  `make
cluster` runs this script.  SIGTERM or Ctrl+C stops everything.
"""

import argparse
import configparser
import glob
import hashlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from piratechat.secrets import NAME as SECRET
from piratechat.secrets import OPERATOR, kept_secret

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMPLATES = os.path.join(TOP, "etc")
PLACE = re.compile(r"@([A-Z_]+)@")
#: Folders with Debian programs that may not be in PATH.
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
#: Maximum length of a socket's path on Linux.
MAX_SOCKET_PATH = 100
#: Seconds that the start may take, and the polling interval.
STARTING, POLL_INTERVAL = 120.0, 0.1
#: Lines of each log to show when the chat does not respond.
LAST_LINES = 5
#: Files that an nginx process opens in addition to connections, and its maximum number of connections.
OTHER_FILES, MAX_CONNECTIONS = 100, 65_536
#: The ports of processes follow nginx's port.
MAX_WORKERS = 64

Values = Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """A store or a relay: its program, its Debian package, and its settings in the chat."""

    program: str
    package: str
    #: The template of its own configuration, if it has one.
    template: str
    settings: Callable[[Values], dict[str, str]]


def _zeo(values: Values) -> dict[str, str]:
    return {"STORE_URI": f"zeo://{values['RUN']}/zeo.sock?wait_timeout=10&connection_pool_size=50"}


def _postgres(values: Values) -> dict[str, str]:
    """Create PostgreSQL's database, and return the values for templates; it listens on a socket in RUN."""
    data = os.path.join(values["VAR"], "postgresql")
    password = hashlib.blake2b(values["SECRET"].encode(), digest_size=20, person=b"postgresql").hexdigest()
    become = _not_root()
    if not os.path.exists(os.path.join(data, "PG_VERSION")):
        say("creating a PostgreSQL database")
        words = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        made = f"{data}.{os.getpid()}"  # complete before it gets its name
        with tempfile.NamedTemporaryFile("w", dir=values["RUN"]) as of_superuser:
            of_superuser.write(f"{password} of the superuser")
            of_superuser.flush()
            _run_postgres(become, "initdb", "-D", made, f"--pwfile={of_superuser.name}", *words)
        commands = f"CREATE ROLE chat LOGIN PASSWORD '{password}';\n\nCREATE DATABASE chat OWNER chat;\n\n"
        _run_postgres(become, "postgres", "--single", "-j", "-D", made, "postgres", given=commands)
        os.rename(made, data)
    return {
        "POSTGRES_USER": " ".join(become),
        # Each process opens up to fifty, and RelStorage two for each of them.
        "POSTGRES_CONNECTIONS": str(20 + 120 * int(values["COUNT"])),
        "STORE_URI": f"postgres://chat:{password}@/chat?host={values['RUN']}&keep_history=true&connection_pool_size=50",
    }


def _not_root() -> list[str]:
    """Return the command prefix for a program that refuses to run as root.

    It runs the program in a namespace in which root is another user.
    """
    if os.geteuid():
        return []
    return [found("unshare", "util-linux"), "--user", "--map-user=1000", "--map-group=1000", "--"]


def _run_postgres(become: Sequence[str], program: str, *words: str, given: str = "") -> None:
    path = os.path.join(os.path.dirname(found(POSTGRES, "postgresql")), program)
    done = subprocess.run([*become, path, *words], input=given, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or "ERROR" in done.stderr:
        stop(f"{program} cannot create the database: {done.stderr.strip()}")


def _redis(values: Values) -> dict[str, str]:
    return {"RELAY_SETTINGS": f"piratechat.relay.redis.url = unix://{values['RUN']}/redis.sock"}


def _amqp(values: Values) -> dict[str, str]:
    """Prepare RabbitMQ, and return the values for templates; it listens on three local ports after the others."""
    first = int(values["FIRST_PORT"]) + int(values["COUNT"])
    check_ports("127.0.0.1", range(first, first + 3))
    data = os.path.join(values["RUN"], "rabbitmq")
    shutil.rmtree(data, ignore_errors=True)  # it stores nothing, and may have another password
    os.makedirs(data, mode=0o700)
    password = hashlib.blake2b(values["SECRET"].encode(), digest_size=20, person=b"amqp").hexdigest()
    # Anyone who knows the cookie controls the server, and the one that Erlang generates can be guessed.
    cookie = hashlib.blake2b(values["SECRET"].encode(), digest_size=20, person=b"erlang").hexdigest()
    with open(os.open(os.path.join(data, ".erlang.cookie"), os.O_WRONLY | os.O_CREAT, 0o400), "w") as file:
        file.write(cookie)
    return {
        "AMQP_PORT": str(first),
        "AMQP_DISTRIBUTION_PORT": str(first + 1),
        "AMQP_NAMES_PORT": str(first + 2),
        "AMQP_DATA": data,
        "AMQP_PASSWORD": password,
        "EPMD": found("epmd", "rabbitmq-server"),
        "RELAY_SETTINGS": f"piratechat.amqp.url = amqp://piratechat:{password}@127.0.0.1:{first}/",
    }


def _version_of(path: str) -> float:
    return float(path.split("/")[4])


#: Debian's command of the same name changes the user.
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
#: The newest version in Debian's folders; it is not in PATH.
POSTGRES = max(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=_version_of, default="postgres")
STORES = {
    "zeo": Part(os.path.join(TOP, "bin", "runzeo"), "", "zeo.conf", _zeo),
    "postgres": Part(POSTGRES, "postgresql", "postgresql.conf", _postgres),
}
RELAYS = {
    "redis": Part("redis-server", "redis-server", "redis.conf", _redis),
    "amqp": Part(RABBITMQ, "rabbitmq-server", "rabbitmq.conf", _amqp),
}


def main() -> None:
    """Write the configuration, start everything, and stop it when asked to."""
    asked = arguments()
    os.umask(0o077)  # stored files are private
    files = as_many_files_as_allowed()
    values = prepared(asked, files)
    signal.signal(signal.SIGTERM, interrupt)
    supervisor = subprocess.Popen(  # noqa: S603 -- a program of our own
        [os.path.join(TOP, "bin", "supervisord"), "-c", os.path.join(values["CLUSTER"], "supervisord.conf")],
        start_new_session=True,  # Ctrl+C is for this process, which stops everything in order
    )
    try:
        announce(asked.host, asked.port, values["LOGS"], supervisor)
        supervisor.wait()
    except KeyboardInterrupt:
        say("stopping everything")
    finally:
        supervisor.terminate()
        supervisor.wait()


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description="Run one chat on several processes of this machine.")
    parser.add_argument("--workers", type=int, default=2, help=f"number of processes of the chat, 1 to {MAX_WORKERS}")
    parser.add_argument("--store", choices=sorted(STORES), default="zeo", help="the database server")
    parser.add_argument("--relay", choices=sorted(RELAYS), default="redis", help="the relay between the processes")
    parser.add_argument("--host", default="127.0.0.1", help="the address that nginx listens on")
    parser.add_argument("--port", type=int, default=8080, help="nginx's port; those of the processes follow it")
    parser.add_argument("--ini", default=os.path.join(TOP, "paster.ini"), help="the settings of the chat")
    parser.add_argument("--var", default="var", help="the folder for all data")
    asked = parser.parse_args()
    if not 1 <= asked.workers <= MAX_WORKERS:
        parser.error(f"--workers {asked.workers}: 1 to {MAX_WORKERS} processes can be started")
    if not os.path.isfile(asked.ini):
        parser.error(f"--ini {asked.ini}: there is no such file")
    if not 1 <= asked.port <= 65535 - asked.workers:
        parser.error(f"--port {asked.port}: there must be room for {asked.workers} more ports below 65536")
    return asked


def as_many_files_as_allowed() -> int:
    """Raise the limit of open files to its maximum, and return it.  Each reader takes two files of nginx."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def connections(files: int) -> int:
    """Return the number of connections for an nginx process with this limit of open files: two for each reader.

    nginx allocates memory for all of them at the start, more than 200 bytes for each.
    """
    return max(OTHER_FILES, min(files - OTHER_FILES, MAX_CONNECTIONS))


def prepared(asked: argparse.Namespace, files: int) -> dict[str, str]:
    """Write the configuration into VAR/cluster; return the values for templates."""
    parts = STORES[asked.store], RELAYS[asked.relay]
    values = values_of(asked)
    values["CONNECTIONS"] = str(connections(files))
    for folder in ("RUN", "LOGS"):
        os.makedirs(values[folder], mode=0o700, exist_ok=True)
    for part in parts:
        values |= {os.path.basename(part.program).upper().replace("-", "_"): found(part.program, part.package)}
        values |= part.settings(values)
    values["NGINX"] = found("nginx", "nginx-light")
    check_ports(asked.host, range(asked.port, asked.port + 1))
    check_ports("127.0.0.1", range(asked.port + 1, asked.port + asked.workers + 1))
    write_settings(asked.ini, values)
    for part in parts:
        write(values, part.template, filled(part.template, values))
    write(values, "nginx.conf", filled("nginx.conf", values))
    programs = ["supervisord.conf", f"supervisord-{asked.store}.conf", f"supervisord-{asked.relay}.conf"]
    write(values, "supervisord.conf", "".join(filled(each, values) for each in programs))
    return values


def values_of(asked: argparse.Namespace) -> dict[str, str]:
    """Return the values that do not depend on the store and the relay."""
    var = os.path.abspath(asked.var)
    cluster = os.path.join(var, "cluster")
    run = os.path.join(cluster, "run")
    if len(run) > MAX_SOCKET_PATH - len("/supervisor.sock.12345"):
        stop(f"the path {var} is too long for sockets. Choose another folder: make cluster VAR=...")
    ports = range(asked.port + 1, asked.port + asked.workers + 1)
    return {
        "TOP": TOP,
        "VAR": var,
        "CLUSTER": cluster,
        "RUN": run,
        "LOGS": os.path.join(cluster, "log"),
        "HOST": asked.host,
        "PORT": str(asked.port),
        "COUNT": str(asked.workers),
        "WORKERS": "\n".join(f"        server 127.0.0.1:{port} max_fails=0;" for port in ports),
        "FIRST_PORT": str(asked.port + 1),
        # If started as root, its workers would run as another user, who cannot enter the folder.
        "USER": "user root root;" if os.geteuid() == 0 else "",
        "RELAY": asked.relay,
        "SECRET": kept_secret(var, SECRET),
        "OPERATOR_SECRET": kept_secret(var, OPERATOR),
    }


def write_settings(base: str, values: Values, template: str = "chat.ini") -> None:
    """Write chat.ini: the settings of `base`, a paster.ini, overridden by those of `template`."""
    ini = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",))
    ini.optionxform = str  # type: ignore[method-assign, assignment]  # as PasteDeploy reads it
    with open(base, encoding="utf-8") as file:
        ini.read_string(file.read().replace("%(here)s", os.path.dirname(os.path.abspath(base))))
    ini.read_string(filled(template, values))
    path = os.path.join(values["CLUSTER"], "chat.ini")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        ini.write(file)


def filled(name: str, values: Values) -> str:
    """Return the template `name` with the values filled in."""
    with open(os.path.join(TEMPLATES, name), encoding="utf-8") as file:
        return PLACE.sub(lambda match: values[match[1]], file.read())


def write(values: Values, name: str, text: str) -> None:
    """Write a file into VAR/cluster, readable only by its owner, because it may contain passwords."""
    path = os.path.join(values["CLUSTER"], name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def found(program: str, package: str) -> str:
    """Return the path of a program."""
    path = shutil.which(program, path=PATH)
    if path is None:
        stop(f"there is no {program} on this machine; on Debian: apt-get install {package}")
    return path


def check_ports(host: str, ports: range) -> None:
    """Exit with an error if a port is in use, which the programs would report only in their logs."""
    for port in ports:
        try:
            socket.create_server((host, port)).close()
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            stop(f"cannot listen on {host}:{port} ({reason}). Choose other ports: PORT=...")


def announce(host: str, port: int, logs: str, supervisor: subprocess.Popen[bytes]) -> None:
    """Print the URL of the chat when it responds."""
    end = time.monotonic() + STARTING
    for _ in ticks(end):
        if supervisor.poll() is not None:
            stop(f"supervisor exited immediately; see {logs}/supervisord.log")
        if answers(f"http://{host}:{port}/healthz"):
            say(f"piratechat on http://{host}:{port}/ - Ctrl+C ends it; logs are in {logs}")
            return
    for name in sorted(os.listdir(logs)):
        with open(os.path.join(logs, name), encoding="utf-8", errors="replace") as file:
            say(f"the last lines of {name}:\n{''.join(file.readlines()[-LAST_LINES:])}")
    stop(f"the chat has not responded within {STARTING:.0f} s; see the files in {logs}")


def ticks(end: float) -> Iterator[None]:
    """Yield periodically until `end`."""
    while time.monotonic() < end:
        yield
        time.sleep(POLL_INTERVAL)


def answers(url: str) -> bool:
    """Whether there is a page at `url`."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- an address of our own
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """End the program as Ctrl+C does: a handler of signals."""
    raise KeyboardInterrupt


def say(text: str) -> None:
    """Print a message."""
    print(f"== {text}", flush=True)  # noqa: T201 -- that is its purpose


def stop(text: str) -> NoReturn:
    """Exit with an error message."""
    sys.exit(f"make {os.path.basename(sys.argv[0]).removesuffix('.py')}: {text}")


if __name__ == "__main__":
    main()
