"""Which network addresses a fetch may connect to, so that a typed or redirected URL cannot reach inside."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_CARRIES_IPV4 = (IPv6Network("::/96"), IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv4-compatible, IPv4-mapped (RFC 4291) and NAT64 (RFC 6052): judged by the IPv4 address in their last 32 bits."""

_NEVER_MEANT = (
    (IPv6Network("2002::/16"), "a 6to4 tunnel"),
    (IPv6Network("2001::/32"), "a Teredo tunnel"),
    (IPv6Network("64:ff9b:1::/48"), "a private network"),
    (IPv6Network("fec0::/10"), "a private network"),
    (IPv6Network("3fff::/20"), "reserved for documentation"),
)
"""Ranges that the standard library's `is_global` still lets through on some supported version of Python."""


class PrivateAddress(Exception):
    """A host leads to an address that is not on the public internet; the message says which kind."""


class UnknownHost(Exception):
    """A host's name cannot be turned into an address; the message says why."""


def address_refusal(address: str) -> str:
    """Says in words what keeps `address` (IPv4 or IPv6, as text) off the public internet, "" where nothing does.

    Loopback, link-local, private, carrier-grade NAT, multicast and reserved ranges are told apart; an IPv6
    address that carries an IPv4 address is judged by that one. Raises ValueError for what is no address.
    """
    return _refusal(ip_address(address))


def _refusal(ip: IPv4Address | IPv6Address) -> str:
    if ip.is_loopback:
        return "this machine itself"
    if ip.is_unspecified:
        return "no address at all"
    if isinstance(ip, IPv6Address):
        if any(ip in network for network in _CARRIES_IPV4):
            return _refusal(IPv4Address(int(ip) & 0xFFFFFFFF))
        for network, what in _NEVER_MEANT:
            if ip in network:
                return what
    if ip.is_link_local:
        return "this machine's own network segment"
    if ip.is_multicast:
        return "many machines at once"
    if ip.is_reserved:  # in IPv6 all that is not handed out: among it other ways to write an IPv4 address (RFC 2765)
        return "reserved"
    return "" if ip.is_global else "a private network"


async def resolve_public(host: str, port: int, allow_private: bool = False) -> tuple[str, ...]:
    """Gives the addresses of `host`, each checked, in the order in which the system would try them.

    Connect to one of these, never to the name again: a name can lead elsewhere a moment later (DNS
    rebinding). One refused address refuses the host, since which one is used is not ours to choose.
    Raises PrivateAddress (unless `allow_private`) and UnknownHost; takes as long as the system's resolver.
    """
    addresses = (host,) if _is_ipv4(host) else await _looked_up(host, port)
    if not addresses:
        raise UnknownHost("no address is known for it")
    for address in addresses:
        refusal = address_refusal(address)
        if refusal and not allow_private:
            raise PrivateAddress(f"leads to {address}, which is {refusal}")
    return addresses


def _is_ipv4(host: str) -> bool:
    """Four numbers are an address already; every other way to write one (0x7f.1, [::1%eth0]) is the system's."""
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


async def _looked_up(host: str, port: int) -> tuple[str, ...]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHost(getattr(error, "strerror", None) or "its name cannot be looked up") from error
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
