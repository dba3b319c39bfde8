"""What moved a brand's mentions, and whose health fell, as the store tells a digest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from alerts.alert import AlertIntent
from alerts.digests.data import BrandDigest, FallenCustomer, Moved, SurveyAnswers
from listener.store import Store, notices
from listener.store.alerts import put_alerts
from listener.store.customer_health import Counted, day_of, keep_health
from listener.store.customers import replace_customers
from listener.store.digest import digest_data
from listener.store.digest_kept_back import held_and_muted, survey_answers
from listener.store.interactions import Owned, put_interactions
from listener.store.marks import mark_mention
from listener.store.mentions import put_results
from listener.store.notices import Notice
from rules.analysis import Read
from rules.directory import Customer
from rules.health import Health
from rules.interaction import Interaction
from rules.reading import CustomerMatch, RuleMatch, Severity
from sources.post import Author

MakeRead = Callable[..., Read]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRE = (1, 2, 3, 4, 5, 6)


def _put(store: Store, make_read: MakeRead, now: datetime, at: datetime, number: int, **options: Any) -> None:
    name = options.pop("name", str(at.timestamp()))
    whole = options.pop("author", None)
    reads = [
        make_read(
            f"{name}{one}", published_at=at, author=whole or Author(id=f"{name}{one}", handle=f"{name}{one}"), **options
        )
        for one in range(number)
    ]
    with store.write() as tx:
        put_results(tx, reads, "blogs", False, now)


def _acme(store: Store, now: datetime, **options: Any) -> BrandDigest:
    with store.read() as tx:
        (brand,) = digest_data(tx, now - DAY, now, ["Acme"], **options).brands
    return brand


def test_a_story_of_many_posts_is_why_there_is_more_and_why_it_is_worse(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    _put(store, make_read, now, now - HOUR, 20)
    _put(store, make_read, now, now - HOUR, 15, name="f", fingerprint=FIRE, label="negative", title="Battery fire")
    _put(store, make_read, now, now - DAY - HOUR, 18)
    brand = _acme(store, now)
    story = Moved(what="story", name="Battery fire", url="https://example.org/f0", now=15, before=0)
    assert brand.moved == (story,)
    assert brand.moved_negative == (story,)


def test_one_author_and_what_was_there_before_are_told_by_their_names(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    jane = Author(id="j", handle="jane", name="Jane", url="https://example.org/jane")
    _put(store, make_read, now, now - HOUR, 12, author=jane, source="x", name="j")
    _put(store, make_read, now, now - HOUR, 20)
    _put(store, make_read, now, now - DAY - HOUR, 20)
    assert _acme(store, now).moved == (Moved(what="author", name="Jane", url=jane.url, now=12, before=0),)
    _put(store, make_read, now, now + DAY - HOUR, 19)
    gone = Moved(what="author", name="Jane", url=jane.url, now=0, before=12)
    assert _acme(store, now + DAY).moved == (gone,), "the day after she is why there is less"


def test_posts_without_an_author_are_nobodys(store: Store, make_read: MakeRead, now: datetime) -> None:
    _put(store, make_read, now, now - HOUR, 12, author=Author(), source="x", name="n")
    _put(store, make_read, now, now - HOUR, 20)
    _put(store, make_read, now, now - DAY - HOUR, 20)
    assert [(one.what, one.name) for one in _acme(store, now).moved] == [("source", "x")]


def test_noise_moves_nothing(store: Store, make_read: MakeRead, now: datetime) -> None:
    _put(store, make_read, now, now - HOUR, 15, name="f", fingerprint=FIRE)
    _put(store, make_read, now, now - DAY - HOUR, 3)
    with store.write() as tx:
        for number in range(1, 16):
            mark_mention(tx, number, "noise", now)
    brand = _acme(store, now)
    assert (brand.mentions, brand.moved, brand.moved_negative) == (0, (), ())


def test_the_period_before_begins_where_it_is_told(store: Store, make_read: MakeRead, now: datetime) -> None:
    _put(store, make_read, now, now - DAY - 24 * HOUR - timedelta(minutes=30), 4)
    assert _acme(store, now).mentions_before == 0
    assert _acme(store, now, before=now - DAY - 25 * HOUR).mentions_before == 4


def test_customers_are_told_whose_health_fell_within_the_week(store: Store, make_read: MakeRead, now: datetime) -> None:
    def health(customer: str, days_ago: int, score: float) -> Counted:
        at = now - days_ago * DAY
        return Counted(customer=customer, day=day_of(at), health=Health(score=score, parts=()), counted_at=at)

    people = [Customer(id=f"c{number}", name=f"C{number}", tier="gold", owner="Sam") for number in range(1, 6)]
    with store.write() as tx:
        replace_customers(tx, people, "file", now)
        keep_health(tx, [health("c1", 5, 80.0), health("c1", 2, 70.0), health("c1", 0, 50.0)])
        keep_health(tx, [health("c2", 3, 90.0), health("c2", 1, 60.0)])
        keep_health(tx, [health("c3", 3, 60.0), health("c3", 0, 50.0), health("c4", 9, 90.0), health("c4", 0, 50.0)])
        keep_health(tx, [health("c5", 3, 90.0), health("c5", 0, 50.0), health("gone", 3, 90.0), health("gone", 0, 1.0)])
    theirs = CustomerMatch(id="c5", confidence=1.0)
    _put(store, make_read, now, now - HOUR, 1, customer=theirs, brand="Bolt")
    with store.read() as tx:
        acme, bolt = (digest_data(tx, now - DAY, now, [brand], fall=20.0).fallen for brand in ("Acme", "Bolt"))
    assert acme == (
        FallenCustomer(name="C1", tier="gold", owner="Sam", start=80.0, end=50.0),
        FallenCustomer(name="C2", tier="gold", owner="Sam", start=90.0, end=60.0),
    )
    assert [one.name for one in bolt] == ["C5", "C1", "C2"]


def test_alerts_that_no_channel_was_told_of_are_counted_the_worst_first(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    def rule(severity: Severity) -> tuple[RuleMatch, ...]:
        return (RuleMatch(name="r", severity=severity, reason=""),)

    with store.write() as tx:
        reads = [make_read(str(number), brand="Bolt" if number == 4 else "Acme") for number in range(5)]
        new = put_results(tx, reads, "blogs", False, now).new
        intents = [
            AlertIntent(
                key=one.post.external_id,
                story=one.story,
                severity="high" if number == 1 else "low",
                brand=one.brand,
                mention_id=one.id,
                rules=rule("low"),
                channels=("a",),
            )
            for number, one in enumerate(new)
        ]
        put_alerts(tx, intents, now)
        notices.put(
            tx,
            [
                Notice(
                    alert_id=number,
                    channel=channel,
                    severity="low",
                    state=state,
                    stage="silence",
                    reason=f"why {number}",
                    decided_at=at,
                )
                for number, channel, state, at in (
                    (1, "a", "muted", now - HOUR),
                    (1, "b", "held", now - HOUR),
                    (2, "a", "held", now - HOUR),
                    (3, "a", "held", now - HOUR),
                    (3, "b", "told", now - HOUR),
                    (4, "a", "held", now - 2 * DAY),
                    (5, "a", "muted", now - HOUR),
                )
            ],
        )
    with store.read() as tx:
        kept, number = held_and_muted(tx, now - DAY, now, ["Acme"])
    assert [(one.alert.id, one.stage, one.reason) for one in kept] == [(2, "silence", "why 2"), (1, "silence", "why 1")]
    assert number == 2


def test_answers_to_surveys_are_counted_beside_those_before(store: Store, now: datetime) -> None:
    def answer(number: int, at: datetime, rating: float | None) -> Owned:
        told = Interaction(
            customer="c1", at=at, channel="mail", kind="survey", external_id=str(number), rating=rating, text="fine"
        )
        return Owned(customer="c1", interaction=told)

    with store.read() as tx:
        assert survey_answers(tx, now - 2 * DAY, now - DAY, now) is None
    with store.write() as tx:
        put_interactions(
            tx,
            [
                answer(1, now - HOUR, 1.0),
                answer(2, now - 2 * HOUR, 0.5),
                answer(3, now - HOUR, None),
                answer(4, now - DAY - HOUR, 0.25),
            ],
            now,
        )
    with store.read() as tx:
        assert survey_answers(tx, now - 2 * DAY, now - DAY, now) == SurveyAnswers(
            answers=2, mean=0.75, mean_before=0.25
        )
        assert survey_answers(tx, now - DAY, now - HOUR, now + HOUR) == SurveyAnswers(
            answers=1, mean=1.0, mean_before=0.5
        )
