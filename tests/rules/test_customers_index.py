"""Finding the customer who wrote a post."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.customers import CustomerIndex
from rules.directory import Customer, Identity
from sources.post import Author, Post


def post(source: str, **author: str) -> Post:
    return Post(source=source, instance="host", external_id="1", author=Author(**author))


def customer(id: str, *identities: tuple[str, str]) -> Customer:
    return Customer(
        id=id,
        name=f"Name {id}",
        tier="gold",
        owner="ben",
        company="Co",
        identities=tuple(Identity(*pair) for pair in identities),
        origin=f"customers.csv line {id}",
    )


INDEX = CustomerIndex(
    [
        customer("3", ("mastodon", "jane@host.example"), ("email", "jane@co.example"), ("x", "jane")),
        customer("4", ("bluesky", "did:plc:abc"), ("hackernews", "Tom"), ("reddit", "tom")),
        customer("5", ("bluesky", "eve.example"), ("email", "eve@co.example")),
    ]
)


def test_a_handle_matches_whatever_its_case_and_says_where_it_stands() -> None:
    found = INDEX.match(post("mastodon", handle="@Jane@Host.Example", name="somebody"))
    assert found is not None
    assert (found.id, found.name, found.tier, found.owner, found.company) == ("3", "Name 3", "gold", "ben", "Co")
    assert found.confidence == 1.0
    assert list(found.evidence) == ["handle mastodon:jane@host.example stands in customers.csv line 3"]


def test_bluesky_matches_by_did_or_handle() -> None:
    by_did = INDEX.match(post("bluesky", id="did:plc:abc", handle="tom.example"))
    by_handle = INDEX.match(post("bluesky", id="did:plc:zzz", handle="Eve.example"))
    assert (by_did and by_did.id, by_handle and by_handle.id) == ("4", "5")


def test_an_address_matches_whatever_brought_the_post() -> None:
    for source in ("email", "webhook", "file"):
        found = INDEX.match(post(source, email="Jane@CO.example"))
        assert found is not None
        assert list(found.evidence) == ["e-mail jane@co.example stands in customers.csv line 3"]


def test_a_name_on_one_network_says_nothing_about_another() -> None:
    assert INDEX.match(post("hackernews", handle="jane")) is None
    assert INDEX.match(post("mastodon", handle="jane@other.example")) is None


def test_hacker_news_names_keep_their_case() -> None:
    assert INDEX.match(post("hackernews", handle="tom")) is None
    assert INDEX.match(post("hackernews", handle="Tom")) is not None


def test_a_display_name_never_matches() -> None:
    assert INDEX.match(post("mastodon", name="jane@host.example", handle="", url="jane@co.example")) is None


def test_reddit_is_never_matched_and_x_only_where_chosen() -> None:
    assert INDEX.match(post("reddit", handle="tom", email="jane@co.example")) is None
    assert INDEX.match(post("x", handle="jane"), {"x"}) is None
    assert INDEX.match(post("twitter", handle="jane"), {"x"}) is None
    assert INDEX.match(post("x", handle="jane"), {"twitter"}) is None
    assert INDEX.match(post("twitter", handle="jane")) is not None


def test_an_identity_of_two_customers_identifies_neither_and_is_told() -> None:
    index = CustomerIndex([customer("1", ("x", "ann"), ("email", "a@x.example")), customer("2", ("x", "ann"))])
    assert index.match(post("x", handle="ann")) is None
    assert index.match(post("webhook", email="a@x.example")) is not None
    assert index.conflicts == (
        "handle x:ann stands in customers.csv line 1 (1) and customers.csv line 2 (2): "
        "it identifies nobody until only one of them has it",
    )


def test_a_customer_in_two_files_counts_once_and_is_told() -> None:
    index = CustomerIndex([customer("1", ("x", "ann")), customer("1", ("x", "ann2"))])
    assert index.match(post("x", handle="ann")) is not None
    assert index.match(post("x", handle="ann2")) is None
    assert len(index.conflicts) == 1


def test_handle_and_address_of_two_customers_match_neither() -> None:
    assert INDEX.match(post("mastodon", handle="jane@host.example", email="eve@co.example")) is None


def test_a_handle_that_changed_its_owner_names_whose_it_was_when_the_post_was_written() -> None:
    turn = datetime(2025, 7, 1, tzinfo=UTC)
    before, after = Identity("x", "ann", None, turn), Identity("x", "ann", turn)
    index = CustomerIndex([Customer(id="1", identities=(before,)), Customer(id="2", identities=(after,))])
    assert index.conflicts == ()
    for days, owner in ((-400, "1"), (-1, "1"), (0, "2"), (400, "2")):
        written = replace(post("x", handle="ann"), published_at=turn + timedelta(days=days))
        found = index.match(written)
        assert found is not None and found.id == owner, days
    undated = index.match(post("x", handle="ann"), at=turn - timedelta(days=1))
    assert undated is not None and undated.id == "1"


def test_a_handle_that_two_customers_claim_for_one_time_identifies_neither_then() -> None:
    turn = datetime(2025, 7, 1, tzinfo=UTC)
    year = timedelta(days=365)
    claims = [
        Identity("x", "ann", None, turn + year),
        Identity("x", "ann", turn),
        Identity("x", "ann", turn + 3 * year),
    ]
    index = CustomerIndex([Customer(id=str(number), identities=(one,)) for number, one in enumerate(claims)])
    assert len(index.conflicts) == 1
    at = [turn - year, turn + timedelta(days=1), turn + 2 * year, turn + 4 * year]
    found = [index.match(replace(post("x", handle="ann"), published_at=time)) for time in at]
    assert [one and one.id for one in found] == ["0", None, "1", None]


names = st.text("ab@.:", min_size=1, max_size=4)
identities = st.tuples(st.sampled_from(["email", "x", "mastodon", "bluesky", "hackernews"]), names)


@given(st.lists(st.lists(identities, max_size=3), max_size=5), st.sampled_from(["x", "mastodon", "bluesky"]), names)
def test_it_matches_exactly_the_one_customer_who_has_the_handle(
    owned: list[list[tuple[str, str]]], source: str, handle: str
) -> None:
    index = CustomerIndex([customer(str(number), *pairs) for number, pairs in enumerate(owned)])
    found = index.match(post(source, handle=handle))
    having = [str(number) for number, pairs in enumerate(owned) if (source, handle.removeprefix("@")) in pairs]
    if found is not None:
        assert having == [found.id]
    elif len(having) == 1:
        # a handle that the network cannot have identifies nobody
        assert source != "x"


@given(st.builds(Author, id=st.text(), handle=st.text(), name=st.text(), email=st.text()), st.text())
def test_no_author_makes_it_raise(author: Author, source: str) -> None:
    INDEX.match(Post(source=source, instance="", external_id="", author=author))
