"""Reads what customers said elsewhere as their posts are read: how they feel, and whether they complain."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.interaction import SURVEY, Interaction
from rules.recognition import Recognised
from rules.sentiment.contract import Analyzer, ReadyText
from rules.timeline import is_complaint
from rules.understanding import understand
from sources.post import Post

_UNHAPPY, _HAPPY = 0.35, 0.75


class Felt(Struct, frozen=True):
    """What was read in an interaction: the sentiment's label, "" where none was read; whether it is a complaint."""

    label: str = ""
    complaint: bool = False


def read_interactions(interactions: Sequence[Interaction], analyzer: Analyzer) -> list[Felt]:
    """Gives what was read in each, in their order. Only what a customer said is read; a survey goes by its answer."""
    spoken = [
        number for number, one in enumerate(interactions) if one.direction == "in" and one.text and one.kind != SURVEY
    ]
    posts = [
        Post(source=said.channel, instance="", external_id=said.external_id, text=said.text, kind="message")
        for said in (interactions[one] for one in spoken)
    ]
    understood = understand(posts, lambda _: Recognised())
    feelings = analyzer.analyze([ReadyText(text=one.text, lang=one.lang) for one in understood]) if posts else []
    found = {
        number: Felt(feeling.label or "", is_complaint(feeling.label or "", [intent.label for intent in one.intent]))
        for number, one, feeling in zip(spoken, understood, feelings, strict=True)
    }
    return [found.get(number) or _answered(one) for number, one in enumerate(interactions)]


def _answered(one: Interaction) -> Felt:
    """A survey's low answer is unhappy, and no complaint: it counts for itself, as a survey."""
    if one.rating is None:
        return Felt()
    return Felt("negative" if one.rating < _UNHAPPY else "positive" if one.rating >= _HAPPY else "neutral")
