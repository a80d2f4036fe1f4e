"""Imports go one way, strictly down, and never round in circles."""

import ast
import os
from unittest import TestCase

from tests.layers import TOP

#: The floors of each package, the lowest first; a module may import from its own floor and from those below.
HOUSE = {
    "pyramid_sockjs": [
        ["addresses", "core", "errors", "frames", "interfaces", "rfc6455", "settings", "succession", "wheel"],
        [
            "connection",
            "engine",
            "group",
            "handover",
            "http",
            "lifecycle",
            "lines",
            "manager",
            "queues",
            "receiver",
            "service",
            "session",
            "snapshot",
            "sockets",
            "token_buckets",
        ],
        [
            "transports",
            "transports.callback",
            "transports.eventsource",
            "transports.htmlfile",
            "transports.jsonp",
            "transports.transport",
            "transports.websocket",
            "transports.xhr",
        ],
        ["", "routes", "runner", "server", "worker"],
    ],
    "piratechat": [
        [
            "errors",
            "interfaces",
            "logs",
            "model",
            "model.chat",
            "model.commands",
            "model.deeds",
            "model.events",
            "model.links",
            "model.log",
            "model.names",
            "model.recent",
            "model.room",
            "model.text",
            "proxies",
            "settings",
            "translation",
        ],
        [
            "live",
            "live.figures",
            "live.limits",
            "live.presence",
            "live.relay",
            "live.room",
            "live.rooms",
            "live.turns",
            "live.wire",
            "storage",
            "storage.checking",
            "storage.committer",
            "storage.database",
            "storage.file",
            "storage.file_format",
            "storage.history",
            "storage.notes",
            "storage.torn",
            "storage.secret",
            "storage.translations",
            "storage.waiting",
            "storage.zeo",
            "translators",
            "translators.announcing",
            "translators.apertium",
            "translators.backend",
            "translators.batches",
            "translators.budget",
            "translators.caller",
            "translators.circuit_breaker",
            "translators.command",
            "translators.deepl",
            "translators.detection",
            "translators.directive",
            "translators.dispatcher",
            "translators.engine",
            "translators.fallback",
            "translators.figures",
            "translators.http_client",
            "translators.languages",
            "translators.lexicon",
            "translators.libretranslate",
            "translators.marks",
            "translators.masking",
            "translators.memory",
            "translators.options",
            "translators.original",
            "translators.outcomes",
            "translators.paired",
            "translators.pirate",
            "translators.protection",
            "translators.sentences",
            "translators.shelf",
            "translators.web",
        ],
        [
            "access",
            "bodies",
            "cookies",
            "forgery",
            "files",
            "guards",
            "health",
            "hosts",
            "parts",
            "plugin",
            "realtime",
            "roots",
            "testing",
            "themes",
            "theming",
            "versions",
            "views",
            "views.asking",
            "views.data",
            "views.files",
            "views.home",
            "views.messages",
            "views.operator",
            "views.owner",
            "views.pages",
            "views.panel",
            "views.problems",
            "views.qr",
            "views.room",
            "views.watching",
            "visitors",
        ],
        [
            "",
            "commands",
            "commands.backups",
            "commands.main",
            "commands.output",
            "commands.packing",
            "commands.rooms",
            "commands.site",
            "commands.undoing",
            "commands.verifying",
        ],
    ],
}

#: The modules of the chat that know the SockJS server, or count as it does.
REALTIME = {"", "live.limits", "realtime"}

#: What the ground floor may not know: sockets, clocks, greenlets, requests.
NOT_ON_THE_GROUND = {"gevent", "gunicorn", "pyramid", "select", "socket", "threading", "time", "webob"}

#: What a package may not know of its neighbours.
NEIGHBOURS = {"pyramid_sockjs": {"piratechat", "ZODB", "persistent", "transaction"}}


def modules(package):
    """Yield (name, path) for every module; the name is relative to the package."""
    top = os.path.join(TOP, package)
    for folder, _folders, files in os.walk(top):
        for file in files:
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, top).removesuffix(".py").replace(os.sep, ".")
                yield name.removesuffix("__init__").removesuffix("."), path


def imports(path):
    """Return the absolute names that the module at `path` imports."""
    with open(path) as source:
        tree = ast.parse(source.read())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


class Imports(TestCase):
    def setUp(self):
        #: For each package: which of its modules import which.
        self.graphs = {}
        self.foreign = {}
        for package in HOUSE:
            known = {name for name, _path in modules(package)}
            graph = self.graphs[package] = {}
            for name, path in modules(package):
                targets = set()
                for imported in imports(path):
                    if imported.split(".")[0] != package:
                        self.foreign.setdefault((package, name), set()).add(imported.split(".")[0])
                        continue
                    target = imported.removeprefix(package).removeprefix(".")
                    while target not in known:
                        target = target.rpartition(".")[0]
                    targets.add(target)
                graph[name] = targets - {name}

    def test_every_module_has_its_floor(self):
        for package, floors in HOUSE.items():
            self.assertEqual(sorted(self.graphs[package]), sorted(name for floor in floors for name in floor))

    def test_no_arrow_points_up(self):
        for package, floors in HOUSE.items():
            level = {name: number for number, floor in enumerate(floors) for name in floor}
            for name, targets in self.graphs[package].items():
                for target in targets:
                    self.assertLessEqual(level[target], level[name], f"{package}: {name} imports {target}")

    def test_no_circle_closes(self):
        for package, graph in self.graphs.items():
            done = set()

            def visit(name, path, package=package, graph=graph, done=done):
                self.assertNotIn(name, path, f"{package}: {' imports '.join([*path, name])}")
                if name not in done:
                    for target in graph[name]:
                        visit(target, [*path, name])
                    done.add(name)

            for name in graph:
                visit(name, [])

    def test_siblings_import_modules_and_not_the_package(self):
        for package, graph in self.graphs.items():
            for name, targets in graph.items():
                self.assertNotIn("", targets, f"{package}.{name} imports {package}")

    def test_the_ground_floor_knows_no_sockets(self):
        for package, floors in HOUSE.items():
            for name in floors[0]:
                found = self.foreign.get((package, name), set()) & NOT_ON_THE_GROUND
                self.assertFalse(found, f"{package}.{name} imports {found}")

    def test_only_few_modules_of_the_chat_know_sockjs(self):
        for (package, name), foreign in self.foreign.items():
            if package == "piratechat" and "pyramid_sockjs" in foreign:
                self.assertIn(name, REALTIME)

    def test_packages_do_not_know_their_neighbours(self):
        for package, strangers in NEIGHBOURS.items():
            for (of, name), foreign in self.foreign.items():
                if of == package:
                    self.assertFalse(foreign & strangers, f"{package}.{name} imports {foreign & strangers}")
