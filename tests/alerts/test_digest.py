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
from alerts.digests.chart import timeline_png
from alerts.digests.data import (
    AuthorCount,
    BrandDigest,
    DigestData,
    FallenCustomer,
    KeptBack,
    Moved,
    NoisyRule,
    StoryCount,
    SurveyAnswers,
    TicketLine,
    UnreadStretch,
)
from alerts.digests.digest import digest_page, render_digest
from alerts.excerpt import width
from alerts.language import language
from alerts.tickets.desk_facts import DeskFacts, desk_facts
from alerts.tickets.sla import Clocks, Timer
from rules.reading import CustomerMatch, Sentiment
from rules.topic import BrandTopics, Topic

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
    values |= changes
    return DigestData(**({"alerts_count": len(values["alerts"])} | values))


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
    line = "Mon 2 Jun 2025: nobody wrote about Acme, and there were no alerts."
    assert message.text == line
    assert words(message.html).count(line) == 2, "what mail programs preview, and what they show"
    assert len(message.blocks) == 1
    assert message.pictures == ()
    more = [msgspec.structs.replace(quiet, brand=name) for name in "ABCDEF"]
    assert "about A, B, C, D and 2 others, and" in render_digest(data(*more), timezone=BERLIN, key="d").text


def test_a_quiet_day_that_we_may_not_have_heard_is_no_empty_one():
    quiet = brand(mentions=0, mentions_before=4, labels={}, labels_before={}, timeline=(), sources=(), languages=())
    message = render_digest(data(quiet, failing_sources=(("forum", "answered 503"),)), timezone=BERLIN, key="d")
    assert message.text.split("\n\n")[1:] == [
        "What we may have missed\n- We cannot read forum at the moment: answered 503",
        "Acme: No mentions (4 the day before).",
        "No alerts",
    ]


def test_it_says_why_there_is_more_and_why_it_is_worse():
    fire = Moved(what="story", name="Battery <fire>", url="https://news.example/1", now=31, before=0)
    told = brand(
        moved=(fire, Moved(what="source", name="mastodon", now=20, before=8)),
        moved_negative=(msgspec.structs.replace(fire, now=25), Moved(what="author", name="", now=9, before=0)),
    )
    message = render_digest(data(told), timezone=BERLIN, key="d")
    for line in (
        "Why more: the story “Battery <fire>” (+31), Mastodon (+12)",
        "Why more of it is negative: the same story (+25), Unknown author (+9)",
    ):
        assert line in message.text
        assert line in words(message.html).replace(" ,", ",")
        assert line in message.blocks[2]["text"]["text"]
    assert 'href="https://news.example/1"' in message.html


def test_it_says_why_there_is_less():
    gone = Moved(what="story", name="Launch", url="", now=0, before=40)
    less = brand(mentions=56, moved=(gone,), moved_negative=(msgspec.structs.replace(gone, before=12),))
    text = render_digest(data(less), timezone=BERLIN, key="d").text
    assert "Why fewer: the story “Launch” (−40)" in text
    assert "Why less of it is negative: the same story (−12)" in text


def test_a_topic_is_told_as_a_cause_only_where_no_story_says_the_same():
    def topic(shown: str, now: int, before: int) -> Topic:
        return Topic(
            term=shown,
            shown=shown,
            trend="rose",
            mentions=now,
            before=before,
            share=0.1,
            z=4.0,
            negative=None,
            timeline=(),
            examples=(),
        )

    def why(*topics: Topic, moved: tuple[Moved, ...] = ()) -> str:
        found = BrandTopics(
            brand="Acme", since=SINCE, until=UNTIL, background_since=SINCE, compared="earlier", posts=9, topics=topics
        )
        text = render_digest(data(brand(topics=found, moved=moved)), timezone=BERLIN, key="d").text
        return next((line for line in text.splitlines() if line.startswith("Why")), "")

    assert why(topic("refund", 20, 4), topic("fire", 30, 2)) == "Why more: talk of “fire” (+28)"
    assert why(topic("refund", 9, 5)) == "", "four more is noise"
    story = Moved(what="story", name="The Fire at Acme", now=30, before=0)
    assert why(topic("fire", 30, 2), moved=(story,)) == "Why more: the story “The Fire at Acme” (+30)"


def test_customers_whose_health_fell_are_listed_with_who_looks_after_them():
    fallen = (
        FallenCustomer(name="Jane Doe", tier="gold", owner="Sam Reed", start=71.4, end=41.2),
        FallenCustomer(name="Bo", tier="", owner="", start=60, end=40),
    )
    message = render_digest(data(fallen=fallen), timezone=BERLIN, key="d")
    for told in (
        "Customers whose health fell",
        "from 71 to 41 of 100 within a week, looked after by Sam Reed",
        "from 60 to 40 of 100 within a week, nobody looks after them",
    ):
        assert told in message.text
        assert told in words(message.html)
        assert told in str(message.blocks)


def test_a_digest_is_told_whole_in_bengali(make_mention):
    message = render_digest(data(brand(top_mentions=(make_mention(),))), timezone=BERLIN, key="d", words=language("bn"))
    assert '<html lang="bn">' in message.html
    assert "সোমবার, ২ জুন ২০২৫" in message.title
    assert "My Acme rocket exploded again." in message.text
    assert not re.search(
        r"[A-Za-z]{3,}", re.sub(r"Acme|Mastodon|Hacker News|listener|cid:\S+", "", message.pictures[1].alt)
    )


def test_pictures_hold_no_words_so_they_are_the_same_in_every_language():
    english, bengali = (
        render_digest(data(), timezone=BERLIN, key="d", words=language(code)).pictures for code in ("en", "bn")
    )
    assert [picture.png for picture in english] == [picture.png for picture in bengali]
    assert english[1].alt != bengali[1].alt


