"""A plug-in for the attacked server that reports what the server holds in memory."""

import ctypes
import gc
import logging
import os
import re
from contextlib import suppress

import gevent

from piratechat.http.routing import STATIC, no_root
from piratechat.interfaces import IServices
from piratechat.realtime.manager import NAME
from pyramid_sockjs import get_session_manager
from pyramid_sockjs.protocol.frames import Frame

#: A path below the static files, which use no transaction and no theme.
PATH = f"{STATIC}witness"


def held(request):
    """Return counts of the objects that the process holds, and its memory in bytes."""
    parts = request.registry.getUtility(IServices)
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # freed memory does not count
    things = gc.get_objects()
    return {
        "sessions": len(get_session_manager(NAME, request.registry)),
        "readers": sum(parts.rooms.readers),
        "greenlets": sum(isinstance(thing, gevent.Greenlet) and not thing.dead for thing in things),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "loggers": len(logging.root.manager.loggerDict),
        "forms": sum(len(thing._wrapped or ()) for thing in things if isinstance(thing, Frame)),
        "memory": memory(),
    }


def memory():
    """Return the resident memory of the process in bytes."""
    with open("/proc/self/status") as status:
        return 1024 * int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1])


def includeme(config):
    config.add_route("witness", PATH, factory=no_root)
    config.add_view(held, route_name="witness", renderer="json")
