"""docs/scaling.md shows the output of tools/scaling.py, and its calculations are plausible."""

import contextlib
import io
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import unittest

from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.paths import TOP
from tools import scaling, scaling_guide

#: The first frame of a session.
OPENED = b"\x81\x01o"
HANDSHAKE = (
    "GET {room}/sockjs/000/session{number}/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n"
)


def chat(readers, room=50, **options):
    """Return the chat described by options of the command line."""
    words = [f"--readers={readers}", f"--room={room}", *(f"--{name}={value}" for name, value in options.items())]
    return scaling.asked(words)


def first(chat):
    """Return the limit that is reached first."""
    return chat.limits[0].name


class Guide(unittest.TestCase):
    def setUp(self):
        with open(scaling_guide.GUIDE) as file:
            self.text = file.read()

    def test_tables_and_costs_are_those_of_the_calculator(self):
        """If not: bin/python tools/scaling_guide.py."""
        self.assertEqual(self.text, scaling_guide.updated(self.text))

    def test_each_command_of_the_guide_has_a_table(self):
        shown = scaling_guide.SHOWN.findall(self.text)
        self.assertEqual(len(shown), self.text.count("bin/python tools/scaling.py --readers"))
        self.assertGreaterEqual(len(shown), 3)

    def test_the_program_prints_the_tables(self):
        _before, words, tables = scaling_guide.SHOWN.findall(self.text)[0]
        done = run_here("tools/scaling.py", *shlex.split(words))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, tables)

    def test_the_guide_has_all_costs(self):
        costs = {name for name in vars(scaling) if name.endswith(("_CPU", "_BYTES"))}
        self.assertGreater(len(costs), 20)
        self.assertEqual({name for _before, name, *_rest in scaling_guide.COST.findall(self.text)}, costs)

    def test_the_bench_prints_each_cost(self):
        with open(os.path.join(TOP, "bench", "slopes.py")) as file:
            printed = set(re.findall(r'yield f?"([^"]+)"', file.read()))
        for name, *_rest in [cost[1:] for cost in scaling_guide.COST.findall(self.text)]:
            with self.subTest(name):
                prefix, _, rest = name.partition("_")
                kind = {"ZEO": "store", "POSTGRES": "store", "REDIS": "relay", "RABBITMQ": "relay"}.get(prefix)
                self.assertIn(name if kind is None else f"{{{kind}}}_{rest}", printed)

    def test_the_bench_has_the_parts_that_the_guide_names(self):
        done = run_here("bench/slopes.py", "--help")
        parts = {part for found in re.findall(r"\{([a-z,]+)\}", done.stdout) for part in found.split(",")}
        named = set(re.findall(r"--only ([a-z]+)", self.text))
        self.assertGreaterEqual(parts, named, done.stderr)
        self.assertGreater(len(named), 5)

    def test_changed_numbers_are_detected(self):
        """Change a number in a table, and a cost."""
        for shown, other in ((r"(\| processes of the chat \| )\d+", r"\g<1>3"), (r"(`JOIN_CPU` \| )\d+", r"\g<1>1")):
            with self.subTest(shown):
                changed = re.sub(shown, other, self.text, count=1)
                self.assertNotEqual(changed, self.text)
                self.assertEqual(scaling_guide.updated(changed), self.text)


class Needs(unittest.TestCase):
    def test_more_load_never_needs_less(self):
        more = {
            "readers": [chat(readers) for readers in (50, 1_000, 20_000, 100_000, 300_000, 1_000_000)],
            "messages": [chat(100_000, messages=each) for each in (0, 0.1, 1, 2, 5)],
            "visits": [chat(100_000, stay=each) for each in (600, 60, 10, 5)],
        }
        for name, chats in more.items():
            for quantity in ("count", "told", "network", "proxies", "proxy_cpu", "proxy_memory", "memory"):
                with self.subTest(f"more {name}: {quantity}"):
                    values = [getattr(each, quantity) for each in chats]
                    self.assertEqual(values, sorted(values))

    def test_larger_rooms_receive_more(self):
        heard = [chat(100_000, room).told for room in (2, 10, 50, 100, 1_000)]
        self.assertEqual(heard, sorted(set(heard)))

    def test_the_planned_processes_are_sufficient(self):
        for readers in (1_000, 100_000, 1_000_000):
            with self.subTest(readers):
                planned = chat(readers)
                self.assertLessEqual(planned.process_cpu(planned.count), scaling.BUSY)
                self.assertLessEqual(planned.readers / planned.count, scaling.PROCESS_READERS)
                if planned.count > 1:
                    self.assertGreater(planned.process_cpu(planned.count - 1), scaling.BUSY)

    def test_one_process_has_no_relay(self):
        self.assertEqual(chat(1_000).texts(1), (0, 0))

    def test_a_room_has_one_process_unless_it_is_too_large(self):
        self.assertEqual(chat(100_000).span(5), 1)
        self.assertEqual(chat(100_000, 100_000).span(5), 5)

    def test_silent_readers_need_no_commits_and_no_frames(self):
        silent = chat(20_000, messages=0, named=0)
        self.assertEqual((silent.told, silent.commits(1), silent.count), (0, 0, 1))
        self.assertEqual(silent.network, 0)

    def test_messages_accumulate_if_the_store_is_overloaded(self):
        """The store's core is fully used, and commits take longer."""
        seconds = 0.0
        for readers in (10_000, 100_000, 300_000, 1_000_000):
            with self.subTest(readers):
                busy = chat(readers)
                taken = busy.commit_seconds(busy.count)
                self.assertLessEqual(busy.store_use(busy.count, taken), 1.001)
                self.assertLessEqual(busy.commits(busy.count), busy.said + 1e-6)
                self.assertGreaterEqual(taken, seconds)
                seconds = taken
        self.assertGreater(seconds, busy.quickest)

    def test_more_messages_accumulate_with_a_slow_disk(self):
        quick, slow = (chat(100_000, processes=30, sync=sync) for sync in (0.2, 10))
        self.assertLess(slow.commits(30), quick.commits(30))
        self.assertLessEqual(slow.commits(30), 100)

    def test_accumulation(self):
        self.assertEqual(scaling.gathered(0, 1), 0)
        self.assertAlmostEqual(scaling.gathered(0.001, 1), 0.001, places=5)
        self.assertAlmostEqual(scaling.gathered(1_000, 0.5), 2, places=2)


