"""What the doings of one client are counted by: its address, or the network it has for itself."""

import ipaddress

#: Bits of an IPv6 address that a provider gives; the others are the client's to choose (RFC 6177 section 2).
PREFIX = 64


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
