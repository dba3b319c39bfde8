"""What a route asks of a post's words at the least: most posts are refused by it before anything else is looked at.

Fast because a post is known here by its `quick_words` alone, bytes that C code cuts and hashes: no object is made for
a post, and no test is called, before all the words are there that a query cannot do without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Literal, NamedTuple

from msgspec import Struct

from rules.match_compile import Group
from rules.match_fields import name_words, post_values
from rules.match_routes import Route
from sources.post import Post
from sources.query.quick_words import quick_words, words_within

Share = Callable[[bytes], float]
"""The share of posts that have a word, as far as is known."""


class Filing(NamedTuple):
    """A route of query `number`, and the words that a post cannot lack if the route leads to it.

    `second`: the rarest after the one it is filed under; `rest`: all others; `choices`: one of each of these; `sign`:
    the # or @ that must be there too, else "". `enough`: there are no others, no choices and no sign. `sure`: the words
    are all that it asks for.
    """

    number: int
    second: bytes | None
    enough: bool
    sure: bool
    rest: frozenset[bytes]
    choices: tuple[frozenset[bytes], ...]
    sign: str
    route: Route


class Place(Struct, frozen=True):
    """Where a route is filed: under a word, how a word begins, who wrote, or under nothing that could be looked up."""

    kind: Literal["word", "beginning", "author", "always"]
    word: bytes = b""
    name: str = ""  # a part of the author's


ALWAYS = Place("always")


def whole_words(group: Group, key: str) -> list[bytes]:
    """The words that a post has if it has this key of the group. One that may go on is left out."""
    if group.kind == "key":
        return words_within(key)
    if group.kind == "prefix":
        return words_within(key)[:-1]  # a word that another follows is whole
    return quick_words(key) if group.field == "site" else []


def place_of(group: Group, key: str, share: Share) -> Place:
    """Where a group's key is best filed."""
    words = whole_words(group, key)
    if words:
        return Place("word", min(words, key=share))
    if group.kind == "prefix":
        return Place("beginning", words_within(key)[-1])
    named = name_words(key) if group.field == "author" else []
    return Place("author", name=max(named, key=len)) if named else ALWAYS


def filings(number: int, route: Route, share: Share) -> Iterator[tuple[Place, Filing]]:
    """Where a route is filed, once for each key of its anchor, and as what."""
    required = frozenset(word for key in route.required for word in words_within(key))
    choices = tuple(
        frozenset(min(words_within(key), key=share) for key in _not_implied(keys)) for keys in route.choices
    )
    decided = route.only_keys and all(map(_is_one_word, chain(route.required, *map(_not_implied, route.choices))))
    for key in _not_implied(route.anchor.keys) if route.anchor.kind == "key" else route.anchor.keys:
        place = place_of(route.anchor, key, share)
        needed = required.union(whole_words(route.anchor, key)) - {place.word}
        second = min(needed, key=share, default=None)
        rest = needed - {second}
        sure = decided and _is_one_word(key)
        sign = key[0] if route.anchor.kind == "key" and key[0] in _TAGS else ""
        enough = not (rest or choices or sign)
        yield place, Filing(number, second, enough, sure, rest, choices, sign, route)


def _not_implied(keys: frozenset[str]) -> list[str]:
    """Those of which a post may have one without having another of them: "#acme" is left out where there is "acme"."""
    return [key for key in keys if key[:1] not in _TAGS or key[1:] not in keys or not _is_one_word(key[1:])]


_TAGS = {"#", "@"}


def _is_one_word(key: str) -> bool:
    """Whether a post has this key if and only if it is one of its words: not so of a "#tag"."""
    return key.isascii() and key.isalnum()


def watched_words(route: Route) -> frozenset[bytes]:
    """The words whose frequency decides where a route is best filed."""
    return frozenset(word for key in route.watched for word in words_within(key))


def words_of(post: Post, *, site: bool) -> list[bytes]:
    """All words of a post under which a query may be filed, with some more. `site`: those of its address, too."""
    text = f"{post.title}\n{post.text}" if post.title else post.text
    if site:
        url = post.url
        as_compared = url.isascii() and url.isprintable()  # another host may be written otherwise than it is compared
        text = f"{text}\n{url if as_compared else ' '.join(post_values(post, 'site', '', None))}"
    return quick_words(text)


def lacks_nothing(filing: Filing, words: list[bytes], post: Post) -> bool:
    """Whether a post, of which these are the words, may have all that a filing asks for beside the first two."""
    if filing.sign and filing.sign not in post.text and post.text.isascii() and not post.title:
        return False  # another sign may be folded to this one, but none of ASCII
    if not (filing.rest or filing.choices):
        return True
    there = frozenset(words)
    return filing.rest <= there and not any(choice.isdisjoint(there) for choice in filing.choices)


def asks_for_more(filing: Filing) -> bool:
    """Whether a filing could stand under anything else: False where its one word is all that its query asks for."""
    return filing.second is not None or not filing.enough or filing.route.test is not None
