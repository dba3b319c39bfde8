"""The words for a known customer."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from sources.post import AwareTime

MOST_IDENTITIES = 10_000
MOST_FIELDS = 100


class Identity(Struct, frozen=True, order=True, omit_defaults=True):
    """One address or handle of a customer; `network` is "email" or a source kind ("x", "mastodon", "hackernews").

    `value` is as the matcher compares it: lower case, no leading @, Mastodon as user@host. It was the customer's from
    `since` on and before `until`, each None where no end is known: handles are left and taken up by others.
    """

    network: str
    value: str
    since: AwareTime | None = None
    until: AwareTime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it was the customer's at that time."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def overlaps(self, other: Identity) -> bool:
        """Whether there is a time at which both hold."""
        return (self.since is None or other.until is None or self.since < other.until) and (
            other.since is None or self.until is None or other.since < self.until
        )

    def __str__(self) -> str:
        """As a file writes it: `x:jane`, `x:jane[2024-01-01..2025-06-30]`."""
        told = f"{self.network}:{self.value}"
        if self.since is None and self.until is None:
            return told
        return f"{told}[{_day(self.since)}..{_day(self.until)}]"


class Customer(Struct, frozen=True, kw_only=True):
    """A customer as the directory tells it; an empty string is "not told".

    `phones` are digits with a leading + where the country was told; `urls` are profiles and sites. `fields` are the
    directory's own columns by name, which rules ask for as `customer.fields.NAME`.
    """

    id: str
    name: str = ""
    tier: str = ""
    owner: str = ""
    company: str = ""
    domain: str = ""
    city: str = ""
    country: str = ""
    phones: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()
    fields: dict[str, str] = {}
    origin: str = ""  # where it was read: "customers.csv line 3"


def _day(time: datetime | None) -> str:
    """A day alone where the time is its beginning."""
    if time is None:
        return ""
    told = time.isoformat()
    return told.partition("T")[0] if told.endswith("T00:00:00+00:00") else told
