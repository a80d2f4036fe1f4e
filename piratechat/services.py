"""The services of the chat in one process, for views and sessions."""

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
from piratechat.plone.site_page import SitePage
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
    """The services that the application factory has assembled."""

    settings: Settings
    #: The files that are served below /static/.
    files: Folder
    database: Database
    committer: Committer
    rooms: LiveRooms
    translators: TranslatorRegistry
    engine: Engine
    search: Search
    #: The Prometheus registry.
    metrics_registry: CollectorRegistry
    #: The operator's password.
    operator_secret: str
    #: The chat's own metrics.
    metrics: ChatMetrics
    #: Updates the metrics of current values.
    collect_metrics: Callable[[], None]
    #: The health check.
    health: Health
    #: The rate limits of visitors and addresses.
    limits: Limits
    #: The languages in use in rooms.
    language_slots: LanguageSlots
    #: The skeletons of the names of notification sources, which nobody else may take.
    reserved_names: frozenset[str]
    #: The page of the Plone site that the chat is a part of.
    site_page: SitePage

    def must_not_be_reserved(self, name: object) -> None:
        """Raise CommandRejected if `name` looks like that of a notification source."""
        if self.reserved_names and isinstance(name, str) and skeleton(name[:MAX_NAMED]) in self.reserved_names:
            raise CommandRejected("name-taken", text("error.name_taken", name=isolated(name[:MAX_NAMED])))
