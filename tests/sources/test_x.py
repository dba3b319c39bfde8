"""X: the real collector, through tweepy, against a server that answers as X's API does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polling import NOW, START, History, Item, Reader, histories, walk_through
from pydantic import ValidationError
from x_service import WEEK, XService, number_of

import sources.x_walk as walking
from sources.abilities import Charging, Rechecking
from sources.contract import Gap, Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.http import Answer
from sources.post import PostKey
from sources.query import parse
from sources.query.branches import branches
from sources.x import X, XSettings, _refusal
from sources.x_post import read_answer
from sources.x_query import MOST_LENGTH, searches

ASK = "search acme"


@pytest.fixture(scope="module")
def server() -> Iterator[XService]:
    with XService() as service:
        yield service


@pytest.fixture
def service(server: XService) -> XService:
    server.renew()
    return server


def opened(service: XService, **more: Any) -> X:
    told = {
        "kind": "x",
        "name": "x",
        "bearer_token": "secret-token",
        "monthly_budget_usd": "100",
        "base_url": service.url,
        "allow_private": True,
    }
    return XSettings.model_validate(told | more).open()


def reader(service: XService, ask: str = ASK, **more: Any) -> Reader:
    return Reader(opened(service, **more), service, ask)


def walked(server: XService, history: History) -> None:
    """Asks through a history whose posts have X's ids; X shows a post half a minute after it was written."""
    server.renew()
    server.cap, server.left = history.cap, 10**9
    for n, item in enumerate(history.items):
        item.id, item.moved_at = number_of(item.at, n), []
        item.shown_from = max(item.shown_from, item.at + 30)
    walk_through(history, reader(server))


@settings(max_examples=25, deadline=None)
@given(histories(lag=240))
def test_nothing_is_skipped_whatever_comes_late_is_deleted_or_dies_in_between(
    server: XService, history: History
) -> None:
    walked(server, history)


