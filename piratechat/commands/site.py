"""Where a chat stores its data, according to its ini file, and ways to open it while the server runs or is stopped."""

import os
from collections.abc import Iterator, Mapping
from configparser import Error as ConfigError
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import quote

import click
from paste.deploy.loadwsgi import APP, loadcontext
from transaction import TransactionManager
from ZODB import DB
from ZODB.FileStorage import FileStorage
from zodburi import resolve_uri

from piratechat.model.bidi import isolated
from piratechat.model.chat import VERSION, Chat, chat_of
from piratechat.model.room import Room
from piratechat.settings import Settings
from piratechat.storage.database import BROKEN, Database, DatabaseInUse, shown_uri
from piratechat.storage.file_storage import file_path
from piratechat.storage.postgresql import is_postgresql, postgresql_store
from piratechat.storage.recovery import DatabaseDamaged
from piratechat.storage.upgrade import class_factory, version_of


class Site:
    """A chat, described by its ini file, which is read lazily."""

    def __init__(self, config: str, global_options: Mapping[str, str]) -> None:
        self.config = config
        self.global_options = global_options

    @classmethod
    def with_options(cls, options: Mapping[str, str]) -> "Site":
        """Return the chat for the `options` of an ini file that has already been read."""
        site = cls("", {})
        site.options = dict(options)
        return site

    @cached_property
    def settings(self) -> Settings:
        """The settings of the chat."""
        try:
            return Settings.from_ini(self.options)
        except ValueError as error:
            raise click.ClickException(f"{self.config}: {error}") from None

    @cached_property
    def uri(self) -> str:
        """The URI of the database."""
        uri = self.options.get("zodbconn.uri", "")
        try:
            Database(uri)
        except ValueError as error:
            raise click.ClickException(f"{self.config}: {error}") from None
        return uri

    @property
    def address(self) -> str:
        """The URI of the database for display, without passwords."""
        return shown_uri(self.uri)

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is on a PostgreSQL server."""
        return is_postgresql(self.uri)

    @property
    def keeps_history(self) -> bool:
        """Whether the database keeps history."""
        store = postgresql_store(self.uri)
        return store is None or store.keeps_history

    @property
    def path(self) -> str | None:
        """The file of the database, or None if it is on a server."""
        return file_path(self.uri)

    @cached_property
    def options(self) -> dict[str, str]:
        """The application's options in the ini file."""
        return options_of(self.config, self.global_options)

    def file(self, what: str) -> str:
        """Return the path of the database for the operation `what`.  Raises ClickException if there is no file."""
        if self.is_postgresql:
            raise click.ClickException(
                f"{what} needs a database in a file, and this one is at {self.address}: use the server's own tools, "
                "pg_dump and pg_restore. See docs/operating.md, PostgreSQL."
            )
        if self.path is None:
            raise click.ClickException(
                f"{what} needs the database's file, and this one is at {self.address}: "
                "run it on that server's machine, with an ini file that names the file as file://PATH."
            )
        if not os.path.exists(self.path):
            raise click.ClickException(
                f"There is no database at {self.path}: the server creates it when it first starts. "
                "Is this the right ini file? Select another with --config."
            )
        return self.path

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Yield a connection to the current database, for reading only; a server may be running."""
        store = postgresql_store(self.uri)
        if store is not None:
            storage, options = store.make(read_only=True), store.options
        elif self.path is None:
            make, options = resolve_uri(self.uri)
            storage = make()
        else:
            options = {}
            path = self.file("Reading")
            if os.path.getsize(path) <= len("FS21"):
                raise click.ClickException(f"{path} is empty: start the server, and create a room.")
            try:
                storage = FileStorage(path, read_only=True)
            except BROKEN as error:
                raise DatabaseDamaged(path, str(error)) from None
        with _connected(DB(storage, class_factory=class_factory, **options)) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Yield a connection for changes, with `connection.transaction_manager`; no server may have the file open."""
        if self.path is not None:
            self.file("Writing")
        database = Database(self.uri, timeout=0.0)
        try:
            manager = TransactionManager()
            connection = database.open(manager)
            try:
                yield connection
            finally:
                manager.abort()
                connection.close()
        except DatabaseInUse:
            raise click.ClickException(in_use(self.path or self.address)) from None
        finally:
            database.close()

    @contextmanager
    def chat(self) -> Iterator[Chat]:
        """Yield the chat in its current state."""
        with self.reading() as connection:
            try:
                chat = chat_of(connection)
            except KeyError:
                raise click.ClickException(f"There is no chat at {self.address} yet: start the server once.") from None
            if version_of(connection.root()) < VERSION:
                raise click.ClickException(
                    f"The database at {self.address} was written by an earlier piratechat: start the server once, "
                    "which upgrades it. Make a back-up first."
                )
            yield chat

    @contextmanager
    def room(self, slug: str) -> Iterator[Room]:
        """Yield a room in its current state.  Raises ClickException if there is no such room."""
        with self.chat() as chat:
            room = chat.rooms.get(slug)
            if room is None:
                raise click.ClickException(
                    f"There is no room {isolated(repr(slug))}. 'bin/piratechat rooms' lists all rooms."
                )
            yield room


def in_use(path: str) -> str:
    """Return the error for a command that needs a file which the server has open."""
    return f"The running server uses {path}: stop it, repeat the command, and start it again. Browsers reconnect then."


def options_of(config: str, global_options: Mapping[str, str]) -> dict[str, str]:
    """Return the application's options in the ini file `config` (PATH or PATH#NAME), as the server reads them."""
    path, _, name = config.partition("#")
    if not os.path.isfile(path):
        raise click.ClickException(f"There is no file {path}: select the chat's ini file with --config.")
    try:
        uri = f"config:{quote(os.path.abspath(path))}"
        context = loadcontext(APP, uri, name=name or "main", global_conf=dict(global_options))
    except (ConfigError, LookupError, OSError, ImportError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    while hasattr(context, "app_context") or hasattr(context, "next_context"):  # a pipeline, or a filter with `next`
        context = context.app_context if hasattr(context, "app_context") else context.next_context
    return dict(context.local_conf)


@contextmanager
def _connected(db: Any) -> Iterator[Any]:
    manager = TransactionManager(explicit=True)
    try:
        connection = db.open(manager)
        try:
            manager.begin()
            yield connection
        finally:
            manager.abort()
            connection.close()
    finally:
        db.close()
