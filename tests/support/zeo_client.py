"""A process with a database on a ZEO server; it reads commands as lines of JSON, and answers each with a line."""

import json
import sys
import time

from persistent import Persistent
from persistent.mapping import PersistentMapping
from transaction import TransactionManager
from transaction.interfaces import TransientError

from piratechat.storage.database import Database

#: Timeout in seconds for the server's restart.
TIMEOUT = 20.0
#: The number of objects written in one transaction.
TOGETHER = 10


class Thing(Persistent):
    """An object with a name and a counter of its writes."""

    def __init__(self, name):
        self.name = name
        self.written = 0


class Client:
    """The commands for tests: the name of a method, and its arguments."""

    def __init__(self, uri, name):
        self.name = name
        self.database = Database(uri)
        self.manager = TransactionManager(explicit=True)
        self.connection = self.database.open(self.manager)
        self.added = None

    def work(self, change):
        """Commit `change`(root), with retries for retryable errors; return the other errors."""
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                with self.manager:
                    change(self.connection.root())
                return None
            except Exception as error:  # noqa: BLE001 -- any error is returned
                self.manager.abort()
                if not isinstance(error, TransientError) or time.monotonic() > end:
                    return repr(error)
                time.sleep(0.01)

    def wait(self):
        """Wait until the server is back, because attempts in the meantime would use up object ids."""
        end = time.monotonic() + TIMEOUT
        while not self.connection.db().storage.is_connected() and time.monotonic() < end:
            time.sleep(0.01)

    def catch_up(self):
        """Receive others' writes: invalidations arrive before the response."""
        self.connection.db().storage.ping()

    def make(self, count):
        """Create `count` objects, each in its own transaction; return the errors."""

        def begin(root):
            root.setdefault("things", PersistentMapping()).setdefault(self.name, PersistentMapping())

        faults = [self.work(begin)]
        for _ in range(count):

            def add(root):
                things = root["things"][self.name]
                name = f"{self.name} {len(things)}"
                things[name] = Thing(name)

            faults.append(self.work(add))
        return [fault for fault in faults if fault]

    def write(self):
        """Write once to every object, some in each transaction; return the errors."""
        names = []
        self.catch_up()
        self.work(lambda root: names.extend((by, name) for by, made in root["things"].items() for name in made))
        faults = []
        for start in range(0, len(names), TOGETHER):

            def write(root, some=names[start : start + TOGETHER]):
                for by, name in some:
                    root["things"][by][name].written += 1

            faults.append(self.work(write))
        return [fault for fault in faults if fault]

    def look(self):
        """Return the counter of each object, by its key and its own name."""
        found = []
        self.catch_up()

        def look(root):
            self.connection.cacheMinimize()
            found[:] = [
                (name, thing.name, thing.written) for made in root["things"].values() for name, thing in made.items()
            ]

        fault = self.work(look)
        return found if fault is None else fault

    def add(self):
        """Begin a transaction whose new objects already have their ids."""
        self.manager.begin()
        self.added = [Thing(f"{self.name} added {number}") for number in range(TOGETHER)]
        for thing in self.added:
            self.connection.add(thing)

    def commit(self):
        """Commit that transaction; return the type of the error, and whether it can be retried."""
        try:
            for thing in self.added:
                self.connection.root()["added"] = thing
            self.manager.commit()
        except Exception as error:  # noqa: BLE001 -- any error is returned
            self.manager.abort()
            return [type(error).__name__, isinstance(error, TransientError)]
        return None


def main():
    client = Client(*sys.argv[1:])
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        sys.stdout.write(json.dumps(getattr(client, method)(*arguments)) + "\n")
        sys.stdout.flush()
