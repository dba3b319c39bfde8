"""The customer directory: replaced by file, told when it changes, searched by anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from listener.store import Store
from listener.store.customers import (
    Replaced,
    all_customers,
    customers_version,
    get_customer,
    list_customers,
    mentions_of_customer,
    replace_customers,
)
from listener.store.marks import mark_mention
from listener.store.mentions import put_results
from rules.analysis import Read
from rules.directory import Customer, Identity
from rules.reading import CustomerMatch
from sources.post import Author

MakeRead = Callable[..., Read]

ANN = Customer(
    id="c1", name="Änn Li", tier="gold", identities=(Identity("email", "ann@example.org"),), origin="a.csv line 2"
)
BOB = Customer(id="c2", name="Bob", company="100% Rockets_Ltd", origin="a.csv line 3")


def test_a_file_read_again_replaces_what_it_told_before_and_nothing_else(store: Store, now: datetime) -> None:
    with store.write() as tx:
        assert replace_customers(tx, [ANN, BOB], "a.csv", now) == Replaced(added=2)
        other = Customer(id="c3", name="Eve", origin="b.csv line 2")
        assert replace_customers(tx, [other], "b.csv", now) == Replaced(added=1)
        version = customers_version(tx)
        moved = replace(ANN, origin="a.csv line 9")
        assert replace_customers(tx, [moved, BOB], "a.csv", now) == Replaced(unchanged=2)
        assert get_customer(tx, "c1") == moved
        gilded = replace(moved, tier="platinum")
        assert replace_customers(tx, [gilded], "a.csv", now) == Replaced(changed=1, removed=1)
        assert all_customers(tx) == (gilded, other)
        assert customers_version(tx) != version
        version = customers_version(tx)
        assert replace_customers(tx, [gilded], "a.csv", now) == Replaced(unchanged=1)
        assert customers_version(tx) == version


def test_an_id_in_two_files_is_one_customer_whichever_was_read_last(store: Store, now: datetime) -> None:
    twin = Customer(id="c1", name="Another Ann")
    with store.write() as tx:
        replace_customers(tx, [twin], "b.csv", now)
        replace_customers(tx, [ANN], "a.csv", now)
        replace_customers(tx, [twin], "b.csv", now)
        assert all_customers(tx) == (ANN,)
        assert get_customer(tx, "c1") == ANN


def test_customers_are_found_by_any_part_and_wildcards_are_only_characters(store: Store, now: datetime) -> None:
    with store.write() as tx:
        replace_customers(tx, [ANN, BOB], "a.csv", now)
        for search, found in {
            "": ["c1", "c2"],
            "ann": ["c1"],
            "ÄNN": ["c1"],
            "example.org": ["c1"],
            "email:ann": ["c1"],
            "100%": ["c2"],
            "%": ["c2"],
            "_ltd": ["c2"],
            "__": [],
            "' OR 1=1 --": [],
        }.items():
            assert [customer.id for customer in list_customers(tx, search=search)] == found, search
        assert len(list_customers(tx, limit=1)) == 1
        assert get_customer(tx, "c9") is None


def test_what_a_customer_wrote_is_listed_without_what_is_marked_as_somebody_elses(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    match = CustomerMatch(id="c1", confidence=1.0)
    with store.write() as tx:
        authors = [Author(id=f"u{number}") for number in range(3)]
        reads = [make_read(str(number), customer=match, author=authors[number]) for number in range(3)]
        reads.append(make_read("other"))
        kept = put_results(tx, reads, "blogs", False, now)
        mark_mention(tx, kept.new[0].id, "wrong-customer", now)
        assert {mention.post.external_id for mention in mentions_of_customer(tx, "c1", 10)} == {"1", "2"}
        assert len(mentions_of_customer(tx, "c1", 1)) == 1
