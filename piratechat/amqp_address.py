"""The setting `piratechat.amqp.url`: the address of the AMQP server, for everything that uses it."""

import importlib
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from piratechat.options import Options, Secret

#: The names of the settings `piratechat.amqp.*`: the URL, and the rooms to publish.
NAME, URL, ROOMS = "amqp", "url", "rooms"
#: Headers of published messages: the epoch of their database, and the notification source that posted them.  Consumers
#: use them to recognize messages that come from rooms.
EPOCH, SOURCE = "x-piratechat-epoch", "x-piratechat-source"
DEFAULT = "amqp://guest:guest@127.0.0.1:5672/"
#: The default port of each scheme.
PORTS = {"amqp": 5672, "amqps": 5671}
#: Query parameters for TLS: files in PEM format.
FILES = ("cacertfile", "certfile", "keyfile")


@dataclass(frozen=True)
class Address:
    """The address of an AMQP server, as in https://www.rabbitmq.com/docs/uri-spec."""

    host: str
    port: int
    user: str
    password: Secret
    virtual_host: str
    tls: bool
    #: Paths by the names in `FILES`: CA certificates that replace the system's, and a client certificate with its key.
    files: dict[str, str] = field(default_factory=dict)


def address_from(options: Options) -> Address:
    """Return the address in the ini file, given its settings `piratechat.amqp.*` as `options`.

    Raises ValueError for an invalid value, with the name of the setting but without the value, which may contain a
    password.
    """
    options.text(ROOMS, "")  # other modules use this setting
    url = options.secret(URL, DEFAULT)
    try:
        parts = urlsplit(url.reveal())
        port = parts.port
        query = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        parts, port, query = SplitResult("", "", "", "", ""), None, {}
    if parts.scheme not in PORTS or not parts.hostname or port == 0 or parts.fragment or "/" in parts.path[1:]:
        raise options.wrong(URL, f"must be an address such as {DEFAULT.replace('guest:guest', 'USER:PASSWORD')}")
    tls = parts.scheme == "amqps"
    _check_files(options, query, tls)
    return Address(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote("guest" if parts.username is None else parts.username),
        password=Secret(unquote("guest" if parts.password is None else parts.password)),
        virtual_host=unquote(parts.path[1:]) or "/",
        tls=tls,
        files=query,
    )


def _check_files(options: Options, files: dict[str, str], tls: bool) -> None:
    if files and not tls:
        raise options.wrong(URL, f"has certificates, which need amqps:// in place of {'amqp://'}")
    for name, path in files.items():
        if name not in FILES:
            raise options.wrong(URL, f"may have {', '.join(FILES)} behind the question mark, and nothing else")
        if not os.access(path, os.R_OK):
            raise options.wrong(URL, f"names a file that cannot be read: {name}={path}")
    if "keyfile" in files and "certfile" not in files:
        raise options.wrong(URL, "has a keyfile, which needs its certfile")


def line_class(module: str, name: str, setting: str) -> Any:
    """Return the class `name` of `module`, which needs the package amqp.

    Raises ValueError, which says what to install for `setting`, if that package is missing.
    """
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as missing:
        if missing.name != "amqp":
            raise
        raise ValueError(f"{setting} needs the package amqp: pip install piratechat[amqp]") from None
