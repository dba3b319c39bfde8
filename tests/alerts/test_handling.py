"""What each action makes of an alert, whatever it was before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.handling import ACTIONS, LONGEST_SNOOZE, STATES, Action, Handling, State, act, event_of, grown_worse
from alerts.handling import snooze_over as over

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

handlings = st.builds(
    Handling,
    alert_id=st.just(7),
    state=st.sampled_from(STATES),
    assignee=st.sampled_from(["", "Ann", "Bob"]),
    until=st.sampled_from([None, NOW - HOUR, NOW + HOUR]),
    by=st.sampled_from(["", "Ann", "Bob"]),
    at=st.just(NOW - HOUR),
)
options: dict[Action, dict[str, Any]] = {"snooze": {"until": NOW + HOUR}, "assign": {"assignee": "Bob"}}


@given(before=handlings, action=st.sampled_from(ACTIONS))
def test_the_last_action_wins_and_the_same_again_changes_nothing(before: Handling, action: Action) -> None:
    wanted = {"ack": "acknowledged", "assign": "acknowledged", "resolve": "resolved", "snooze": "snoozed",
              "noise": "noise", "reopen": "open"}[action]  # fmt: skip
    first = act(before, action, by="Ann", via="slack", now=NOW, **options.get(action, {}))
    assert first.after.state_at(NOW) == wanted
    again = act(first.after, action, by="Ann", via="mail", now=NOW, **options.get(action, {}))
    assert not again.changed and again.after == first.after


def test_who_acknowledges_has_it_until_it_is_given_to_somebody_or_another_does() -> None:
    mine = act(Handling(alert_id=1), "ack", by="Ann", via="slack", now=NOW).after
    assert (mine.state, mine.assignee, mine.by, mine.via) == ("acknowledged", "Ann", "Ann", "slack")
    given_away = act(mine, "assign", by="Ann", via="slack", now=NOW, assignee=" Bob ").after
    assert given_away.assignee == "Bob"
    assert act(given_away, "ack", by="Cy", via="slack", now=NOW).after.assignee == "Cy"


def test_two_who_act_at_once_are_both_told_apart_in_the_trail() -> None:
    first = act(Handling(alert_id=1), "resolve", by="Ann", via="slack", now=NOW)
    second = act(first.after, "resolve", by="Bob", via="mail", now=NOW)
    assert second.changed and second.after.by == "Bob"
    assert [event_of(one, "resolve").by for one in (first, second)] == ["Ann", "Bob"]


def test_a_snooze_ends_by_itself() -> None:
    snoozed = act(Handling(alert_id=1), "snooze", by="Ann", via="slack", now=NOW, until=NOW + HOUR).after
    assert snoozed.state_at(NOW) == "snoozed" and not snoozed.needs_somebody(NOW)
    assert snoozed.state_at(NOW + HOUR) == "open" and snoozed.needs_somebody(NOW + HOUR)
    assert not over(snoozed, NOW).changed
    assert over(snoozed, NOW + HOUR).after.state == "open"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "needs an end"),
        ({"until": NOW}, "later than now"),
        ({"until": NOW + LONGEST_SNOOZE + HOUR}, "90 days"),
    ],
)
def test_a_snooze_without_a_sensible_end_is_refused_in_words(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        act(Handling(alert_id=1), "snooze", by="Ann", via="cli", now=NOW, **options)


def test_an_alert_is_assigned_to_somebody() -> None:
    with pytest.raises(ValueError, match="name a person"):
        act(Handling(alert_id=1), "assign", by="Ann", via="cli", now=NOW, assignee=" ")


@pytest.mark.parametrize(
    ("state", "becomes"),
    [("acknowledged", "open"), ("snoozed", "open"), ("resolved", "open"), ("noise", "noise"), ("open", "open")],
)
def test_an_alert_that_gets_worse_is_open_again_unless_it_is_noise(state: State, becomes: State) -> None:
    before = Handling(alert_id=1, state=state, assignee="Ann", until=NOW + HOUR, by="Ann", at=NOW)
    changed = grown_worse(before, NOW)
    assert (changed.after.state, changed.changed) == (becomes, state not in ("open", "noise"))
    assert changed.after.assignee == "Ann"
