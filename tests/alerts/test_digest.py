"""The digest: what a person reads over the first coffee."""

from __future__ import annotations

import html
import re
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.slack import payload
from alerts.digest import digest_page, render_digest
from alerts.digest_data import AuthorCount, BrandDigest, DigestData, StoryCount, TicketLine, UnreadStretch
from alerts.excerpt import width
from rules.reading import CustomerMatch, Sentiment

BERLIN = ZoneInfo("Europe/Berlin")
UNTIL = datetime(2025, 6, 2, 22, 0, tzinfo=UTC)  # midnight in Berlin
SINCE = UNTIL - timedelta(days=1)


def brand(**changes: Any) -> BrandDigest:
    values: dict[str, Any] = {
        "brand": "Acme",
        "mentions": 132,
        "mentions_before": 96,
        "labels": {"negative": 41, "neutral": 60, "positive": 20, "unread": 11},
        "labels_before": {"negative": 11, "neutral": 60, "positive": 25},
        "timeline": tuple((SINCE + timedelta(hours=hour), 5 + hour % 2, hour % 3) for hour in range(24)),
        "sources": (("mastodon", 100), ("hackernews", 32)),
        "languages": (("en", 120), ("bn", 12)),
        "top_mentions": (),
        "top_authors": (),
        "stories": (),
        "held": 0,
    }
    return BrandDigest(**(values | changes))


def data(*brands: BrandDigest, **changes: Any) -> DigestData:
    values: dict[str, Any] = {
        "since": SINCE,
        "until": UNTIL,
        "brands": brands or (brand(),),
        "alerts": (),
        "open_tickets": (),
        "failing_sources": (),
        "gaps": 0,
    }
    return DigestData(**(values | changes))


def words(page: str) -> str:
    """What a person reads of a page."""
    visible = re.sub(r"<(style|head)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", visible)).split())


def test_the_numbers_stand_against_the_day_before():
    message = render_digest(data(), timezone=BERLIN, key="d")
    assert message.title == "Acme: 132 mentions (+38 %) · Mon 2 Jun 2025"
    for shown in (message.text, words(message.html), str(message.blocks)):
        assert "132 mentions, +38 % against the day before (96)" in shown
    assert "negative 31 % (before: 11 %)" in message.text
    assert "Sources: Mastodon 100, Hacker News 32" in message.text
    assert "Languages: English 120, Bengali 12" in message.text


def test_a_brand_that_nobody_spoke_of_is_one_line():
    quiet = brand(mentions=0, mentions_before=0, labels={}, labels_before={}, timeline=(), sources=(), languages=())
    message = render_digest(data(quiet), timezone=BERLIN, key="d")
    assert message.title == "No mentions · Mon 2 Jun 2025"
    assert message.text.split("\n\n") == ["Mon 2 Jun 2025", "Acme: No mentions.", "No alerts"]
    assert message.pictures == ()


def test_a_digest_of_no_brand_at_all_is_still_a_message():
    message = render_digest(msgspec.structs.replace(data(), brands=()), timezone=BERLIN, key="d")
    assert "No alerts" in message.text


def test_mentions_authors_stories_alerts_and_tickets_are_listed_with_their_links(make_mention, make_alert, now):
    bengali = make_mention(
        post={"text": "রকেট আবার নষ্ট", "url": "https://bsky.app/p/2"},
        spans=(),
        lang="bn",
        sentiment=Sentiment(label=None, why="no evidence for bn"),
        customer=CustomerMatch(id="c2", name="রহিম", tier="platinum", confidence=1.0),
    )
    author = AuthorCount(
        source="mastodon",
        name="Jane",
        url="https://mastodon.social/@jane",
        mentions=6,
        negative=5,
        followers=1204,
        customer="Jane Doe",
    )
    ticket = TicketLine(
        number=12,
        brand="Acme",
        title="exploded",
        status="open",
        assignee="",
        customer="Jane Doe",
        opened_at=now,
        closed_at=None,
        reason="r",
        url="https://tickets.example/12",
        mentions=1,
        severity="high",
    )
    full = brand(
        top_mentions=(make_mention(), bengali),
        top_authors=(author,),
        stories=(StoryCount(story="s", title="Recall", url="https://news.example/1", mentions=30),),
        held=4,
    )
    message = render_digest(
        data(full, alerts=(make_alert(mentions=30),), open_tickets=(ticket,)), timezone=BERLIN, key="d"
    )
    for shown in (message.text, words(message.html)):
        for told in (
            "Recall",
            "30 posts",
            "gold customer",
            "রহিম",
            "platinum customer",
            "not read: no evidence for Bengali",
            "angry customer: Jane (gold) wrote -0.81: 'refund'",
            "known as Jane Doe, 6 mentions, 5 negative, 1,204 followers",
            "1 alert; 4 mentions held back",
            "1 open ticket",
            "#12 exploded",
            "nobody has taken it",
        ):
            assert told in shown
    for link in ("https://news.example/1", "https://bsky.app/p/2", author.url, ticket.url):
        assert link in message.text.split()
        assert f'href="{link}"' in message.html
    assert "https://mastodon.social/@jane/1?a=1&b=2" in message.text.split()
    assert 'href="https://mastodon.social/@jane/1?a=1&amp;b=2"' in message.html


