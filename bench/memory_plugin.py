"""A plug-in for growth.py: a page that reports what uses the memory of the process."""

import ctypes
import gc
import json
import sys
from collections import Counter
from functools import _lru_cache_wrapper

from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from piratechat.http.routing import no_root
from pyramid_sockjs import get_session_manager
from pyramid_sockjs.token_buckets import TokenBuckets

#: The number of reported types, those with most memory first.
TYPES = 8


class MallInfo(ctypes.Structure):
    """The result of glibc's mallinfo2, in bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keep",
        )
    ]


def heap():
    """Return the bytes that malloc has allocated, and those that it holds unused."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = MallInfo
    info = mallinfo()
    return info.uordblks + info.hblkhd, info.fordblks


def measured(services, sessions):
    """Return what uses memory: bytes, or numbers of objects."""
    gc.unfreeze()  # otherwise what existed at the start, such as tables of rate limits, would not be counted
    gc.collect()
    objects = gc.get_objects()
    sizes = Counter()
    for each in objects:
        sizes[type(each).__name__] += sys.getsizeof(each)
    used, kept = heap()
    pool = services.database._opened().pool
    return {
        "used": used,
        "kept": kept,
        "objects": len(objects),
        "blocks": sys.getallocatedblocks(),
        "storage caches": sum(each._cache.total_estimated_size for each in pool),
        "buckets": sum(len(each) for each in objects if isinstance(each, TokenBuckets)),
        "cached calls": sum(each.cache_info().currsize for each in objects if isinstance(each, _lru_cache_wrapper)),
        "sessions": len(sessions),
        "live rooms": len(services.rooms.slugs),
        "types": dict(sizes.most_common(TYPES)),
    }


def includeme(config):
    """Add the page."""

    def tell(_context, request):
        body = json.dumps(measured(request.services, get_session_manager("chat", request.registry)))
        return Response(body, content_type="application/json", charset="UTF-8")

    config.add_route("memory", "/memory", factory=no_root)
    config.add_view(tell, route_name="memory", permission=NO_PERMISSION_REQUIRED)
