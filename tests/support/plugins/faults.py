"""A plug-in with a view in each room that fails in several ways."""

import errno
import os

from pyramid.httpexceptions import HTTPServiceUnavailable
from pyramid.security import NO_PERMISSION_REQUIRED
from ZODB.POSException import ConflictError, StorageError

from piratechat.model.room import Room


class Unspeakable(str):
    """A text that breaks the error page that shows it."""

    __slots__ = ()

    def __html__(self):
        raise RuntimeError("Error: on purpose")


def unspeakable():
    error = HTTPServiceUnavailable("x")
    error.detail = Unspeakable("Not even this page can be made.")
    return error


FAULTS = {
    "bug": lambda: RuntimeError("Error: on purpose"),
    "conflict": ConflictError,
    "disk": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "storage": lambda: StorageError("the ZEO server is gone"),
    "closed": lambda: HTTPServiceUnavailable("The chat is closed at night.", headers={"Retry-After": "3600"}),
    "unspeakable": unspeakable,
}


def fault(_room, request):
    raise FAULTS[request.view_name]()


def includeme(config):
    for name in FAULTS:
        config.add_view(fault, context=Room, name=name, permission=NO_PERMISSION_REQUIRED)
