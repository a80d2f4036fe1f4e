"""The keys under which a client's use is limited: its address, or its own network."""

import ipaddress
from functools import lru_cache

#: Bits of an IPv6 address that a provider assigns; the client chooses the others (RFC 6177 section 2).
PREFIX = 64
#: Bits of the prefix that a site usually has, 65,536 such networks; and how many of them it may use fully.
SITE_PREFIX, NETWORKS_OF_A_SITE = 48, 8
#: Addresses and networks whose keys are cached: each request looks them up several times.
CACHED = 4_096


@lru_cache(CACHED)
def network(address: str) -> str:
    """Return an IPv4 address unchanged, and an IPv6 address as its /64 network: `2001:db8::/64`.

    An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is an IPv4 address.  Anything else, such as the "" of a Unix
    socket, is returned unchanged.
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
    """Return the keys by which `network` (a result of `network`) is counted, each with the multiple of the limit.

    An IPv6 network is counted by itself and by its site.
    """
    if ":" not in network:
        return ((network, 1),)
    try:
        site = ipaddress.IPv6Network(network).supernet(new_prefix=SITE_PREFIX)
    except ValueError:
        return ((network, 1),)
    return ((network, 1), (str(site), NETWORKS_OF_A_SITE))


class Holdings:
    """Counts the resources that each network holds, such as connections."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def full(self, network: str, most: int) -> bool:
        """Return whether `network` may hold no more, if a single network may hold `most`."""
        for key, share in shares(network):  # noqa: SIM110 -- a generator would cost more than the rest
            if self._counts.get(key, 0) >= most * share:
                return True
        return False

    def add(self, network: str) -> None:
        """Count one more for `network`."""
        for key, _share in shares(network):
            self._counts[key] = self._counts.get(key, 0) + 1

    def drop(self, network: str) -> None:
        """Count one less for `network`."""
        for key, _share in shares(network):
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
