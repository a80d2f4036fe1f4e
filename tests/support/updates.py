"""A second version of the chat, with different static files."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from tests.support.chat_servers import ChatServer
from tests.support.paths import TOP


class Update:
    """A copy of the chat with changed scripts."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-update-")
        shutil.copytree(os.path.join(TOP, "piratechat"), os.path.join(self.folder, "piratechat"))
        for name in ("node_modules", "theme", "pyramid_sockjs", "piratechat.egg-info", "pyramid_sockjs.egg-info"):
            os.symlink(os.path.join(TOP, name), os.path.join(self.folder, name))
        for path in Path(self.folder, "piratechat", "static", "bundle").glob("*.js"):
            self._rewrite(path, r"$", "// another version")
        os.mkdir(os.path.join(self.folder, "bin"))
        command = shutil.copy(os.path.join(TOP, "bin", "gunicorn"), os.path.join(self.folder, "bin"))
        self._rewrite(command, f"'{re.escape(TOP)}'", f"'{self.folder}'")

    def _rewrite(self, path, pattern, replacement):
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(re.sub(pattern, replacement, text))

    def server(self, folder, port):
        """Return a server of this version with its database in `folder`."""
        return ChatServer(folder, port=port, top=self.folder)

    def close(self):
        shutil.rmtree(self.folder)
