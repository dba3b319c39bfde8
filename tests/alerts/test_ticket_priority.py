"""How pressing a ticket is, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.tickets.priority import PRIORITIES, Priority, Reach, Weights, priority_of, reach_of
from rules.customer_standing import CustomerStanding
from rules.reading import SEVERITIES, CustomerMatch, Severity
from sources.post import Author, Engagement
from tests.alerts.conftest import mention


def customer(tier: str = "", **fields: str) -> CustomerMatch:
    return CustomerMatch(id="c1", tier=tier, fields=fields, confidence=1.0)


@pytest.mark.parametrize(
    ("severity", "priority"), [("low", "low"), ("medium", "normal"), ("high", "high"), ("critical", "urgent")]
)
def test_a_stranger_whom_nobody_follows_gets_what_the_severity_calls_for(
    severity: Severity, priority: Priority
) -> None:
    ranked = priority_of(severity)
    assert (ranked.priority, ranked.why) == (priority, severity)


def test_the_reason_names_what_raised_it_and_nothing_else() -> None:
    ranked = priority_of("critical", customer("platinum"), CustomerStanding(health=90), Reach(followers=120_000))
    assert ranked.priority == "urgent"
    assert ranked.why == "critical x platinum customer x 120,000 followers"
    assert priority_of("low", customer("bronze"), CustomerStanding(health=31)).why == "low x health 31"


def test_a_good_customer_is_more_pressing_than_a_stranger() -> None:
    assert priority_of("medium", customer("Gold")).priority == "high"
    assert priority_of("medium").priority == "normal"


def test_a_column_of_the_customers_own_counts_as_configured_whatever_its_case() -> None:
    weights = Weights(fields={"Plan=Enterprise": 4.0})
    ranked = priority_of("low", customer(plan="enterprise "), weights=weights)
    assert (ranked.priority, ranked.why) == ("high", "low x plan enterprise")


def test_reach_counts_each_author_and_each_post_once() -> None:
    one = mention(post={"author": Author(id="7", followers=1_000), "engagement": Engagement(reposts=4)})
    again = mention(id=2, brand="Other", post={"author": Author(id="7", followers=1_000)})
    other = mention(id=3, post={"external_id": "2", "source": "x", "author": Author(id="8", followers=-5)})
    assert reach_of([one, again, other]) == Reach(followers=1_000, sources=2, reposts=5)
    assert reach_of([]) == Reach()


severities = st.sampled_from(SEVERITIES)
counts = st.integers(min_value=0, max_value=10**9)
reaches = st.builds(Reach, followers=counts, sources=st.integers(1, 500), reposts=counts)
tiers = st.sampled_from(["", "silver", "gold", "platinum"])


@given(severities, tiers, reaches, st.integers(0, 3), counts, counts)
def test_worse_and_wider_is_never_less_pressing(
    severity: Severity, tier: str, reach: Reach, worse: int, followers: int, reposts: int
) -> None:
    before = priority_of(severity, customer(tier), reach=reach)
    harder = SEVERITIES[min(SEVERITIES.index(severity) + worse, 3)]
    wider = Reach(followers=reach.followers + followers, sources=reach.sources + worse, reposts=reach.reposts + reposts)
    after = priority_of(harder, customer(tier), reach=wider)
    assert PRIORITIES.index(after.priority) >= PRIORITIES.index(before.priority)
    assert after.score >= before.score
