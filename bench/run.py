"""Measure this machine: sessions, fan-out and echo, in one table.

Starts the services of the tests, loads them from another process, and prints
what came of it.  Nothing here is asserted: numbers say something only beside
others of the same machine, taken in the same run.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from client import Crowd

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PORT = 8087


class Server:
    """`bin/gunicorn --paste tests/services.ini`, with its processes' memory and time."""

    def __init__(self):
        command = [os.path.join(TOP, "bin", "gunicorn"), "--paste", "tests/services.ini", "-b", f"127.0.0.1:{PORT}"]
        self.process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/echo", timeout=5).read()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit(f"The server did not start. Is something else on port {PORT}?")

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.process.terminate()
        self.process.wait()

    def pids(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            return [self.process.pid, *map(int, children.read().split())]

    def memory(self):
        """Bytes that the server's processes hold, each page counted once."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as rollup:
                total += sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:"))
        return total

    def cpu(self):
        """Seconds that the server's processes have computed."""
        ticks = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def in_another_process(load, *arguments):
    """Run `load(pipe, *arguments)` in a process of its own; return it and our end of the pipe."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=load, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def idle(pipe, sessions):
    crowd = Crowd(("127.0.0.1", PORT), "/echo", sessions)
    pipe.send(crowd.opening)
    pipe.recv()  # until the memory has been read


def echo(pipe, sessions, window, seconds):
    crowd = Crowd(("127.0.0.1", PORT), "/echo", sessions)
    pipe.send(None)
    for session in crowd.sessions:
        for _ in range(window):
            session.send()
    pipe.send(crowd.run(seconds, lambda session, count: [session.send() for _ in range(count)]))


def fan_out(pipe, sessions, window, seconds):
    crowd = Crowd(("127.0.0.1", PORT), "/broadcast", sessions)
    pipe.send(None)
    sender = crowd.sessions[0]
    for _ in range(window):
        sender.send()

    def heard(session, count):
        if session is sender:
            for _ in range(count):
                session.send()

    pipe.send(crowd.run(seconds, heard))


def measure_idle(sessions):
    with Server() as server:
        before, cpu = server.memory(), server.cpu()
        process, pipe = in_another_process(idle, sessions)
        seconds = pipe.recv()
        cpu = server.cpu() - cpu
        grown = server.memory() - before
        pipe.send(None)
        process.join()
    return [f"{sessions:,} idle", f"{sessions / seconds:,.0f} opened", "", "", f"{1e6 * cpu / sessions:.0f}",
            f"{grown / sessions:,.0f}"]  # fmt: skip


def measure(name, load, sessions, window, seconds):
    with Server() as server:
        process, pipe = in_another_process(load, sessions, window, seconds)
        pipe.recv()
        begin, cpu = time.perf_counter(), server.cpu()
        latencies, rate = pipe.recv()
        cpu = (server.cpu() - cpu) / (time.perf_counter() - begin)
        process.join()
    p50, p99 = (latencies[int(len(latencies) * q)] / 1e6 for q in (0.5, 0.99))
    return [f"{sessions:,} {name}", f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{1e6 * cpu / rate:.2f}", ""]


def table(rows):
    head = ["sessions", "a second", "p50 ms", "p99 ms", "server CPU us each", "bytes each"]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=2000, help="idle sessions to open (default 2000)")
    parser.add_argument("--readers", type=int, default=500, help="readers of the fan-out (default 500)")
    parser.add_argument("--seconds", type=float, default=3, help="how long each load lasts (default 3)")
    options = parser.parse_args()
    table(
        [
            measure_idle(options.sessions),
            measure("fan-out, window 8", fan_out, options.readers, 8, options.seconds),
            measure("fan-out, window 1", fan_out, options.readers, 1, options.seconds),
            measure("echo, window 4", echo, 100, 4, options.seconds),
            measure("echo, window 1", echo, 100, 1, options.seconds),
        ]
    )


if __name__ == "__main__":
    main()
