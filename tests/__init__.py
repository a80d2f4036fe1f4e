"""Tests of the chat.  They use helpers of the tests of pyramid_sockjs, which are in its own folder."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "pyramid_sockjs", "tests"))
