"""What a route asks of a post's words at the least: most posts are refused by it before anything else is looked at.

Fast because a post is known here by its `quick_words` alone, bytes that C code cuts and hashes: no object is made for
a post, and no test is called, before all the words are there that a query cannot do without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Literal, NamedTuple

from msgspec import Struct

from rules.match_compile import Group
from rules.match_fields import name_words, post_values
from rules.match_routes import Route
from sources.post import Post
from sources.query.quick_words import quick_words, words_within
from sources.query.tags import ATS, HASHES
from sources.query.words import normalise

_FEW = 6
"""Of so many filings each second word is looked for in the list of words: making a set of it costs more."""

_ENOUGH = attrgetter("enough")

Share = Callable[[bytes], float]
"""The share of posts that have a word, as far as is known."""


class Filing(NamedTuple):
    """A route of query `number`, and the words that a post cannot lack if the route leads to it.

    `second`: the rarest after the one it is filed under; `rest`: all others; `choices`: one of each of these; `tag`:
    the #tag or @handle that must be there too, else "". `enough`: there are no others, no choices and no tag. `sure`:
    it asks for no more than these words, none of `excluded`, and what its route has a test for `beside` keys.
    """

    number: int
    second: bytes | None
    enough: bool
    sure: bool
    rest: frozenset[bytes]
    choices: tuple[frozenset[bytes], ...]
    tag: str
    excluded: frozenset[bytes]
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
    without = _not_implied(route.excluded)
    asked = chain(route.required, without, *map(_not_implied, route.choices))
    decided = route.only_keys and all(map(_is_one_word, asked))
    excluded = frozenset(key.encode() for key in without) if decided else frozenset()
    for key in _not_implied(route.anchor.keys) if route.anchor.kind == "key" else route.anchor.keys:
        place = place_of(route.anchor, key, share)
        needed = required.union(whole_words(route.anchor, key)) - {place.word}
        second = min(needed, key=share, default=None)
        rest = needed - {second}
        sure = decided and _is_one_word(key)
        tag = key if route.anchor.kind == "key" and key[0] in _SIGNS else ""
        enough = not (rest or choices or tag)
        yield place, Filing(number, second, enough, sure, rest, choices, tag, excluded, route)


def _not_implied(keys: frozenset[str]) -> list[str]:
    """Those of which a post may have one without having another of them: "#acme" is left out where there is "acme"."""
    return [key for key in keys if key[:1] not in _SIGNS or key[1:] not in keys or not _is_one_word(key[1:])]


SIGNS = {b"#": HASHES, b"@": ATS}
"""The signs of tags, each with all characters that fold to it."""

_SIGNS = {"#", "@"}


def _is_one_word(key: str) -> bool:
    """Whether a post has this key if and only if it is one of its words: not so of a "#tag"."""
    return key.isascii() and key.isalnum()


def watched_words(route: Route) -> frozenset[bytes]:
    """The words whose frequency decides where a route is best filed."""
    return frozenset(word for key in route.watched for word in words_within(key))


def searched_texts(posts: Sequence[Post], *, site: bool) -> list[str]:
    """Of each post the text with all words under which a query may be filed. `site`: with those of its address, too."""
    if site:
        return [f"{post.title}\n{post.text}\n{_written_site(post)}" for post in posts]
    return [f"{post.title}\n{post.text}" if post.title else post.text for post in posts]


def _written_site(post: Post) -> str:
    """Another host than one of ASCII may be written otherwise than it is compared."""
    return post.url if post.url.isascii() and post.url.isprintable() else " ".join(post_values(post, "site", "", None))


def second_of(filing: Filing) -> bytes | None:
    """A word or sign, beside the one that a filing stands under, without which a post cannot have all of it."""
    return filing.tag[:1].encode() if filing.tag and filing.second is None else filing.second


def has_sign(seconds: set[bytes], post: Post) -> bool:
    """Whether # or @ is among some of `second_of`, and the post has what folds to it."""
    text = f"{post.title}{post.text}"
    return any(sign in seconds and any(map(text.__contains__, written)) for sign, written in SIGNS.items())


def lacking_nothing(filed: list[Filing], words: list[bytes], post: Post) -> list[Filing]:
    """Those of some filings that a post, of which these are the words, may have all of; their first word it has."""
    there = words if len(filed) < _FEW else frozenset(words)
    found = [filing for filing in filed if filing.second is None or filing.second in there]
    if not found or all(map(_ENOUGH, found)):
        return found
    there, folded = frozenset(words), normalise(f"{post.title}\n{post.text}" if post.title else post.text)
    return [filing for filing in found if filing.enough or _has_rest(filing, there, folded)]


def _has_rest(filing: Filing, there: frozenset[bytes], folded: str) -> bool:
    if filing.tag not in folded or not filing.rest <= there:
        return False
    return not filing.choices or not any(map(there.isdisjoint, filing.choices))


def asks_for_more(filing: Filing) -> bool:
    """Whether a filing could stand under anything else: False where its one word is all that its query asks for."""
    return filing.second is not None or bool(filing.choices) or filing.route.test is not None
