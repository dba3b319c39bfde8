"""From a post view of the Bluesky search to a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of, time_of
from sources.post import Author, Engagement, Post, storable_post

HOST = "bsky.app"
HIDDEN = frozenset({"!no-unauthenticated", "!hide", "!takedown"})
"""Labels that forbid to show a post to somebody who is not logged in."""

_LINK = "app.bsky.richtext.facet#link"
_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)


def post_of_view(view: object, now: datetime) -> Post:
    """Gives the post for one `app.bsky.feed.defs#postView`. Raises ItemUnreadable where it has no at-uri.

    The link goes by DID, which stays when a handle changes.
    """
    if not isinstance(view, Mapping):
        raise ItemUnreadable(f"it is {type(view).__name__}, not an object")
    uri = text_of(view, "uri").strip()
    did, rkey = _at_uri(uri)
    record, author = inner(view, "record"), inner(view, "author")
    handle = text_of(author, "handle")
    langs = [lang for lang in items_of(record, "langs") if isinstance(lang, str)]
    post = Post(
        source="bluesky",
        instance=HOST,
        external_id=uri,
        url=f"https://{HOST}/profile/{did}/post/{rkey}",
        text=_text_of(record),
        published_at=time_of(record, "createdAt") or time_of(view, "indexedAt"),
        lang=langs[0] if langs else "",
        author=Author(
            id=did,
            handle="" if handle == "handle.invalid" else handle,
            name=text_of(author, "displayName"),
            url=f"https://{HOST}/profile/{did}",
        ),
        engagement=Engagement(
            likes=count_of(view, "likeCount"),
            replies=count_of(view, "replyCount"),
            reposts=count_of(view, "repostCount"),
        ),
        in_reply_to=text_of(inner(record, "reply", "parent"), "uri"),
    )
    return storable_post(post, now)


def is_hidden(view: object) -> bool:
    """Whether the author, or a moderator, asks that logged-out people do not see the post."""
    if not isinstance(view, Mapping):
        return False
    labels = [*items_of(view, "labels"), *items_of(inner(view, "author"), "labels")]
    return any(
        isinstance(label, Mapping) and label.get("val") in HIDDEN and label.get("neg") is not True for label in labels
    )


def span_of(view: object) -> tuple[int, int] | None:
    """Milliseconds between which the service's own `sortAt` lies: it is not sent, and is one of two times.

    The lexicon of searchPosts sorts by `sortAt`, the earlier of `createdAt` (the author's claim) and `indexedAt`.
    """
    if not isinstance(view, Mapping):
        return None
    times = [time_of(inner(view, "record"), "createdAt"), time_of(view, "indexedAt")]
    ticks = [(time - _EPOCH) // _MILLISECOND for time in times if time is not None]
    return (min(ticks), max(ticks)) if ticks else None


def _at_uri(uri: str) -> tuple[str, str]:
    """Gives repository and key of at://did/collection/rkey (atproto.com/specs/at-uri-scheme)."""
    parts = uri.removeprefix("at://").split("/")
    if not uri.startswith("at://did:") or len(parts) != 3 or not all(parts):
        raise ItemUnreadable("its uri is not the at-uri of a post")
    return parts[0], parts[2]


def _text_of(record: Mapping[str, Any]) -> str:
    """Gives the text with its links whole: what apps show of them is cut short. A link card's link is added."""
    text = _with_whole_links(text_of(record, "text"), items_of(record, "facets"))
    for external in (inner(record, "embed", "external"), inner(record, "embed", "media", "external")):
        card = text_of(external, "uri")
        if card and card not in text:
            text = f"{text}\n\n{card}".strip()
    return text


def _with_whole_links(text: str, facets: Any) -> str:
    """Puts the links of the facets where they stand. A facet counts bytes of UTF-8; one that splits a letter lies."""
    raw = text.encode("utf-8", "surrogatepass")
    pieces: list[str] = []  # from the text's end to its beginning
    end = len(raw)
    for start, stop, link in sorted(_links(facets), reverse=True):
        if not 0 <= start < stop <= end or _is_inside_a_letter(raw, start) or _is_inside_a_letter(raw, stop):
            continue
        shown = raw[start:stop].decode("utf-8", "surrogatepass")
        cut = shown.strip().rstrip("….")
        whole = link if cut and cut in link else f"{shown} ({link})"
        pieces += [raw[stop:end].decode("utf-8", "surrogatepass"), whole]
        end = start
    pieces.append(raw[:end].decode("utf-8", "surrogatepass"))
    return "".join(reversed(pieces))


def _is_inside_a_letter(raw: bytes, place: int) -> bool:
    return place < len(raw) and raw[place] & 0xC0 == 0x80


def _links(facets: Any) -> list[tuple[int, int, str]]:
    found = []
    for facet in facets:
        if not isinstance(facet, Mapping):
            continue
        start, stop = (count_of(inner(facet, "index"), key) for key in ("byteStart", "byteEnd"))
        for feature in items_of(facet, "features"):
            if not isinstance(feature, Mapping) or feature.get("$type") != _LINK or start is None or stop is None:
                continue
            link = text_of(feature, "uri")
            if link.startswith(("http://", "https://")):
                found.append((start, stop, link))
    return found
