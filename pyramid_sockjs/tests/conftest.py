"""The plugin of these tests, where they run without the chat's."""

from sockjs_support.running import pytest_xdist_newgateway

__all__ = ["pytest_xdist_newgateway"]
