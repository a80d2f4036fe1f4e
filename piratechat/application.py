"""Assembles the application."""

import os
import socket
from collections.abc import Mapping
from functools import partial
from typing import Any

import gevent
import pyramid_zodbconn
from prometheus_client import CollectorRegistry
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from pyramid.settings import aslist
from pyramid_retry import RetryableExecutionPolicy

import pyramid_sockjs.servers.gunicorn_worker  # noqa: F401 -- pserve loads us before gunicorn reads [server:main]
from piratechat.health import Health
from piratechat.http import TWEENS
from piratechat.http.asset_versions import Versions
from piratechat.http.assets import Folder
from piratechat.http.handshakes import ShortWay
from piratechat.http.preparation import ExecutionPolicy, prepared
from piratechat.http.request_class import share_request_class
from piratechat.http.routing import HEALTH, ICON, MANIFEST, METRICS, STATIC, WORKER, chat_root, live_room, no_root
from piratechat.http.security import VisitorPolicy
from piratechat.http.static_files import SOCKJS, static_files
from piratechat.interfaces import IServices
from piratechat.live.language_slots import LanguageSlots
from piratechat.live.registry import LiveRooms
from piratechat.metrics import ChatMetrics
from piratechat.model.room import READ
from piratechat.notifications.notifications import notifications_from
from piratechat.notifications.source import SETTING as NOTIFICATIONS
from piratechat.notifications.whispers import Whispers
from piratechat.peers.agreement import Agreement, digests_of
from piratechat.peers.outgoing import Outgoing
from piratechat.peers.peers import Peers
from piratechat.peers.seal import Seal
from piratechat.plone.places import PLONE, PLONE_ROUTES
from piratechat.plone.site_page import SitePage
from piratechat.publishing.settings import SETTING as PUBLISHED
from piratechat.publishing.settings import publisher_from
from piratechat.rate_limits import Limits, network_of
from piratechat.realtime.manager import NAME, ChatSessions
from piratechat.relays.choice import chosen_relay
from piratechat.search.index import NAME as SEARCH_INDEX
from piratechat.search.index import Reader as IndexReader
from piratechat.search.keeping import keep_indexing
from piratechat.search.searching import Search
from piratechat.search.shown import ShownTranslations
from piratechat.secrets import OPERATOR, derived_key, kept_secret
from piratechat.services import Services
from piratechat.settings import TRANSLATIONS, Settings
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database, log_transactions_together
from piratechat.storage.revoked import NAME as REVOKED
from piratechat.storage.revoked import Revoked
from piratechat.themes.choices import PATH as THEME
from piratechat.translators.engine.cache import Memory
from piratechat.translators.engine.cache_file import TranslationsFile
from piratechat.translators.engine.detection import Languages, found_detector
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.metrics import BackEndStates, TranslationMetrics
from piratechat.translators.engine.others import Others
from piratechat.translators.engine.protection import Protection
from piratechat.translators.plugins import include
from piratechat.translators.registry import TranslatorRegistry, activate
from piratechat.translators.startup_report import announce, keep_targets
from piratechat.views.room_page import services_of
from piratechat.views.template_cache import TemplateCache, keep_compiled_templates
from piratechat.views.template_compiler import compile_templates
from pyramid_sockjs.lifecycle import WorkerDrains, WorkerStarts, before_termination

#: Seconds that writing accepted commands may take when the server stops.
DRAINING_TIME = 5.0
#: Seconds that notifying other processes of the end may take.
GOODBYE_TIME = 1.0

#: Minimum length of secrets that processes share.
MIN_SECRET_LENGTH = 16

#: The subfolder of settings.var for older versions of the files that pages load.
ASSETS = "assets"

#: The subfolder of settings.var for compiled templates.
TEMPLATES = "templates"

#: Defaults for pyramid_tm and pyramid_zodbconn, which the ini file can override.
DEFAULTS = {
    "tm.manager_hook": "pyramid_tm.explicit_manager",
    "tm.annotate_user": "false",  # notes of transactions are stored, and must not contain ids of visitors
    "tm.activate_hook": "piratechat.http.routing.is_transaction",
    "retry.attempts": "3",
}


