"""Tests of the chat.  Those of pyramid_sockjs are in its own folder; the helpers there serve these as well."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "pyramid_sockjs", "tests"))