@pytest.mark.parametrize(
    "defect", ["since_id though posts come late", "mark moved before the walk closed", "first page is all"]
)
def test_a_walk_with_a_defect_is_found_out(server: XService, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    if defect == "since_id though posts come late":
        monkeypatch.setattr(
            walking,
            "_next",
            lambda standing, now, _: walking.Walk(
                low=standing.read_to, low_at=walking.at(standing.read_to) or standing.walk.low_at, began=now
            ),
        )
    else:
        advance = walking.advance

        def careless(standing: Any, shown: Any, now: int, reach: Any, forgotten: Any = ()) -> Any:
            if defect == "first page is all":
                shown = walking.msgspec.structs.replace(shown, next_token="")
                return advance(standing, shown, now, reach, forgotten)
            moved = walking.replace(standing, read_to=max([standing.read_to, *shown.ids]))
            page = advance(moved, shown, now, reach, forgotten)
            after = walking.msgspec.json.decode(page.cursor, type=walking.Standing)
            after = walking.replace(after, between=True, read_at=after.walk.began, read_to=after.walk.top)
            return walking.replace(page, cursor=walking.encoded(after), more=False)

        monkeypatch.setattr("sources.x.advance", careless)

    late = Item(id=99, at=START + 100, shown_from=START + 310)
    items = [Item(id=number, at=START + 30 * number, shown_from=START + 30 * number) for number in range(9)]
    with pytest.raises(AssertionError):
        walked(server, History(items=[*items, late], polls=[300, 900], cap=2, pace=0, crashes=[]))


def test_a_burst_of_five_thousand_between_two_polls_is_read_over_several_fetches(service: XService) -> None:
    asking = reader(service)
    service.add(0, START - 600)
    asking.poll(START)
    for n in range(1, 5_001):
        service.add(n, START + n // 50)
    service.left = 10**6
    asking.poll(START + 900)
    assert len(asking.ids()) == 5_001
    assert not asking.gaps


def test_the_newest_id_is_the_mark_once_it_is_old_and_time_before(service: XService) -> None:
    asking = reader(service)
    item = service.add(1, START - 60)
    asking.poll(START)
    asking.poll(START + 120)
    assert service.searches[-1]["start_time"] == "2026-11-20T11:55:00Z"
    asking.poll(START + 900)
    asking.poll(START + 1_800)
    assert service.searches[-1]["since_id"] == str(item.id)
    assert "start_time" not in service.searches[-1]
    billed = service.billed
    asking.poll(START + 2_700)
    assert service.billed == billed  # nothing new costs nothing
    assert len(asking.kept) == 1


def test_a_page_token_that_x_forgets_costs_nothing_but_a_request(service: XService) -> None:
    for n in range(5):
        service.add(n, START - 100 + n)
    service.cap = 2
    asking = reader(service)
    page = asyncio.run(asking.source.fetch(ASK, None, NOW))
    service.forgets_tokens = True
    lost = asyncio.run(asking.source.fetch(ASK, page.cursor, NOW))
    assert (lost.more, list(lost.posts), lost.usd) == (True, [], 0)
    service.forgets_tokens = False
    asking.cursor, asking.kept = lost.cursor, list(page.posts)
    asking.poll(START)
    assert len(asking.ids()) == 5


def test_what_is_older_than_seven_days_is_declared_a_gap(service: XService) -> None:
    asking = reader(service)
    service.add(1, START - 60)
    asking.poll(START)
    late = START + 9 * 86_400
    lost = service.add(2, START + 3_600)
    kept = service.add(3, late - 3_600)
    asking.poll(late)
    assert str(kept.id) in asking.ids()
    (gap,) = asking.gaps
    assert gap.since is not None and gap.until is not None
    assert gap.since <= datetime.fromtimestamp(lost.at, UTC) < gap.until
    assert "seven days" in gap.why
    assert abs((gap.until - datetime.fromtimestamp(late - WEEK, UTC)).total_seconds()) < 120


def test_what_does_not_fit_the_pages_of_a_walk_is_declared_a_gap(service: XService) -> None:
    items = [service.add(n, START - 1_000 + n) for n in range(30)]
    service.cap = 10
    asking = reader(service, most_pages=2)
    asking.poll(START)
    assert len(asking.kept) == 20
    assert asking.missing(START, START - 5_000) == set()
    assert asking.gaps[0].until == datetime.fromtimestamp(items[10].at + 1, UTC)


def test_mentions_of_the_own_account_are_read_at_their_own_price(service: XService) -> None:
    for n in range(12):
        service.add(n, START - 60 * n - 60)
    service.cap = 10
    asking = reader(service, "mentions 42", user_id="42")
    page = asyncio.run(asking.source.fetch("mentions 42", None, NOW))
    assert service.asked[-1] == "/2/users/42/mentions"
    assert page.usd == 10 * Decimal("0.001") + Decimal("0.010")
    asking.poll(START)
    assert len(asking.ids()) == 12


def test_mentions_beyond_the_800_that_x_shows_are_declared_a_gap(service: XService) -> None:
    for n in range(800):
        service.add(n, START - 7_200 + n)
    service.left = 10**6
    asking = reader(service, "mentions 42", user_id="42", backfill="1d")
    asking.poll(START)
    (gap,) = asking.gaps
    assert gap == Gap(since=NOW - timedelta(days=1), until=datetime.fromtimestamp(START - 7_199, UTC), why=gap.why)


def test_money_is_counted_in_full_and_never_above_the_price_told_before(service: XService) -> None:
    for n in range(100):
        service.add(n, START - 60 - n, by=n)
    source = opened(service)
    assert isinstance(source, Charging) and isinstance(source, Rechecking) and isinstance(source, Source)
    assert source.budget == 100
    page = asyncio.run(source.fetch(ASK, None, NOW))
    assert page.usd == service.billed == source.most_usd(ASK, None) == Decimal("1.500")
    assert opened(service, page_size=10).most_usd(ASK, None) == Decimal("0.150")
    assert source.plan(parse("acme")).usd_a_post == Decimal("0.015")


def test_a_post_has_all_that_x_tells_in_both_dialects(service: XService) -> None:
    service.add(1, START - 60)
    kept = []
    for dialect in ("tweet", "post"):
        service.dialect = dialect
        (post,) = asyncio.run(opened(service, field_names=dialect).fetch(ASK, None, NOW)).posts
        kept.append(post)
    assert kept[0] == kept[1]
    post = kept[0]
    assert post.text == f"acme number {post.external_id} & rockets"
    assert post.url == f"https://x.com/jane7001/status/{post.external_id}"
    assert (post.author.handle, post.author.name, post.author.followers) == ("jane7001", "Jane Doe", 1_200)
    assert (post.engagement.likes, post.engagement.replies) == (4, 3)
    assert (post.engagement.reposts, post.engagement.views) == (2, 50)
    assert post.published_at == datetime.fromtimestamp(START - 60, UTC)
    service.dialect = "post"
    with pytest.raises(SourceRefused, match=r"tweet\.fields"):
        asyncio.run(opened(service).fetch(ASK, None, NOW))


@pytest.mark.parametrize("name", ["tweet", "post"])
def test_long_texts_links_replies_reposts_and_edits_are_read_whole(name: str) -> None:
    told = {
        "data": [
            {"id": "1500000000000000001", "text": "short…", f"note_{name}": {"text": "the whole of it"}},
            {
                "id": "1500000000000000002",
                "text": "look https://t.co/abc",
                "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://acme.example/x"}]},
                f"referenced_{name}s": [{"type": "replied_to", "id": "12"}],
                f"edit_history_{name}_ids": ["1500000000000000000", "1500000000000000002"],
                "lang": "qme",
            },
            {
                "id": "1500000000000000003",
                "text": "RT @a: cut…",
                f"referenced_{name}s": [{"type": "retweeted", "id": "9"}],
            },
        ],
        "includes": {f"{name}s": [{"id": "9", "text": "uncut and long"}]},
        "meta": {},
    }
    first, second, third = read_answer(told, NOW).posts
    assert first.text == "the whole of it"
    assert first.url == "https://x.com/i/web/status/1500000000000000001"
    assert second.text == "look https://acme.example/x"
    assert (second.in_reply_to, second.kind, second.lang) == ("12", "comment", "")
    assert second.external_id == "1500000000000000000"
    assert third.text == "RT @a: uncut and long"


