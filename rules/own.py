"""Tells whether a brand's own account wrote a post."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from rules.directory import Identity
from rules.identity import identities_of, identity, network
from sources.post import Post

_PAGES = "feed"


class OwnAccounts:
    """The accounts, addresses and sites that speak for a brand.

    Entries are network:handle as with customers ("mastodon:acmehelp@mastodon.social", "bluesky:acme.example",
    "hackernews:acme", "email:press@acme.example"), and feed:address for what a feed brings from the brand's own site:
    "feed:https://blog.acme.example/news" is every page at or below that address, "feed:acme.example" the whole host
    (without its subdomains; www. makes no difference). Raises ValueError with a sentence for an entry that is neither.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        accounts: set[Identity] = set()
        pages: list[tuple[str, str]] = []
        for entry in entries:
            kind, colon, value = entry.partition(":")
            if not colon:
                raise ValueError(
                    f"{entry[:80]!r} must be written network:handle, such as mastodon:acmehelp@example.social"
                )
            if network(kind) == _PAGES:
                pages.append(_page(value, entry))
            else:
                accounts.add(identity(kind, value))
        self._accounts = frozenset(accounts)
        self._pages = tuple(pages)

    def wrote(self, post: Post) -> bool:
        """Whether one of these accounts wrote `post`. Never raises."""
        if self._accounts and not self._accounts.isdisjoint(identities_of(post)):
            return True
        if not self._pages or network(post.source) != _PAGES:
            return False
        host, path = _place(post.url)
        return any(host == own_host and f"{path}/".startswith(f"{below}/") for own_host, below in self._pages)


def _page(value: str, entry: str) -> tuple[str, str]:
    address = value.strip()
    host, path = _place(address if "//" in address else f"https://{address}")
    if not host or any(character.isspace() for character in host):
        raise ValueError(f"{entry[:80]!r} must name a page or host, such as feed:https://blog.example.org")
    return host, path


def _place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    return host, parts.path.rstrip("/")
