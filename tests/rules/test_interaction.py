"""Interactions as rows and requests tell them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.directory import Customer, Identity
from rules.interaction import FIELDS, Interaction, interaction, rated
from rules.interaction_owner import Owners
from rules.interaction_reading import read_interactions
from rules.sentiment.reader import SentimentReader

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CALL = {"customer": "c1", "at": "2026-11-20T09:10:00Z", "channel": "Phone", "kind": "Call", "direction": "inbound"}


def test_a_row_is_read_with_what_it_tells() -> None:
    read = interaction({**CALL, "by": "Ben", "text": "Where is it?", "outcome": "promised a call", "other": 5}, NOW)
    assert read == Interaction(
        at=datetime(2026, 11, 20, 9, 10, tzinfo=UTC),
        customer="c1",
        channel="phone",
        kind="call",
        direction="in",
        by="Ben",
        text="Where is it?",
        outcome="promised a call",
    )


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"at": ""}, "at is missing"),
        ({"at": "yesterday"}, "at is 'yesterday', must be an RFC 3339 time"),
        ({"customer": ""}, "names nobody"),
        ({"customer": "", "identity": "jane"}, "must be written network:handle"),
        ({"customer": "", "email": "nobody"}, "is not an e-mail address"),
        ({"direction": "sideways"}, "direction is 'sideways', must be in or out"),
        ({"kind": "survey", "outcome": "fine"}, "must say what of how much"),
        ({"text": ["a"]}, "text must be text"),
        ({"customer": True}, "customer must be text"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_in_a_sentence(told: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        interaction({**CALL, **told}, NOW)


@pytest.mark.parametrize(
    ("answer", "rating"),
    [
        ("nps 9", 0.9), ("NPS: 0", 0.0), ("csat 4", 0.75), ("ces 7", 1.0), ("4/5", 0.75), ("1 of 5", 0.0),
        ("9/10", 0.9),
        ("80%", 0.8), ("9", None), ("nps 11", None), ("6/5", None), ("1/1", None), ("", None), ("great", None),
    ],
)  # fmt: skip
def test_a_surveys_answer_is_read_on_its_scale(answer: str, rating: float | None) -> None:
    assert rated(answer) == (rating if rating is None else pytest.approx(rating))


def test_a_time_without_a_zone_is_utc_one_of_the_future_is_now_and_seconds_are_read_too() -> None:
    assert interaction({**CALL, "at": "2026-11-20 09:10"}, NOW).at == datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    assert interaction({**CALL, "at": "2030-01-01"}, NOW).at == NOW
    assert interaction({**CALL, "at": 1_795_334_400}, NOW).at == NOW
    assert interaction({**CALL, "at": "1763629800000"}, NOW).at == datetime(2025, 11, 20, 9, 10, tzinfo=UTC)


TEXTS = st.text(st.characters(exclude_categories=()), max_size=30)  # lone surrogates too
VALUES = TEXTS | st.integers() | st.floats() | st.none() | st.booleans()


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_whatever_a_row_holds_it_is_read_or_told_and_can_be_written_out(told: dict[str, Any]) -> None:
    try:
        read = interaction(told, NOW)
    except ValueError as error:
        assert str(error).encode()
    else:
        assert msgspec.json.encode(read)
        assert read.at <= NOW
        assert read.customer or read.identity
        assert read.rating is None or 0.0 <= read.rating <= 1.0


def test_an_interaction_belongs_to_the_one_customer_whose_id_or_identity_it_names() -> None:
    jane, shared = Identity("x", "jane"), Identity("email", "office@lee.example")
    left = Identity("x", "shop", until=datetime(2026, 11, 1, tzinfo=UTC))
    taken = Identity("x", "shop", since=datetime(2026, 11, 1, tzinfo=UTC))
    owners = Owners([Customer(id="c1", identities=(jane, shared, left)), Customer(id="c2", identities=(shared, taken))])
    assert owners.owner(interaction({**CALL, "customer": "", "identity": "x:shop"}, NOW)) == "c2"
    assert owners.owner(interaction({**CALL, "customer": "", "identity": "x:shop", "at": "2026-10-01"}, NOW)) == "c1"
    assert owners.owner(interaction(CALL, NOW)) == "c1"
    assert owners.owner(interaction({**CALL, "customer": "", "identity": "twitter:@Jane"}, NOW)) == "c1"
    for told, sentence in (
        ({"customer": "c9"}, "customer 'c9' is not in the directory"),
        ({"customer": "", "identity": "x:john"}, "x:john is no known customer's"),
        ({"customer": "", "email": "office@lee.example"}, "is c1 and c2's: it identifies nobody"),
    ):
        with pytest.raises(ValueError, match=sentence):
            owners.owner(interaction({**CALL, **told}, NOW))


def test_what_customers_said_is_read_as_their_posts_are_and_what_we_said_is_not() -> None:
    words = "This is terrible, nothing works and I want my money back"
    told = [
        {**CALL, "text": words},
        {**CALL, "text": words, "direction": "out"},
        {**CALL, "text": "Thank you, I love it, great service!"},
        {**CALL, "kind": "survey", "outcome": "nps 1", "text": words},
        {**CALL, "text": ""},
    ]
    felt = read_interactions([interaction(one, NOW) for one in told], SentimentReader())
    assert [(one.label, one.complaint) for one in felt] == [
        ("negative", True), ("", False), ("positive", False), ("negative", False), ("", False),
    ]  # fmt: skip
