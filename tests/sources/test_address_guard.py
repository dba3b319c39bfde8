"""Which addresses count as public."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.address_guard import PrivateAddress, UnknownHost, address_refusal, resolve_public

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:808:808::1", "2001::1", "::ffff:0:127.0.0.1", "200::1", "4000::1", "e000::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_on_the_public_internet_are_refused(address: str) -> None:
    assert address_refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_let_through(address: str) -> None:
    assert address_refusal(address) == ""


@given(st.ip_addresses(v=4))
def test_an_address_inside_an_ipv6_address_is_judged_like_itself(ip: IPv4Address) -> None:
    for prefix in (0xFFFF << 32, 0x64FF9B << 96):
        assert bool(address_refusal(str(IPv6Address(prefix | int(ip))))) >= bool(address_refusal(str(ip)))


def test_a_host_is_resolved_to_checked_addresses() -> None:
    assert "127.0.0.1" in asyncio.run(resolve_public("localhost", 80, allow_private=True))
    for host in ("localhost", "127.1", "2130706433", "0x7f000001", "::1"):
        with pytest.raises(PrivateAddress, match="this machine itself"):
            asyncio.run(resolve_public(host, 80))


def test_a_name_that_nobody_knows_is_told_as_that() -> None:
    for host in ("nowhere.invalid", "a" * 70 + ".example", ".", "\u0000", "xn--\udc80"):
        with pytest.raises(UnknownHost):
            asyncio.run(resolve_public(host, 80))
