"""Registers the plugin for runs of these tests alone, without those of the chat."""

from sockjs_support.running import pytest_xdist_newgateway

__all__ = ["pytest_xdist_newgateway"]