def test_a_digest_of_no_brand_at_all_is_still_a_message():
    message = render_digest(msgspec.structs.replace(data(), brands=()), timezone=BERLIN, key="d")
    assert message.text == "Mon 2 Jun 2025: no alerts."


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


def test_a_handful_is_told_in_numbers_and_never_in_percent():
    few = brand(mentions=1, mentions_before=2, labels={"negative": 1}, labels_before={"neutral": 2})
    message = render_digest(data(few), timezone=BERLIN, key="d")
    assert message.title == "Acme: 1 mention · Mon 2 Jun 2025"
    for shown in (message.text, words(message.html), str(message.blocks)):
        assert "1 mention, 2 the day before" in shown
        assert "egative 1" in shown
        assert "%" not in shown


def test_more_that_is_negative_stands_out_only_where_it_is_no_chance():
    chance = brand(mentions=12, mentions_before=12, labels={"negative": 3, "neutral": 9}, labels_before={"neutral": 12})
    assert 'class="bad"' not in render_digest(data(chance), timezone=BERLIN, key="d").html
    assert 'class="bad"' in render_digest(data(), timezone=BERLIN, key="d").html


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


@given(
    st.text(max_size=60)
    | st.sampled_from(
        ["<script>x</script>", "<!channel> @here", "\r\nBcc: x", "{{ 7*7 }}", "{number}", "{0.__class__}"]
    ),
    st.sampled_from(["en", "bn"]),
)
def test_no_text_becomes_markup(make_mention, make_alert, text, code):
    lead = make_mention(brand=text, post={"text": text, "title": text})
    story = StoryCount(story="s", title=text, url=f"javascript:{text}", mentions=2)
    author = AuthorCount(source=text, name=text, url=text, mentions=1, negative=0, followers=None, customer=text)
    message = render_digest(
        data(
            brand(
                brand=text,
                mentions=4,  # too few to draw: no text stands in a picture
                top_mentions=(lead,),
                stories=(story,),
                top_authors=(author,),
                moved=(Moved(what="story", name=text, url=text, now=20, before=0),),
                moved_negative=(Moved(what="source", name=text, now=9, before=0),),
            ),
            alerts=(make_alert(lead),),
            failing_sources=((text, text),),
            fallen=(FallenCustomer(name=text, tier=text, owner=text, start=9, end=1),),
            kept_back=(KeptBack(alert=make_alert(lead), muted=True, stage=text, reason=text),),
            kept_back_count=1,
            noisy=(NoisyRule(rule=text, told=9, noise=9),),
            name=text,
        ),
        timezone=BERLIN,
        key="d",
        words=language(code),
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


def test_what_was_kept_back_how_the_desk_stands_what_customers_answered_and_noisy_rules_are_told(make_alert, now):
    desk = DeskFacts(
        unsolved=(("high", 2),),
        unassigned=1,
        late=(),
        due_soon=(),
        late_count=2,
        due_soon_count=1,
        opened=3,
        answered=2,
        solved=4,
        reopened=1,
        broken=1,
    )
    kept_back = (
        KeptBack(alert=make_alert(), muted=True, stage="silence", reason="silence 3 by Ben until 14:00 UTC: launch"),
    )
    full = data(
        kept_back=kept_back,
        kept_back_count=7,
        desk=desk,
        survey=SurveyAnswers(answers=12, mean=0.82, mean_before=0.74),
        noisy=(NoisyRule(rule="loud", told=20, noise=6),),
    )
    message = render_digest(full, timezone=BERLIN, key="d")
    for told in (
        "7 alerts were silenced or are held",
        "2 late, 1 due within a day, 1 that nobody has; 3 opened, 2 answered, 4 solved, 1 opened again, "
        "1 with a broken promise",
        "12 survey answers, on average 82 of 100 (before: 74)",
        "Rules that tell too much",
        "loud: 6 of 20 alerts of the last 30 days were marked as noise",
    ):
        assert told in message.text
        assert told in words(message.html)
        assert told in str(message.blocks)
    assert "silenced: silence 3 by Ben until 14:00 UTC: launch" in message.text
    assert "silenced: silence 3 by Ben until 14:00 UTC: launch" in words(message.html)


def test_a_ticket_whose_promise_is_broken_comes_first_and_says_so(now):
    def ticket(number: int, **clocks: Any) -> TicketLine:
        return TicketLine(
            number=number,
            brand="Acme",
            title="t",
            status="open",
            assignee="",
            customer="",
            opened_at=SINCE,
            closed_at=None,
            reason="",
            url="",
            mentions=1,
            severity="high",
            clocks=Clocks(**clocks),
        )

    late = ticket(2, answer=Timer(due=UNTIL - timedelta(hours=3)))
    desk = desk_facts([ticket(1), late], {}, UNTIL)
    text = render_digest(data(open_tickets=(ticket(1), late), desk=desk), timezone=BERLIN, key="d").text
    assert "#2 t (nobody has taken it, since Mon 2 Jun 2025, 00:00 CEST, answer 3 h late)" in text
    assert text.index("#2 t") < text.index("#1 t")


def test_each_day_of_a_week_in_which_clocks_change_is_named_once():
    since = datetime(2025, 10, 22, tzinfo=BERLIN)
    bins = tuple((since.astimezone(UTC) + timedelta(days=place), 1, 0) for place in range(7))
    named: list[str] = []
    timeline_png(bins, (), 0.0, BERLIN, lambda day: named.append(f"{day:%d}") or named[-1])
    assert named == ["22", "23", "24", "25", "26", "27", "28"]
