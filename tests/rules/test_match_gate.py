"""What refuses a post, or wants it, by its words alone is what the whole of the query would say."""

from __future__ import annotations

import pytest

from rules.match import Matcher
from rules.match_beginnings import Beginnings
from sources.post import Author, Post
from sources.query import parse


def post(text: str, title: str = "", number: int = 0, author: Author | None = None) -> Post:
    told = {"source": "feed", "instance": "i", "external_id": str(number), "author": author or Author()}
    return Post(title=title, text=text, **told)  # type: ignore[arg-type]


def finds(query: str, text: str, title: str = "") -> bool:
    return bool(Matcher({"brand": parse(query)}).wanted([post(text, title)]))


@pytest.mark.parametrize(
    ("query", "wanted", "refused"),
    [
        ("acme NOT rockets", "Acme trains", "Acme ROCKETS"),
        ("acme NOT (rockets OR trains)", "Acme ships", "trains by Acme"),
        ("acme NOT (#rockets OR rockets)", "Acme #rocketsbyacme", "Acme #rockets"),
        ("acme NOT #rockets", "Acme rockets", "Acme #Rockets"),
        ("acme NOT @bob", "Acme bob", "Acme @bob@example.org"),
        ("acme NOT Größe", "Acme Grüße", "Acme GRÖSSE"),
        ("(acme NOT rockets) OR (zephra NOT trains)", "acme zephra rockets", "acme rockets zephra trains"),
        ("acme (zephra OR (rockets NOT ships))", "acme rockets", "acme rockets ships"),
        ("(acme NOT ships) (zephra OR trains)", "acme trains", "acme zephra ships"),
        ("acme NOT rockets lang:und", "acme", "acme rockets"),
    ],
)
def test_a_word_that_a_query_excludes_refuses_the_posts_that_have_it(query: str, wanted: str, refused: str) -> None:
    assert finds(query, wanted)
    assert not finds(query, refused)
    assert finds(query, wanted, title="Größe 🚀" if "Gr" not in query else "🚀")
    assert not finds(query, "🚀", title=refused)


def test_the_host_of_a_handle_is_no_word_that_a_query_excludes() -> None:
    assert finds("acme NOT rockets", "Acme says @jane@rockets.example")
    assert finds("acme NOT rockets", "Acme says @jane\uff20rockets.example")
    assert not finds("acme NOT jane", "Acme says @jane@rockets.example")


@pytest.mark.parametrize("text", ["#Acme", "so #acme!", "é #acme", "🚀#ACME", "＃acme", "﹟Acme é", "#Ａcme", "#ácme"])
def test_a_hashtag_is_found_however_its_sign_and_its_letters_are_written(text: str) -> None:
    assert finds("#acme", text)
    assert finds("#acme", "acme", title=text)


@pytest.mark.parametrize("text", ["acme", "acme #one", "#acmes", "é acme", "é #one acme", "a＃", "# acme", "a&#acme"])
def test_a_word_is_no_hashtag_whatever_else_has_the_sign(text: str) -> None:
    assert not finds("#acme", text)
    assert not finds("#acme", text, title="#" if text == "acme" else "one")


def test_each_post_of_a_batch_is_wanted_by_its_own_words_and_author() -> None:
    asked = {"word": "acme", "sign": "#zephra", "who": "author:jane", "named": 'author:"Bob Lee"', "beginning": "reli*"}
    matcher = Matcher({name: parse(query) for name, query in asked.items()})
    told = {
        3: ("Acme\0Größe", Author(), ["word"]),
        64: ("﹟zephra\0", Author(handle="Jane@example.social"), ["sign", "who"]),
        65: ("🚀reliable", Author(name="BOB  lee\n"), ["named", "beginning"]),
        199: ("acme", Author(id="jane"), ["word", "who"]),
    }
    nothing = "x", Author(handle="bob", name="Lee"), []
    drawn = [told.get(number, nothing) for number in range(200)]
    posts = [post(text, number=number, author=author) for number, (text, author, _) in enumerate(drawn)]
    found = {int(one.external_id): names for one, names in matcher.wanted(posts)}
    assert found == {number: names for number, (_, _, names) in told.items()}


def test_a_query_for_a_site_that_comes_while_posts_pass_is_asked_of_the_next_ones() -> None:
    matcher = Matcher({"brand": parse("acme")})
    seen = Post(source="feed", instance="i", external_id="1", url="https://news.example.org/a", text="nothing")
    assert not matcher.wanted([seen] * 300)
    matcher.add("site", parse("site:example.org"))
    assert [names for _, names in matcher.wanted([seen])] == [["site"]]


def test_no_word_of_thousands_of_letters_is_remembered_for_beginning_with_nothing() -> None:
    beginnings = Beginnings()
    assert beginnings.under([b"x" * 5_000, b"trains"]) == []
    assert beginnings._barren == {b"trains"}
    assert finds("acme*", "acme" + "x" * 5_000)