def test_what_could_not_be_read_is_told_before_the_numbers():
    message = render_digest(
        data(
            failing_sources=(("tech blogs", "answered 503"),),
            gaps=3,
            unread=(
                UnreadStretch(
                    source="bluesky", since=SINCE, until=SINCE + timedelta(hours=2), why="only the newest 100"
                ),
                UnreadStretch(source="forum", since=None, until=SINCE, why=""),
            ),
        ),
        timezone=BERLIN,
        key="d",
    )
    for told in (
        "We cannot read tech blogs at the moment: answered 503",
        "We could not read bluesky between Mon 2 Jun 2025, 00:00 CEST and Mon 2 Jun 2025, 02:00 CEST: "
        "only the newest 100",
        "We could not read forum before Mon 2 Jun 2025, 00:00 CEST",
        "1 more stretch of time could not be read",
    ):
        assert told in message.text
        assert told in words(message.html)
    assert message.text.index("What we may have missed") < message.text.index("132 mentions")


def test_the_pictures_are_small_sharp_pngs_that_the_html_names():
    message = render_digest(data(brand(timeline_before=tuple(range(24)))), timezone=BERLIN, key="d")
    assert len(message.pictures) == 2
    for picture in message.pictures:
        assert picture.png.startswith(b"\x89PNG")
        assert len(picture.png) < 40_000
        assert struct.unpack(">I", picture.png[16:20]) == (1200,)
        assert f"cid:{picture.name}@listener.localhost" in message.html
        assert picture.alt in message.html
    assert message.html.count("cid:") == 2


def test_the_same_numbers_draw_the_same_picture():
    first, second = (render_digest(data(), timezone=BERLIN, key=key) for key in ("a", "b"))
    assert first.pictures == second.pictures


def test_a_few_mentions_are_told_in_words_without_a_picture():
    message = render_digest(data(brand(mentions=3, labels={"neutral": 3})), timezone=BERLIN, key="d")
    assert message.pictures == ()
    assert "neutral 3" in words(message.html)


def test_a_page_to_keep_has_its_pictures_inside():
    page = digest_page(render_digest(data(), timezone=BERLIN, key="d"))
    assert page.count("data:image/png;base64,") == 2
    assert "cid:" not in page
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!data:image/png|https?:)', page)


def test_text_of_every_script_finds_its_own_direction(make_mention):
    lead = make_mention(post={"text": "صاروخ أكمي انفجر"}, spans=(), lang="ar")
    page = render_digest(data(brand(top_mentions=(lead,))), timezone=BERLIN, key="d").html
    assert re.search(r'dir="auto" lang="ar"[^>]*>صاروخ أكمي انفجر', page)


@given(st.text(max_size=60) | st.sampled_from(["<script>x</script>", "<!channel> @here", "\r\nBcc: x", "{{ 7*7 }}"]))
def test_no_text_becomes_markup(make_mention, make_alert, text):
    lead = make_mention(brand=text, post={"text": text, "title": text})
    story = StoryCount(story="s", title=text, url=f"javascript:{text}", mentions=2)
    author = AuthorCount(source=text, name=text, url=text, mentions=1, negative=0, followers=None, customer=text)
    message = render_digest(
        data(
            brand(brand=text, mentions=2, top_mentions=(lead,), stories=(story,), top_authors=(author,)),
            alerts=(make_alert(lead),),
            failing_sources=((text, text),),
        ),
        timezone=BERLIN,
        key="d",
    )
    assert "<script" not in message.html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", message.html)
    assert "\n" not in message.title
    sent = str(payload(message))
    assert not re.search(r"<[!@#]|@(here|channel|everyone)\b", sent)


@pytest.mark.parametrize("many", [1, 5, 60])
def test_a_digest_of_many_brands_keeps_within_slacks_limits(make_mention, make_alert, many):
    lead = make_mention(post={"text": "very long " * 300, "url": "https://example.org/" + "x" * 900})
    one = brand(
        mentions=4, top_mentions=(lead,) * 5, stories=(StoryCount(story="s", title="t" * 300, url="", mentions=2),) * 5
    )
    message = render_digest(
        data(
            *(msgspec.structs.replace(one, brand=f"Brand {number}") for number in range(many)),
            alerts=(make_alert(lead),) * 20,
        ),
        timezone=BERLIN,
        key="d",
    )
    sent = payload(message)
    assert len(sent["blocks"]) <= 50
    assert sum(width(str(block)) for block in sent["blocks"]) <= 20_000
    assert len(message.html) < 700_000
