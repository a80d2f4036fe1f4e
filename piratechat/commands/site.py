"""Where a chat keeps its data, as its ini file says, and ways to open it beside the server or in its place."""

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
    """A chat, by its ini file, which is read when something of it is asked for."""

    def __init__(self, config: str, global_options: Mapping[str, str]) -> None:
        self._config = config
        self._global_options = global_options

    @classmethod
    def with_options(cls, options: Mapping[str, str]) -> "Site":
        """Return the chat whose ini file has these `options`, as they were read before."""
        site = cls("", {})
        site.options = dict(options)
        return site

    @cached_property
    def settings(self) -> Settings:
        """The settings of the chat."""
        try:
            return Settings.from_ini(self.options)
        except ValueError as error:
            raise click.ClickException(f"{self._config}: {error}") from None

    @cached_property
    def uri(self) -> str:
        """The address of the database."""
        uri = self.options.get("zodbconn.uri", "")
        try:
            Database(uri)
        except ValueError as error:
            raise click.ClickException(f"{self._config}: {error}") from None
        return uri

    @property
    def address(self) -> str:
        """The address of the database, for people: without passwords."""
        return shown_uri(self.uri)

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is on a PostgreSQL server."""
        return is_postgresql(self.uri)

    @property
    def keeps_history(self) -> bool:
        """Whether the database keeps what was before."""
        store = postgresql_store(self.uri)
        return store is None or store.keeps_history

    @property
    def path(self) -> str | None:
        """The file of the database, None if it is kept by a server of its own."""
        return file_path(self.uri)

    @cached_property
    def options(self) -> dict[str, str]:
        """The options of the application in the ini file."""
        return options_of(self._config, self._global_options)

    def file(self, what: str) -> str:
        """Return the path of the database, to do `what` with it.  Raises ClickException if there is no file."""
        if self.is_postgresql:
            raise click.ClickException(
                f"{what} is for a database in a file, and this one is at {self.address}: that server has tools of its "
                "own, pg_dump and pg_restore. docs/operating.md, PostgreSQL, has the commands."
            )
        if self.path is None:
            raise click.ClickException(
                f"{what} needs the database's file, and this one is at {self.address}: "
                "do it where that server keeps its file, with an ini file that names it as file://PATH."
            )
        if not os.path.exists(self.path):
            raise click.ClickException(
                f"There is no database at {self.path}: the server makes it when it first starts. "
                "Is this the right ini file? Name another with --config."
            )
        return self.path

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Yield a connection to the database as it is now; a server may be running, and nothing is written."""
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
                raise click.ClickException(f"There is nothing in {path} yet: start the server, and open a room.")
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
        database = Database(self.uri, patience=0.0)
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
        """Yield the chat as it is now."""
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
        """Yield a room as it is now.  Raises ClickException if there is none of that name."""
        with self.chat() as chat:
            room = chat.rooms.get(slug)
            if room is None:
                raise click.ClickException(
                    f"There is no room {isolated(repr(slug))}. 'bin/piratechat rooms' lists them."
                )
            yield room


def in_use(path: str) -> str:
    """Return what to tell who wants to change a file that the server has open."""
    return f"The running server has {path}: stop it, do this again, and start it. Browsers come back by themselves."


def options_of(config: str, global_options: Mapping[str, str]) -> dict[str, str]:
    """Return the options of the application in the ini file `config`, PATH or PATH#NAME, as the server gets them."""
    path, _, name = config.partition("#")
    if not os.path.isfile(path):
        raise click.ClickException(f"There is no file {path}: name the chat's ini file with --config.")
    try:
        uri = f"config:{quote(os.path.abspath(path))}"
        context = loadcontext(APP, uri, name=name or "main", global_conf=dict(global_options))
    except (ConfigError, LookupError, OSError, ImportError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    while hasattr(context, "app_context") or hasattr(context, "next_context"):  # a pipeline, or a filter before it
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