def test_posts_that_are_gone_are_told_and_others_are_left_as_they_are(service: XService) -> None:
    here, gone = service.add(1, START - 60), service.add(2, START - 50)
    gone.deleted_at = START
    keys = [PostKey("x", "x.com", str(item.id)) for item in (here, gone)]
    page = asyncio.run(opened(service).recheck(keys, NOW))
    assert [change.key for change in page.changes] == [keys[1]]
    assert page.usd == Decimal("0.005")
    assert opened(service).most_usd_again(100) == Decimal("0.5")
    assert not asyncio.run(opened(service).recheck([PostKey("x", "x.com", "oops")], NOW)).changes


def test_withheld_and_protected_posts_are_gone_and_troubles_with_something_else_are_not() -> None:
    told = {
        "data": [
            {"id": "1", "text": "", "withheld": {"copyright": True, "country_codes": ["XY"]}},
            {"id": "2", "text": "", "withheld": {"copyright": False, "country_codes": ["DE"]}},
        ],
        "errors": [
            {"resource_type": "tweet", "resource_id": "3", "parameter": "ids", "type": "x/not-authorized-for-resource"},
            {
                "resource_type": "tweet",
                "resource_id": "4",
                "parameter": "referenced_tweets.id",
                "type": "x/resource-not-found",
            },
            {"resource_type": "user", "resource_id": "5", "parameter": "ids", "type": "x/resource-not-found"},
            {"resource_type": "tweet", "resource_id": "6", "parameter": "ids", "type": "x/service-unavailable"},
            "oops",
        ],
    }
    assert list(read_answer(told, NOW).gone) == ["3", "1"]


