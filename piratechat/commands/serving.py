"""Setting up a chat in a folder, and serving it."""

import os
import re
import shutil
import sys
import tempfile
from contextlib import ExitStack

import click
from click.core import ParameterSource

from piratechat.commands.site import Site
from piratechat.shipped import shipped

INI = "paster.ini"
#: The theme that is copied, the name of the copy, and its title.
COPIED, OWN, TITLE = "plain", "mine", "Mine"
#: Where gunicorn's command is, as a module that Python runs.
GUNICORN = "pyramid_sockjs.servers.gunicorn_command"


@click.command()
@click.argument("folder")
def init(folder: str) -> None:
    """Write an ini file with all settings and a theme to edit into FOLDER, which must be new or empty."""
    if os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
        raise click.ClickException(f"{folder} is not an empty folder: choose another name.")
    path = os.path.abspath(folder)
    parent = os.path.dirname(path)
    os.makedirs(parent, exist_ok=True)
    with ExitStack() as undo:
        made = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}.", dir=parent)
        undo.callback(shutil.rmtree, made)
        os.chmod(made, 0o755)  # noqa: S103 -- as mkdir would have made it: it holds no secrets yet
        shutil.copytree(os.path.join(shipped("theme"), COPIED), os.path.join(made, "theme", OWN))
        _retitle(os.path.join(made, "theme", OWN, "theme.html"))
        with open(os.path.join(made, INI), "w", encoding="utf-8") as file:
            file.write(_settings(own_theme=True))
        os.replace(made, path)
        undo.pop_all()
    click.echo(f"{folder}/{INI} has all settings, and {folder}/theme/{OWN} is a theme to edit. Next, type:")
    click.echo(f"    cd {folder}")
    click.echo("    piratechat serve")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 is all.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.pass_context
def serve(context: click.Context, host: str, port: int) -> None:
    """Serve the chat until SIGTERM or Ctrl+C; without an ini file, write one with all settings first."""
    site: Site = context.obj
    if (
        not os.path.lexists(site.config)
        and context.find_root().get_parameter_source("config") == ParameterSource.DEFAULT
    ):
        with open(site.config, "x", encoding="utf-8") as file:
            file.write(_settings(own_theme=False))
        click.echo(f"Wrote {site.config} with all settings. Messages are stored in var/.")
    _ = site.options  # an error in the file is reported here, in one line
    click.echo(f"piratechat on http://{_in_url(host)}:{port}/ - Ctrl+C ends it")
    arguments = [sys.executable, "-m", GUNICORN, "--paste", site.config, "--bind", f"{_in_url(host)}:{port}"]
    for name, value in site.global_options.items():
        arguments += ["--paste-global", f"{name}={value}"]
    # A new program, because gevent has to be imported before all that has been imported here.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    os.execve(sys.executable, arguments, environment)  # noqa: S606 -- no shell is needed


def _settings(own_theme: bool) -> str:
    """Return the text of an ini file for a folder with a theme of its own, or without themes."""
    with open(shipped(INI), encoding="utf-8") as file:
        text = file.read()
    if own_theme:
        return re.sub(r"^themes = .*$", rf"\g<0> {OWN}", text, count=1, flags=re.MULTILINE)
    return re.sub(r"^folder = ", "#folder = ", text, count=1, flags=re.MULTILINE)


def _retitle(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"<title>.*?</title>", f"<title>{TITLE}</title>", text, count=1))


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
