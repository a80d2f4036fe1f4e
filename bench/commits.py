"""Commits of several processes to one store, of one message or several: their rate, and the cost of each.

`measured` starts processes, each with the committer of the chat and a room, and measures
their CPU time and that of the store.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import gevent
from processes import cpu, family
from transaction import TransactionManager
from ZODB.POSException import ConflictError

from piratechat.model.chat import chat_of
from piratechat.model.commands import Say
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from tests.support.postgres import PostgresServer
from tests.support.zeo import ZEOServer

STORES = {"ZEO": ZEOServer, "POSTGRES": lambda folder: PostgresServer(folder, "keep_history=false")}
TEXT = "is the time, my friend, and it is good to see that you are here"
#: Patches for gevent before other imports, as a server does.
CODE = """
import sys
sys.path[:] = {path!r}
from gevent.monkey import patch_all
patch_all()
import commits
commits.main()
"""


def measured(store, writers, together, seconds):
    """Return commits a second, and the seconds of a writer and of the store for each; a commit has `together` messages.

    With 0, it measures reading what others have committed.  `store` is the name of one of the `STORES`.
    """
    with tempfile.TemporaryDirectory(prefix="piratechat-bench-") as folder:
        server = STORES[store](folder)
        try:
            return _measured(server, writers, together, seconds)
        finally:
            server.close()


def _measured(server, writers, together, seconds):
    started = [_start(server.uri, f"room {number}", together, seconds) for number in range(writers)]
    for writer in started:
        writer.stdout.readline()  # its room has been created
    before = cpu(family(server.process.pid))
    for writer in started:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    results = [json.loads(writer.stdout.readline()) for writer in started]
    stored = cpu(family(server.process.pid)) - before
    for writer in started:
        writer.stdin.close()
        writer.wait()
    commits = sum(count for count, _seconds in results)
    return commits / seconds, sum(used for _count, used in results) / commits, stored / commits


def _start(*arguments):
    path = [*sys.path, os.path.dirname(os.path.abspath(__file__))]
    command = [sys.executable, "-c", CODE.format(path=path), *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Nobody:
    """Receives commits, and ignores them."""

    def publish(self, slug, envelope):
        """Do nothing."""


def main():
    """Run a writer: the arguments are the store, the title of a room, the messages of a commit, and seconds."""
    uri, title, together, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    database = Database(uri)
    slug = open_room(database, title)
    committer = Committer(database, Nobody())
    committer.perform(Say(slug, "visitor", TEXT, name="Bench"))
    print("ready", flush=True)
    sys.stdin.readline()
    count, used, end = 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        count += 1
        for _ in range(together):
            committer.submit(Say(slug, "visitor", TEXT), lambda _result: None)
        committer.drain(seconds)
        if not together:
            look(database)
    print(json.dumps([count, time.process_time() - used]), flush=True)
    sys.stdin.read()
    committer.close()


def look(database):
    """Read what others have committed, as the chat does when it is notified."""
    database.ask()
    with database.reading() as chat:
        chat.rooms.get("")


def open_room(database, title):
    """Create a room, and return its slug; other processes do the same concurrently."""
    manager = TransactionManager(explicit=True)
    connection = database.open(manager)
    try:
        while True:
            try:
                with manager:
                    return chat_of(connection).rooms.open(title, "visitor").__name__
            except ConflictError:
                manager.abort()
                gevent.sleep(0.01)
    finally:
        connection.close()
