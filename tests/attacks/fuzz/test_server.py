"""Mutants of recorded traffic, sent to a server."""

import json
import re
import struct
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from websockets.frames import Frame, Opcode

from pyramid_sockjs.scheduler import IDLE_PUMPS
from sockjs_support.clients import HTTP
from sockjs_support.waiting import wait_until
from tests.attacks.fuzz.chance import INPUTS, chance, tell
from tests.attacks.fuzz.mutation import Mutator
from tests.attacks.fuzz.recording import END, recorded
from tests.support.attacks import AttackTest
from tests.support.plugins.witness import PATH as WITNESS
from tests.support.raw_http import exchange, statuses

pytestmark = pytest.mark.slow

#: The share of each kind of inputs.
SHARES = {"messages": 8, "frames": 3, "connections": 2, "addresses": 2, "fields": 2, "bodies": 3}

#: The number of concurrent attackers.
ATTACKERS = 8
#: The number of messages sent on one WebSocket.
MESSAGES_A_SOCKET = 40

#: Endings of URLs with status 500 in the SockJS protocol (sections "XhrPolling" and "JsonPolling").
SOCKJS_500 = re.compile(rb'Payload expected\.|Broken JSON encoding\.|"callback" parameter required|invalid "callback"')

#: Frames that are valid at any time, by transport.
FORMS = 40

#: Allowed memory growth of the server after the warm-up, for the log and its indexes, and fragmentation.
GROWTH = 48 * 2**20


class Attacker:
    """Generates inputs of each kind from a recording, using only a Mutator's random generator."""

    def __init__(self, recording):
        self._recording = recording

    def plan(self, kind, random):
        """Yield (number of inputs, bytes for one connection) without end."""
        return getattr(self, f"_{kind}")(random)

    def _connections(self, random):
        samples = [request.bytes() for request in self._recording.requests]
        samples += [head + END + frames for head, frames in self._recording.websockets]
        mutator = Mutator(random, samples)
        while True:
            yield 1, mutator.mutant()

    def _frames(self, random):
        mutator = Mutator(random, [frames for _head, frames in self._recording.websockets])
        while True:
            head, frames = random.choice(self._recording.websockets)
            yield 1, head + END + mutator.mutated(frames)

    def _messages(self, random):
        mutator = Mutator(random, self._recording.messages)
        heads = [head for head, _frames in self._recording.websockets if b"/sockjs/websocket" not in head]
        while True:
            frames = []
            for _ in range(MESSAGES_A_SOCKET):
                text = mutator.mutant().decode("utf-8", "surrogateescape" if random.random() < 0.2 else "replace")
                payload = json.dumps([text[:20_000]]).encode()
                frames.append(Frame(Opcode.TEXT, payload).serialize(mask=True))
            yield MESSAGES_A_SOCKET, random.choice(heads) + END + b"".join(frames)

    def _addresses(self, random):
        mutator = Mutator(random, [request.target for request in self._recording.requests])
        while True:
            request = random.choice(self._recording.requests)
            target = b"/" + urllib.parse.quote(mutator.mutated(request.target), safe="/?&=%;:@#+.~").encode().lstrip(
                b"/"
            )
            yield 1, replace(request, target=target[:4000]).bytes()

    def _fields(self, random):
        values = [value for request in self._recording.requests for _name, value in request.fields]
        values += [
            b"Mon, 01 Jan 2024 00:00:00 GMT",
            b'W/"abc", "def"',
            b"bytes=0-5,7-",
            b"de-AT,de;q=0.7,*;q=0.1",
            b"Basic Og==",
        ]
        names = b"Accept Accept-Language Cookie Origin Referer If-None-Match If-Modified-Since Range Authorization Host"
        names = [
            *names.split(),
            b"Content-Type",
            b"Sec-Fetch-Site",
            b"X-Forwarded-For",
            b"X-Forwarded-Proto",
            b"Expect",
        ]
        mutator = Mutator(random, values)
        while True:
            request = random.choice(self._recording.requests)
            fields = dict(request.fields)
            name = random.choice([*fields, *names])
            fields[name] = re.sub(rb"[\r\n\0]", b"", mutator.mutated(fields.get(name) or random.choice(values)))[:6000]
            yield 1, replace(request, fields=tuple(fields.items())).bytes()

    def _bodies(self, random):
        requests = [request for request in self._recording.requests if request.body]
        mutator = Mutator(random, [request.body for request in requests])
        while True:
            request = random.choice(requests)
            yield 1, replace(request, body=mutator.mutated(request.body)).bytes()


