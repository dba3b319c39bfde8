"""Tests of how mailboxes, numbers, web addresses, handles and places are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.matching.addresses import account, domain, mailbox, mailboxes_in, page, phone, phones_in, site, urls_in
from rules.matching.handles import HandleOdds, alike, handle_key, local_part
from rules.matching.places import Place, city_key, read_place


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://x.com/Ann", ("x", "ann")),
        ("http://www.twitter.com/ann/?s=20", ("x", "ann")),
        ("https://m.youtube.com/@ann-lee", ("youtube", "ann-lee")),
        ("bsky.app/profile/ann.example", ("bluesky", "ann.example")),
        ("https://social.example/@ann", ("mastodon", "ann@social.example")),
        ("https://social.example/@ann@far.example", ("mastodon", "ann@far.example")),
        ("https://github.com/ann/project", None),
        ("https://lee.example/about", None),
    ],
)
def test_a_profile_is_known_however_its_address_is_written(url: str, shown: tuple[str, str] | None) -> None:
    assert account(url) == shown


def test_mailboxes_are_one_where_the_mail_arrives_in_one() -> None:
    assert mailbox("Ann.Lee+shop@googlemail.com") == mailbox("annlee@gmail.com")
    assert mailbox("ann.lee@lee.example") != mailbox("annlee@lee.example")
    assert mailbox("nobody") == ""


def test_a_number_is_the_same_with_and_without_its_country() -> None:
    assert phone("+49 (177) 72-06-15") == phone("0177720615"[-9:]) == "177720615"
    assert phone("12") == ""


def test_a_site_is_a_domain_unless_strangers_share_it() -> None:
    assert site("http://www.lee.example/about?x=1") == "lee.example"
    assert site("https://linktr.ee/ann") == "linktr.ee/ann"
    assert site("https://github.com") == ""
    assert domain("ann@gmail.com") == ""
    assert domain("ann@lee.example") == "lee.example"
    assert page("https://www.lee.example/") == ""
    assert page("https://www.lee.example/Ann/") == "lee.example/ann"


def test_a_profile_s_words_give_mailboxes_numbers_and_sites() -> None:
    bio = "Engineer (www.lee.example) ✉️ ann@lee.example ☎ +49 177 720615"
    assert mailboxes_in(bio) == ["ann@lee.example"]
    assert phones_in(bio) == ["177720615"[-9:]] or phones_in(bio) == [phone("+49 177 720615")]
    assert [site(url) for url in urls_in(bio)] == ["lee.example"]


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    for read in (mailbox, phone, account, site, page, domain, mailboxes_in, phones_in, urls_in, read_place):
        read(text)
    handle_key(local_part("mastodon", text))


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ("📍 München, DE", Place(city_key("Munich"), "de")),
        ("zürich", Place(city_key("Zurich"), "")),
        ("Москва", Place(city_key("Moscow"), "")),
        ("Germany", Place("", "de")),
        ("", Place()),
    ],
)
def test_a_city_is_one_by_all_its_names(told: str, place: Place) -> None:
    assert read_place(told) == place


@pytest.mark.parametrize("other", ["ann_lee87_", "annlee8", "ann1ee87", "annlee87official", "annle87", "anlnee87"])
def test_a_handle_that_is_taken_for_another_is_alike_and_not_the_same(other: str) -> None:
    own = handle_key("ann_lee87")
    assert handle_key(other) != own
    assert alike(own, handle_key(other))


def test_marks_within_a_handle_differ_with_the_network() -> None:
    assert handle_key(local_part("bluesky", "Ann-Lee.bsky.social")) == handle_key(local_part("x", "@ann_lee"))
    assert not alike(handle_key("velvetcello"), handle_key("brassmoth"))


def test_few_others_have_a_handle_that_is_nobody_s_name() -> None:
    odds = HandleOdds([[handle_key("annlee")], [handle_key("sunnymoth")], [handle_key("sunnymoth87")]])
    names = ["ann", "lee"]
    whole, initial = odds.others(handle_key("annlee"), names, (), ""), odds.others(handle_key("alee"), names, (), "")
    assert odds.others(handle_key("velvetcello"), names, (), "") < initial < whole
    assert odds.others(handle_key("velvetcello"), names, (), "") < odds.others(handle_key("sunnymoth"), names, (), "")
    assert odds.others(handle_key("annlee87"), names, (), "87") < whole


@pytest.mark.parametrize(
    ("handle", "names", "small"),
    [
        ("thijsv", ["thijs", "dijk"], ("van",)),
        ("thijsvandijk", ["thijs", "dijk"], ("van",)),
        ("adinegoroi", ["i", "made", "adinegoro"], ()),
        ("rahulsharma", ["rahul", "srma"], ()),
        ("dijkt", ["thijs", "dijk"], ()),
    ],
)
def test_a_handle_made_of_a_name_is_had_by_many_of_that_name(
    handle: str, names: list[str], small: tuple[str, ...]
) -> None:
    odds = HandleOdds([[handle_key("annlee")], [handle_key("sunnymoth")]])
    assert odds.others(handle_key(handle), names, small, "") >= 0.1
    assert odds.others(handle_key(handle), ["pohl", "weber"], (), "") < 0.01
