"""The parts of the chat in one process, for those who use them: views and sessions."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from zope.interface import implementer

from piratechat.errors import CommandRejected
from piratechat.health import Health
from piratechat.http.assets import Folder
from piratechat.interfaces import IServices
from piratechat.live.language_slots import LanguageSlots
from piratechat.live.registry import LiveRooms
from piratechat.metrics import ChatMetrics
from piratechat.model.bidi import isolated
from piratechat.model.text import MAX_NAMED, skeleton
from piratechat.rate_limits import Limits
from piratechat.search.searching import Search
from piratechat.settings import Settings
from piratechat.storage.committer import Committer
from piratechat.storage.database import Database
from piratechat.texts import text
from piratechat.translators.engine.engine import Engine
from piratechat.translators.registry import TranslatorRegistry


@implementer(IServices)
@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the application factory has assembled."""

    settings: Settings
    #: What is served below /static/.
    files: Folder
    database: Database
    committer: Committer
    rooms: LiveRooms
    translators: TranslatorRegistry
    engine: Engine
    search: Search
    #: What is counted, for Prometheus.
    metrics_registry: CollectorRegistry
    #: Opens the operator's page.
    operator_secret: str
    #: What the chat counts of itself.
    metrics: ChatMetrics
    #: Updates the metrics that tell of this moment.
    collect_metrics: Callable[[], None]
    #: Whether all is well.
    health: Health
    #: How much visitors and addresses may do.
    limits: Limits
    #: The languages that rooms are read in.
    language_slots: LanguageSlots
    #: What the names look like that sources of notifications have, and nobody else may take.
    reserved_names: frozenset[str]

    def must_not_be_reserved(self, name: object) -> None:
        """Raises CommandRejected if `name` looks like that of a source of notifications."""
        if self.reserved_names and isinstance(name, str) and skeleton(name[:MAX_NAMED]) in self.reserved_names:
            raise CommandRejected("name-taken", text("error.name_taken", name=isolated(name[:MAX_NAMED])))
