"""Who is told of what: one alert per story, and a reason for each silence."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.policy import Route, alert_intents
from rules.reading import SEVERITIES, RuleMatch

DAY = timedelta(hours=24)
ROUTES = {
    "angry customer": Route(severity="high", notify=("support", "mail"), ticket="builtin"),
    "any mention": Route(severity="low", notify=("mail", "feed")),
    "outage": Route(severity="critical", notify=("oncall",), ticket="builtin"),
}


def matches(*names: str) -> tuple[RuleMatch, ...]:
    return tuple(RuleMatch(name=name, severity=ROUTES[name].severity, reason=f"because of {name}") for name in names)


def test_the_most_severe_rule_speaks_and_all_channels_are_gathered_once(make_mention, now):
    spoken = make_mention(rules=matches("any mention", "angry customer", "outage"))
    (intent,), held = alert_intents([spoken], ROUTES, now, DAY)
    assert intent.severity == "critical"
    assert [match.name for match in intent.rules] == ["outage", "angry customer", "any mention"]
    assert intent.channels == ("oncall", "support", "mail", "feed")
    assert intent.tickets == ("builtin",)
    assert held == {}


def test_mentions_of_one_story_share_a_key_and_the_most_severe_comes_first(make_mention, now):
    mentions = [
        make_mention(id=1, story="s", rules=matches("any mention")),
        make_mention(id=2, story="t", rules=matches("angry customer")),
        make_mention(id=3, story="s", rules=matches("outage")),
    ]
    intents, _ = alert_intents(mentions, ROUTES, now, DAY)
    assert [(intent.key, intent.mention_id) for intent in intents] == [("s", 3), ("s", 1), ("t", 2)]


def test_a_post_without_a_story_is_its_own_alert_whatever_brands_met_it(make_mention, now):
    mentions = [make_mention(id=1, story="", brand="Acme"), make_mention(id=2, story="", brand="Beta")]
    intents, _ = alert_intents(mentions, ROUTES, now, DAY)
    assert {intent.key for intent in intents} == {"mastodon:mastodon.social:1"}
    assert [intent.brand for intent in intents] == ["Acme", "Beta"]


def test_a_mention_that_no_rule_speaks_for_is_neither_told_nor_held(make_mention, now):
    assert alert_intents([make_mention(rules=())], ROUTES, now, DAY) == ([], {})


def test_what_is_held_says_why(make_mention, now):
    mentions = [
        make_mention(id=1, own=True),
        make_mention(id=2, post={"published_at": now - timedelta(days=3, hours=2)}),
        make_mention(id=3, post={"published_at": None}, first_reading=True),
        make_mention(id=4, mark="noise"),
        make_mention(id=5, rules=(RuleMatch(name="old rule", severity="low", reason=""),)),
        make_mention(id=6, post={"published_at": now - timedelta(hours=25)}),
    ]
    intents, held = alert_intents(mentions, ROUTES, now, DAY)
    assert intents == []
    assert held == {
        1: "written by one of the brand's own accounts",
        2: "published 3 days ago, older than max_age 24h",
        3: "has no date and came with its source's first reading, so it may be old",
        4: "marked as noise",
        5: "rule 'old rule' is no longer configured",
        6: "published 25 hours ago, older than max_age 24h",
    }


def test_an_undated_mention_of_a_later_reading_is_told(make_mention, now):
    intents, held = alert_intents([make_mention(post={"published_at": None})], ROUTES, now, DAY)
    assert len(intents) == 1
    assert held == {}


def test_a_mention_exactly_as_old_as_max_age_is_told(make_mention, now):
    intents, _ = alert_intents([make_mention(post={"published_at": now - DAY})], ROUTES, now, DAY)
    assert len(intents) == 1


def test_a_rule_that_tells_nobody_still_makes_an_alert_to_look_at(make_mention, now):
    (intent,), _ = alert_intents([make_mention()], {"angry customer": Route(severity="high")}, now, DAY)
    assert intent.channels == ()


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from(list(ROUTES)), max_size=3), st.booleans()),
        max_size=8,
    )
)
def test_each_mention_with_rules_is_told_or_held_and_never_both(make_mention, now, drawn):
    mentions = [
        make_mention(id=number, story=story, rules=matches(*names), own=own)
        for number, (story, names, own) in enumerate(drawn)
    ]
    intents, held = alert_intents(mentions, ROUTES, now, DAY)
    told = [intent.mention_id for intent in intents]
    assert sorted([*told, *held]) == [mention.id for mention in mentions if mention.rules]
    severities = {}
    for intent in intents:
        assert SEVERITIES.index(intent.severity) <= SEVERITIES.index(severities.setdefault(intent.key, intent.severity))