def application(given: Mapping[str, str]) -> Any:
    """Return the WSGI application with the settings `given`.

    Raises ConfigurationError, which names the setting, for an invalid value.
    """
    options = {**DEFAULTS, **given}
    try:
        settings = Settings.from_ini(options)
        database = Database(options.get("zodbconn.uri", ""))
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    log_transactions_together()
    plugins = aslist(options.pop("pyramid.includes", ""))  # Pyramid would include them before the directives exist
    config = Configurator(settings=options, root_factory=chat_root)
    policy = VisitorPolicy(settings.secret or kept_secret(settings.var))
    config.set_security_policy(policy)
    config.include("pyramid_chameleon")
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    pyramid_zodbconn.includeme(config, db_from_uri=lambda _uri, name, databases: databases.setdefault(name, database))
    config.include("pyramid_sockjs")
    config.include("piratechat.translators.directives")
    config.include("piratechat.relays.choice")
    config.include("piratechat.http")
    config.include("piratechat.http.localization")
    config.set_execution_policy(
        prepared(settings, _retrying(config), partial(ShortWay, route=f"sockjs-{NAME}", tweens=TWEENS))
    )
    templates = keep_compiled_templates(os.path.join(settings.var, TEMPLATES))
    config.add_subscriber(lambda starts: _prepare(starts, config.registry, database, templates), WorkerStarts)
    for plugin in plugins:
        include(config, plugin, f"pyramid.includes: {plugin}")
    protections = activate(config, settings.translators, options)
    relay = chosen_relay(config, settings.relay, options)
    _check_secrets(settings, relay)
    sessions = ChatSessions(config.registry)
    files = static_files(
        settings.sockjs_client,
        edited=config.registry.settings["reload_assets"],  # pyramid.reload_assets
        versions=Versions(os.path.join(settings.var, ASSETS, "static")),
    )
    _add_live_rooms(config, sessions, f"{STATIC}{files.version}{SOCKJS}")
    config.add_route("static", f"{STATIC}*path", factory=no_root)
    config.add_route("worker", WORKER, factory=no_root)
    config.add_route("manifest", MANIFEST, factory=no_root)
    config.add_route("icon", ICON, factory=no_root)
    config.add_route("healthz", HEALTH, factory=no_root)
    config.add_route("metrics", METRICS, factory=no_root)
    config.add_route("theme", THEME, factory=no_root)
    for name in PLONE_ROUTES:
        config.add_route(f"plone_{name}", f"{PLONE}{name}", factory=chat_root)
    config.scan("piratechat.views")
    config.add_request_method(services_of, "services", reify=True)
    config.add_request_method(lambda request: network_of(request.environ), "network", reify=True)
    whole = {**options, "pyramid.includes": " ".join(plugins)}
    services = _assemble(config, settings, whole, files, database, sessions, protections, relay)
    config.registry.registerUtility(services, IServices)
    share_request_class(config)
    return config.make_wsgi_app()


def _retrying(config: Configurator) -> ExecutionPolicy:
    """Return pyramid_retry's policy, according to its own settings."""
    settings = config.get_settings()
    hook = config.maybe_dotted(settings.get("retry.activate_hook"))
    policy: ExecutionPolicy = RetryableExecutionPolicy(int(settings["retry.attempts"]), activate_hook=hook)
    return policy


def _prepare(starts: WorkerStarts, registry: Registry, database: Database, templates: TemplateCache) -> None:
    _check_workers(starts.workers, database)
    registry.getUtility(IServices).site_page.start()  # the first visitor sees the site's look
    if starts.replaces or templates.is_warm:
        compile_templates(registry)  # otherwise the first page would wait for that, and all concurrent requests
    if database.is_shared or registry.settings.get(NOTIFICATIONS) or registry.settings.get(PUBLISHED):
        # Log a wrong address, and start reading from and publishing to a broker, before the first visitor comes.
        gevent.spawn(database.open_early)


def _check_secrets(settings: Settings, relay: Any) -> None:
    """Raise ConfigurationError if several processes would each generate their own secrets."""
    for name in ("secret", "operator_secret"):
        if relay.reaches_others and len(getattr(settings, name)) < MIN_SECRET_LENGTH:
            raise ConfigurationError(
                f"piratechat.relay = {settings.relay} connects several processes, and all of them need the same "
                f"piratechat.{name}, of {MIN_SECRET_LENGTH} characters or more, to accept each other's cookies and "
                "passwords. Set it in the ini file of each process, for example to the output of "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )


def _check_workers(workers: int, database: Database) -> None:
    if workers > 1 and not database.is_shared:
        raise ConfigurationError(
            f"{workers} workers cannot share the database at {database.address}, which is for one process. "
            "Start one: workers = 1 below [server:main], without -w and WEB_CONCURRENCY. Or let them share "
            "a ZEO server, zodbconn.uri = zeo://HOST:PORT, or a PostgreSQL server, postgres://USER@HOST/DATABASE."
        )


