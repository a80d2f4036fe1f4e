"""Where the AMQP server is, and who the chat is there: `piratechat.amqp.url`, one for all that uses it."""

import importlib
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from piratechat.options import Options, Secret

#: The name of these settings, `piratechat.amqp.*`: the address, and the rooms that are published there.
NAME, URL, ROOMS = "amqp", "url", "rooms"
#: Headers of what is published: the epoch of the database that it is of, and the source of notifications that said it.
#: By them those who read queues notice what has come from rooms.
EPOCH, SOURCE = "x-piratechat-epoch", "x-piratechat-source"
DEFAULT = "amqp://guest:guest@127.0.0.1:5672/"
#: The port of each scheme.
PORTS = {"amqp": 5672, "amqps": 5671}
#: What may stand behind the question mark, with TLS: files in PEM format.
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
    #: Paths by the names in `FILES`: whom to trust, in place of whom this machine trusts, and what to show.
    files: dict[str, str] = field(default_factory=dict)


def address_from(options: Options) -> Address:
    """Return the address that the ini file has, whose `piratechat.amqp.*` are `options`.

    Raises ValueError, with the name of the setting and without what it says, for one that makes no sense.
    """
    options.text(ROOMS, "")  # is read by others
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

    Raises ValueError, which says what to install for `setting`, where that package is missing.
    """
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as missing:
        if missing.name != "amqp":
            raise
        raise ValueError(f"{setting} needs the package amqp: pip install piratechat[amqp]") from None
