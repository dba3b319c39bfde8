"""Who an author is: the directory, the evidence, and what people have decided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.authors import AuthorKey, keys_of
from rules.directory import Customer, Identity
from rules.matching.outcome import Candidate, Outcome
from rules.reading import CustomerMatch
from rules.recognition import Decision, MayMatch, Recogniser, settled, weigher_of
from sources.post import Author, Post

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ANN = Customer(id="c1", name="Ann", identities=(Identity("mastodon", "ann@social.example"),))
BEN = Customer(id="c2", name="Ben", fields={"renewal_date": "2026-04-01"})


def post(source: str = "mastodon", **author: str) -> Post:
    return Post(source=source, instance="social.example", external_id="1", author=Author(**author))


def said(state: str, customer: str, value: str = "7", by: str = "id") -> Decision:
    key = AuthorKey("mastodon", "id" if by == "id" else "handle", value)
    return Decision(key, customer, "linked" if state == "linked" else "refused", f"{state} by ben on 2026-03-01")


class Weighing:
    """Evidence that always comes to the same."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def weigh(self, post: Post, at: datetime) -> Outcome:
        return self._outcome


def test_an_id_is_surer_than_a_handle_and_a_name_stands_for_nothing_but_itself() -> None:
    assert keys_of(post(id="7", handle="@Ann@Social.example")) == (
        AuthorKey("mastodon", "handle", "ann@social.example"),
        AuthorKey("mastodon", "id", "7"),
    )
    assert keys_of(post("feed", name="Ann Lee")) == (AuthorKey("feed", "handle", "ann lee"),)
    assert keys_of(post("feed", id="9", name="Ann Lee")) == (AuthorKey("feed", "id", "9"),)
    assert keys_of(post("feed")) == ()


def test_a_persons_word_outranks_an_exact_handle_and_the_word_of_evidence_is_kept() -> None:
    ann = post(id="7", handle="ann@social.example")
    by_handle = Recogniser([ANN, BEN]).recognise(ann, "social", NOW)
    assert by_handle.customer is not None and by_handle.customer.id == "c1"
    linked = Recogniser([ANN, BEN]).having_learned([said("linked", "c2")]).recognise(ann, "social", NOW)
    assert linked.customer is not None
    assert (linked.customer.id, linked.customer.evidence) == ("c2", ("linked by ben on 2026-03-01",))
    assert linked.customer.fields == {"renewal_date": "2026-04-01"}
    assert linked.found == by_handle.customer
    refused = Recogniser([ANN, BEN]).having_learned([said("refused", "c1")]).recognise(ann, "social", NOW)
    assert (refused.customer, refused.found) == (None, by_handle.customer)


def test_what_evidence_comes_to_is_told_and_only_linked_counts() -> None:
    candidate = Candidate("c2", 0.97, ("the profile links to ben.example",))
    for state, customer in (("linked", "c2"), ("review", None), ("none", None)):
        outcome = Outcome(state, (candidate,) if state != "none" else ())  # type: ignore[arg-type]
        found = Recogniser([ANN, BEN], weigher=Weighing(outcome)).recognise(post(id="8", handle="b"), "social", NOW)
        assert (found.customer.id if found.customer else None, found.outcome) == (customer, outcome)
    exact = Recogniser([ANN], weigher=Weighing(Outcome("linked", (candidate,))))
    assert exact.recognise(post(handle="ann@social.example"), "social", NOW).outcome is None


def test_evidence_is_not_weighed_where_terms_ask_for_the_customers_consent() -> None:
    sure = Weighing(Outcome("linked", (Candidate("c2", 0.999),)))
    recogniser = Recogniser([ANN, BEN], MayMatch(opted_in=frozenset({"x"})), sure)
    found = recogniser.recognise(post("x", handle="b"), "feed", NOW)
    assert (found.customer, found.outcome, found.may_match) == (None, None, True)


