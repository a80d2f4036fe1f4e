"""Parts of a cluster are killed: nothing acknowledged is lost, and every reader receives everything."""

import os
import random
import shutil
import tempfile
from unittest import TestCase

import pytest

from tests.support.cluster_soak import ClusterSoak
from tests.support.made_cluster import MISSING
from tests.support.postgres import MISSING as MISSING_POSTGRES
from tests.support.postgres import PROGRAM as POSTGRES
from tests.support.rabbitmq_server import MISSING as MISSING_RABBITMQ
from tests.support.rabbitmq_server import PROGRAM as RABBITMQ

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MISSING is not None, reason=str(MISSING)),
    pytest.mark.skipif(POSTGRES is None, reason=MISSING_POSTGRES),
    pytest.mark.skipif(RABBITMQ is None, reason=MISSING_RABBITMQ),
]

#: Set by "make soak CLUSTER=yes": the number of kills, the time limit in minutes, the seed, and the parts of the
#: cluster.
ROUNDS = os.environ.get("SOAK_ROUNDS")
MINUTES = float(os.environ.get("SOAK_MINUTES") or (60 if ROUNDS else 3))
SEED = os.environ.get("SOAK_SEED") or str(random.randrange(10**6))
STORE, RELAY = os.environ.get("SOAK_STORE") or "zeo", os.environ.get("SOAK_RELAY") or "redis"
#: The number of clients, and of their rooms.
MANY, FEW = {"talkers": 18, "rooms": 6, "pause": 0.1}, {"talkers": 4, "rooms": 2, "pause": 0.05}


class Killed(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cluster-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def tell(self, line):
        if ROUNDS:
            print(line, flush=True)  # noqa: T201 -- shows the progress of a long test

    def soak(self, rounds, store, relay):
        self.tell(f"\nSOAK_SEED={SEED}, {store} and {relay}")
        with self.subTest(f"SOAK_SEED={SEED}"):
            soak = ClusterSoak(self.folder, SEED, store=store, relay=relay, **(MANY if ROUNDS else FEW))
            self.addCleanup(soak.end)
            soak.run(rounds, MINUTES, self.tell)
            for line in soak.summary():
                self.tell(line)
            self.assertFalse(+soak.found, soak.differences[:10])

    def test_chosen(self):
        """The default is a ZEO server and Redis."""
        self.soak(int(ROUNDS or 20), STORE, RELAY)

    @pytest.mark.skipif(ROUNDS is not None, reason="make soak has one cluster")
    def test_postgresql_and_rabbitmq(self):
        self.soak(8, "postgres", "amqp")
