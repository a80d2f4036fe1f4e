"""Adds the files to the wheel that are outside the package: the ini file, the themes, and sockjs-client's script."""

import os
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

TOP = os.path.dirname(os.path.abspath(__file__))
#: The folder in the wheel for these files; piratechat/shipped.py finds them there.
SHIPPED = os.path.join("piratechat", "shipped")
SOCKJS = os.path.join("node_modules", "sockjs-client")
#: The path of each file or folder in a checkout, by its name in the wheel.
FILES = {
    "paster.ini": "paster.ini",
    "theme": "theme",
    "sockjs.min.js": os.path.join(SOCKJS, "dist", "sockjs.min.js"),
    "sockjs-client-LICENSE": os.path.join(SOCKJS, "LICENSE"),
}
#: The generated files that the wheel needs; `make build` makes them.
BUILT = (
    FILES["sockjs.min.js"],
    "piratechat/static/bundle/sources.sha256",
    "piratechat/static/emoji_names.json",
    "piratechat/locale/en/LC_MESSAGES/piratechat.mo",
)


class BuildPackage(build_py):
    """Builds the package, and copies FILES into it, unless it is installed for development."""

    def run(self) -> None:
        """Build it.  Raises SystemExit if `make build` has not been run."""
        super().run()
        if self.editable_mode:
            return
        for name in BUILT:
            if not os.path.isfile(os.path.join(TOP, name)):
                raise SystemExit(f"{name} is missing: run 'make build' first.")
        target = os.path.join(self.build_lib, SHIPPED)
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(target)
        for name, source in FILES.items():
            path = os.path.join(TOP, source)
            copy = shutil.copytree if os.path.isdir(path) else shutil.copyfile
            copy(path, os.path.join(target, name))


setup(cmdclass={"build_py": BuildPackage})