def _assemble(
    config: Configurator,
    settings: Settings,
    options: dict[str, str],
    files: Folder,
    database: Database,
    sessions: ChatSessions,
    protections: dict[str, Protection],
    relay: Any,
) -> Services:
    translators = TranslatorRegistry(config.registry, settings.translators)
    metrics_registry = CollectorRegistry()
    seal = Seal(settings.secret)  # the same for all processes: see `_check_secrets`
    outgoing = Outgoing(relay, settings.node or f"{socket.gethostname()}:{os.getpid()}", seal, metrics_registry)
    engine = _engine(settings, translators, protections, metrics_registry, outgoing)
    index = IndexReader(os.path.join(settings.var, SEARCH_INDEX))
    shown = ShownTranslations(index.tell) if settings.search_index and database.is_kept else None
    rooms = LiveRooms(database.reading, translators.of, engine, sessions.group, database.ask, outgoing, shown)
    agreement = Agreement(digests_of(settings, options, settings.secret))
    limits = Limits(settings, tell=outgoing.taken)
    peers = Peers(relay, seal, outgoing, rooms, engine, outgoing.metrics, database.ask, agreement, limits)
    metrics = ChatMetrics(metrics_registry)
    revoked = Revoked(os.path.join(settings.var, REVOKED))
    try:
        publisher = publisher_from(options, database, metrics_registry)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    committer = Committer(
        database,
        publisher.beside(rooms),
        metrics=metrics,
        forget=engine.forget,
        note_erased=revoked.add,
        nonce_key=derived_key(settings.secret or kept_secret(settings.var), b"nonces"),
    )

    whispers = Whispers(database.reading, rooms.whisper, limits.may_whisper)

    try:
        notifications = notifications_from(
            settings.notifications, options, settings.message_length, committer.submit, whispers, metrics_registry
        )
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    site_page = SitePage(
        settings.plone_url, settings.plone_internal_url, settings.var, interval=settings.plone_interval
    )
    indexing = gevent.Greenlet(keep_indexing, settings.var, options)

    def end() -> None:
        indexing.kill(timeout=GOODBYE_TIME)
        notifications.stop(GOODBYE_TIME)
        publisher.stop(GOODBYE_TIME)
        site_page.stop()
        committer.drain(DRAINING_TIME)
        peers.stop(GOODBYE_TIME)
        engine.flush()
        if database.held is not None:  # the next process waits for the database, and requests here may take some time
            committer.stop(DRAINING_TIME)
            database.held.let_go()

    def prepare_for_the_end() -> None:
        before_termination(database.hurry)
        before_termination(end, last=True)

    def remember() -> None:
        engine.remember(translators.all())
        announce(translators)
        keep_targets(translators, engine.remember_targets)

    def begin() -> None:
        peers.start()
        if settings.search_index and database.is_kept:
            indexing.start()
        notifications.start()
        publisher.start()
        site_page.start()
        gevent.spawn(remember)

    def degraded() -> list[str]:
        return [*peers.problems, *filter(None, (notifications.problem, publisher.problem))]

    # Not before the database is first used: until then this may not be the serving process.
    database.when_wanted(prepare_for_the_end)
    # The files that the previous process has written are complete when it has released the database.
    database.when_opened(begin)
    services = Services(
        settings=settings,
        files=files,
        database=database,
        committer=committer,
        rooms=rooms,
        translators=translators,
        engine=engine,
        search=Search(index, engine),
        metrics_registry=metrics_registry,
        operator_secret=settings.operator_secret or kept_secret(settings.var, OPERATOR),
        metrics=metrics,
        collect_metrics=sessions.collect,
        health=Health(database, committer, {settings.var, *database.folders}, settings.disk_reserve, degraded),
        limits=limits,
        language_slots=LanguageSlots(),
        reserved_names=notifications.reserved_names,
        site_page=site_page,
    )
    sessions.use(services)
    config.add_subscriber(lambda _drains: services.health.drain(), WorkerDrains)
    return services


def _engine(
    settings: Settings,
    translators: TranslatorRegistry,
    protections: dict[str, Protection],
    metrics_registry: CollectorRegistry,
    outgoing: Outgoing,
) -> Engine:
    size = settings.translations_size
    memory = Memory(size, TranslationsFile(os.path.join(settings.var, TRANSLATIONS), size))
    translates = any(translator.kind == "language" for translator in translators.all().values())
    languages = Languages(found_detector() if translates else None)
    others = Others(
        node=outgoing.node,
        translated=outgoing.translated,
        forgotten=outgoing.forgotten,
        spent=outgoing.spent,
        parts=lambda: outgoing.parts,
    )
    engine = Engine(protections, languages, memory, TranslationMetrics(metrics_registry), others)
    BackEndStates(lambda: [(each.name, each.state, each.waiting) for each in engine.dispatchers()], metrics_registry)
    return engine


def _add_live_rooms(config: Configurator, sessions: ChatSessions, script: str) -> None:
    config.add_sockjs_route(
        NAME,
        prefix="/rooms/{room}/sockjs",
        factory=live_room,
        session_manager=sessions,
        permission=READ,
        cookie_needed=False,
        sockjs_cdn=script,
    )
