from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from sources.post import MAX_TEXT, MAX_TITLE, Author, Engagement, Post, storable_post

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_a_time_of_the_future_is_cut_to_the_time_of_reading() -> None:
    post = Post(source="feed", instance="", external_id="1", published_at=datetime(2099, 1, 1, tzinfo=UTC))
    assert storable_post(post, NOW).published_at == NOW


def test_a_time_that_some_zones_cannot_hold_is_no_time() -> None:
    unset = Post(source="feed", instance="", external_id="1", published_at=datetime(1, 1, 1, tzinfo=UTC))
    assert storable_post(unset, NOW).published_at is None


def test_a_time_that_utc_cannot_hold_is_no_time() -> None:
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    assert (
        storable_post(Post(source="feed", instance="", external_id="1", published_at=first), NOW).published_at is None
    )


def test_links_that_a_browser_would_run_are_dropped() -> None:
    hostile = Post(
        source="feed", instance="", external_id="1", url=" javascript:alert(1)", author=Author(url="data:text/html,x")
    )
    assert (storable_post(hostile, NOW).url, storable_post(hostile, NOW).author.url) == ("", "")


def test_a_post_without_an_id_is_the_same_post_when_it_is_seen_again() -> None:
    bare = Post(source="feed", instance="x", external_id=" ", text="the same words")
    assert storable_post(bare, NOW).key == storable_post(bare, NOW + timedelta(days=1)).key
    other = Post(source="feed", instance="x", external_id="", text="other words")
    assert storable_post(bare, NOW).key != storable_post(other, NOW).key


@given(st.text(), st.text(), st.integers(), st.one_of(st.none(), st.datetimes(timezones=st.timezones())))
def test_whatever_comes_can_be_stored(title: str, text: str, votes: int, at: datetime | None) -> None:
    post = Post(
        source="feed",
        instance="\x00",
        external_id="1",
        title=title * 50,
        text=text + "\ud800\x00",
        published_at=at,
        engagement=Engagement(likes=votes),
    )
    kept = storable_post(post, NOW)
    whole = kept.title + kept.text + kept.instance
    assert "\x00" not in whole
    whole.encode("utf-8")
    assert len(kept.title) <= MAX_TITLE
    assert len(kept.text) <= MAX_TEXT
    assert kept.published_at is None or kept.published_at <= NOW
    assert kept.engagement.likes is not None
    assert abs(kept.engagement.likes) < 2**63
