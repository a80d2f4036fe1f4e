"""Imports follow the layers of the code, without cycles."""

import subprocess
import sys
from unittest import TestCase

from sockjs_support.waiting import TIMEOUT
from tools.architecture import imports, modules

#: The layers of each package, the lowest first; a module may import from its own layer and from lower ones.
HOUSE = {
    "pyramid_sockjs": [
        [
            "errors",
            "ini_values",
            "interfaces",
            "protocol",
            "protocol.core",
            "protocol.frames",
            "protocol.json_nesting",
            "protocol.timing_wheel",
            "protocol.websocket_frames",
            "servers.client_networks",
            "servers.succession",
            "settings",
        ],
        [
            "connection",
            "group",
            "http",
            "lifecycle",
            "lingering_close",
            "manager",
            "receiver",
            "request_snapshot",
            "scheduler",
            "servers.gunicorn_settings",
            "servers.handshake_queue",
            "servers.open_connections",
            "servers.plug_in_lookup",
            "servers.socket_options",
            "servers.takeover",
            "servers.throttling",
            "service",
            "session",
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
        ["", "routes", "servers", "servers.gunicorn_command", "servers.gunicorn_worker", "servers.pywsgi"],
    ],
    "piratechat": [
        [
            "bounded_json",
            "errors",
            "http.forwarded",
            "http.path_prefix",
            "interfaces",
            "log_format",
            "model",
            "model.bidi",
            "model.catching_up",
            "model.changes",
            "model.chat",
            "model.commands",
            "model.emoji",
            "model.deliveries",
            "model.edits",
            "model.events",
            "model.formatting",
            "model.link_words",
            "model.links",
            "model.log",
            "model.members",
            "model.mentions",
            "model.moderation_log",
            "model.names",
            "model.reactions",
            "model.nonces",
            "model.published",
            "model.room",
            "model.scripts",
            "model.text",
            "model.visitors",
            "protocol",
            "protocol.events",
            "protocol.messages",
            "protocol.objects",
            "search.folding",
            "search.query",
            "settings",
            "shipped",
            "texts",
            "translation",
        ],
        [
            "cooperative",
            "leftovers",
            "live",
            "live.coming_back",
            "live.event_json",
            "live.healing",
            "live.inbox",
            "live.language_slots",
            "live.names_here",
            "live.presence",
            "live.ready_events",
            "live.registry",
            "live.room",
            "live.translations",
            "live.welcomes",
            "maintenance",
            "maintenance.actions",
            "maintenance.compensation",
            "maintenance.erasing",
            "maintenance.history",
            "maintenance.integrity",
            "metrics",
            "notifications",
            "notifications.delivery",
            "notifications.line",
            "notifications.notifications",
            "notifications.reader",
            "notifications.source",
            "notifications.template",
            "notifications.whispers",
            "publishing",
            "publishing.line",
            "publishing.publications",
            "publishing.publisher",
            "publishing.settings",
            "options",
            "plone",
            "plone.fetching",
            "plone.page",
            "plone.places",
            "plone.site_page",
            "plone.style_sheets",
            "plone.tickets",
            "plone.versions",
            "peers",
            "peers.agreement",
            "peers.beacons",
            "peers.decoding",
            "peers.encoding",
            "peers.messages",
            "peers.metrics",
            "peers.nodes",
            "peers.outgoing",
            "peers.peers",
            "peers.replays",
            "peers.seal",
            "plugin",
            "rate_limits",
            "relays",
            "amqp_address",
            "amqp_confirmed",
            "amqp_line",
            "relays.amqp",
            "relays.broker",
            "relays.choice",
            "relays.errors",
            "relays.local",
            "relays.redis",
            "search",
            "search.filling",
            "search.followed_file",
            "search.index",
            "search.indexer",
            "search.keeping",
            "search.searching",
            "search.shown",
            "secrets",
            "serialization",
            "storage",
            "storage.committer",
            "storage.database",
            "storage.fair_queue",
            "storage.file_format",
            "storage.file_storage",
            "storage.postgresql",
            "storage.postgresql_storage",
            "storage.reader",
            "storage.recovery",
            "storage.revoked",
            "storage.transaction_notes",
            "storage.zeo",
            "storage.upgrade",
            "storage.zeo_server",
            "translators",
            "translators.backends",
            "translators.backends.apertium",
            "translators.backends.base",
            "translators.backends.batches",
            "translators.backends.command",
            "translators.backends.deepl",
            "translators.backends.http",
            "translators.backends.http_client",
            "translators.backends.libretranslate",
            "translators.backends.model_answers",
            "translators.backends.model_prompt",
            "translators.backends.openai",
            "translators.backends.paired",
            "translators.backends.reach",
            "translators.builtin",
            "translators.builtin.original",
            "translators.builtin.pirate",
            "translators.builtin.pirate.code_lines",
            "translators.builtin.pirate.contexts",
            "translators.builtin.pirate.captain_lexicon",
            "translators.builtin.pirate.cries",
            "translators.builtin.pirate.cry_lexicon",
            "translators.builtin.pirate.english",
            "translators.builtin.pirate.flavour",
            "translators.builtin.pirate.gravity",
            "translators.builtin.pirate.gravity_lexicon",
            "translators.builtin.pirate.lexicon",
            "translators.builtin.pirate.neighbours",
            "translators.builtin.pirate.sea_time",
            "translators.builtin.pirate.speaker",
            "translators.builtin.pirate.speech",
            "translators.builtin.pirate.table",
            "translators.builtin.pirate.tokens",
            "translators.defaults",
            "translators.directives",
            "translators.engine",
            "translators.engine.asked",
            "translators.engine.budget",
            "translators.engine.cache",
            "translators.engine.cache_file",
            "translators.engine.caller",
            "translators.engine.circuit_breaker",
            "translators.engine.detection",
            "translators.engine.dispatcher",
            "translators.engine.engine",
            "translators.engine.fallback",
            "translators.engine.faults",
            "translators.engine.frequent_words",
            "translators.engine.languages",
            "translators.engine.metrics",
            "translators.engine.others",
            "translators.engine.outcomes",
            "translators.engine.protection",
            "translators.engine.short_texts",
            "translators.engine.waiting_texts",
            "translators.language_names",
            "translators.plugins",
            "translators.registry",
            "translators.startup_report",
            "translators.text",
            "translators.text.joints",
            "translators.text.masking",
            "translators.text.placeholders",
            "translators.text.protected_spans",
            "translators.text.sentence_splitter",
            "translators.usage",
            "translators.views",
            "watched_calls",
        ],
        [
            "health",
            "http",
            "http.access_log",
            "http.allowed_hosts",
            "http.asset_versions",
            "http.assets",
            "http.cookies",
            "http.csrf",
            "http.draining",
            "http.frame",
            "http.handshakes",
            "http.localization",
            "http.operator_login",
            "http.preparation",
            "http.rate_limiting",
            "http.request_bodies",
            "http.request_class",
            "http.routing",
            "http.security",
            "http.security_headers",
            "http.static_files",
            "http.validation",
            "realtime",
            "realtime.handlers",
            "realtime.manager",
            "realtime.messages",
            "realtime.session",
            "services",
            "testing",
            "themes",
            "themes.choices",
            "themes.middleware",
            "themes.site_files",
            "themes.theme",
            "views",
            "views.api",
            "views.assets",
            "views.authors",
            "views.days",
            "views.errors",
            "views.formats",
            "views.examples",
            "views.expired",
            "views.history",
            "views.home",
            "views.home_response",
            "views.link_preview",
            "views.message_list",
            "views.message",
            "views.monitoring",
            "views.operator",
            "views.owner",
            "views.owner_panel",
            "views.params",
            "views.pins",
            "views.plone",
            "views.qr",
            "views.reading_choices",
            "views.room",
            "views.room_page",
            "views.room_response",
            "views.search",
            "views.template_cache",
            "views.template_compiler",
            "views.theme",
            "views.typed",
            "views.view_chooser",
        ],
        [
            "",
            "application",
            "commands",
            "commands.backups",
            "commands.index_translators",
            "commands.indexing",
            "commands.main",
            "commands.output",
            "commands.forgetting",
            "commands.packing",
            "commands.rooms",
            "commands.serving",
            "commands.site",
            "commands.undoing",
            "commands.verifying",
        ],
    ],
}

#: Modules of the chat that may import pyramid_sockjs: its server, and shared parsing and counting.
USERS_OF_SOCKJS = {
    "application",
    "bounded_json",
    "commands.serving",
    "options",
    "rate_limits",
    "realtime.manager",
    "realtime.session",
    "settings",
}

#: Modules that the lowest layer may not import: sockets, clocks, greenlets, requests.
NOT_ON_THE_GROUND = {"gevent", "gunicorn", "pyramid", "select", "socket", "threading", "time", "webob"}

#: Modules that a package may not import from other packages.
NEIGHBOURS = {"pyramid_sockjs": {"piratechat", "ZODB", "persistent", "transaction"}}


#: Prints the imported modules of the package that use `ssl` directly, which gevent must patch before.
BEFORE_PATCHING = """
import sys
sys.path[:] = {path!r}
import piratechat.application
print(sorted({{"urllib3", "redis", "amqp"}} & set(sys.modules)))
"""


#: Prints modules that only a server needs, and that the command `piratechat` has imported.
BY_COMMANDS = """
import sys
sys.path[:] = {path!r}
import piratechat.commands.main
needless = {{"gunicorn", "piratechat.application", "piratechat.translators.registry", "relstorage"}}
print(sorted(needless & set(sys.modules)))
"""


#: Prints what a server with a database file does not need, and has imported; gevent's plug-ins are called meanwhile.
BY_SERVERS = """
import importlib.util, sys
sys.path[:] = {path!r}
assert importlib.util.find_spec("relstorage"), "it is installed"
from gevent import monkey
from pyramid_sockjs.servers.plug_in_lookup import metadata_read_once
with metadata_read_once():
    monkey.patch_all()
import piratechat.application
print(sorted({{"relstorage"}} & set(sys.modules)))
"""


def printed(program):
    """Return what a new process prints that runs `program` with the import path of this one."""
    words = [sys.executable, "-c", program.format(path=sys.path)]
    return subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT, check=True).stdout


