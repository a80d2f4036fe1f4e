"""Setting up a chat in a folder, and serving it."""

import errno
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click
from click.core import ParameterSource

from piratechat.commands.site import Site
from piratechat.shipped import shipped

INI = "paster.ini"
#: The theme that is copied, the name of the copy, and its title.
COPIED, OWN, TITLE = "plain", "mine", "Mine"
#: What `init` writes, in the order in which it moves them up, and the folder in which it writes them.
MADE, NEW = ("theme", INI), ".piratechat-new"
#: Where gunicorn's command is, as a module that Python runs.
GUNICORN = "pyramid_sockjs.servers.gunicorn_command"


@click.command()
@click.argument("folder")
def init(folder: str) -> None:
    """Write an ini file with all settings and a theme to edit into FOLDER, which must be new or empty."""
    _check_path(folder)
    with _writing(folder), ExitStack() as undo:
        if os.path.lexists(folder) and not (os.path.isdir(folder) and _is_free(folder)):
            raise click.ClickException(f"{folder} is not an empty folder: choose another name.")
        if not os.path.isdir(folder):
            os.makedirs(folder)
            undo.callback(os.rmdir, folder)
        _fill(folder)
        undo.pop_all()
    click.echo(f"{folder}/{INI} has all settings, and {folder}/theme/{OWN} is a theme to edit. Next, type:")
    click.echo(f"    {shlex.join([sys.argv[0], '--config', os.path.join(folder, INI), 'serve'])}")


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Raise ClickException, which says what to do, if this user may not write `path`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        raise click.ClickException(
            f"{error.filename or path}: {error.strerror}. Choose a folder in which you can create files, or run this "
            "as the user whom it belongs to."
        ) from None


def _is_free(folder: str) -> bool:
    """Whether `folder` is empty, except for what an `init` has left that was killed."""
    found = set(os.listdir(folder))
    return not found or (NEW in found and found <= {NEW, *MADE})


def _check_path(path: str) -> None:
    """Raise ClickException if the chat could not find itself at `path`.

    The ini file has the path in URIs, and in values with variables; PasteDeploy ends the name of a file at a #, and
    replaces backslashes; gunicorn takes what is before a colon for the scheme of a URI.
    """
    path = os.path.abspath(path)
    found = [character for character in "%#?:\\" if character in path]
    if found:
        raise click.ClickException(
            f"{path} contains {' and '.join(found)}, which an ini file cannot refer to: move it."
        )


def _copy(source: str, target: str) -> None:
    """Copy a folder, without the permissions of the files, which may be those of a system that nobody may change."""
    os.makedirs(target)
    for entry in os.scandir(source):
        copied = os.path.join(target, entry.name)
        if entry.is_dir():
            _copy(entry.path, copied)
        else:
            shutil.copyfile(entry.path, copied)


def _fill(folder: str) -> None:
    """Write the files into a new folder in `folder`, and move them up when they are whole; or leave nothing.

    `folder` itself stays, because it may be somebody's current folder, or where a volume is mounted.
    """
    made = os.path.join(folder, NEW)
    with ExitStack() as end, ExitStack() as undo:
        end.callback(shutil.rmtree, made, ignore_errors=True)
        if not any(os.path.exists(os.path.join(folder, name)) for name in MADE):  # else all were written
            _write_into(made)
        for name in MADE:
            source, target = os.path.join(made, name), os.path.join(folder, name)
            if os.path.exists(source):
                os.rename(source, target)
                undo.callback(shutil.rmtree if os.path.isdir(target) else os.remove, target)
        undo.pop_all()


def _write_into(made: str) -> None:
    """Write the files into the folder `made`, in place of existing ones."""
    if os.path.isdir(made):
        shutil.rmtree(made)
    _copy(os.path.join(shipped("theme"), COPIED), os.path.join(made, "theme", OWN))
    _retitle(os.path.join(made, "theme", OWN, "theme.html"))
    with open(os.path.join(made, INI), "w", encoding="utf-8") as file:
        file.write(_settings(own_theme=True))


@click.command()
@click.option("--host", help="The address to listen on, instead of the ini file's; 0.0.0.0 is all.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on, instead of the ini file's.")
@click.pass_context
def serve(context: click.Context, host: str | None, port: int | None) -> None:
    """Serve the chat until SIGTERM or Ctrl+C; without an ini file, write one with all settings first."""
    site: Site = context.obj
    if (
        not os.path.lexists(site.config)
        and context.find_root().get_parameter_source("config") == ParameterSource.DEFAULT
    ):
        _check_path(site.config)
        with _writing(site.config):
            _write_whole(site.config, _settings(own_theme=False))
        click.echo(f"Wrote {site.config} with all settings. Messages are stored in var/.")
    _ = site.options  # an error in the file is reported here, in one line
    bind = _bind(site.config, host, port)
    click.echo(f"piratechat on http://{bind}/ - Ctrl+C ends it")
    arguments = [sys.executable, "-m", GUNICORN, f"--paste={site.config}", "--bind", bind]
    for name, value in site.global_options.items():
        arguments += ["--paste-global", f"{name}={value}"]
    # A new program, because gevent has to be imported before all that has been imported here.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    os.execve(sys.executable, arguments, environment)  # noqa: S606 -- no shell is needed


def _write_whole(path: str, text: str) -> None:
    """Write a new file; if the disk is full or the process is killed meanwhile, there is none at `path`."""
    made = f"{path}.new"
    with ExitStack() as undo:
        with open(made, "w", encoding="utf-8") as file:
            undo.callback(os.remove, made)
            file.write(text)
        os.rename(made, path)
        undo.pop_all()


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


def _bind(ini: str, host: str | None, port: int | None) -> str:
    """Return where to listen: as in the ini file, except for `host` and `port`; an IPv6 address in brackets."""
    from pyramid_sockjs.servers.gunicorn_command import server_settings  # other commands start faster without Pyramid

    own_host, _, own_port = server_settings(ini).get("bind", "127.0.0.1:8080").rpartition(":")
    host = host or own_host
    return f"{f'[{host}]' if ':' in host and host[0] != '[' else host}:{port or own_port}"
