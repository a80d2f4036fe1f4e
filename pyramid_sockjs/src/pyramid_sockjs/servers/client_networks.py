"""What the doings of one client are counted by: its address, or the network it has for itself."""

import ipaddress
from functools import lru_cache

#: Bits of an IPv6 address that a provider gives; the others are the client's to choose (RFC 6177 section 2).
PREFIX = 64
#: Bits of what a site mostly has, which is 65,536 such networks; and how many of them it may use to the full.
SITE_PREFIX, NETWORKS_OF_A_SITE = 48, 8
#: Addresses, and networks, whose answers are cached: each request asks some times.
CACHED = 4_096


@lru_cache(CACHED)
def network(address: str) -> str:
    """Return IPv4 addresses as they are, and IPv6 ones as their network of 64 bits: `2001:db8::/64`.

    An IPv4 address that is written as an IPv6 one (RFC 4291 section 2.5.5.2) is
    an IPv4 address.  Anything else, such as the "" of a Unix socket, stays as it is.
    """
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), PREFIX), strict=False))


@lru_cache(CACHED)
def shares(network: str) -> tuple[tuple[str, int], ...]:
    """Return what `network`, as the function of that name gives it, is counted by, and how many times over each may.

    An IPv6 network is counted by itself, and by the site it belongs to.
    """
    if ":" not in network:
        return ((network, 1),)
    try:
        site = ipaddress.IPv6Network(network).supernet(new_prefix=SITE_PREFIX)
    except ValueError:
        return ((network, 1),)
    return ((network, 1), (str(site), NETWORKS_OF_A_SITE))


class Holdings:
    """How many of something each network holds."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def full(self, network: str, most: int) -> bool:
        """Whether `network` may hold no more, where one may hold `most`."""
        return any(self._counts.get(key, 0) >= most * share for key, share in shares(network))

    def add(self, network: str) -> None:
        """`network` holds one more."""
        for key, _share in shares(network):
            self._counts[key] = self._counts.get(key, 0) + 1

    def drop(self, network: str) -> None:
        """`network` holds one less."""
        for key, _share in shares(network):
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
