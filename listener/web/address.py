"""The address at which the HTTP server listens, as people write it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote

INGEST = "/ingest/"
INTERACTIONS = "/interactions"
SLACK = "/slack/actions"

_BIND = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})")


def host_and_port(bind: str) -> tuple[str, int]:
    """Reads "127.0.0.1:8080", "[::1]:8080" or "localhost:8080". Raises ValueError."""
    found = _BIND.fullmatch(bind)
    if found is None or not 1 <= int(found["port"]) <= 65_535:
        raise ValueError('must be an address and a port from 1 to 65535, such as "127.0.0.1:8080" or "[::1]:8080"')
    return found["six"] or found["host"], int(found["port"])


def is_this_machine(bind: str) -> bool:
    """Whether only this machine can reach the address."""
    host, _ = host_and_port(bind)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def ingest_url(address: str, name: str) -> str:
    """Where posts for the source of this name are sent, at the server of this address."""
    return f"{address}{INGEST}{quote(name)}"
