"""Tests of how the evidence for a customer adds up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.directory import Customer, Identity
from rules.matching.matcher import Matcher
from rules.matching.outcome import Outcome
from sources.post import Author, Post

NOW = datetime(2026, 11, 29, tzinfo=UTC)
GIVEN = tuple(f"{start}{end}" for start in ("ann", "ber", "car", "dor", "el") for end in ("a", "ek", "in", "ito"))
FAMILIES = tuple(f"{start}{end}" for start in ("leh", "web", "koch", "lang", "pohl") for end in ("er", "mann", "ing"))
CITIES = ("Berlin", "Hamburg", "Köln", "Leipzig")


def made(number: int) -> Customer:
    chance = random.Random(number)
    given, family = chance.choice(GIVEN), chance.choice(FAMILIES)
    firm = number % 40
    employed = number % 3 == 0
    return Customer(
        id=f"c{number:04}",
        name=f"{given.title()} {family.title()}",
        company=f"Firm{chr(97 + firm % 26)}{chr(97 + firm // 26)} Works GmbH" if employed else "",
        domain=f"firm{firm}.example" if employed else f"home{number}.example",
        city=CITIES[number % 4],
        country="DE",
        phones=(f"+49 177 {700000 + number}",),
        identities=(Identity("x", f"{given}{family}{number}"), Identity("email", f"{given}{number}@gmail.com")),
        origin="test",
    )


JANE = Customer(
    id="jane",
    name="Jane Uhlenegger",
    company="Zephra Motors",
    domain="zephra.example",
    city="Berlin",
    country="DE",
    urls=("https://uhlenegger.example/about",),
    identities=(Identity("x", "velvetcello3512"), Identity("email", "jane.uhlenegger@gmail.com")),
)
CROWD = [made(number) for number in range(600)]
MATCHER = Matcher([*CROWD, JANE])


def by(network: str = "mastodon", handle: str = "someone77@social.example", **shown: object) -> Post:
    author = Author(handle=handle, **shown)  # type: ignore[arg-type]
    return Post(source=network, instance="i", external_id="1", published_at=NOW, author=author)


def weighed(post: Post, matcher: Matcher = MATCHER) -> Outcome:
    return matcher.weigh(post, NOW)


@pytest.mark.parametrize(
    ("name", "company", "shown"),
    [
        ("Jane Uhlenegger", "Uhlenegger GmbH", "Jane Uhlenegger"),
        ("Jane Uhlenegger", "Jane Uhlenegger Ltd.", "Jane Uhlenegger"),
        ("Jane Uhlenegger", "Uhlenegger", "J. Uhlenegger"),
        ("Bob Uhlenegger", "Robert Uhlenegger KG", "Robert Uhlenegger"),
        ("Jane Uhlenegger", "Uhlenegger Photography", "Jane Uhlenegger Photography"),
    ],
)
def test_a_name_alone_links_nobody_whose_company_has_it_too(name: str, company: str, shown: str) -> None:
    customer = Customer(id="jane", name=name, company=company)
    assert weighed(by(name=shown), Matcher([*CROWD, customer])).state != "linked"
    elsewhere = Customer(id="jane", name=name, company="Zephra Motors")
    told = by(name=shown, bio="Engineer at Zephra Motors")
    assert weighed(told, Matcher([*CROWD, elsewhere])).state in ("linked", "review")


@pytest.mark.parametrize(
    "shown",
    [
        {"name": "Jane Uhlenegger", "verified_links": ("https://uhlenegger.example",)},
        {"name": "Jane Uhlenegger", "links": ("http://www.uhlenegger.example/?utm=1",)},
        {"name": "J. Uhlenegger", "links": ("https://x.com/velvetcello3512",)},
        {"name": "Jane Uhlenegger", "bio": "write to jane.uhlenegger+hi@gmail.com"},
        {"name": "Jane Uhlenegger", "bio": "Engineer at Zephra Motors"},
        {"name": "Uhlenegger Jane 🌻", "bio": "Engineer, zephra.example"},
        {"name": "cello", "handle": "velvetcello3512@social.example", "email": ""},
    ],
)
def test_evidence_that_adds_up_links(shown: dict[str, object]) -> None:
    outcome = weighed(by(**shown))
    assert outcome.state == "linked"
    assert outcome.candidates[0].customer_id == "jane"
    assert outcome.candidates[0].probability > 0.99


@pytest.mark.parametrize("name", ["Jane Uhlenegger", "Uhlenegger", "jane uhlenegger 🌻"])
def test_a_name_alone_never_links_however_rare(name: str) -> None:
    assert weighed(by(name=name)).state != "linked"


def test_evidence_is_told_in_words_with_what_it_weighs() -> None:
    told = weighed(by(name="Jane Uhlenegger", verified_links=("https://uhlenegger.example",))).candidates[0].evidence
    assert told[0].startswith("of the name 'Jane Uhlenegger' is shown ")
    assert any(
        line.startswith("the profile has a confirmed link to uhlenegger.example, which is on rec") for line in told
    )
    weights = [float(line.rpartition("(")[2].rstrip(")")) for line in told]
    assert sum(weights) > 6.6  # bits: 99 to 1


def test_a_confirmed_link_weighs_more_than_one_that_anybody_can_set() -> None:
    bare = by(name="pixel moth99", links=("https://uhlenegger.example",))
    sure = by(name="pixel moth99", verified_links=("https://uhlenegger.example",))
    told = [outcome.candidates[0].probability if outcome.candidates else 0.0 for outcome in map(weighed, (bare, sure))]
    assert told[0] < told[1]
    assert weighed(bare).state != "linked"


def test_a_colleague_of_another_name_is_not_the_customer() -> None:
    assert (
        weighed(by(name="Carla Seidel", bio="Engineer at Zephra Motors", links=("https://zephra.example",))).state
        == "none"
    )


def test_somebody_in_another_country_is_a_namesake() -> None:
    assert weighed(by(name="Jane Uhlenegger", location="Lagos, NG")).state == "none"


def test_who_poses_as_a_customer_is_never_linked() -> None:
    post = by(
        name="Jane Uhlenegger", handle="velvetcello3512_@social.example", bio="Official backup account of Zephra Motors"
    )
    assert weighed(post).state != "linked"
    quiet = by(name="Jane Uhlenegger", handle="velvetcello35l2@social.example", bio="Engineer at Zephra Motors")
    assert weighed(quiet).state != "linked"


def test_praise_of_a_customer_is_not_the_customer() -> None:
    assert (
        weighed(by(name="rusty gecko77", bio="Site by the great Jane", links=("https://uhlenegger.example",))).state
        == "none"
    )


def test_a_handle_counts_only_while_it_is_the_customer_s() -> None:
    handed = NOW - timedelta(days=30)
    before = Customer(id="old", name="Ann Lee", identities=(Identity("x", "bassoonist77", None, handed),))
    after = Customer(id="new", name="Bea Koch", identities=(Identity("x", "bassoonist77", handed, None),))
    matcher = Matcher([*CROWD, before, after])
    for at, owner in ((handed - timedelta(days=1), "old"), (handed + timedelta(days=1), "new")):
        post = Post(source="x", instance="i", external_id="1", published_at=at, author=Author(handle="bassoonist77"))
        assert matcher.weigh(post, at).candidates[0].customer_id == owner


def test_a_shared_mailbox_is_told_apart_by_the_name() -> None:
    shared = Identity("email", "family@home.example")
    pair = [
        Customer(id="p1", name="Otto Seidel", identities=(shared,)),
        Customer(id="p2", name="Lena Seidel", identities=(shared,)),
    ]
    matcher = Matcher([*CROWD, *pair])
    assert (
        weighed(by("email", "", name="Lena Seidel", email="family@home.example"), matcher).candidates[0].customer_id
        == "p2"
    )
    nameless = weighed(by("email", "", email="family@home.example"), matcher)
    assert nameless.state != "linked"


def test_two_records_of_one_person_do_not_stand_in_each_other_s_way() -> None:
    again = Customer(
        id="jane2", name="J. Uhlenegger", city="Berlin", identities=(Identity("email", "jane.uhlenegger@gmail.com"),)
    )
    outcome = weighed(
        by("email", "", name="Jane Uhlenegger", email="janeuhlenegger@gmail.com"), Matcher([*CROWD, JANE, again])
    )
    assert outcome.state == "linked"
    assert outcome.candidates[0].customer_id in {"jane", "jane2"}
    assert "looks like a second record of the same person" in outcome.candidates[0].evidence[-1]


def test_nobody_is_weighed_where_terms_forbid_it_or_nobody_is_known() -> None:
    shown = {"name": "Jane Uhlenegger", "verified_links": ("https://uhlenegger.example",)}
    assert weighed(by("reddit", "velvetcello3512", **shown)) == Outcome()
    assert weighed(by(**shown), Matcher([])) == Outcome()


POSTS = [
    by(name="Jane Uhlenegger", bio="Engineer at Zephra Motors"),
    by(name=CROWD[3].name, bio=f"works at {CROWD[3].company}", location="Leipzig"),
    by(name=CROWD[7].name, handle=f"{CROWD[7].identities[0].value}@social.example"),
    by(name=CROWD[9].name, location="Hamburg"),
    by(name="Ann Lee", verified_links=("https://home11.example",)),
]


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_customers_changes_no_outcome(chance: random.Random) -> None:
    customers = [*CROWD, JANE]
    chance.shuffle(customers)
    matcher = Matcher(customers)
    assert [weighed(post, matcher) for post in POSTS] == [weighed(post) for post in POSTS]


@settings(max_examples=5, deadline=None)
@given(st.text("qwxyz", min_size=5, max_size=9), st.integers(0, 10**6))
def test_a_customer_with_nothing_in_common_moves_no_link_and_weights_by_less_than_a_hundredth(
    name: str, number: int
) -> None:
    other = Customer(id="zz", name=f"Q{name} Z{name}", city="Zamość", identities=(Identity("x", f"zq{name}{number}"),))
    matcher = Matcher([*CROWD, JANE, other])
    for post in POSTS:
        before, after = weighed(post), weighed(post, matcher)
        assert (before.state, [one.customer_id for one in before.candidates]) == (
            after.state,
            [one.customer_id for one in after.candidates],
        )
        for one, same in zip(before.candidates, after.candidates, strict=True):
            assert abs(one.probability - same.probability) < 0.01


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=200), st.text(max_size=60))
def test_hostile_authors_raise_nothing(name: str, handle: str, bio: str, place: str) -> None:
    weighed(
        by(
            name=name,
            handle=handle,
            bio=bio,
            location=place,
            email=handle,
            links=(bio, f"http://{place}"),
            url=f"https://{name}",
        )
    )


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_hostile_records_raise_nothing(name: str, word: str, url: str) -> None:
    customer = Customer(
        id=word,
        name=name,
        company=word,
        domain=url,
        city=word,
        country=word,
        phones=(word,),
        urls=(url, f"http://{word}"),
    )
    Matcher([customer, JANE]).weigh(POSTS[0], NOW)


def test_a_name_that_thousands_have_costs_no_look_at_all_of_them() -> None:
    many = [Customer(id=f"m{number}", name="Maria Silva", city="Lisboa") for number in range(5000)]
    matcher = Matcher([*many, JANE])
    post = by(name="Maria Silva", location="Lisboa")
    assert len(matcher.candidate_ids(post, NOW)) < 50
    assert weighed(post, matcher).state == "none"