@pytest.mark.parametrize(
    ("status", "told", "headers", "kind", "why"),
    [
        (401, {}, {}, SourceRefused, "credentials"),
        (403, {"reason": "client-not-enrolled"}, {}, SourceRefused, "credentials"),
        (402, {"title": "CreditsDepleted"}, {}, SourceRefused, "money"),
        (429, {"type": "https://api.x.com/2/problems/usage-capped"}, {}, SourceRefused, "money"),
        (400, {"errors": [{"message": "unbalanced"}]}, {}, SourceRefused, "settings"),
        (429, {}, {"x-rate-limit-reset": str(START + 90)}, SourceBusy, timedelta(seconds=90)),
        (429, [], {"x-rate-limit-reset": "nonsense"}, SourceBusy, timedelta(minutes=1)),
        (503, {}, {}, SourceUnavailable, None),
        (503, {}, {"retry-after": "7"}, SourceBusy, timedelta(seconds=7)),
    ],
)
def test_a_refusal_says_what_to_do_next(
    status: int, told: Any, headers: dict[str, str], kind: type[SourceError], why: Any
) -> None:
    answer = Answer(status=status, url="", headers=headers, body=json.dumps(told).encode())
    error = _refusal(answer, NOW)
    assert type(error) is kind
    assert why == (getattr(error, "why", None) or getattr(error, "retry_after", None))


def test_a_refused_request_costs_nothing_and_an_unreadable_answer_may_have_cost_a_page(service: XService) -> None:
    service.fail(429, times=1, body="{}")
    with pytest.raises(SourceBusy) as busy:
        asyncio.run(opened(service).fetch(ASK, None, NOW))
    assert busy.value.usd == 0
    with pytest.raises(SourceUnavailable, match="cannot be reached") as unsent:
        asyncio.run(opened(service, base_url="http://127.0.0.1:1").fetch(ASK, None, NOW))
    assert unsent.value.usd == 0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = opened(service, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        source._door._timeout = 0.3
        with pytest.raises(SourceUnavailable) as lost:
            asyncio.run(source.fetch(ASK, None, NOW))
    assert lost.value.usd is None
    service.fail(200, times=1, body="<html>")
    with pytest.raises(SourceUnavailable) as unread:
        asyncio.run(opened(service).fetch(ASK, None, NOW))
    assert unread.value.usd == Decimal("1.5")


def test_with_little_of_the_allowance_left_the_searches_take_turns(service: XService) -> None:
    service.add(1, START - 60)
    service.left = 20
    source = opened(service)
    page = asyncio.run(source.fetch(ASK, None, NOW))
    assert page.next_check is not None and timedelta(minutes=9) < page.next_check <= timedelta(minutes=10)
    asked = len(service.searches)
    assert asyncio.run(source.fetch("search other", None, NOW)).more
    assert len(service.searches) == asked


def test_the_token_goes_nowhere_else_and_into_no_log(service: XService, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        asyncio.run(opened(service).fetch(ASK, None, NOW))
    assert service.headers[-1]["authorization"] == "Bearer secret-token"
    assert "secret-token" not in caplog.text
    elsewhere = XService().start()
    service.fail(302, times=1)
    with pytest.raises(SourceUnavailable):
        asyncio.run(opened(service).fetch(ASK, None, NOW))
    assert not elsewhere.headers
    elsewhere.close()
    assert "secret-token" not in repr(opened(service)._settings)


def test_a_search_is_split_within_the_length_and_minds_the_precedence() -> None:
    def asked(query: str) -> list[str]:
        return searches(branches(parse(query)).branches)

    assert asked('("acme rockets" OR @acmehelp) NOT (coyote OR "acme markets")') == [
        '("acme rockets" OR @acmehelp) -coyote -"acme markets"'
    ]
    assert asked("acme rocket OR #acme kettle") == ["(acme rocket) OR (#acme kettle)"]
    assert asked("acme NOT {ACME}") == ["acme"]
    assert asked("reliab*") == []
    assert asked("author:jane") == ["from:jane"]
    assert asked('"or" acme') == ['"or" acme']
    many = asked(" OR ".join(f'word{n} AND "thing number {n}"' for n in range(60)))
    assert len(many) > 3
    assert all(len(one) <= MOST_LENGTH for one in many)
    assert sum(one.count('"thing') for one in many) == 60


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet='aé漢👍"\\-:() ORNT#@', min_size=1, max_size=700), min_size=1, max_size=8))
def test_no_words_make_a_search_too_long_or_break_its_quotes(words: list[str]) -> None:
    from sources.query.branches import Branch
    from sources.query.tree import Phrase

    found = searches([Branch((Phrase(word, 1),), (), ()) for word in words])
    assert all(len(one) <= MOST_LENGTH and one.count('"') % 2 == 0 for one in found)


