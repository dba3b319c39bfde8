"""What passed between us and a customer elsewhere: a call, a chat, a mail, an order, a survey."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from msgspec import Struct

from rules.directory import Identity
from rules.identity import EMAIL, identity
from sources.post import MAX_TEXT, storable

FIELDS = (
    "customer", "identity", "email", "at", "channel", "kind", "direction", "by", "text", "outcome", "external_id",
)  # fmt: skip
"""What a row can tell; only `at`, and one of the first three, must be there."""

SURVEY = "survey"
_MOST_WORD = 80
_MOST_OUTCOME = 500
_EPOCH = re.compile(r"\d{9,16}(\.\d+)?")
_OUT_OF = re.compile(r"(\d+(?:\.\d+)?)\s*(?:/|of|out of)\s*(\d+)", re.I)
_NAMED = re.compile(r"(nps|csat|ces)\s*[:=]?\s*(\d+(?:\.\d+)?)", re.I)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_LOWEST_AND_HIGHEST = {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0)}
_DIRECTIONS = {
    "in": "in", "inbound": "in", "incoming": "in", "received": "in", "from customer": "in",
    "out": "out", "outbound": "out", "outgoing": "out", "sent": "out", "to customer": "out",
    "": "", "none": "", "internal": "",
}  # fmt: skip


class Interaction(Struct, frozen=True, kw_only=True):
    """One contact, as whoever had it tells it. Whose it is: `customer`, the id in the directory, or else `identity`.

    `direction`: "in" from the customer, "out" to them, "" neither. `rating`: what a survey's answer comes to, 0 to 1.
    `external_id` is the other system's own number, by which the same one is known again; "" where it has none.
    """

    at: datetime
    customer: str = ""
    identity: Identity | None = None
    channel: str = ""
    kind: str = ""
    direction: Literal["in", "out", ""] = ""
    by: str = ""
    text: str = ""
    outcome: str = ""
    rating: float | None = None
    external_id: str = ""


def interaction(told: Mapping[str, Any], now: datetime) -> Interaction:
    """Reads an interaction from what a row or a request tells of it; fields that are not in FIELDS are let pass.

    Raises ValueError with one sentence that names the field and what it must be.
    """
    cells = {name: _text(name, told.get(name)) for name in FIELDS if name != "at"}
    kind = storable(cells["kind"].lower(), _MOST_WORD)
    direction = _DIRECTIONS.get(cells["direction"].lower())
    if direction is None:
        raise ValueError(f"direction is {_shown(cells['direction'])}, must be in or out, or nothing")
    who = _identity(cells) if not cells["customer"] else None
    if not cells["customer"] and who is None:
        raise ValueError("names nobody: needs a customer (its id), an identity such as x:jane, or an email")
    rating = rated(cells["outcome"]) if kind == SURVEY else None
    if kind == SURVEY and rating is None:
        raise ValueError(
            f"outcome of a survey is {_shown(cells['outcome'])}, must say what of how much: "
            "nps 9, csat 4, ces 6, 4/5 or 80%"
        )
    return Interaction(
        at=_time(told.get("at"), now),
        customer=storable(cells["customer"]),
        identity=who,
        channel=storable(cells["channel"].lower() or kind, _MOST_WORD),
        kind=kind,
        direction=cast('Literal["in", "out", ""]', direction or ("in" if kind == SURVEY else "")),
        by=storable(cells["by"], 200),
        text=storable(cells["text"], MAX_TEXT),
        outcome=storable(cells["outcome"], _MOST_OUTCOME),
        rating=rating,
        external_id=storable(cells["external_id"]),
    )


def rated(answer: str) -> float | None:
    """What a survey's answer comes to, 0 (worst) to 1: "nps 9", "csat 4", "ces 6", "4/5", "80%"; None for others.

    NPS runs from 0 to 10, a percentage from 0 to 100, CSAT from 1 to 5, CES from 1 to 7. Of "n/m" the lowest answer is
    1 up to m = 7 and 0 above, as these questions are asked.
    """
    answer = answer.strip()
    if found := _NAMED.match(answer):
        lowest, highest = _LOWEST_AND_HIGHEST[found[1].lower()]
        return _within(float(found[2]), lowest, highest)
    if found := _OUT_OF.match(answer):
        highest = float(found[2][:9])
        return _within(float(found[1]), 1.0 if highest <= 7.0 else 0.0, highest)
    if found := _PERCENT.fullmatch(answer):
        return _within(float(found[1]), 0.0, 100.0)
    return None


def _within(answer: float, lowest: float, highest: float) -> float | None:
    return (answer - lowest) / (highest - lowest) if lowest <= answer <= highest and lowest < highest else None


def _identity(cells: Mapping[str, str]) -> Identity | None:
    if cells["identity"]:
        network, colon, value = cells["identity"].partition(":")
        if not colon:
            raise ValueError(f"identity is {_shown(cells['identity'])}, must be written network:handle, such as x:jane")
        return identity(network, value)
    return identity(EMAIL, cells["email"]) if cells["email"] else None


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} must be text")  # noqa: TRY004 - a mistake of the row, as all others
    return storable(str(value), MAX_TEXT).strip()  # first of all: what an error quotes is written out, too


def _time(value: object, now: datetime) -> datetime:
    """RFC 3339, a time without a zone being UTC, or seconds since 1970; never later than `now`."""
    if value is None or value == "":
        raise ValueError("at is missing: when it was, such as 2026-11-20T08:30:00Z")
    text = str(value).strip()
    try:
        if _EPOCH.fullmatch(text):
            seconds = float(text)
            time = datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)
        else:
            time = datetime.fromisoformat(text)
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"at is {_shown(text)}, must be an RFC 3339 time such as 2026-11-20T08:30:00Z, or the seconds since 1970"
        ) from None
    return min(time, now)


def _shown(text: str) -> str:
    cut = text[:40] + "…" if len(text) > 40 else text
    return "'" + "".join(letter if letter.isprintable() else "\ufffd" for letter in cut) + "'"
