"""Reads from posts what holds for every brand in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from rules.intent import read_intents
from rules.language import UNSURE, identify_languages
from rules.patterns.find import Found, find_all
from rules.reading import Intent, Urgency
from rules.recognition import Recognised
from rules.story import fingerprints
from rules.text import readable
from rules.urgency import read_urgency
from rules.waiting import Waiting, read_waiting
from sources.post import Post, storable

Result = TypeVar("Result")


class Trouble(Struct, frozen=True):
    """A part of a mention that could not be read ("sentiment", "rule 'x'"), and why; all other parts were."""

    part: str
    why: str


class Understanding(Struct, frozen=True, kw_only=True):
    """What a post says and who wrote it, whichever brands it mentions."""

    text: str
    lang: str
    intent: Sequence[Intent]
    urgency: Urgency
    recognised: Recognised
    waiting: Waiting
    fingerprint: tuple[int, ...]
    troubles: tuple[Trouble, ...]


def understand(posts: Sequence[Post], recognise: Callable[[Post], Recognised]) -> list[Understanding]:
    """Reads each post once, part by part. Never raises: a part that fails is empty, and told in `troubles`."""
    parts = _Parts(len(posts))
    texts = parts.read("text", lambda some: [readable(posts[one]) for one in some], "")
    langs = parts.read(
        "language",
        lambda some: identify_languages([texts[one] for one in some], [posts[one].lang for one in some]),
        UNSURE,
    )
    nowhere: Found = {}
    found = parts.read(
        "intent", lambda some: find_all([texts[one] for one in some], [langs[one] for one in some]), nowhere
    )
    nothing: list[Intent] = []
    intents = parts.read(
        "intent", lambda some: [read_intents(texts[one], langs[one], found[one]) for one in some], nothing
    )
    urgencies = parts.read(
        "urgency",
        lambda some: [read_urgency(texts[one], langs[one], intents[one], found[one]) for one in some],
        Urgency(),
    )
    authors = parts.read("customer", lambda some: [recognise(posts[one]) for one in some], Recognised())
    waiting = parts.read(
        "waiting for an answer",
        lambda some: [read_waiting(texts[one], langs[one], intents[one], found[one]) for one in some],
        Waiting(),
    )
    no_story: tuple[int, ...] = ()
    stories = parts.read("story", lambda some: _fingerprints([posts[one] for one in some]), no_story)
    return [
        Understanding(
            text=texts[one],
            lang=langs[one],
            intent=intents[one],
            urgency=urgencies[one],
            recognised=authors[one],
            waiting=waiting[one],
            fingerprint=stories[one],
            troubles=tuple(parts.troubles.get(one, ())),
        )
        for one in range(len(posts))
    ]


def _fingerprints(posts: Sequence[Post]) -> list[tuple[int, ...]]:
    """What stands for the posts' texts; an article has its own address, other posts may name one."""
    return fingerprints(
        [(post.title, post.text) for post in posts], [post.url if post.kind == "article" else "" for post in posts]
    )


class _Parts:
    """Reads a part of all posts at once; where that fails, of each post alone, so that one spoils no other."""

    def __init__(self, count: int) -> None:
        self._all = range(count)
        self.troubles: dict[int, list[Trouble]] = {}

    def read(self, part: str, read: Callable[[Sequence[int]], list[Result]], otherwise: Result) -> list[Result]:
        failed: list[Trouble] = []
        nothing: list[Result] = []
        found = tried(part, failed, lambda: read(self._all), nothing)
        return [self._alone(part, read, one, otherwise) for one in self._all] if failed else found

    def _alone(self, part: str, read: Callable[[Sequence[int]], list[Result]], one: int, otherwise: Result) -> Result:
        failed: list[Trouble] = []
        (found,) = tried(part, failed, lambda: read([one]), [otherwise])
        if failed:
            self.troubles.setdefault(one, []).extend(failed)
        return found


def tried(part: str, troubles: list[Trouble], read: Callable[[], Result], otherwise: Result) -> Result:
    """The boundary of one part of one mention: what `read` gives, or `otherwise` and one trouble more."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001 — whatever fails on one post must neither hide nor lose the others
        troubles.append(Trouble(part, storable(" ".join(f"{type(error).__name__}: {error}".split()), 300)))
        return otherwise
