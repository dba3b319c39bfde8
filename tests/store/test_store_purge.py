"""What is too old goes, whoever asks to be forgotten is, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import inspect, text

from alerts.alert import AlertIntent, ReadMention
from alerts.contract import Receipt
from listener.store import Store, gaps, inbox, jobs, outbox, topics
from listener.store.alerts import get_alert, list_alerts, put_alerts
from listener.store.mentions import MentionFilter, get_mention, list_mentions, put_results
from listener.store.purge import Purged, erase_author, purge_older
from listener.store.tickets import change_ticket, get_ticket, list_tickets, open_ticket
from rules.analysis import Read
from rules.reading import CustomerMatch, RuleMatch
from rules.story import story_id
from rules.topic import BrandTopics
from sources.contract import Gap
from sources.post import Author

MakeRead = Callable[..., Read]
DAY = timedelta(days=1)


def _intent(key: str, mention: ReadMention) -> AlertIntent:
    rule = RuleMatch(name="angry", severity="high", reason=f"wrote {mention.post.text!r}")
    return AlertIntent(
        key=key, story=key, severity="high", brand="Acme", mention_id=mention.id, rules=(rule,), channels=("slack",)
    )


def _ids(store: Store, **wanted: Any) -> set[str]:
    with store.read() as tx:
        return {mention.post.external_id for mention in list_mentions(tx, MentionFilter(limit=1_000, **wanted))}


def _rows(store: Store) -> dict[str, int]:
    with store.read() as tx:
        tables = [name for name in inspect(tx).get_table_names() if not name.startswith(("alembic", "post_words_"))]
        counts = {name: tx.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in tables}
    return {name: int(count) for name, count in counts.items() if count}


def test_everything_old_goes_and_leaves_no_row_behind(store: Store, make_read: MakeRead, now: datetime) -> None:
    with store.write() as tx:
        kept = put_results(
            tx, [make_read(str(n), fingerprint=(1, 2, n + 10)) for n in range(4)], "blogs", False, now
        ).new
        put_alerts(tx, [_intent("a", kept[0])], now)
        open_ticket(tx, key="a", alert_id=1, mention=kept[0], title="t", reason="r", severity="low", now=now)
        change_ticket(tx, 1, {"status": "closed", "solved_at": now, "closed_at": now})
        outbox.put_delivery(tx, key="d", channel="slack", kind="alert", payload={"alert": 1}, now=now)
        outbox.claim(tx, 1, now, DAY)
        outbox.mark_sent(tx, 1, 1, Receipt(), now)
        gaps.put_gaps(tx, "blogs", "", [Gap(since=None, until=None, why="x")], now)
        inbox.set_aside(tx, inbox.put_batch(tx, "blogs", b"[]", 0, False, now), "broken", now)
        jobs.enqueue(tx, "drain", {}, key="a", now=now)
        job = jobs.claim(tx, now, DAY)
        assert job is not None
        jobs.fail(tx, job.id, job.attempt, "x", None)
    with store.write() as tx:
        purged = purge_older(tx, now + DAY)
    assert purged == Purged(posts=4, mentions=4, alerts=1, tickets=1, deliveries=0, others=7)
    assert str(purged) == "4 posts, 4 mentions, 1 alerts, 1 tickets, 7 others"
    assert str(Purged()) == "nothing"
    assert _rows(store) == {}


def test_what_is_younger_stays(store: Store, make_read: MakeRead, now: datetime) -> None:
    with store.write() as tx:
        old = put_results(tx, [make_read("old")], "blogs", False, now).new
        young = put_results(tx, [make_read("young", published_at=now - 90 * DAY)], "blogs", False, now + DAY).new
        put_alerts(tx, [_intent("a", old[0])], now)
        put_alerts(tx, [_intent("b", young[0])], now + DAY)
        assert purge_older(tx, now + DAY) == Purged(posts=1, mentions=1, alerts=1)
        assert [alert.key for alert in list_alerts(tx)] == ["b"]
    assert _ids(store) == {"young"}
    assert _ids(store, search="old") == set()


def test_open_tickets_untold_alerts_and_stories_that_go_on_keep_their_posts(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        names = ["ticket", "untold", "goes on", "plain"]
        kept = {
            mention.post.external_id: mention
            for mention in put_results(tx, [make_read(name) for name in names], "blogs", False, now).new
        }
        open_ticket(tx, key="t", alert_id=None, mention=kept["ticket"], title="t", reason="r", severity="low", now=now)
        put_alerts(tx, [_intent("untold", kept["untold"]), _intent("goes on", kept["goes on"])], now)
        alert_id = next(alert.id for alert in list_alerts(tx) if alert.key == "untold")
        outbox.put_delivery(tx, key="d", channel="slack", kind="alert", payload={"alert": alert_id}, now=now)
        (later,) = put_results(tx, [make_read("later")], "blogs", False, now + 2 * DAY).new
        put_alerts(tx, [_intent("goes on", later)], now + 2 * DAY)
        assert purge_older(tx, now + DAY) == Purged(posts=1, mentions=1)
    assert _ids(store) == {"ticket", "untold", "goes on", "later"}
    with store.write() as tx:
        purge_older(tx, now + 31 * DAY)
        assert outbox.list_deliveries(tx, None, 10) == []
    assert _ids(store) == {"ticket"}


ANN = Author(id="u1", handle="Ann", name="Ann Secret", email="ann@secret.example", url="https://secret.example/ann")


@pytest.fixture
def filled(store: Store, make_read: MakeRead, now: datetime) -> Store:
    gold = CustomerMatch(id="c1", name="Ann Secret", confidence=1.0, evidence=("feed:ann",))
    reads = [
        make_read("a1", "secret words of acme", author=ANN, customer=gold),
        make_read("a2", "more secret words", author=Author(id="u1", handle="ann_renamed")),
        make_read("b1", "bob's words", author=Author(id="u2", handle="bob")),
        make_read("elsewhere", "another Ann", author=ANN, source="hackernews"),
    ]
    with store.write() as tx:
        a1, a2, b1, _ = put_results(tx, reads, "blogs", False, now).new
        put_alerts(tx, [_intent("alone", a1), _intent("shared", a2), _intent("shared", b1)], now)
        open_ticket(
            tx, key="t", alert_id=None, mention=a1, title=a1.post.text, reason="secret", severity="low", now=now
        )
        outbox.put_delivery(tx, key="d", channel="slack", kind="alert", payload={"alert": 1}, now=now)
        waiting = [reads[0].post, reads[2].post]
        inbox.put_batch(tx, "blogs", msgspec.json.encode(waiting), 2, False, now)
        inbox.put_batch(tx, "blogs", b"secret, and not JSON", 1, False, now)
    return store


@pytest.mark.parametrize("name", ["ann", "@ANN", "u1"])
def test_an_erased_author_is_nowhere_and_does_not_come_back(
    filled: Store, make_read: MakeRead, now: datetime, name: str
) -> None:
    with filled.write() as tx:
        purged = erase_author(tx, "feed", name, now)
        assert purged == Purged(posts=2, mentions=2, alerts=1, tickets=1, others=2)
    with filled.read() as tx:
        (shared,) = list_alerts(tx)
        assert (shared.key, shared.lead.post.external_id, shared.mentions) == ("shared", "b1", 1)
        assert get_alert(tx, 1) is None
        assert outbox.list_deliveries(tx, None, 10) == []
        (ticket,) = list_tickets(tx)
        assert (ticket.number, ticket.customer) == (1, "")
        whole = get_ticket(tx, 1)
        batch = inbox.get_batch(tx, 1)
        assert inbox.get_batch(tx, 2) is None
    assert whole is not None and whole.mentions == []
    assert batch is not None and batch.count == 1
    assert _ids(filled) == {"b1", "elsewhere"}
    _assert_nowhere(filled, "secret words")
    with filled.write() as tx:
        again = put_results(tx, [make_read("a9", "back", author=Author(id="u1", handle="third"))], "x", False, now)
        assert again.new == []
        assert erase_author(tx, "feed", name, now) == Purged()


def test_no_page_of_the_file_holds_an_erased_authors_words(tmp_path: Path, make_read: MakeRead, now: datetime) -> None:
    path = tmp_path / "listener.db"
    store = Store.open(f"sqlite:///{path}")
    words = " ".join(f"confidential{number}" for number in range(500))
    for number in range(3):
        with store.write() as tx:
            put_results(tx, [make_read(str(number), words, author=ANN)], "blogs", False, now)
            put_results(tx, [make_read(f"b{number}", author=Author(handle="bob"))], "blogs", False, now)
    store.close()
    assert b"onfidential" in path.read_bytes()
    store = Store.open(f"sqlite:///{path}")
    with store.write() as tx:
        assert erase_author(tx, "feed", "ann", now).posts == 3
    store.close()
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"onfidential" not in held and b"secret.example" not in held
    assert b"bob" in held


def test_an_author_of_whom_only_the_name_is_known_can_be_erased(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    jo = make_read("1", author=Author(name="Jo Writer"))
    namesake = make_read("2", author=Author(id="7", name="Jo Writer"))
    with store.write() as tx:
        put_results(tx, [jo, namesake], "blogs", False, now)
        assert erase_author(tx, "feed", "jo writer", now).posts == 1
        assert put_results(tx, [jo], "blogs", False, now).new == []
    assert _ids(store) == {"2"}


def test_erasing_somebody_unknown_erases_nothing_and_is_remembered(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        assert erase_author(tx, "feed", "ann", now) == Purged()
        assert put_results(tx, [make_read("1"), make_read("2", author=Author(handle="bob"))], "x", False, now).new
        assert get_mention(tx, 1) is not None
    assert _ids(store) == {"2"}


def _assert_nowhere(store: Store, words: str) -> None:
    """Looks for the words in every text and every blob of every table."""
    with store.read() as tx:
        for table in inspect(tx).get_table_names():
            for row in tx.execute(text(f"SELECT * FROM {table}")):
                for value in row:
                    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    assert words not in shown, (table, row)


def test_an_erased_author_leaves_no_wording_and_no_topic(store: Store, make_read: MakeRead, now: datetime) -> None:
    about: dict[str, Any] = {
        "since": now - DAY,
        "until": now,
        "background_since": now - 2 * DAY,
        "compared": "earlier",
        "posts": 9,
    }
    reads = [
        make_read("a1", fingerprint=(1, 2, 3, 4, 5, 6), author=ANN),
        make_read("a2", fingerprint=(11, 12, 13, 14, 15, 16), author=ANN),
        make_read("b1", fingerprint=(11, 12, 13, 14, 15, 16), author=Author(id="u2", handle="bob"), brand="Bolt"),
    ]
    with store.write() as tx:
        put_results(tx, reads, "blogs", False, now)
        for brand in ("Acme", "Bolt"):
            topics.keep_topics(tx, BrandTopics(brand=brand, **about), 1, now)
        assert tx.execute(text("SELECT count(*) FROM telling")).scalar() == 2
        assert erase_author(tx, "feed", "u1", now) == Purged(posts=2, mentions=2, others=1)
        assert tx.execute(text("SELECT count(*) FROM telling")).scalar() == 1
        assert list(topics.kept_topics(tx)) == ["Bolt"]
    with store.write() as tx:
        told = [make_read("c1", fingerprint=(1, 2, 3, 4, 5, 6), author=Author(id="u3"))]
        (new,) = put_results(tx, told, "blogs", False, now).new
        assert new.story == story_id(str(new.post.key))