class BeforePatching(TestCase):
    def test_the_master_process_imports_nothing_that_uses_tls(self):
        self.assertEqual(printed(BEFORE_PATCHING), "[]\n")


class QuickStart(TestCase):
    def test_commands_do_not_import_the_server(self):
        self.assertEqual(printed(BY_COMMANDS), "[]\n")

    def test_servers_with_a_database_file_do_not_import_relstorage(self):
        self.assertEqual(printed(BY_SERVERS), "[]\n")


class Imports(TestCase):
    def setUp(self):
        #: Package -> module -> imported modules.
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

    def test_every_module_has_a_layer(self):
        for package, floors in HOUSE.items():
            self.assertEqual(sorted(self.graphs[package]), sorted(name for floor in floors for name in floor))

    def test_no_module_imports_from_a_higher_layer(self):
        for package, floors in HOUSE.items():
            level = {name: number for number, floor in enumerate(floors) for name in floor}
            for name, targets in self.graphs[package].items():
                for target in targets:
                    self.assertLessEqual(level[target], level[name], f"{package}: {name} imports {target}")

    def test_there_are_no_cycles(self):
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

    def test_modules_import_siblings_and_not_their_package(self):
        for package, graph in self.graphs.items():
            for name, targets in graph.items():
                self.assertNotIn("", targets, f"{package}.{name} imports {package}")

    def test_the_lowest_layer_uses_no_sockets(self):
        for package, floors in HOUSE.items():
            for name in floors[0]:
                found = self.foreign.get((package, name), set()) & NOT_ON_THE_GROUND
                self.assertFalse(found, f"{package}.{name} imports {found}")

    def test_only_listed_modules_of_the_chat_import_sockjs(self):
        for (package, name), foreign in self.foreign.items():
            if package == "piratechat" and "pyramid_sockjs" in foreign:
                self.assertIn(name, USERS_OF_SOCKJS)

    def test_packages_do_not_import_forbidden_packages(self):
        for package, strangers in NEIGHBOURS.items():
            for (of, name), foreign in self.foreign.items():
                if of == package:
                    self.assertFalse(foreign & strangers, f"{package}.{name} imports {foreign & strangers}")