def test_a_plan_tells_requests_money_and_what_stays_unseen(service: XService) -> None:
    plan = opened(service, user_id="42").plan(parse('acme OR "acme rockets"'))
    assert list(plan.asks) == ["search acme", "mentions 42"]
    assert (plan.coverage, plan.requests) == ("superset", 2)
    assert opened(service).plan(parse("reliab*")).coverage == "partial"
    assert opened(service).plan(parse("acme AND site:example.org")).asks == []


def test_a_budget_and_a_token_must_be_named() -> None:
    for missing in ("bearer_token", "monthly_budget_usd"):
        told = {"kind": "x", "name": "x", "bearer_token": "t", "monthly_budget_usd": "1"}
        del told[missing]
        with pytest.raises(ValidationError, match=missing):
            XSettings.model_validate(told)


KEYS = (
    "data meta errors includes users tweets posts id text newest_id next_token withheld entities urls lang "
    "referenced_tweets type note_tweet public_metrics edit_history_tweet_ids created_at resource_id"
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(KEYS.split()),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=25,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_an_answer_of_any_shape_is_read_or_refused(told: Any) -> None:
    try:
        shown = read_answer(told, NOW)
    except SourceUnavailable:
        return
    standing, _ = walking.resume(None, START, walking.Reach(backfill=60, reread=60, most_pages=5), limited=True)
    page = walking.advance(standing, shown, START, walking.Reach(backfill=60, reread=60, most_pages=5))
    assert walking.resume(page.cursor, START + 60, walking.Reach(backfill=60, reread=60, most_pages=5), limited=True)


def test_an_id_of_the_future_moves_no_mark(service: XService) -> None:
    service.items = []
    service.fail(
        200, times=1, body=json.dumps({"data": [{"id": str(2**63 - 1), "text": "x"}], "meta": {"newest_id": "9" * 18}})
    )
    asking = reader(service)
    asking.poll(START)
    item = service.add(1, START + 60)
    asking.poll(START + 900)
    assert str(item.id) in asking.ids()


RECORDINGS = os.environ.get("LISTENER_RECORDINGS", "")
recorded = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


@recorded
@pytest.mark.parametrize(
    ("file", "posts"),
    [
        ("brexit", 100), ("cashtags", 1), ("cotweet", 1), ("edited", 1), ("edited_after", 1), ("edited_before", 1),
        ("geo_tweets", 2), ("many_urls", 1), ("mentions_tweet", 1), ("noflat", 100), ("two_tweets", 1),
    ],
)  # fmt: skip
def test_recorded_answers_of_x_lose_no_post_and_no_field(file: str, posts: int) -> None:
    kept, told = [], []
    for line in (Path(RECORDINGS) / "x-v2-twarc-csv" / f"{file}.jsonl").read_text("utf-8").splitlines():
        answer = json.loads(line)
        kept += read_answer(answer, NOW).posts
        told += answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    assert len(kept) == posts
    for post, item in zip(kept, told, strict=True):
        assert post.author.handle and post.author.id == item["author_id"]
        assert post.published_at == datetime.fromisoformat(item["created_at"])
        assert post.engagement.reposts == item["public_metrics"]["retweet_count"]
        assert post.engagement.likes == item["public_metrics"]["like_count"]
        assert post.text


@recorded
def test_recorded_pages_of_search_and_look_up_are_read() -> None:
    folder = Path(RECORDINGS)
    answer = json.loads((folder / "x-v2-bluesky-twitwi" / "payload-v2.json").read_text("utf-8"))
    shown = read_answer(answer, NOW)
    assert len(shown.posts) == len(answer["data"]) > 0
    assert shown.users == len(answer["includes"]["users"])
    reposts = [post for post in shown.posts if post.text.startswith("RT @")]
    assert all(not post.text.endswith("…") for post in reposts)


@recorded
def test_answers_of_version_1_1_are_refused_and_not_misread() -> None:
    for path in sorted((Path(RECORDINGS) / "x-v11-rtweet").glob("*.json")):
        told = json.loads(path.read_text("utf-8"))
        with contextlib.suppress(SourceUnavailable):
            assert not read_answer(told, NOW).posts, path
