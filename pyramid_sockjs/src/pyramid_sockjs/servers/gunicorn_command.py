"""The `gunicorn` command, which also reads `[server:main]` of the file given with `--paste`.

gunicorn itself reads that section only if pserve starts it.  This command starts the same server as pserve; options on
the command line take precedence.
"""

import argparse
import os
import sys

from gunicorn.app.pasterapp import serve
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.errors import HaltServer
from paste.deploy.loadwsgi import SERVER, loadcontext

import pyramid_sockjs.servers.gunicorn_worker  # noqa: F401 -- its settings are gunicorn's from now on


class PasteApplication(WSGIApplication):
    """gunicorn, configured by an ini file."""

    def init(self, parser: argparse.ArgumentParser, opts: argparse.Namespace, args: list[str]) -> None:
        """Read the ini file's settings and the options, which take precedence."""
        super().init(parser, opts, args)
        if opts.paste:
            for name, value in server_settings(opts.paste).items():
                self.cfg.set(name, value)


def server_settings(path: str) -> dict[str, str]:
    """Return gunicorn's settings in `[server:main]` of the ini file `path`; none if it uses another server."""
    ini = os.path.abspath(path.split("#")[0])
    try:
        context = loadcontext(SERVER, f"config:{ini}", name="main")
    except LookupError:
        return {}  # no such section
    if context.object is not serve:
        return {}
    settings = dict(context.local_conf)
    host, port = settings.pop("host", "127.0.0.1"), settings.pop("port", "8000")
    return {"bind": f"{host}:{port}", **settings}


def gunicorn() -> None:
    """Run the command."""
    try:
        PasteApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()
    except HaltServer as halt:
        # A second worker failed to start while gunicorn was ending because of the first: both errors are in the log.
        sys.exit(halt.exit_status)


if __name__ == "__main__":
    gunicorn()
