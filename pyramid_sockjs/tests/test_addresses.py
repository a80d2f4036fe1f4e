"""Keys by which clients are limited: networks and sites."""

import ipaddress
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from pyramid_sockjs.servers.client_networks import NETWORKS_OF_A_SITE, network, shares


class Networks(TestCase):
    def test_each_kind_of_address_has_a_network(self):
        for address, expected in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::1", "::/64"),
            ("", ""),
            ("not:an:address", "not:an:address"),
        ]:
            with self.subTest(address):
                self.assertEqual(network(address), expected)


class Shares(TestCase):
    def test_an_ipv6_network_is_counted_by_its_site_as_well(self):
        for address, site in [
            ("2001:db8:1:2::1", "2001:db8:1::/48"),
            ("2001:db8::1", "2001:db8::/48"),
            ("2001:0:0:5::1", "2001::/48"),
            ("::1", "::/48"),
            ("0:0:0:1::1", "::/48"),
        ]:
            with self.subTest(address):
                self.assertEqual(shares(network(address)), ((network(address), 1), (site, NETWORKS_OF_A_SITE)))

    def test_other_keys_are_their_own_share(self):
        for address in ("192.0.2.1", "", "not:an:address", "a/b", "2001::/32"):
            self.assertEqual(shares(network(address)), ((network(address), 1),))

    @given(st.ip_addresses(v=6), st.integers(0, 2**16 - 1))
    def test_all_networks_of_a_site_share_its_key(self, address, neighbour):
        other = ipaddress.IPv6Address(int(address) & ~(0xFFFF << 64) | neighbour << 64)
        sites = {shares(network(str(each)))[-1] for each in (address, other) if each.ipv4_mapped is None}
        self.assertEqual(len(sites), 1 if address.ipv4_mapped is None or other.ipv4_mapped is None else 0)
