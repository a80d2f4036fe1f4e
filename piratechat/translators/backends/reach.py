"""The reach of a service, determined by its URL and the ini file."""

import ipaddress
import re
from urllib.parse import urlsplit

from piratechat.options import Options

OWN_SERVER = "the server of this chat"

# RFC 1918, RFC 4193, RFC 3927 and RFC 4291, and loopback; not the shared address space of providers (RFC 6598).
_NEAR = [
    ipaddress.ip_network(each)
    for each in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
]
# Domains that no public server has: RFC 6761, RFC 6762, RFC 8375, and ICANN's domain for private use.
_NEAR_NAMES = (".localhost", ".local", ".home.arpa", ".internal")
# A name without dots is a local one, unless it is an address in an unusual notation.
_SINGLE_LABEL = re.compile(r"(?!0x)[a-z0-9_-]*[a-z][a-z0-9_-]*")


def is_near(url: str) -> bool:
    """Whether `url` is on this machine or in a private network; host names are not resolved."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return bool(_SINGLE_LABEL.fullmatch(host)) or host.endswith(_NEAR_NAMES)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _NEAR)


def reach_of(options: Options, url: str, key: str = "url") -> tuple[str, str]:
    """Return reach ("host" or "third-party") and recipient of texts that are sent to `url`, the setting `key`.

    On this machine and in private networks the default reach is "host".  For any other URL the ini file must set both.
    Raises ValueError, which says what to write, if it does not.
    """
    near = is_near(url)
    for needed in () if near else ("reach", "recipient"):
        if not options.text(needed, ""):
            raise options.wrong(
                needed,
                f"is missing, for `{key}` leads neither to this machine nor into a private network.  Set `reach` to "
                "third-party (or to host, if that server is the operator's own) and `recipient` to who sees the "
                "texts, in words for readers",
            )
    reach = options.choice("reach", ("host", "third-party"), "host")
    return reach, options.text("recipient", OWN_SERVER if reach == "host" else None)
