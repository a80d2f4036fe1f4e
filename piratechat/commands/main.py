"""The command `piratechat`."""

import errno
import logging
from typing import Any

import click
from ZODB.POSException import POSError

from piratechat.commands.backups import backup, restore, restored
from piratechat.commands.indexing import index
from piratechat.commands.packing import pack
from piratechat.commands.rooms import export, log, rooms
from piratechat.commands.serving import init, serve
from piratechat.commands.site import Site
from piratechat.commands.undoing import history, undo
from piratechat.commands.verifying import verify
from piratechat.model.log import LogDamaged
from piratechat.storage.database import DatabaseInUse
from piratechat.storage.postgresql import DRIVER_ERRORS, NoTables, ServerAway, WrongTables
from piratechat.storage.recovery import DatabaseDamaged
from piratechat.storage.upgrade import DatabaseTooNew


class Commands(click.Group):
    """Reports errors in one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DatabaseDamaged, DatabaseInUse, DatabaseTooNew, LogDamaged) as error:
            raise click.ClickException(str(error)) from None
        except (NoTables, ServerAway, WrongTables) as error:
            raise click.ClickException(str(error)) from None
        except DRIVER_ERRORS as error:
            raise click.ClickException(
                f"The PostgreSQL server reported an error: {' '.join(str(error).split())}."
            ) from None
        except POSError as error:
            raise click.ClickException(
                f"The database could not be read: {error!r}. Run 'bin/piratechat verify'."
            ) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or error}.") from None


def _global_options(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE.")
    return {name: text for name, _, text in (value.partition("=") for value in values)}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", default="paster.ini", metavar="FILE", show_default=True, help="The chat's ini file.")
@click.option(
    "--paste-global",
    "global_options",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_global_options,
    help="Set a variable %(NAME)s of the ini file, as in gunicorn.",
)
@click.pass_context
def main(context: click.Context, config: str, global_options: dict[str, str]) -> None:
    """Set up a chat, serve it, and manage its data: back-ups, checks, and undoing changes."""
    logging.disable(logging.CRITICAL)  # the commands report ZODB's errors themselves
    context.call_on_close(lambda: logging.disable(logging.NOTSET))
    context.obj = Site(config, global_options)


for command in (init, serve, backup, restore, restored, verify, pack, rooms, log, export, history, undo, index):
    main.add_command(command)
