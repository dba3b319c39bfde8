"""A digest counts what it says it counts, beside the period before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.alert import AlertIntent
from alerts.digests.data import BrandDigest
from listener.store import Store, gaps, sources
from listener.store.alerts import put_alerts
from listener.store.customers import replace_customers
from listener.store.digest import digest_data
from listener.store.marks import mark_mention
from listener.store.mentions import hold, put_results, tombstone_posts
from listener.store.tickets import open_ticket
from rules.analysis import Read
from rules.directory import Customer
from rules.reading import CustomerMatch, RuleMatch
from sources.contract import Gap
from sources.post import Author, Engagement

MakeRead = Callable[..., Read]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RELEASE = (1, 2, 3, 4, 5, 6)


@pytest.fixture
def add(store: Store, make_read: MakeRead, now: datetime) -> Callable[..., int]:
    def put(external_id: str, at: datetime, **options: Any) -> int:
        with store.write() as tx:
            read = make_read(external_id, published_at=at, **options)
            return put_results(tx, [read], "blogs", False, now).new[0].id

    return put


def _acme(store: Store, since: datetime, until: datetime) -> BrandDigest:
    with store.read() as tx:
        (brand,) = digest_data(tx, since, until, ["Acme"]).brands
    return brand


def test_mentions_are_counted_beside_the_period_before(store: Store, add: Callable[..., int], now: datetime) -> None:
    since, until = now - DAY, now
    add("first moment", since, label="negative")
    add("last moment", until - timedelta(microseconds=1), label="positive", lang="bn")
    add("just too late", until, label="negative")
    add("unread", until - HOUR, label=None, source="hackernews")
    add("day before", since - timedelta(microseconds=1), label="negative")
    add("two days before", since - DAY, label="neutral")
    add("too old", since - DAY - HOUR)
    add("other brand", until - HOUR, brand="Bolt")
    brand = _acme(store, since, until)
    assert (brand.mentions, brand.mentions_before) == (3, 2)
    assert brand.labels == {"negative": 1, "positive": 1, "unread": 1}
    assert brand.labels_before == {"negative": 1, "neutral": 1}
    assert brand.sources == (("feed", 2), ("hackernews", 1))
    assert dict(brand.languages) == {"en": 2, "bn": 1}


def test_what_people_marked_counts_as_marked_and_noise_not_at_all(
    store: Store, add: Callable[..., int], now: datetime
) -> None:
    wrong, noise = add("wrong", now - HOUR, label="positive"), add("noise", now - HOUR, label="negative")
    with store.write() as tx:
        mark_mention(tx, wrong, "negative", now)
        mark_mention(tx, noise, "noise", now)
    brand = _acme(store, now - DAY, now)
    assert (brand.mentions, brand.labels) == (1, {"negative": 1})
    assert [mention.id for mention in brand.top_mentions] == [wrong]


def test_the_time_line_has_every_hour_of_a_day_and_every_day_of_a_week(
    store: Store, add: Callable[..., int], now: datetime
) -> None:
    add("a", now - DAY, label="negative")
    add("b", now - DAY + 59 * timedelta(minutes=1))
    add("c", now - timedelta(seconds=1), label="negative")
    add("before", now - 2 * DAY + 5 * HOUR)
    day = _acme(store, now - DAY, now)
    assert len(day.timeline) == len(day.timeline_before) == 24
    assert day.timeline[0] == (now - DAY, 2, 1)
    assert day.timeline[-1] == (now - HOUR, 1, 1)
    assert sum(count for _, count, _ in day.timeline) == day.mentions == 3
    assert day.timeline_before[5] == 1
    week = _acme(store, now - 7 * DAY, now)
    assert [start for start, _, _ in week.timeline] == [now - (7 - number) * DAY for number in range(7)]
    assert [count for _, count, _ in week.timeline] == [0, 0, 0, 0, 0, 1, 3]


@pytest.mark.parametrize("hours", [23, 25])
def test_a_day_on_which_clocks_change_loses_no_mention(
    store: Store, add: Callable[..., int], now: datetime, hours: int
) -> None:
    since = now - 6 * DAY - hours * HOUR
    add("first", since)
    add("last", now - timedelta(seconds=1))
    week = _acme(store, since, now)
    assert len(week.timeline) == 7
    assert sum(count for _, count, _ in week.timeline) == 2
    assert len(_acme(store, now - hours * HOUR, now).timeline) == hours


def test_what_to_read_first_comes_once_a_story_and_never_from_the_brand_itself(
    store: Store, add: Callable[..., int], now: datetime
) -> None:
    at = now - HOUR
    gold = CustomerMatch(id="c1", confidence=1.0)
    rule = RuleMatch(name="angry", severity="high", reason="")
    quiet = add("quiet", at)
    liked = add("liked", at - HOUR, engagement=Engagement(likes=90))
    negative = add("negative", at, label="negative")
    customer = add("customer", at, customer=gold)
    urgent = add("urgent", at, urgency="critical")
    alerted = add("alerted", at, rules=(rule,), fingerprint=RELEASE)
    add("copy", at, fingerprint=RELEASE)
    add("own", at, own=True, urgency="critical")
    add("gone", at, urgency="critical")
    with store.write() as tx:
        tombstone_posts(tx, [_key("gone")], now)
        intent = AlertIntent(
            key="k", story="k", severity="high", brand="Acme", mention_id=alerted, rules=(rule,), channels=()
        )
        put_alerts(tx, [intent], now)
    brand = _acme(store, now - DAY, now)
    assert [mention.id for mention in brand.top_mentions] == [alerted, urgent, customer, negative, liked, quiet]
    assert brand.mentions == 9
    (story,) = brand.stories
    assert (story.mentions, story.title, story.url) == (
        2,
        "post alerted says acme is fine",
        "https://example.org/alerted",
    )


def _key(external_id: str) -> Any:
    from sources.post import PostKey

    return PostKey("feed", "example.org", external_id)


def test_authors_are_counted_with_how_they_feel_and_who_they_are(
    store: Store, add: Callable[..., int], now: datetime
) -> None:
    eve = Author(handle="eve", name="Eve", followers=5)
    for number in range(3):
        customer = CustomerMatch(id="c1", confidence=1.0)
        add(f"eve {number}", now - HOUR, author=eve, label="negative", customer=customer)
    add("ann", now - HOUR)
    add("own", now - HOUR, author=Author(handle="acme"), own=True)
    add("nobody", now - HOUR, author=Author())
    add("named only", now - HOUR, author=Author(name="Jo Writer"))
    with store.write() as tx:
        replace_customers(tx, [Customer(id="c1", name="Eve Gold")], "a.csv", now)
    brand = _acme(store, now - DAY, now)
    told = {(one.name, one.mentions, one.negative, one.followers, one.customer) for one in brand.top_authors}
    assert told == {("Eve", 3, 3, 5, "Eve Gold"), ("Ann", 1, 0, None, ""), ("Jo Writer", 1, 0, None, "")}
    assert brand.top_authors[0].name == "Eve"


def test_alerts_tickets_failing_sources_gaps_and_held_mentions_are_told(
    store: Store, add: Callable[..., int], now: datetime
) -> None:
    low, high, held = add("low", now - HOUR), add("high", now - HOUR), add("held", now - HOUR)
    intents = [
        AlertIntent(key=key, story=key, severity=severity, brand="Acme", mention_id=one, rules=(), channels=())
        for key, severity, one in (("a", "high", high), ("b", "low", low))
    ]
    with store.write() as tx:
        hold(tx, {held: "too old"})
        put_alerts(tx, intents, now - HOUR)
        mention = put_results(tx, [], "blogs", False, now)
        assert mention.new == []
        from listener.store.mentions import get_mention

        lead = get_mention(tx, high)
        assert lead is not None
        open_ticket(tx, key="a", alert_id=1, mention=lead, title="t", reason="r", severity="high", now=now)
        every = timedelta(minutes=5)
        names = ["fine", "failing", "refused", "removed"]
        sources.sync_sources(tx, [(name, "feed", name, every) for name in names], now)
        sources.record_failure(tx, "failing", now, "no answer", now)
        sources.record_failure(tx, "removed", now, "no answer", now)
        sources.disable(tx, "refused", "the key was refused")
        sources.sync_sources(tx, [(name, "feed", name, every) for name in names[:3]], now)
        gap = Gap(since=now - HOUR, until=now, why="only the first page")
        gaps.put_gaps(tx, "fine", "", [gap], now - HOUR)
        gaps.put_gaps(tx, "fine", "", [gap], now + HOUR)
    with store.read() as tx:
        data = digest_data(tx, now - DAY, now, ["Acme"])
        assert digest_data(tx, now - DAY, now, ["Bolt"]).alerts == ()
    assert [alert.severity for alert in data.alerts] == ["high", "low"]
    assert [ticket.number for ticket in data.open_tickets] == [1]
    assert data.failing_sources == (("failing", "no answer"), ("refused", "the key was refused"))
    assert (data.gaps, [stretch.why for stretch in data.unread]) == (1, ["only the first page"])
    assert data.brands[0].held == 1


def test_a_brand_that_nobody_mentions_has_a_digest_of_zeros(store: Store, now: datetime) -> None:
    brand = _acme(store, now - DAY, now)
    assert (brand.mentions, brand.labels, brand.top_mentions, brand.stories) == (0, {}, (), ())
    assert len(brand.timeline) == 24


def test_of_many_alerts_and_tickets_all_are_counted_and_the_worst_are_told(
    store: Store, add: Callable[..., int], now: datetime
) -> None:
    mention, of_others = add("many", now - HOUR), add("others", now - HOUR, brand="Bolt")
    told = [("worst", "critical", "Acme", mention), *((f"k{one}", "low", "Acme", mention) for one in range(1_100))]
    told += [(f"b{one}", "high", "Bolt", of_others) for one in range(20)]
    intents = [
        AlertIntent(key=key, story=key, severity=severity, brand=brand, mention_id=one, rules=(), channels=())
        for key, severity, brand, one in told
    ]
    with store.write() as tx:
        put_alerts(tx, intents, now - HOUR)
        for number in range(1_020):
            brand = "Bolt" if number >= 1_010 else "Acme"
            open_ticket(
                tx, key=str(number), alert_id=None, mention=None, title="t", reason="r", severity="low", now=now - HOUR,
                brand=brand,
            )  # fmt: skip
    with store.read() as tx:
        data = digest_data(tx, now - DAY, now, ["Acme"])
    assert data.alerts_count == 1_101
    assert [alert.severity for alert in data.alerts] == ["critical", *["low"] * 9]
    assert len(data.open_tickets) == 1_010 and data.desk is not None
    assert sum(number for _, number in data.desk.unsolved) == data.desk.unassigned == 1_010
