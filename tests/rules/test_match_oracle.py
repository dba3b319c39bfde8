"""The fast matcher against the plain evaluator: random queries over random texts of many scripts."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.match import Matcher
from rules.match_plain import holds, occurrences, positive_leaves, spans
from rules.match_view import PostView
from sources.post import Author, Post
from sources.query import Query, QueryError, parse
from sources.query.endings import SCRIPTS
from sources.query.words import cut, normalise

# Ten scripts, short so that random queries meet random texts.
WORDS = [
    *("acme", "rockets", "Café", "RELIABLE", "reliability", "C++", "C", "c#", ".NET", "net", "AT&T", "at", "7-Eleven"),
    *("Straße", "ISPARTA", "ışık", "о́зон", "Озоном", "Волга", "Волгой", "волгарь", "Ελλάδα", "Ελλάδας"),
    *("ঢাকা", "ঢাকার", "ঢাকাকে", "রকেট", "রকেটগুলো", "য়", "শেষ", "شركة", "والشركة", "كِتَاب", "کتاب", "חברה", "בחברה"),
    *(
        "삼성",
        "삼성은",
        "삼성전자",
        "索尼",
        "索尼公司",
        "苹果手机",
        "アクメ",
        "ガンダム",
        "カメラ",
        "สวัสดี",
        "สวัส",
        "ខ្មែរ",
        "मराठी",
        "मराठीला",
    ),
    *("🚀", "👍🏽", "don't", "x1", "1"),
]
TAGS = ["#acme", "#Acme_Rockets", "#索尼", "#ঢাকা", "@acme", "@acme@mastodon.social", "@acme.bsky.social", "@rockets"]
ENDINGS = [ending for script in SCRIPTS for ending in script.endings.split()[:6]]
GAPS = [" ", " ", " ", "", ", ", "-", "_", ". ", "\n", " & ", "&", "\u200d", "…", "\u0301 "]
FIELDS = ["author:jane", 'author:"Jane Doe"', "site:example.org", "lang:bn", "lang:en", "source:feed", "source:wire"]


@st.composite
def texts(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.tuples(st.sampled_from(WORDS + TAGS), st.sampled_from(GAPS)), max_size=8))
    text = "".join(word + gap for word, gap in pieces)
    if draw(st.booleans()):
        text += draw(st.sampled_from(WORDS)) + draw(st.sampled_from(ENDINGS))
    return text.swapcase() if draw(st.integers(0, 5)) == 0 else text


@st.composite
def leaves(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 9))
    word = draw(st.sampled_from(WORDS))
    if kind <= 3:
        return word
    if kind == 4:
        return f'"{word} {draw(st.sampled_from(WORDS))}"'
    if kind == 5:
        return draw(st.sampled_from([*TAGS, "#acme*"]))
    if kind == 6:
        return draw(st.sampled_from(["reli*", "Вол*", "রকে*", "acme-rock*", "索尼公*"]))
    if kind == 7:
        return f"{{{word}}}" if draw(st.booleans()) else f"{{{word} {draw(st.sampled_from(WORDS))}}}"
    if kind == 8:
        other = draw(st.sampled_from([*WORDS, "#acme", "@rockets", '"at t"', "reli*"]))
        return f"{word} NEAR/{draw(st.integers(1, 4))} {other}"
    return draw(st.sampled_from(FIELDS))


queries = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} OR {three[1]} OR {three[2]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} NOT {pair[1]})"),
        inner.map(lambda one: f"NOT {one}"),
    ),
    max_leaves=7,
)

posts = st.builds(
    Post,
    source=st.sampled_from(["feed", "mastodon"]),
    instance=st.just("i"),
    external_id=st.just("1"),
    url=st.sampled_from(["", "https://news.example.org/a", "https://example.com", "http://[", "https://пример.рф/"]),
    title=st.one_of(st.just(""), texts()),
    text=texts(),
    lang=st.sampled_from(["", "bn", "en-GB"]),
    author=st.sampled_from([Author(), Author(handle="Jane@mastodon.social"), Author(name="JANE  doe")]),
)


def identify(post: Post) -> str:
    return "bn" if "ঢ" in post.text else "en"


def readable(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError:
        return None


def plainly(query: Query, post: Post) -> bool:
    view = PostView(post, "wire", identify)
    return holds(query.tree, (cut(post.title), cut(post.text)), view.field_holds)


MANY = st.lists(queries, min_size=1, max_size=6), st.lists(posts, min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(*MANY)
def test_the_matcher_finds_exactly_what_the_plain_evaluator_finds(asked: list[str], seen: list[Post]) -> None:
    readables = {f"{number}": query for number, one in enumerate(asked) if (query := readable(one)) is not None}
    matcher = Matcher(readables, identify)
    for post in seen:
        found = [mention.brand for mention in matcher.match([post], "wire")]
        assert found == [name for name, query in readables.items() if plainly(query, post)]


FEW = st.sampled_from(["a1", "b1", "c1", "d1"])
dense_queries = st.recursive(
    st.one_of(
        FEW,
        st.tuples(FEW, FEW).map(lambda two: f'"{two[0]} {two[1]}"'),
        st.tuples(FEW, st.integers(1, 4), FEW).map(lambda near: f"{near[0]} NEAR/{near[1]} {near[2]}"),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        inner.map(lambda one: f"NOT {one}"),
    ),
    max_leaves=8,
)
few_words = st.lists(st.one_of(FEW, st.just("x")), max_size=7).map(" ".join)


DENSE = (
    st.lists(dense_queries, min_size=1, max_size=8),
    st.lists(st.tuples(few_words, few_words), min_size=1, max_size=6),
)


@settings(max_examples=250, deadline=None)
@given(*DENSE)
def test_few_words_in_every_combination_are_decided_as_the_plain_evaluator_does(
    asked: list[str], seen: list[tuple[str, str]]
) -> None:
    readables = {f"{number}": query for number, one in enumerate(asked) if (query := readable(one)) is not None}
    matcher = Matcher(readables)
    for title, text in seen:
        post = Post(source="feed", instance="i", external_id="1", title=title, text=text)
        found = [mention.brand for mention in matcher.match([post])]
        assert found == [name for name, query in readables.items() if plainly(query, post)]


SOME = st.lists(queries, min_size=2, max_size=6), st.lists(posts, min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(*SOME)
def test_adding_removing_and_learning_change_no_answer(asked: list[str], seen: list[Post]) -> None:
    readables = {f"{number}": query for number, one in enumerate(asked) if (query := readable(one)) is not None}
    matcher = Matcher(readables, identify)
    matcher.match(seen * 90)  # past the first relearning, with every word of these posts counted as common
    for name in list(readables)[::2]:
        matcher.remove(name)
        del readables[name]
    for post in seen:
        found = [mention.brand for mention in matcher.match([post], "wire")]
        assert found == [name for name, query in readables.items() if plainly(query, post)]


@settings(max_examples=100, deadline=None)
@given(queries, posts)
def test_spans_are_places_in_the_original_text(asked: str, post: Post) -> None:
    query = readable(asked)
    if query is None:
        return
    view, texts = PostView(post, "wire", identify), (cut(post.title), cut(post.text))
    found = [leaf for leaf in positive_leaves(query.tree) if holds(leaf, texts, view.field_holds)]
    plain = spans(found, [(text, partial(occurrences, text=text)) for text in texts])
    for mention in Matcher({"brand": query}, identify).match([post], "wire"):
        assert mention.spans == plain
        for span in mention.spans:
            source = post.title if span.field == "title" else post.text
            assert source[span.start : span.end] == span.text
            assert normalise(span.text).strip()
        assert len(set(mention.spans)) == len(mention.spans)


@settings(max_examples=100, deadline=None)
@given(queries, posts)
def test_explain_says_what_match_does(asked: str, post: Post) -> None:
    query = readable(asked)
    if query is None:
        return
    matcher = Matcher({"brand": query}, identify)
    told = matcher.explain("brand", post, "wire").splitlines()
    matched = bool(matcher.match([post], "wire"))
    assert told[0].startswith("brand matches") == matched
    assert told[1].strip().startswith("yes") == matched


@pytest.mark.soak
@pytest.mark.parametrize(
    ("law", "strategies"),
    [
        (test_the_matcher_finds_exactly_what_the_plain_evaluator_finds, MANY),
        (test_few_words_in_every_combination_are_decided_as_the_plain_evaluator_does, DENSE),
        (test_adding_removing_and_learning_change_no_answer, SOME),
        (test_spans_are_places_in_the_original_text, (queries, posts)),
    ],
)
def test_it_is_so_in_thousands_of_examples(law: Any, strategies: tuple[Any, ...]) -> None:
    settings(max_examples=2_000, deadline=None)(given(*strategies)(law.hypothesis.inner_test))()


def drawn_text(chance: random.Random) -> str:
    pieces = [chance.choice(WORDS + TAGS) + chance.choice(GAPS) for _ in range(chance.randrange(12))]
    return "".join(pieces) + (chance.choice(WORDS) + chance.choice(ENDINGS) if chance.random() < 0.3 else "")


def drawn_leaf(chance: random.Random) -> str:
    word, other = chance.choice(WORDS), chance.choice(WORDS)
    shapes = (word, word, word, f'"{word} {other}"', f"{{{word}}}", f"{word} NEAR/{chance.randint(1, 5)} {other}")
    return chance.choice((*shapes, chance.choice([*TAGS, "#acme*"]), "reli*", "Вол*", "রকে*", chance.choice(FIELDS)))


def drawn_query(chance: random.Random, depth: int = 0) -> str:
    if depth > 2 or chance.random() < 0.3:
        return drawn_leaf(chance)
    one, other = drawn_query(chance, depth + 1), drawn_query(chance, depth + 1)
    return chance.choice((f"({one} {other})", f"({one} OR {other})", f"({one} NOT {other})", f"({one} OR {other})"))


@pytest.mark.soak
def test_a_million_pairs_of_query_and_post_are_decided_as_the_plain_evaluator_does() -> None:
    chance = random.Random(4)
    readables: dict[str, Query] = {}
    while len(readables) < 1_000:
        query = readable(drawn_query(chance))
        if query is not None:
            readables[f"{len(readables)}"] = query
    matcher = Matcher(readables, identify)
    authors = [Author(), Author(handle="Jane@mastodon.social"), Author(name="JANE  doe")]
    for number in range(1_000):
        post = Post(
            source=chance.choice(["feed", "mastodon"]),
            instance="i",
            external_id=str(number),
            url=chance.choice(["", "https://news.example.org/a", "http://[", "https://пример.рф/"]),
            title=drawn_text(chance) if number % 3 == 0 else "",
            text=drawn_text(chance),
            lang=chance.choice(["", "bn", "en-GB"]),
            author=chance.choice(authors),
        )
        found = [mention.brand for mention in matcher.match([post], "wire")]
        view, texts = PostView(post, "wire", identify), (cut(post.title), cut(post.text))
        assert found == [name for name, query in readables.items() if holds(query.tree, texts, view.field_holds)]
        if number % 7 == 0:  # taken out and in again, it comes last
            name = chance.choice(list(readables))
            query = readables.pop(name)
            matcher.add(name, query)
            readables[name] = query


def test_a_query_that_was_never_added_cannot_be_explained_or_removed() -> None:
    matcher = Matcher({})
    with pytest.raises(KeyError):
        matcher.remove("acme")
    with pytest.raises(KeyError):
        matcher.explain("acme", Post(source="feed", instance="i", external_id="1"))
