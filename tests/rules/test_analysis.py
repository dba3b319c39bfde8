"""Reading posts: mentions, what they say, who wrote them, which rules speak."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules import batch, understanding
from rules.analysis import Analyser, BrandSetup, Read, RuleSetup, Setup
from rules.batch import analyse_batch, analyse_known, digest_of
from rules.directory import Customer, Identity
from rules.reading import Mention, Sentiment
from rules.rule import RuleError
from rules.sentiment.contract import ReadyText
from sources.post import Author, Post
from sources.query import QueryError

NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)
SETUP = Setup(
    brands=(
        BrandSetup("Acme", "acme NOT coyote", ("mastodon:acmehelp@host.example",)),
        BrandSetup("Rockets", '"acme rockets"'),
    ),
    rules=(
        RuleSetup("angry customer", 'sentiment.score <= -0.4 && customer.tier in ["gold"]', "high"),
        RuleSetup(
            "angry in Bengali", 'lang.startsWith("bn") && ("complaint" in intent || urgency.label != "none")', "high"
        ),
        RuleSetup("seen", '"social" in seen_by && brand == "Rockets"', "critical", brands=("Rockets",)),
        RuleSetup("own", "own", "low"),
        RuleSetup("odd", "1 / author.followers == 7", "low", brands=("Rockets",)),
    ),
    customers=(
        Customer(
            id="c1",
            name="Ann",
            tier="gold",
            identities=(Identity("mastodon", "ann@host.example"), Identity("x", "ann")),
            origin="customers.csv line 2",
        ),
    ),
    unmatched_sources=("x",),
)
ANALYSER = Analyser(SETUP)


def post(text: str, handle: str = "bob@host.example", number: str = "1", source: str = "mastodon") -> Post:
    return Post(
        source=source,
        instance="host.example",
        external_id=number,
        text=text,
        published_at=NOW - timedelta(hours=1),
        author=Author(handle=handle),
    )


ANGRY = "I hate acme. Terrible, awful service, the worst company ever. I want my refund now!"


def read(*posts: Post, every: bool = False) -> list[Read]:
    return ANALYSER.analyse(posts, "social", NOW, every)


def test_an_angry_customer_is_heard_with_the_reason() -> None:
    (one,) = read(post(ANGRY, "Ann@host.example"))
    assert (one.reading.brand, one.reading.lang, one.reading.sentiment.label) == ("Acme", "en", "negative")
    assert one.reading.customer is not None and one.reading.customer.id == "c1"
    (match,) = one.reading.rules
    assert match.name == "angry customer"
    assert match.reason.startswith(f"Ann (gold) wrote {one.reading.sentiment.score:.2f} about 'Acme': '")
    assert one.reading.spans[0].text == "acme"
    assert (one.own, one.troubles, one.reading.story, list(one.reading.topics)) == (False, (), "", [])
    assert one.fingerprint


def test_an_angry_customer_writing_in_bengali_is_heard() -> None:
    text = "acme এর সেবা খুব খারাপ, আমি টাকা ফেরত চাই। তিন দিন ধরে অপেক্ষা করছি, কেউ উত্তর দেয় না। এটা প্রতারণা!"
    (one,) = read(post(text, "ann@host.example"))
    assert one.reading.lang == "bn"
    assert one.reading.sentiment.label == "negative"
    assert [match.name for match in one.reading.rules] == ["angry customer", "angry in Bengali"]


def test_a_language_without_evidence_has_no_sentiment_and_says_why() -> None:
    (one,) = read(post("acme のサービスはひどいです。返金してください。"))
    assert one.reading.lang == "ja"
    assert (one.reading.sentiment.label, one.reading.sentiment.why) == (None, "no evidence for ja")


def test_bengali_in_latin_letters_is_told_apart_and_still_bengali_to_a_rule() -> None:
    (one,) = read(post("acme er service khub kharap, amar taka ferot den vai, ekhono pai nai", "ann@host.example"))
    assert (one.reading.lang, one.reading.sentiment.label) == ("bn-Latn", "negative")
    assert [match.name for match in one.reading.rules] == ["angry customer", "angry in Bengali"]


def test_a_post_of_two_brands_is_read_once_and_given_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []

    def counted(post: Post) -> str:
        texts.append(post.text)
        return post.text

    monkeypatch.setattr(understanding, "readable", counted)
    reads = read(post("the acme rockets are here"))
    assert sorted(str(one.reading.brand) for one in reads) == ["Acme", "Rockets"]
    assert texts == ["the acme rockets are here"]


def test_the_order_is_that_of_the_posts_and_every_gives_the_unmatched_too() -> None:
    posts = [post("nothing here", number="1"), post("acme", number="2"), post("acme coyote", number="3")]
    assert [one.post.external_id for one in read(*posts)] == ["2"]
    every = read(*posts, every=True)
    assert [(one.post.external_id, one.reading.brand) for one in every] == [("1", None), ("2", "Acme"), ("3", None)]


def test_the_brands_own_posts_are_marked() -> None:
    (one,) = read(post("acme is here to help", "acmehelp@host.example"))
    assert one.own
    assert [match.name for match in one.reading.rules] == ["own"]


def test_authors_of_services_that_forbid_it_are_not_matched() -> None:
    (one,) = read(post(ANGRY, "ann", source="x"))
    assert one.reading.customer is None


def test_a_handle_on_x_that_the_file_names_is_matched_only_where_the_user_has_switched_it_on() -> None:
    written = [post(ANGRY, "ann", source="x")]
    not_chosen = msgspec.structs.replace(SETUP, unmatched_sources=())
    assert Analyser(not_chosen).analyse(written, "social", NOW)[0].reading.customer is None
    chosen = msgspec.structs.replace(not_chosen, opted_in=("x",))
    assert Analyser(chosen).analyse(written, "social", NOW)[0].reading.customer is not None
    refused = msgspec.structs.replace(chosen, unmatched_seen_by=("social",))
    assert Analyser(refused).analyse(written, "social", NOW)[0].reading.customer is None
    assert Analyser(refused).analyse(written, "other", NOW)[0].reading.customer is not None


def test_a_rule_without_an_answer_is_told_with_the_mention() -> None:
    rockets = next(one for one in read(post("acme rockets")) if one.reading.brand == "Rockets")
    assert [(trouble.part, trouble.why) for trouble in rockets.troubles] == [
        ("rule 'odd'", "did not decide: divide by zero")
    ]
    assert [match.name for match in rockets.reading.rules] == ["seen"]


class PoisonedSentiment:
    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        if any("poison" in mention.text for mention in mentions):
            raise OverflowError("too\nbitter")
        return [Sentiment(label="neutral", score=0.0) for _ in mentions]


class PoisonedMatcher:
    def match(self, posts: Sequence[Post], seen_by: str) -> list[Mention]:
        if any("poison" in post.text for post in posts):
            raise KeyError("lost")
        return [Mention(post=post, brand="Acme") for post in posts]


def test_one_mention_whose_sentiment_fails_loses_no_other() -> None:
    analyser = Analyser(SETUP)
    analyser._sentiment = PoisonedSentiment()
    fine, bad = analyser.analyse([post("acme fine", number="1"), post("acme poison", number="2")], "social", NOW)
    assert (fine.reading.sentiment.label, fine.troubles) == ("neutral", ())
    assert bad.reading.sentiment == Sentiment(label=None, why="could not be read: OverflowError: too bitter")
    assert [trouble.part for trouble in bad.troubles] == ["sentiment"]


def test_a_post_that_cannot_be_matched_is_kept_for_every_brand_and_wakes_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    analyser = Analyser(SETUP)
    monkeypatch.setattr(analyser, "_matcher", PoisonedMatcher())
    reads = analyser.analyse(
        [post(ANGRY, "ann@host.example"), post("poison " + ANGRY, "ann@host.example", "2")], "s", NOW
    )
    assert [(one.post.external_id, one.reading.brand, len(one.reading.rules)) for one in reads] == [
        ("1", "Acme", 1),
        ("2", "Acme", 0),
        ("2", "Rockets", 0),
    ]
    assert [trouble.part for trouble in reads[1].troubles] == ["query"]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("readable", "text"),
        ("identify_languages", "language"),
        ("read_intents", "intent"),
        ("read_urgency", "urgency"),
        ("fingerprints", "story"),
    ],
)
def test_whatever_part_fails_the_rest_is_read_and_the_part_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, part: str
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(understanding, name, fails)
    (one,) = read(post(ANGRY, "ann@host.example"))
    assert [(trouble.part, trouble.why) for trouble in one.troubles] == [(part, "RuntimeError: broken")]
    assert one.reading.customer is not None


def test_a_judge_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("rules.judging.judge", fails)
    (one,) = read(post(ANGRY))
    assert [trouble.part for trouble in one.troubles] == ["rules"]


def test_a_setup_that_cannot_work_is_refused_when_it_is_built() -> None:
    with pytest.raises(QueryError) as query:
        Analyser(Setup(brands=(BrandSetup("Acme", "(acme"),), rules=()))
    assert query.value.__notes__ == ["brand 'Acme'"]
    with pytest.raises(RuleError):
        Analyser(Setup(brands=(), rules=(RuleSetup("r", "foo", "low"),)))
    with pytest.raises(ValueError, match="must name the server"):
        Analyser(Setup(brands=(BrandSetup("Acme", "acme", ("mastodon:acme",)),), rules=()))
    with pytest.raises(ValueError, match="two brands are called 'Acme'"):
        Analyser(Setup(brands=(BrandSetup("Acme", "acme"), BrandSetup("Acme", "rockets")), rules=()))


def test_a_batch_as_bytes_gives_what_the_analyser_gives() -> None:
    posts = [post(ANGRY, "ann@host.example"), post("acme rockets", number="2")]
    answer = analyse_batch(msgspec.json.encode(posts), msgspec.json.encode(SETUP), "social", NOW.isoformat())
    expected = msgspec.json.decode(msgspec.json.encode(read(*posts)), type=list[Read])
    assert msgspec.json.decode(answer, type=list[Read]) == expected


def test_an_analyser_is_built_once_for_a_setup() -> None:
    setups = [msgspec.json.encode(msgspec.structs.replace(SETUP, unmatched_sources=(kind,))) for kind in "abc"]
    first = batch._analyser(digest_of(setups[0]), setups[0])
    again = bytes(bytearray(setups[0]))
    assert batch._analyser(digest_of(again), again) is first
    for setup in setups:
        batch._analyser(digest_of(setup), setup)
    assert batch._analyser(digest_of(setups[0]), setups[0]) is not first


def test_a_setup_that_was_given_before_need_not_be_given_again() -> None:
    posts = msgspec.json.encode([post(ANGRY, "ann@host.example")])
    setup = msgspec.json.encode(msgspec.structs.replace(SETUP, unmatched_sources=("known",)))
    assert analyse_known(posts, digest_of(setup), "social", NOW.isoformat()) is None
    answer = analyse_batch(posts, setup, "social", NOW.isoformat())
    assert analyse_known(posts, digest_of(setup), "social", NOW.isoformat()) == answer


def test_a_batch_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        analyse_batch(b"[]", msgspec.json.encode(SETUP), "social", "2026-11-12T09:00:00")


texts = st.text() | st.text("acme rockets\x00\ud800@#😀ক্ ")
posts = st.builds(
    Post,
    source=st.sampled_from(["feed", "mastodon", "bluesky", ""]),
    instance=texts,
    external_id=texts,
    url=texts,
    title=texts,
    text=texts.map(lambda text: f"acme {text}"),
    lang=texts,
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    author=st.builds(Author, id=texts, handle=texts, name=texts, email=texts, followers=st.none() | st.integers()),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(posts, max_size=4))
def test_no_post_makes_it_raise_or_is_lost(batch: list[Post]) -> None:
    reads = read(*batch, every=True)
    assert [id(one.post) for one in reads if one.reading.brand in (None, "Acme")] == [id(post) for post in batch]
    assert {trouble.part for one in reads for trouble in one.troubles} <= {"rule 'odd'"}


def test_one_analyser_serves_several_threads() -> None:
    batches = [[post(f"acme rockets {word} {number}", number=str(number)) for number in range(40)] for word in "abcd"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda batch: read(*batch), batches))
    assert answers == [read(*batch) for batch in batches]
