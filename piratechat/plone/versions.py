"""Versions of the files of a Plone site, as its server calls them."""

from collections.abc import Callable
from typing import NamedTuple


class Version(NamedTuple):
    """The ETag of a file, and when it was modified; both are empty if that is not known."""

    etag: str = ""
    modified: str = ""


#: The version that nobody has.
UNKNOWN = Version()

#: Fetches a URL: returns the content and its version, None if that has not changed.  Raises PageRefused.
Fetch = Callable[[str, Version], tuple[bytes, Version] | None]
