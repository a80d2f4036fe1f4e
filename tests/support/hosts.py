"""Hosts with a network between them that can be cut: each host is a network namespace of this machine."""

import contextlib
import ctypes
import itertools
import os
import shutil
import subprocess

_IP, _BRIDGE = shutil.which("ip"), shutil.which("bridge")
#: The current thread's network namespace, and setns's flag for networks.
_OWN, _CLONE_NEWNET = "/proc/thread-self/ns/net", 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


def missing():
    """Return the reason why hosts cannot be created here, or None."""
    if os.geteuid():
        return "only root can make network namespaces"
    if _IP is None or _BRIDGE is None:
        return "no ip or bridge on this machine; on Debian: apt-get install iproute2"
    try:
        Network(1).close()
    except RuntimeError as error:
        return str(error)
    return None


class Network:
    """A switch with `count` hosts at 10.0.0.2, 10.0.0.3 ..., isolated from this machine's network.

    The switch is the host 10.0.0.1, where the data is.
    """

    def __init__(self, count):
        self._made = contextlib.ExitStack()
        with contextlib.ExitStack() as made:
            self.data = Host(made, "10.0.0.1")
            _run("ip", "-n", self.data.name, "link", "add", "switch", "type", "bridge")
            _run("ip", "-n", self.data.name, "address", "add", "10.0.0.1/24", "dev", "switch")
            _run("ip", "-n", self.data.name, "link", "set", "switch", "up")
            self.hosts = [self._plugged_in(Host(made, f"10.0.0.{number + 2}"), number) for number in range(count)]
            self._made = made.pop_all()

    def _plugged_in(self, host, number):
        line = f"port{number}"
        _run("ip", "-n", host.name, "link", "add", "line", "type", "veth", "peer", line, "netns", self.data.name)
        _run("ip", "-n", host.name, "address", "add", f"{host.address}/24", "dev", "line")
        _run("ip", "-n", host.name, "link", "set", "line", "up")
        _run("ip", "-n", self.data.name, "link", "set", line, "master", "switch", "up")
        host.line = line
        return host

    def swallow(self, host):
        """Drop all packets from and to a host silently."""
        _run("bridge", "-n", self.data.name, "link", "set", "dev", host.line, "state", "0")

    def unplug(self, host):
        """Take down the interface of a host, which the host detects."""
        _run("ip", "-n", self.data.name, "link", "set", host.line, "down")

    def heal(self, host):
        """Forward all packets again."""
        _run("ip", "-n", self.data.name, "link", "set", host.line, "up")
        _run("bridge", "-n", self.data.name, "link", "set", "dev", host.line, "state", "3")

    def close(self):
        """Remove the hosts and the switch."""
        self._made.close()


class Host:
    """A host: threads that have `entered` it start processes and connect there."""

    def __init__(self, made, address):
        self.name = f"piratechat-{os.getpid()}-{next(_numbers)}"
        self.address = address
        self.line = None
        _run("ip", "netns", "add", self.name)
        made.callback(_run, "ip", "netns", "delete", self.name)
        _run("ip", "-n", self.name, "link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self):
        """Move the current thread to this host for the duration of the context."""
        before = os.open(_OWN, os.O_RDONLY)
        try:
            there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
            try:
                _enter(there)
            finally:
                os.close(there)
            try:
                yield
            finally:
                _enter(before)
        finally:
            os.close(before)


def _enter(network):
    if _LIBC.setns(network, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _run(program, *words):
    path = {"ip": _IP, "bridge": _BRIDGE}[program]
    done = subprocess.run([path, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program} {' '.join(words)}: {done.stderr.strip()}")
