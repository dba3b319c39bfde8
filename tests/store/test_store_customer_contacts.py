"""What is kept of customers beside the directory: interactions once, notes, tags, complaints, the timeline, health."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from listener.store import Store
from listener.store.customer_contacts import complaints, counted, last_contacts
from listener.store.customer_health import Counted, day_of, history, keep_health, last_week, thin, worst
from listener.store.customer_standing import standing_of
from listener.store.customers import customers_of_company, replace_customers
from listener.store.erasing_customers import erase_customer
from listener.store.interactions import Brought, Owned, put_interactions, would_put
from listener.store.marks import mark_mention
from listener.store.mentions import put_results, tombstone_posts
from listener.store.notes import (
    add_note,
    add_tags,
    fall_key,
    forget_contacts,
    forget_customers,
    remove_note,
    tag_of,
    tags_of,
)
from listener.store.outbox import get_delivery, put_delivery
from listener.store.tickets import change_ticket, open_ticket
from listener.store.timeline import active_customers, timeline, told_of
from rules.analysis import Read
from rules.directory import Customer
from rules.health import Contribution, Health
from rules.interaction import Interaction
from rules.interaction_reading import Felt
from rules.reading import CustomerMatch
from sources.post import Author

MakeRead = Callable[..., Read]
ANN = CustomerMatch(id="c1", name="Ann", confidence=1.0)


def _call(at: datetime, number: str = "", customer: str = "c1", **fields: Any) -> Owned:
    felt = Felt("negative", True) if fields.pop("complaint", False) else Felt()
    told = {"channel": "phone", "kind": "call", "direction": "in", "by": "Ben", "text": "Where is it?", **fields}
    return Owned(Interaction(at=at, customer=customer, external_id=number, **told), customer, felt)


def test_an_interaction_is_kept_once_by_its_number_or_its_content(store: Store, now: datetime) -> None:
    some = [_call(now, "1"), _call(now), _call(now, text="And now?")]
    with store.write() as tx:
        assert would_put(tx, some) == Brought(added=3)
        assert put_interactions(tx, some, now) == Brought(added=3)
        assert put_interactions(tx, some, now) == Brought(unchanged=3)
        settled = _call(now, "1", outcome="refunded")
        assert put_interactions(tx, [settled, settled], now) == Brought(changed=1, unchanged=1)
        (found,) = [one for one in timeline(tx, ["c1"], 9) if one.outcome]
        assert (found.outcome, found.by, found.channel) == ("refunded", "Ben", "phone")


def test_tags_and_notes_tell_who_and_when_and_go_with_their_customer(store: Store, now: datetime) -> None:
    with store.write() as tx:
        assert add_tags(tx, "c1", [tag_of(" VIP "), tag_of("vip")], "ann", now) == 1
        assert add_tags(tx, "c1", ["vip"], "ben", now) == 0
        assert [(tag.tag, tag.by, tag.at) for tag in tags_of(tx, ["c1"])["c1"]] == [("vip", "ann", now)]
        number = add_note(tx, "c1", "asked for a discount", "ann", now)
        add_note(tx, "c2", "another", "ann", now)
        assert not remove_note(tx, "c2", number)
        assert remove_note(tx, "c1", number)
        put_interactions(tx, [_call(now)], now)
        assert forget_customers(tx, ["c1"]) == 2
        assert timeline(tx, ["c1"], 9) == []
        assert forget_contacts(tx, now + timedelta(days=1)) == 1


@pytest.mark.parametrize("word", ["", " ", "a" * 51, "a\x07b"])
def test_what_is_no_tag_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="must be a word"):
        tag_of(word)


def test_complaints_of_a_week_are_counted_over_all_channels_each_once(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    def read(number: str, hours: float, label: str = "negative", **options: Any) -> Read:
        return make_read(number, label=label, customer=ANN, published_at=now - timedelta(hours=hours), **options)

    reads = [
        read("1", 1),
        read("1", 1, brand="Other"),  # the same post for another brand
        read("2", 2, text="acme is slow"),
        read("3", 3, text="acme is slow"),  # the same words elsewhere
        read("4", 8 * 24),
        read("5", 4, own=True),
        read("6", 5),
        read("7", 6, author=Author(id="u7", handle="bob")),
        read("8", 7),
    ]
    with store.write() as tx:
        kept = {one.post.external_id: one.id for one in put_results(tx, reads, "blogs", False, now).new}
        mark_mention(tx, kept["6"], "positive", now)
        mark_mention(tx, kept["7"], "wrong-customer", now)
        tombstone_posts(tx, [reads[-1].post.key], now)
        put_interactions(tx, [_call(now, "1", complaint=True), _call(now, "2"), _call(now, "3", complaint=True)], now)
        found = complaints(tx, ["c1", "c2"], now - timedelta(days=7), now)
        assert (counted(found["c1"]), counted(found["c2"])) == (4, 0)  # posts 1 and 2 (or 3), calls 1 and 3
        assert standing_of(tx, "c1", now).recent_complaints == 4
        assert standing_of(tx, "c1", now - timedelta(hours=1, minutes=1)).recent_complaints == 1


def test_a_complaint_that_is_not_negative_counts_unless_a_person_says_otherwise(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        read = make_read("1", label="neutral", customer=ANN)  # every read of these is a complaint by its intent
        (mention,) = put_results(tx, [read], "blogs", False, now).new
        assert standing_of(tx, "c1", now).recent_complaints == 1
        mark_mention(tx, mention.id, "neutral", now)
        assert standing_of(tx, "c1", now).recent_complaints == 0
        mark_mention(tx, mention.id, "negative", now)
        assert standing_of(tx, "c1", now).recent_complaints == 1


def test_the_last_contacts_are_the_newest_of_all_channels_without_the_story_that_is_told(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    reads = [make_read(str(n), customer=ANN, published_at=now - timedelta(hours=n)) for n in range(1, 4)]
    with store.write() as tx:
        put_results(tx, reads, "blogs", False, now)
        put_interactions(tx, [_call(now - timedelta(minutes=90)), _call(now + timedelta(hours=1), "later")], now)
        found = last_contacts(tx, "c1", now, 3)
        assert [(one.what, now - one.at) for one in found] == [
            ("mention", timedelta(hours=1)),
            ("interaction", timedelta(minutes=90)),
            ("mention", timedelta(hours=2)),
        ]


def test_a_page_tells_mentions_tickets_notes_and_contacts_in_order(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    earlier, opened = now - timedelta(hours=3), now - timedelta(hours=2)
    with store.write() as tx:
        reads = [make_read("1", customer=ANN, brand=brand, published_at=earlier) for brand in ("Acme", "B")]
        mention, _ = put_results(tx, reads, "b", False, now).new
        told: dict[str, Any] = {"title": "t", "reason": "r", "severity": "high", "now": opened}
        number, _ = open_ticket(tx, key="k", alert_id=None, mention=mention, **told)
        put_interactions(tx, [_call(now - timedelta(hours=1), direction="out")], now)
        change_ticket(tx, number, {"status": "closed", "note": "sent another", "solved_at": now, "closed_at": now})
        add_note(tx, "c1", "keep an eye", "ann", now + timedelta(hours=1))
        found = timeline(tx, ["c1"], 50)
        assert [one.what for one in found] == ["mention", "ticket opened", "interaction", "ticket closed", "note"]
        assert [one.ticket for one in found] == [number, number, None, number, None]
        assert [one.what for one in timeline(tx, ["c1"], 2)] == ["ticket closed", "note"]
        counted_from = told_of(tx, ["c1", "c2"], now - timedelta(days=9))
        assert [one.what for one in counted_from["c1"].entries] == ["mention", "interaction", "ticket closed"]
        assert counted_from["c1"].tickets == []
        assert counted_from["c2"].entries == []


def test_only_customers_of_the_directory_of_whom_something_was_heard_are_active(store: Store, now: datetime) -> None:
    with store.write() as tx:
        replace_customers(
            tx, [Customer(id="c1", company="Lee Ltd"), Customer(id="c2", company="lee ltd")], "a.csv", now
        )
        put_interactions(
            tx, [_call(now), _call(now, customer="c9"), _call(now - timedelta(days=9), customer="c2")], now
        )
        assert active_customers(tx, now - timedelta(days=1)) == ["c1"]
        assert [one.id for one in customers_of_company(tx, "LEE Ltd ")] == ["c1", "c2"]
        assert customers_of_company(tx, "Lee") == []


def test_a_health_is_kept_once_a_day_and_the_worst_is_told_first(store: Store, now: datetime) -> None:
    def health(customer: str, days_ago: int, score: float) -> Counted:
        at = now - timedelta(days=days_ago)
        return Counted(customer=customer, day=day_of(at), health=Health(score=score, parts=()), counted_at=at)

    with store.write() as tx:
        replace_customers(tx, [Customer(id="c1"), Customer(id="c2")], "a.csv", now)
        keep_health(tx, [health("c1", 1, 50.0), health("c1", 0, 60.0), health("c2", 0, 40.0), health("gone", 0, 1.0)])
        keep_health(tx, [health("c1", 0, 70.0)])
        assert [one.health.score for one in history(tx, "c1", 9)] == [50.0, 70.0]
        assert [one.health.score for one in last_week(tx, ["c1"], now + timedelta(days=7))["c1"]] == [70.0]
        assert [(one.customer, one.health.score) for one in worst(tx, 9)] == [("c2", 40.0), ("c1", 70.0)]
        assert standing_of(tx, "c1", now).health == 70.0


def test_who_is_erased_keeps_no_contact_note_tag_health_or_message(store: Store, now: datetime) -> None:
    with store.write() as tx:
        replace_customers(tx, [Customer(id="c1"), Customer(id="c1:b")], "a.csv", now)
        put_interactions(tx, [_call(now), _call(now, customer="c1:b")], now)
        add_tags(tx, "c1", ["vip"], "ann", now)
        add_note(tx, "c1", "a note", "ann", now)
        keep_health(tx, [Counted(customer="c1", day=day_of(now), health=Health(score=1.0, parts=()), counted_at=now)])
        put_delivery(
            tx, key=f"{fall_key('c1')}x", channel="s", kind="customer-health", payload={"customer": "c1"}, now=now
        )
        assert erase_customer(tx, "c1", now) is not None
        assert timeline(tx, ["c1"], 9) == []
        assert tags_of(tx, ["c1"]) == {}
        assert history(tx, "c1", 9) == []
        assert get_delivery(tx, f"{fall_key('c1')}x") is None
        assert len(timeline(tx, ["c1:b"], 9)) == 1


def test_old_healths_keep_their_scores_and_after_a_hundred_days_one_a_week(store: Store, now: datetime) -> None:
    parts = (Contribution(part="negative", value=1.0, no_better=0.5, weight=1.0, lost=50.0),)
    with store.write() as tx:
        for ago in range(0, 125):
            at = now - timedelta(days=ago)
            kept = Counted(customer="c1", day=day_of(at), health=Health(score=ago / 2, parts=parts), counted_at=at)
            keep_health(tx, [kept])
        thin(tx, now)
        found = history(tx, "c1", 999)
        assert [one.health.score for one in found[-101:]] == [ago / 2 for ago in range(100, -1, -1)]
        assert [date.fromisoformat(one.day).weekday() for one in found[:-101]] == [0, 0, 0]
        assert [len(one.health.parts) for one in found[-10:]] == [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]
        thin(tx, now)
        assert history(tx, "c1", 999) == found
