"""Runs pserve, which loads the application long before gunicorn's worker monkey-patches the standard library."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from pyramid.scripts.pserve import main  # noqa: E402

sys.exit(main())
