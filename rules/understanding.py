"""Reads from a post what holds for every brand in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from rules.intent import read_intents
from rules.language import UNSURE, identify_language
from rules.reading import CustomerMatch, Intent, Urgency
from rules.story import fingerprint
from rules.text import readable
from rules.urgency import read_urgency
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
    customer: CustomerMatch | None
    fingerprint: tuple[int, ...]
    troubles: tuple[Trouble, ...]


def understand(post: Post, customer_of: Callable[[Post], CustomerMatch | None]) -> Understanding:
    """Reads a post once. Never raises: a part that fails is empty, and told in `troubles`."""
    troubles: list[Trouble] = []
    text = tried("text", troubles, lambda: readable(post), "")
    lang = tried("language", troubles, lambda: identify_language(text, post.lang), UNSURE)
    nothing: list[Intent] = []
    intent = tried("intent", troubles, lambda: read_intents(text, lang), nothing)
    return Understanding(
        text=text,
        lang=lang,
        intent=intent,
        urgency=tried("urgency", troubles, lambda: read_urgency(text, lang, intent), Urgency()),
        customer=tried("customer", troubles, lambda: customer_of(post), None),
        fingerprint=tried("story", troubles, lambda: fingerprint(post.title, post.text), ()),
        troubles=tuple(troubles),
    )


def tried(part: str, troubles: list[Trouble], read: Callable[[], Result], otherwise: Result) -> Result:
    """The boundary of one part of one mention: what `read` gives, or `otherwise` and one trouble more."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001 — whatever fails on one post must neither hide nor lose the others
        troubles.append(Trouble(part, storable(" ".join(f"{type(error).__name__}: {error}".split()), 300)))
        return otherwise
