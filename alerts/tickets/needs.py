"""Which skills a ticket asks of whoever takes it, each with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from alerts.alert import ReadMention

SURE = 0.5
"""How sure an intent must be to ask for a skill."""


class Experts(Struct, frozen=True, kw_only=True):
    """Who asks for an expert: by tags, by "name=value" of a customer's columns, or by coming so many times.

    `skill`: what experts have; "" where nobody is asked for.
    """

    skill: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    recontacts: int = 3


def skills_needed(
    mentions: Iterable[ReadMention],
    by_intent: Mapping[str, str],
    experts: Experts,
    *,
    contacts: int,
    tags: Collection[str],
    fields: Mapping[str, str],
) -> dict[str, str]:
    """The skills, each with its reason. `contacts`: how often the author came; `tags`: theirs and the ticket's."""
    found: dict[str, str] = {}
    for mention in mentions:
        for intent in mention.intent:
            skill = by_intent.get(intent.label, "")
            if skill and intent.score >= SURE:
                found.setdefault(skill, f"it is about {intent.label}")
    why = why_expert(experts, contacts, tags, fields) if experts.skill else ""
    if why:
        found.setdefault(experts.skill, why)
    return found


def why_expert(experts: Experts, contacts: int, tags: Collection[str], fields: Mapping[str, str]) -> str:
    """Why an expert should take it at once, "" where nothing says so."""
    if contacts >= experts.recontacts:
        return f"they came {contacts} times with it"
    tagged = next((tag for tag in experts.tags if tag in tags), "")
    if tagged:
        return f"tagged {tagged}"
    has = {f"{name}={value.strip()}".casefold() for name, value in fields.items()}
    return next((f"customer with {one}" for one in _folded(experts.fields) if one in has), "")


def _folded(words: Sequence[str]) -> list[str]:
    return [word.casefold() for word in words]
