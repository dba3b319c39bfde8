"""Who is which customer: decisions outrank evidence, change what was kept, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from listener.store import Store, Tx
from listener.store.customers import mentions_of_customer, replace_customers
from listener.store.link_keys import find_author
from listener.store.links import MATCHER, count_to_review, decide, decisions, get_link, list_links, take_back
from listener.store.marks import mark_mention, take_back_file
from listener.store.marks import take_back as unmark
from listener.store.mentions import MentionFilter, list_mentions, put_results
from listener.store.tickets import list_tickets, open_ticket
from rules.analysis import Read
from rules.authors import AuthorKey
from rules.directory import Customer
from rules.matching.outcome import Candidate, Outcome
from rules.reading import CustomerMatch
from sources.post import Author

MakeRead = Callable[..., Read]

ANN = Customer(id="c1", name="Ann", tier="gold", origin="a.csv line 2")
BEN = Customer(id="c2", name="Ben", origin="a.csv line 3")
FOUND = CustomerMatch(id="c1", name="Ann", confidence=1.0, evidence=("handle feed:ann stands in a.csv line 2",))
KEY = AuthorKey("feed", "id", "u1")


def begin(tx: Tx, now: datetime) -> None:
    replace_customers(tx, [ANN, BEN], "a.csv", now)


def customers(tx: Tx) -> list[str | None]:
    kept = sorted(list_mentions(tx, MentionFilter(limit=100)), key=lambda one: one.id)
    return [one.customer.id if one.customer else None for one in kept]


def test_a_link_gives_past_mentions_the_customer_and_undoing_it_restores_them(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        other = Author(id="u2", handle="ann")  # who has the handle too, by another id
        reads = [make_read("1"), make_read("2", customer=FOUND), make_read("3", author=other)]
        put_results(tx, reads, "blogs", False, now)
        before = list_mentions(tx, MentionFilter(limit=100))
        assert decide(tx, KEY, "c2", "linked", "ben", now) == 2
        assert customers(tx) == ["c2", "c2", None]
        (link,) = list_links(tx)
        assert (link.author, link.shown, link.name, link.state, link.made_by) == (
            "feed:u1",
            "ann",
            "Ben",
            "linked",
            "ben",
        )
        assert {one.id for one in mentions_of_customer(tx, "c2", 9)} == {1, 2}
        assert take_back(tx, KEY, "c2", "eve", now) == 2
        assert list_mentions(tx, MentionFilter(limit=100)) == before
        (link,) = list_links(tx)
        assert (link.state, link.ended_by, link.ended_at) == ("none", "eve", now)
        assert take_back(tx, KEY, "c2", "eve", now) is None


def test_a_refusal_takes_the_customer_from_all_that_the_author_wrote_and_writes(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        put_results(tx, [make_read("1", customer=FOUND)], "blogs", False, now)
        assert decide(tx, KEY, "c1", "refused", "ben", now) == 1
        # a batch that was read before anybody had decided comes in after
        put_results(tx, [make_read("2", customer=FOUND)], "blogs", False, now)
        assert customers(tx) == [None, None]
        (said,) = decisions(tx)
        assert (said.author, said.customer_id, said.state) == (KEY, "c1", "refused")
        take_back(tx, KEY, "c1", "ben", now)
        assert customers(tx) == ["c1", "c1"]


def test_an_author_is_one_customer_at_most_and_the_last_word_counts(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        put_results(tx, [make_read("1")], "blogs", False, now)
        decide(tx, KEY, "c1", "linked", "ben", now)
        decide(tx, KEY, "c2", "linked", "eve", now)
        assert customers(tx) == ["c2"]
        first = get_link(tx, KEY, "c1")
        assert first is not None and (first.state, first.ended_by) == ("none", "eve")


def test_a_link_by_id_stays_with_the_account_when_its_handle_changes_owner(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        put_results(tx, [make_read("1", author=Author(id="u1", handle="ann"))], "blogs", False, now)
        assert find_author(tx, "feed", "@Ann") == KEY
        decide(tx, KEY, "c1", "linked", "ben", now)
        taken_up, renamed = Author(id="u9", handle="ann"), Author(id="u1", handle="ann_lee")
        for read in (make_read("2", author=taken_up), make_read("3", author=renamed)):
            put_results(tx, [read], "blogs", False, now)
        decide(tx, KEY, "c1", "linked", "ben", now)
        assert customers(tx) == ["c1", None, "c1"]
        assert find_author(tx, "feed", "ann") == AuthorKey("feed", "id", "u9")
        assert find_author(tx, "feed", "nobody") == AuthorKey("feed", "handle", "nobody")


def weighed(read: Read, state: Any, *candidates: Candidate) -> Read:
    return replace(read, weighed=Outcome(state, candidates))


def test_what_evidence_came_to_is_kept_once_an_author_and_customer_whatever_comes_first(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    weak = Candidate("c1", 0.6, ("the same name",))
    strong = Candidate("c1", 0.9, ("the same name", "the same company"))
    other = Candidate("c2", 0.4, ("the same city",))
    reads = [
        weighed(make_read("1"), "review", weak),
        weighed(make_read("2"), "linked", strong, other),
        weighed(make_read("3"), "none"),
        weighed(make_read("4"), "review", other, weak),
    ]
    kept = []
    for order in permutations(reads):
        with store.write() as tx, tx.begin_nested() as attempt:
            begin(tx, now)
            for number, read in enumerate(order):
                put_results(tx, [read], "blogs", False, now + timedelta(minutes=number))
            links = sorted(list_links(tx), key=lambda link: link.customer)
            kept.append([replace(link, made_at=None) for link in links])
            attempt.rollback()
    assert all(one == kept[0] for one in kept)
    assert [(link.customer, link.state, link.made_by, link.probability) for link in kept[0]] == [
        ("c1", "linked", MATCHER, 0.9),
        ("c2", "review", MATCHER, 0.4),
    ]


def test_what_is_to_be_looked_at_stands_once_with_its_evidence_and_leaves_when_decided(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    candidate = Candidate("c1", 0.7, ("the profile names Lee Ltd",))
    with store.write() as tx:
        begin(tx, now)
        put_results(tx, [weighed(make_read(str(n)), "review", candidate) for n in range(3)], "blogs", False, now)
        (waiting,) = list_links(tx, state="review")
        assert (waiting.evidence, waiting.probability, count_to_review(tx)) == (candidate.evidence, 0.7, 1)
        decide(tx, KEY, "c1", "refused", "ben", now)
        put_results(tx, [weighed(make_read("9"), "linked", candidate)], "blogs", False, now)
        assert list_links(tx, state="review") == []
        (refused,) = list_links(tx)
        assert (refused.state, refused.made_by, refused.evidence) == ("refused", "ben", candidate.evidence)
        take_back(tx, KEY, "c1", "ben", now)
        (linked,) = list_links(tx)
        assert (linked.state, linked.made_by) == ("linked", MATCHER)


def test_marking_a_wrong_customer_refuses_the_author_and_unmarking_takes_that_back(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        put_results(tx, [make_read("1", customer=FOUND), make_read("2", customer=FOUND)], "blogs", False, now)
        mark_mention(tx, 1, "wrong-customer", now, "ben")
        assert customers(tx) == [None, None]
        (link,) = list_links(tx)
        assert (link.state, link.made_by) == ("refused", "ben")
        unmark(tx, 1, now, "eve")
        assert customers(tx) == ["c1", "c1"]


def test_taking_a_file_back_takes_back_the_refusals_that_it_brought(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        put_results(tx, [make_read("1", customer=FOUND), make_read("2", customer=FOUND)], "blogs", False, now)
        mark_mention(tx, 1, "wrong-customer", now, "ben", "labels.csv")
        assert customers(tx) == [None, None]
        take_back_file(tx, "labels.csv", now, "eve")
        assert customers(tx) == ["c1", "c1"]


def test_tickets_name_the_customer_who_counts(store: Store, make_read: MakeRead, now: datetime) -> None:
    with store.write() as tx:
        begin(tx, now)
        (mention,) = put_results(tx, [make_read("1", customer=FOUND)], "blogs", False, now).new
        open_ticket(
            tx, key="k", alert_id=None, mention=mention, title="t", reason="r", severity="high", now=now
        )  # fmt: skip
        decide(tx, KEY, "c1", "refused", "ben", now)
        assert _ticket_customers(tx) == [""]
        decide(tx, KEY, "c2", "linked", "ben", now)
        assert _ticket_customers(tx) == ["Ben"]


def _ticket_customers(tx: Tx) -> Sequence[str]:
    return [ticket.customer for ticket in list_tickets(tx, status="", limit=9)]


def test_a_link_to_somebody_who_left_the_directory_counts_again_when_they_are_back(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        decide(tx, KEY, "c2", "linked", "ben", now)
        replace_customers(tx, [ANN], "a.csv", now)
        put_results(tx, [make_read("1")], "blogs", False, now)
        assert (customers(tx), list_links(tx)) == ([None], [])
        begin(tx, now)
        put_results(tx, [make_read("2")], "blogs", False, now)
        assert customers(tx) == [None, "c2"]


def test_a_decision_that_is_killed_half_way_leaves_nothing_behind(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        begin(tx, now)
        put_results(tx, [make_read("1", customer=FOUND)], "blogs", False, now)
    with pytest.raises(KeyboardInterrupt), store.write() as tx:
        decide(tx, KEY, "c1", "refused", "ben", now)
        raise KeyboardInterrupt
    with store.read() as tx:
        assert (customers(tx), list_links(tx), decisions(tx)) == (["c1"], [], ())
