"""Brings the handles and addresses of people into the one form in which they are compared."""

from __future__ import annotations

import re

from rules.directory import Identity
from sources.kind_terms import kind_of
from sources.post import Post

EMAIL = "email"
FORBIDDEN_BY_TERMS = frozenset({"reddit"})
"""Services whose terms forbid tying an author to somebody known elsewhere, whatever the user wants."""

_OTHER_NAMES = {"e-mail": EMAIL, "mail": EMAIL, "mailto": EMAIL}
_NETWORK = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_EMAIL = re.compile(r"[^@\s,;<>\"'\x00-\x1f]+@[^@\s,;<>\"'\x00-\x1f]+")
_KEEPS_CASE = frozenset({"hackernews"})  # "pg" and "PG" are two people there, and two services elsewhere call one


def network(kind: str) -> str:
    """Gives the one name of a network: "Twitter" and "x" are "x"."""
    kind = kind_of(kind)
    return _OTHER_NAMES.get(kind, kind)


def identity(kind: str, value: str) -> Identity:
    """Gives the handle or address as it is compared. Raises ValueError with a sentence where it cannot be one."""
    name = network(kind)
    if not _NETWORK.fullmatch(name):
        raise ValueError(f"{kind[:40]!r} is not the name of a network")
    value = value.strip()
    if name != EMAIL:
        value = value.removeprefix("@")
    if name not in _KEEPS_CASE:
        value = value.lower()
    if not value or len(value) > 320:
        raise ValueError(f"{name}: names nobody" if not value else f"{name}:{value[:40]}… is too long for a handle")
    if name == EMAIL and not _EMAIL.fullmatch(value):
        raise ValueError(f"{value[:80]!r} is not an e-mail address")
    if name == "mastodon" and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise ValueError(f"mastodon:{value[:80]} must name the server too, such as mastodon:jane@example.social")
    if name == "bluesky" and not value.startswith("did:") and "." not in value:
        raise ValueError(f"bluesky:{value[:80]} must be a whole handle, such as jane.bsky.social, or a did:")
    if value.startswith("//"):
        raise ValueError(f"{kind}:{value[:80]} is a page; write network:handle, such as mastodon:jane@host")
    return Identity(name, value)


def identities_of(post: Post) -> tuple[Identity, ...]:
    """Gives what identifies a post's author beyond doubt: the handle, the DID, the e-mail address; never the name."""
    author = post.author
    claims = [(post.source, author.handle)]
    if network(post.source) == "bluesky":
        claims.append((post.source, author.id))
    if network(post.source) != EMAIL:
        claims.append((EMAIL, author.email))
    else:
        claims = [(EMAIL, author.email or author.handle)]
    found: dict[Identity, None] = {}
    for kind, value in claims:
        if value:
            try:
                found[identity(kind, value)] = None
            except ValueError:
                continue  # what cannot be an identity identifies nobody
    return tuple(found)