class WhatBreaksFirst(unittest.TestCase):
    def test_few_processes_for_many_readers(self):
        self.assertEqual(first(chat(100_000, processes=2)), "CPU core of a process")

    def test_silent_readers_of_one_process_use_up_the_ports(self):
        """With nginx on one machine, its address has 28,232 ports for each process."""
        silent = chat(28_000, messages=0, named=0, stay=100_000, processes=1)
        self.assertEqual((silent.proxies, first(silent)), (1, "ports from nginx to a process"))

    def test_rabbitmq_before_redis(self):
        by_redis, by_rabbitmq = (chat(300_000, relay=relay) for relay in ("redis", "amqp"))
        self.assertEqual(first(by_rabbitmq), "RabbitMQ")
        self.assertGreater(by_rabbitmq.limits[0].share, 2 * by_redis.relay_use(by_redis.count))

    def test_a_million_visitors_with_names_in_one_room(self):
        """Names and typing notifications are sent to all processes, and to all readers."""
        crowd = chat(1_000_000, 1_000_000, messages=0.0006, named=0.01)
        self.assertEqual(first(crowd), "Redis")
        self.assertGreater(crowd.process_cpu(crowd.count), 1)

    def test_each_limit_has_a_remedy(self):
        for limit in chat(1_000).limits:
            self.assertTrue(limit.remedy, limit.name)


class MoreAddresses(unittest.TestCase):
    """If a process has several addresses, nginx can open more than 28,232 connections to it."""

    def test_a_process_listens_on_several_ports_and_on_a_socket(self):
        with tempfile.TemporaryDirectory(prefix="piratechat-") as folder:
            path, port = os.path.join(folder, "chat.sock"), free_port()
            server = ChatServer(folder, options=["-b", f"127.0.0.1:{port}", "-b", f"unix:{path}"])
            try:
                room = Browser(server.port).open_room("Ada")
                for number, address in enumerate([("127.0.0.1", server.port), ("127.0.0.1", port), path]):
                    with self.subTest(address), connected(address) as sock:
                        sock.sendall(HANDSHAKE.format(room=room, number=number).encode())
                        answer = b""
                        while not answer.endswith(OPENED):
                            answer += sock.recv(4096) or self.fail(answer)
                        self.assertTrue(answer.startswith(b"HTTP/1.1 101"), answer)
            finally:
                server.stop()


class WrongInput(unittest.TestCase):
    def test_invalid_input_is_rejected_with_a_reason(self):
        cases = {
            ("--readers", "many"): "--readers: 'many' is not a whole number from 1 to 100,000,000",
            ("--readers", "0"): "--readers: '0' is not",
            ("--readers", "1e6"): "--readers: '1e6' is not",
            ("--readers", "10", "--room", "11"): "--room 11: there are only 10 readers",
            ("--readers", "100", "--messages", "-1"): "--messages: '-1' is not a number from 0 to 600",
            ("--readers", "100", "--messages", "nan"): "--messages: 'nan' is not a number",
            ("--readers", "100", "--named", "2"): "--named: '2' is not a number from 0 to 1",
            ("--readers", "100", "--stay", "0"): "--stay: '0' is not a number from 0.1",
            ("--readers", "100", "--sync", "slow"): "--sync: 'slow' is not a number from 0 to 1000",
            ("--readers", "100", "--processes", "1001"): "--processes: '1001' is not a whole number from 1 to 1,000",
            ("--readers", "100", "--store", "file"): "--store: invalid choice: 'file'",
            (): "required: --readers",
        }
        for words, problem in cases.items():
            with self.subTest(words):
                self.assertIn(problem, complaint(words))

    def test_numbers_may_be_written_as_people_do(self):
        self.assertEqual(chat("1,000,000", "1_000").readers, 1_000_000)


def run_here(*command):
    """Return the result of running a Python script in the checkout."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def connected(address):
    """Return a socket that is connected to `address`: host and port, or the path of a Unix socket."""
    sock = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    sock.settimeout(TIMEOUT)
    sock.connect(address)
    return sock


def complaint(words):
    """Return the command's error message for invalid `words`."""
    output = io.StringIO()
    with contextlib.redirect_stderr(output), contextlib.suppress(SystemExit):
        scaling.asked(words)
        raise AssertionError(f"{words} were accepted")
    return output.getvalue()