class Flood(AttackTest):
    def test_mutants_of_recorded_requests(self):
        attacker = Attacker(recorded(self.layer.port))
        shares = sum(SHARES.values())
        self.tried, self.answered, self.findings = Counter(), Counter(), []
        started = time.monotonic()
        for kind, share in SHARES.items():  # until one-time allocations have been made
            self.attack(attacker, kind, INPUTS * share // shares // 5)
        warm = self.settled()
        for kind, share in SHARES.items():
            self.attack(attacker, kind, INPUTS * share // shares)
        after = self.settled(warm)
        tell(f"{self.tried.total()} inputs over sockets in {time.monotonic() - started:.0f} s: {dict(self.tried)}")
        tell(f"answers by status: {dict(sorted(self.answered.items()))}")
        tell(f"the server held {warm} when warm, and {after} at the end")
        self.assertEqual(self.findings[:5], [], f"{len(self.findings)} findings")
        self.assertNotIn("Traceback", self.layer.server.output())
        self.assertLess(after["memory"] - warm["memory"], GROWTH)

    def attack(self, attacker, kind, inputs):
        """Send at least `inputs` inputs of a kind, by several concurrent attackers."""

        def one(number):
            plan = attacker.plan(kind, chance(kind, self.tried[kind], number))
            done = 0
            while done < -(-inputs // ATTACKERS):
                count, data = next(plan)
                done += count
                self.judge(kind, data)
            return done

        with ThreadPoolExecutor(ATTACKERS) as attackers:
            self.tried[kind] += sum(attackers.map(one, range(ATTACKERS)))
        tell(f"{self.tried[kind]} {kind} tried")

    def judge(self, kind, data):
        """Send `data`, and check that the response has no internal errors."""
        try:
            answer = exchange(self.layer.port, data)
        except TimeoutError:
            self.findings.append(f"{kind}: neither an answer nor an end: {data!r}")
            return
        found = statuses(answer)
        self.answered.update(found)
        broken = [status for status in found if status >= 500 and status not in (501, 505)]
        if b"Traceback" in answer or len(broken) > len(SOCKJS_500.findall(answer)):
            self.findings.append(f"{kind}: {found} to {data!r}: {answer[:1000]!r}")
        if kind == "messages":
            self.assertEqual(found, [101], data)
            self.judge_events(answer.partition(END)[2])

    def judge_events(self, data):
        """Check that a SockJS WebSocket sends only SockJS frames with events."""
        for payload in texts(data):
            self.assertIn(payload[:1], b"oahc")
            if payload[:1] == b"a":
                for event in json.loads(payload[1:]):
                    self.assertIn("type", json.loads(event))

    def settled(self, warm=None):
        """Return the server's counts after all attackers have left, which must not exceed `warm`."""
        with HTTP(self.layer.port) as http:

            def held():
                now = self.held = json.loads(http.request("GET", WITNESS).body)
                least = dict(warm or {**now, "sessions": 0, "readers": 0})
                least["greenlets"] += IDLE_PUMPS  # created by the first use, and permanent
                least["forms"] += FORMS
                return all(
                    now[name] <= least[name] for name in ("sessions", "readers", "greenlets", "descriptors", "forms")
                )

            try:
                wait_until(held)
            except AssertionError:
                self.fail(f"After all clients had disconnected, the server held {self.held}, and {warm} before.")
            self.assertEqual(http.request("GET", "/").status, 200)
        return self.held


def texts(data):
    """Yield the payloads of the complete text frames in `data` (RFC 6455 section 5.2)."""
    while len(data) > 1:
        size, start = data[1], 2
        if size == 126:
            (size,), start = struct.unpack("!H", data[2:4]), 4
        elif size == 127:
            (size,), start = struct.unpack("!Q", data[2:10]), 10
        if data[0] == 0x81 and len(data) >= start + size:
            yield data[start : start + size]
        data = data[start + size :]
