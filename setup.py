"""What pyproject.toml cannot say.

PasteDeploy finds `egg:pyramid_sockjs#server` by the metadata of a distribution
of that name.  The package is distributed as part of piratechat, so a wheel
carries that metadata beside its own.
"""

import os

from setuptools import setup
from setuptools.command.build_py import build_py

ALIAS = "pyramid_sockjs.egg-info"


class BuildWithAlias(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            self.copy_tree(ALIAS, os.path.join(self.build_lib, ALIAS))


setup(cmdclass={"build_py": BuildWithAlias})
