"""What a rule makes at any threshold is counted as if each mention had been asked anew."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.ruling.threshold_curve import Curve, Reach
from listener.ruling.tuning import CannotTune, candidates, comparison_of
from rules.share import share
from rules.threshold import comparisons, decided, with_threshold

SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
MENTIONS = st.tuples(
    st.integers(0, 4), st.integers(-3, 3), st.sampled_from(["never", "always", "where it holds", "where it does not"])
)


@given(st.lists(MENTIONS, max_size=12), st.sampled_from(sorted(SIGNS)), st.integers(-4, 4))
def test_counting_by_reach_equals_asking_every_mention_again(
    mentions: list[tuple[int, int, str]], sign: str, threshold: int
) -> None:
    told = set()
    reaches: dict[int, Reach] = {}
    for story, value, when in mentions:
        holds = SIGNS[sign](value, threshold)
        if when == "always" or (when == "where it holds" and holds) or (when == "where it does not" and not holds):
            told.add(story)
        if when != "never":
            rises = (when == "where it holds") == (sign in ("<", "<="))
            reaches.setdefault(story, Reach()).join(always=when == "always", rises=rises, value=value)
    assert Curve(reaches.values(), sign).at(threshold) == len(told)


def test_a_comparison_is_found_by_its_variable_or_as_it_is_written() -> None:
    when = "sentiment.score <= -0.4 && (author.followers >= 1000 || author.followers>=50 && customer.known)"
    assert comparison_of(when, "sentiment.score").number == -0.4
    assert comparison_of(when, "author.followers >= 50").number == 50
    with pytest.raises(CannotTune, match="several thresholds"):
        comparison_of(when, "")
    with pytest.raises(CannotTune, match="several thresholds"):
        comparison_of(when, "author.followers")
    with pytest.raises(CannotTune, match=r"no comparison 'urgency\.score'"):
        comparison_of(when, "urgency.score")
    with pytest.raises(CannotTune, match="compares nothing with a number"):
        comparison_of("customer.known", "")


def test_a_changed_threshold_is_written_as_its_variable_wants_it() -> None:
    (followers,) = comparisons("author.followers > 10000 && own")
    assert with_threshold("author.followers > 10000 && own", followers, 25000.0) == "author.followers > 25000 && own"
    assert decided("author.followers > 10000 && own", followers, True) == "true && own"


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_round_numbers_lie_on_both_sides_of_what_was_found(found: list[int]) -> None:
    (of,) = comparisons("author.followers >= 10000")
    tried = list(candidates(of, [float(number) for number in found]))
    assert tried == sorted(set(tried)) and of.number in tried
    assert tried[0] <= min(found) and tried[-1] >= max(found)
    assert len(tried) <= 1_000


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_within_its_interval(right: int, of: int) -> None:
    found = share(min(right, of), of)
    assert found is not None
    assert 0.0 <= found.low <= found.share + 1e-9 and found.share - 1e-9 <= found.high <= 1.0


def test_the_interval_is_wilsons() -> None:
    found = share(8, 10)
    assert found is not None
    # the example of R's prop.test(8, 10, correct = FALSE)
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)
    assert share(0, 0) is None
