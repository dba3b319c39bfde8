"""A customer who asks to be forgotten is, everywhere, and no import brings them back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import inspect, text

from listener.configuration.tables import CustomerHealthSettings
from listener.customer_health_watch import CustomerHealthWatch
from listener.store import Store, archive, heard
from listener.store.customer_changes import plan_changes
from listener.store.customer_health import history
from listener.store.customers import all_customers, replace_customers, update_customers
from listener.store.erasing_customers import erase_customer, shared_identities
from listener.store.interactions import Brought, Owned, put_interactions
from listener.store.link_keys import find_author
from listener.store.links import decide, list_links
from listener.store.mentions import MentionFilter, list_mentions, put_results
from listener.store.purge import erase_author
from rules.analysis import Read
from rules.authors import AuthorKey
from rules.directory import Customer, Identity
from rules.interaction import Interaction
from rules.matching.outcome import Candidate, Outcome
from rules.reading import CustomerMatch
from sources.post import Author, Post

MakeRead = Callable[..., Read]

ANN = Customer(
    id="c1",
    name="Ann Secret",
    identities=(Identity("email", "ann@secret.example"), Identity("feed", "annsecret")),
    fields={"plan": "secretive"},
)
BEN = Customer(id="c2", name="Ben", identities=(Identity("feed", "ben"),))
FOUND = CustomerMatch(id="c1", name="Ann Secret", confidence=1.0, fields={"plan": "secretive"})


def everything(store: Store) -> str:
    with store.read() as tx:
        names = [name for name in inspect(tx).get_table_names() if not name.startswith(("alembic", "post_words_"))]
        return " ".join(str(row) for name in names for row in tx.execute(text(f"SELECT * FROM {name}"))).lower()


def test_nothing_of_an_erased_customer_is_left_and_all_of_others_is(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    ann, linked, ben = Author(id="a1", handle="annsecret"), Author(id="a2", handle="secret2"), Author(handle="ben")
    with store.write() as tx:
        replace_customers(tx, [ANN, BEN], "a.csv", now)
        replace_customers(tx, [ANN], "b.csv", now)
        reads = [
            make_read("1", "the first secret of acme", author=ann, customer=FOUND),
            make_read("2", "a second secret about acme", author=linked),
            make_read("3", "acme told by ben", author=ben, customer=FOUND),
        ]
        put_results(tx, reads, "blogs", False, now)
        heard.count_mentions(tx, "blogs", ["Acme"] * 3, now)
        decide(tx, AuthorKey("feed", "id", "a2"), "c1", "linked", "eve", now)
        decide(tx, AuthorKey("feed", "handle", "ben"), "c1", "refused", "eve", now)
        decide(tx, AuthorKey("feed", "handle", "ben"), "c2", "linked", "eve", now)
    with store.write() as tx:
        purged = erase_customer(tx, "c1", now)
        assert purged is not None and (purged.posts, purged.mentions) == (2, 2)
        assert all_customers(tx) == (BEN,)
        (kept,) = list_mentions(tx, MentionFilter(limit=9))
        assert kept.post.external_id == "3" and kept.customer is not None and kept.customer.id == "c2"
        assert heard.lately(tx, now, 5) == {"Acme": [0, 0, 0, 0, 3]}
        assert [link.customer for link in list_links(tx)] == ["c2"]
    assert "secret" not in everything(store)


def test_an_erased_customer_does_not_come_back_by_import_service_or_source(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    anew = Customer(id="crm:99", name="Ann Secret", identities=ANN.identities[:1])
    family = Customer(id="c7", name="Cid", identities=(ANN.identities[0], Identity("feed", "cid")))
    with store.write() as tx:
        replace_customers(tx, [ANN, BEN], "a.csv", now)
        erase_customer(tx, "c1", now)
        later = now + timedelta(days=1)
        changes = plan_changes(tx, [ANN, BEN, anew], "a.csv")
        assert (changes.nothing, changes.erased, changes.unchanged) == (True, 2, 1)
        replace_customers(tx, [ANN, BEN, anew], "a.csv", later)
        update_customers(tx, [anew, ANN, family], [], "hubspot:crm", later)
        known = {customer.id: customer.identities for customer in all_customers(tx)}
        assert known == {"c2": BEN.identities, "c7": (Identity("feed", "cid"),)}
        put_results(tx, [make_read("9", author=Author(id="x", handle="AnnSecret"))], "blogs", False, later)
        assert list_mentions(tx, MentionFilter(limit=9)) == []
        assert erase_customer(tx, "nobody", later) is None


def test_archived_mails_of_an_erased_customer_go_too_and_new_ones_stay_away(store: Store, now: datetime) -> None:
    def mail(number: str, address: str) -> Post:
        return Post(
            source="imap", instance="", external_id=number, author=Author(id=address, handle=address, email=address)
        )

    def put(*posts: Post) -> int:
        with store.write() as tx:
            return archive.put_posts(tx, archive.made_ready((one, 0.0) for one in posts), "box", now)

    assert put(mail("1", "ann@secret.example"), mail("2", "ben@b.example")) == 2
    with store.write() as tx:
        replace_customers(tx, [ANN, BEN], "a.csv", now)
        erased = erase_customer(tx, "c1", now)
        assert erased is not None and erased.archived == 1
    assert put(mail("3", "ann@secret.example")) == 0
    assert "secret" not in everything(store)


def test_what_was_read_before_a_customer_was_erased_does_not_name_them_after(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    other = Author(id="o1", handle="other")
    candidate = Candidate("c1", 0.8, ("the profile names ann secret",))
    weighed = replace(make_read("2", author=other), weighed=Outcome("review", (candidate,)))
    with store.write() as tx:
        replace_customers(tx, [ANN, BEN], "a.csv", now)
        erase_customer(tx, "c1", now)
        put_results(tx, [make_read("1", author=other, customer=FOUND), weighed], "blogs", False, now)
        assert [mention.customer for mention in list_mentions(tx, MentionFilter(limit=9))] == [None, None]
    assert "secret" not in everything(store)


def test_who_took_up_a_handle_that_an_erased_customer_had_left_is_heard(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    left = Identity("feed", "ann", None, now - timedelta(days=30))
    with store.write() as tx:
        replace_customers(tx, [Customer(id="c1", identities=(left,))], "a.csv", now)
        erase_customer(tx, "c1", now)
        put_results(tx, [make_read("1", author=Author(handle="ann"))], "blogs", False, now)
        assert len(list_mentions(tx, MentionFilter(limit=9))) == 1


def test_contacts_and_healths_that_were_read_before_a_customer_was_erased_are_not_kept_after(
    store: Store, make_read: MakeRead, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Owned(Interaction(at=now, channel="phone", text="my secret"), "c1")
    watch = CustomerHealthWatch(store=store, settings=CustomerHealthSettings(), clock=lambda: now)
    with store.write() as tx:
        replace_customers(tx, [ANN, BEN], "a.csv", now)
        put_interactions(tx, [call, replace(call, customer="c2")], now)
    heard_of = watch._signals(now)
    assert set(heard_of) == {"c1", "c2"}
    with store.write() as tx:
        erase_customer(tx, "c1", now)
        assert put_interactions(tx, [call, replace(call, customer="c2")], now) == Brought(unchanged=1)
    monkeypatch.setattr(watch, "_signals", lambda _: heard_of)
    watch.count()
    with store.read() as tx:
        assert (history(tx, "c1", 9), len(history(tx, "c2", 9))) == ([], 1)


def test_who_shares_an_address_or_account_with_an_erased_customer_keeps_it(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    office, account = Identity("email", "office@lee.example"), Identity("feed", "leeltd")
    first = Customer(id="c1", identities=(office, account, Identity("feed", "ann")))
    colleague = Customer(id="c2", identities=(office, account))
    with store.write() as tx:
        replace_customers(tx, [first, colleague], "a.csv", now)
        put_results(tx, [make_read("1", author=Author(handle="leeltd"))], "blogs", False, now)
        put_results(tx, [make_read("2", author=Author(handle="ann"))], "blogs", False, now)
        assert shared_identities(tx, "c1") == [office, account]
        erase_customer(tx, "c1", now)
        replace_customers(tx, [first, colleague], "a.csv", now)
        assert all_customers(tx) == (colleague,)
        put_results(tx, [make_read("3", author=Author(handle="leeltd"))], "blogs", False, now)
        assert sorted(one.post.external_id for one in list_mentions(tx, MentionFilter(limit=9))) == ["1", "3"]
        erase_customer(tx, "c2", now)
        assert list_mentions(tx, MentionFilter(limit=9)) == []
        replace_customers(tx, [first, colleague], "a.csv", now)
        assert all_customers(tx) == ()


def test_who_took_up_a_handle_that_an_erased_customer_had_left_stays_in_the_directory(
    store: Store, now: datetime
) -> None:
    left, taken = Identity("feed", "ann", None, now), Identity("feed", "ann", now)
    first, heir = Customer(id="c1", identities=(left,)), Customer(id="c2", identities=(taken,))
    anew = Customer(id="crm:9", identities=(left,))
    with store.write() as tx:
        replace_customers(tx, [first, heir], "a.csv", now)
        erase_customer(tx, "c1", now)
        replace_customers(tx, [first, heir, anew], "a.csv", now)
        assert all_customers(tx) == (heir,)


def test_what_would_change_is_told_by_field_and_nothing_is_changed(store: Store, now: datetime) -> None:
    with store.write() as tx:
        replace_customers(tx, [ANN, BEN], "a.csv", now)
        replace_customers(tx, [Customer(id="c5", identities=(Identity("feed", "eve"),))], "b.csv", now)
        gilded = Customer(id="c1", name="Ann Secret", tier="gold", identities=ANN.identities, fields={"plan": "open"})
        eve = Customer(id="c6", identities=(Identity("feed", "eve"),))
        changes = plan_changes(tx, [gilded, eve], "a.csv")
        assert [one.id for one in changes.added] == ["c6"]
        assert [(one.customer.id, one.fields) for one in changes.changed] == [("c1", ("tier", "fields.plan"))]
        assert [one.id for one in changes.removed] == ["c2"]
        assert len(changes.conflicts) == 1 and "feed:eve" in changes.conflicts[0]
        assert {one.id: one for one in all_customers(tx)}["c1"] == ANN


def test_the_same_number_on_two_forums_is_two_people(store: Store, make_read: MakeRead, now: datetime) -> None:
    ann = {"source": "discourse", "author": Author(id="5", handle="ann@one.example")}
    ben = {"source": "discourse", "author": Author(id="5", handle="ben@two.example"), "instance": "two.example"}
    with store.write() as tx:
        replace_customers(tx, [BEN, Customer(id="c9")], "a.csv", now)
        put_results(tx, [make_read("1", **ann), make_read("2", **ben)], "forums", False, now)
        key = find_author(tx, "discourse", "ann@one.example")
        decide(tx, key, "c9", "linked", "eve", now)
        put_results(tx, [make_read("3", **ann), make_read("4", **ben)], "forums", False, now)
        kept = {
            one.post.external_id: one.customer and one.customer.id for one in list_mentions(tx, MentionFilter(limit=9))
        }
        assert kept == {"1": "c9", "2": None, "3": "c9", "4": None}
        erase_customer(tx, "c9", now)
        put_results(tx, [make_read("5", **ann), make_read("6", **ben)], "forums", False, now)
        assert {one.post.external_id for one in list_mentions(tx, MentionFilter(limit=9))} == {"2", "4", "6"}
        erase_author(tx, "discourse", "5", now)
        assert len(list_mentions(tx, MentionFilter(limit=9))) == 3
