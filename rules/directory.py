"""The words for a known customer."""

from __future__ import annotations

from msgspec import Struct


class Identity(Struct, frozen=True, order=True):
    """One address or handle of a customer; `network` is "email" or a source kind ("x", "mastodon", "hackernews").

    `value` is as the matcher compares it: lower case, no leading @, Mastodon as user@host.
    """

    network: str
    value: str


class Customer(Struct, frozen=True, kw_only=True):
    """A customer as the directory tells it; an empty string is "not told"."""

    id: str
    name: str = ""
    tier: str = ""
    owner: str = ""
    company: str = ""
    domain: str = ""
    identities: tuple[Identity, ...] = ()
    origin: str = ""  # where it was read: "customers.csv line 3"
