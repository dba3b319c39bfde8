"""What rules told of is read back with people's marks; answers are found by what they answer, and go with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerts.alert import AlertIntent, ReadMention
from listener.store import Store, outbox
from listener.store.alerts import put_alerts
from listener.store.marks import mark_mention
from listener.store.mentions import put_results
from listener.store.purge import erase_author
from listener.store.sent_replies import REPLY, forget_replies, replies_to
from listener.store.told_marks import told_mentions
from rules.analysis import Read
from rules.reading import RuleMatch
from sources.post import Author

MakeRead = Callable[..., Read]
RULES = (RuleMatch(name="angry", severity="high", reason="x"), RuleMatch(name="loud", severity="low", reason="y"))


@pytest.fixture
def kept(store: Store, make_read: MakeRead, now: datetime) -> list[ReadMention]:
    reads = [make_read(str(number), label="negative", author=Author(handle=f"user{number}")) for number in range(3)]
    with store.write() as tx:
        return put_results(tx, reads, "blogs", False, now).new


def test_the_mentions_of_alerts_come_with_their_rules_and_marks(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    with store.write() as tx:
        for number, at in ((0, now), (1, now - timedelta(days=40))):
            intent = AlertIntent(
                key=f"story-{number}",
                story=f"story-{number}",
                severity="high",
                brand="Acme",
                mention_id=kept[number].id,
                rules=RULES,
                channels=(),
            )
            put_alerts(tx, [intent], at)
        mark_mention(tx, kept[0].id, "noise", now)
    with store.read() as tx:
        (told,) = told_mentions(tx, now - timedelta(days=30), now + timedelta(seconds=1))
        every = list(told_mentions(tx, now - timedelta(days=60), now + timedelta(seconds=1)))
    assert (list(told.rules), told.mark, told.label) == (["angry", "loud"], "noise", "negative")
    assert len(every) == 2


def _answer(store: Store, mention: int, now: datetime) -> None:
    payload = {"ticket": 1, "mention": mention, "text": "Sorry!", "by": "sam"}
    with store.write() as tx:
        assert outbox.put_delivery(tx, key=f"reply:{mention}:x", channel="us", kind=REPLY, payload=payload, now=now)


def test_answers_are_found_by_their_mention_and_go_with_its_author(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    for one in kept:
        _answer(store, one.id, now)
    first, second, third = (one.id for one in kept)
    with store.write() as tx:
        assert [one.payload["mention"] for one in replies_to(tx, [first, third])] == [first, third]
        assert replies_to(tx, []) == [] and forget_replies(tx, []) == 0
        assert forget_replies(tx, [first]) == 1
        assert erase_author(tx, "feed", "user1", now).deliveries == 1
        assert [one.payload["mention"] for one in replies_to(tx, [first, second, third])] == [third]
