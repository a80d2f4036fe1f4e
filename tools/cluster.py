"""Run a chat with several processes on this machine: bin/python tools/cluster.py --help.

It runs a store, a relay, the processes of the chat, and nginx in front of them, all under supervisor.  The
configuration is made from the templates in etc/, and written to the folder VAR/cluster, next to the logs.  `make
cluster` runs this script.  SIGTERM or Ctrl+C stops everything.
"""

import argparse
import glob
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from piratechat.secrets import NAME as SECRET
from piratechat.secrets import OPERATOR, kept_secret

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # bin/python does not

from supervised import (
    STARTING,
    TOP,
    Process,
    Values,
    answers,
    check_ports,
    common_values,
    filled,
    found,
    parsed,
    parser_of,
    run_supervisor,
    say,
    stop,
    ticks,
    write,
    write_settings,
)

#: Lines of each log to show when the chat does not respond.
LAST_LINES = 5
#: Files that an nginx process opens in addition to connections, and its maximum number of connections.
OTHER_FILES, MAX_CONNECTIONS = 100, 65_536
#: The ports of processes follow nginx's port.
MAX_WORKERS = 64


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
    "zeo": Part(os.path.join(TOP, "bin", "piratechat-zeo"), "", "zeo.conf", _zeo),
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
    run_supervisor(prepared(asked, files), announce)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = parser_of("Run one chat on several processes of this machine.")
    parser.add_argument("--workers", type=int, default=2, help=f"number of processes of the chat, 1 to {MAX_WORKERS}")
    parser.add_argument("--store", choices=sorted(STORES), default="zeo", help="the database server")
    parser.add_argument("--relay", choices=sorted(RELAYS), default="redis", help="the relay between the processes")
    asked = parsed(parser, lambda asked: int(asked.workers))
    if not 1 <= asked.workers <= MAX_WORKERS:
        parser.error(f"--workers {asked.workers}: 1 to {MAX_WORKERS} processes can be started")
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
    ports = range(asked.port + 1, asked.port + asked.workers + 1)
    return common_values(asked, "cluster") | {
        "COUNT": str(asked.workers),
        "WORKERS": "\n".join(f"        server 127.0.0.1:{port} max_fails=0;" for port in ports),
        "FIRST_PORT": str(asked.port + 1),
        "RELAY": asked.relay,
        "SECRET": kept_secret(asked.var, SECRET),
        "OPERATOR_SECRET": kept_secret(asked.var, OPERATOR),
    }


def announce(values: Values, supervisor: Process) -> None:
    """Print the URL of the chat when it responds."""
    url, logs = f"http://{values['HOST']}:{values['PORT']}/", values["LOGS"]
    for _ in ticks(time.monotonic() + STARTING):
        if supervisor.poll() is not None:
            stop(f"supervisor exited immediately; see {logs}/supervisord.log")
        if answers(f"{url}healthz"):
            say(f"piratechat on {url} - Ctrl+C ends it; logs are in {logs}")
            return
    for name in sorted(os.listdir(logs)):
        with open(os.path.join(logs, name), encoding="utf-8", errors="replace") as file:
            say(f"the last lines of {name}:\n{''.join(file.readlines()[-LAST_LINES:])}")
    stop(f"the chat has not responded within {STARTING:.0f} s; see the files in {logs}")


if __name__ == "__main__":
    main()
