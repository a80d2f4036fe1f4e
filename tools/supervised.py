"""Runs programs under supervisor, with configuration from the templates in etc/: shared by cluster.py and plone.py.

Templates have places such as @PORT@, which are filled in from a dictionary.
"""

import argparse
import configparser
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import NoReturn

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMPLATES = os.path.join(TOP, "etc")
PLACE = re.compile(r"@([A-Z_]+)@")
#: Folders with Debian programs that may not be in PATH.
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
#: Maximum length of a socket's path on Linux.
MAX_SOCKET_PATH = 100
#: Seconds that the start may take, and the polling interval.
STARTING, POLL_INTERVAL = 120.0, 0.1

Values = Mapping[str, str]
Process = subprocess.Popen[bytes]


def parser_of(description: str) -> argparse.ArgumentParser:
    """Return a parser for the options that all have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1", help="the address that nginx listens on")
    parser.add_argument("--port", type=int, default=8080, help="nginx's port; those of the other programs follow it")
    parser.add_argument("--ini", default=os.path.join(TOP, "paster.ini"), help="the settings of the chat")
    parser.add_argument("--var", default="var", help="the folder for all data")
    return parser


def parsed(parser: argparse.ArgumentParser, more_ports: Callable[[argparse.Namespace], int]) -> argparse.Namespace:
    """Return the command line; exit with an error if there is no ini file, or no room for `more_ports`."""
    asked = parser.parse_args()
    if not os.path.isfile(asked.ini):
        parser.error(f"--ini {asked.ini}: there is no such file")
    count = more_ports(asked)
    if not 1 <= asked.port <= 65535 - count:
        parser.error(f"--port {asked.port}: there must be room for {count} more ports below 65536")
    return asked


def common_values(asked: argparse.Namespace, name: str) -> dict[str, str]:
    """Return the values for templates with the options and the folders; exit with an error if VAR's path is too long.

    Everything is in the folder `name` of VAR, which is called CLUSTER in templates.
    """
    var = os.path.abspath(asked.var)
    folder = os.path.join(var, name)
    run = os.path.join(folder, "run")
    if len(run) > MAX_SOCKET_PATH - len("/supervisor.sock.12345"):
        stop(f"the path {var} is too long for sockets. Choose another folder: VAR=...")
    return {
        "TOP": TOP,
        "VAR": var,
        "CLUSTER": folder,
        "RUN": run,
        "LOGS": os.path.join(folder, "log"),
        "HOST": asked.host,
        "PORT": str(asked.port),
        # If started as root, nginx's workers would run as another user, who cannot enter the folder.
        "USER": "user root root;" if os.geteuid() == 0 else "",
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


def run_supervisor(values: Values, announce: Callable[[Values, Process], None]) -> None:
    """Start supervisor, call `announce`, and stop everything at SIGTERM or Ctrl+C.

    Another signal does not end this program before the programs that it has started.
    """
    early: list[int] = []
    _handle_signals(lambda number, _frame: early.append(number))  # an exception could lose the new process
    supervisor = subprocess.Popen(  # noqa: S603 -- a program of our own
        [os.path.join(TOP, "bin", "supervisord"), "-c", os.path.join(values["CLUSTER"], "supervisord.conf")],
        start_new_session=True,  # Ctrl+C is for this process, which stops everything in order
    )
    try:
        _handle_signals(_interrupt)
        if early:
            _interrupt()
        announce(values, supervisor)
        supervisor.wait()
    except KeyboardInterrupt:
        say("stopping everything")
    finally:
        _handle_signals(_tell)
        supervisor.terminate()
        supervisor.wait()


def _handle_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _interrupt(*_signal: object) -> NoReturn:
    _handle_signals(_tell)
    raise KeyboardInterrupt


def _tell(*_signal: object) -> None:
    os.write(sys.stdout.fileno(), b"== still stopping\n")  # print() may be interrupted by this very signal


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


def say(text: str) -> None:
    """Print a message."""
    print(f"== {text}", flush=True)  # noqa: T201 -- that is its purpose


def stop(text: str) -> NoReturn:
    """Exit with an error message."""
    sys.exit(f"make {os.path.basename(sys.argv[0]).removesuffix('.py')}: {text}")