def test_a_confirmed_link_recognises_a_customer_and_without_customers_nobody_weighs() -> None:
    sited = Customer(id="c3", name="Ann Uhlenegger", urls=("https://uhlenegger.example",))
    shown = Author(handle="moth@social.example", name="Ann Uhlenegger", verified_links=("https://uhlenegger.example/",))
    written = Post(source="mastodon", instance="social.example", external_id="1", author=shown)
    found = Recogniser([ANN, sited], weigher=weigher_of([ANN, sited])).recognise(written, "social", NOW)
    assert found.customer is not None
    assert found.customer.id == "c3"
    assert 0.99 < found.customer.confidence < 1.0
    assert any("confirmed link to uhlenegger.example" in line for line in found.customer.evidence)
    assert weigher_of([]) is None


def test_no_decision_ties_an_author_whom_terms_or_settings_protect() -> None:
    decisions = [said("linked", "c1")]
    ann = post(id="7", handle="ann@social.example")
    for may_match in (
        MayMatch(unmatched_seen_by=frozenset({"social"})),
        MayMatch(unmatched_sources=frozenset({"mastodon"})),
    ):
        found = Recogniser([ANN], may_match).having_learned(decisions).recognise(ann, "social", NOW)
        assert (found.customer, found.found, found.may_match) == (None, None, False)
    for kind in ("reddit", "x"):
        protected = Decision(AuthorKey(kind, "id", "7"), "c1", "linked", "linked by ben")
        found = Recogniser([ANN]).having_learned([protected]).recognise(post(kind, id="7"), "social", NOW)
        assert found.customer is None


def test_nothing_is_weighed_where_terms_ask_for_the_persons_own_word() -> None:
    outcome = Outcome("linked", (Candidate("c2", 0.999, ("the same name",)),))
    chosen = MayMatch(opted_in=frozenset({"x"}))
    gave = Customer(id="c9", identities=(Identity("x", "ann"),))
    recogniser = Recogniser([ANN, BEN, gave], chosen, Weighing(outcome))
    exact = recogniser.recognise(post("x", handle="ann"), "social", NOW).customer
    assert exact is not None and exact.id == "c9"
    assert recogniser.recognise(post("x", handle="ben"), "social", NOW).outcome is None
    assert recogniser.recognise(post("mastodon", handle="b@c.example"), "social", NOW).outcome == outcome


matches = st.none() | st.sampled_from(["c1", "c2"]).map(lambda number: CustomerMatch(id=number, confidence=1.0))
decided = st.lists(st.builds(said, st.sampled_from(["linked", "refused"]), st.sampled_from(["c1", "c2", "gone"])))


@given(matches, decided)
def test_without_decisions_the_evidence_counts_and_a_refused_customer_never_does(
    found: CustomerMatch | None, decisions: list[Decision]
) -> None:
    known = {"c1": ANN, "c2": BEN}.get
    assert settled(found, [], known) == found
    counts = settled(found, decisions, known)
    refused = {one.customer_id for one in decisions if one.state == "refused"}
    linked = [one.customer_id for one in decisions if one.state == "linked" and one.customer_id != "gone"]
    if linked:
        assert counts is not None and counts.id == linked[-1]
    elif counts is not None:
        assert counts == found and counts.id not in refused


@pytest.mark.parametrize("called", ["x", "X", "twitter", "Twitter", " twitter "])
def test_the_terms_of_a_service_hold_however_whoever_brings_its_posts_calls_it(called: str) -> None:
    jane = Customer(id="j", name="Jane", identities=(Identity("x", "jane"),))
    theirs = post(called, handle="jane", name="Jane")
    linked = Weighing(Outcome("linked", (Candidate("j", 0.999, ("told",)),)))
    alone = Recogniser([jane], MayMatch(), linked).recognise(theirs, "posts", NOW)
    assert (alone.customer, alone.outcome, alone.may_match) == (None, None, False)
    opted_in = Recogniser([jane], MayMatch(opted_in=frozenset({"x"})), linked).recognise(theirs, "posts", NOW)
    assert opted_in.customer is not None and opted_in.outcome is None
    stranger = Recogniser([jane], MayMatch(opted_in=frozenset({"x"})), linked)
    assert stranger.recognise(post(called, handle="other"), "posts", NOW).outcome is None
