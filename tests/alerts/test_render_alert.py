"""Alerts in words: what a person sees at once, and what hostile text cannot do."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import msgspec
import pytest
from chat_checks import HOSTILE, check_slack, texts
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.slack import payload
from alerts.contract import Limits, Message
from alerts.excerpt import width
from alerts.rendering import mail as render_mail
from alerts.rendering import slack as render_slack
from alerts.rendering.render import render_alert, render_report, render_test
from alerts.voice import Voice
from rules.reading import CustomerMatch, Reason, RuleMatch, Sentiment, Span
from sources.post import Author

BERLIN = ZoneInfo("Europe/Berlin")
OTHERS = tuple(f"https://site{number}.example.org/p?a=1&n={number}" for number in range(10))
hostile_text = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map(" ".join))
hostile_tail = st.text(st.characters(min_codepoint=33, max_codepoint=0x2100), max_size=40)


def slack(alert: Any) -> Message:
    return render_alert(alert, Voice(kind="slack", limits=render_slack.LIMITS, timezone=BERLIN))


def mail(alert: Any) -> Message:
    return render_alert(alert, Voice(kind="email", limits=render_mail.LIMITS, timezone=BERLIN))


def shown_links(markup: str) -> list[str]:
    return [html.unescape(url) for url in re.findall(r"<([^|>]*)\|[^>]*>", markup)]


class Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_an_alert_tells_who_what_where_when_and_why(make_alert):
    message = slack(make_alert(mentions=30, others=OTHERS))
    whole = "\n".join(text["text"] for text in texts(list(message.blocks)))
    for told in (
        "High · Acme · Jane Doe (gold customer)",
        "My Acme rocket exploded again.",
        "looked after by Sam Reed",
        "Mastodon (mastodon.social)",
        "Tue 3 Jun 2025, 13:55 CEST",
        "angry customer: Jane (gold) wrote -0.81: 'refund'",
        "“exploded”",
        "high: “Third time”",
        "and 29 more posts",
        "Ticket #12",
    ):
        assert told in whole
        assert told in message.title + message.text


def test_a_stranger_is_told_with_his_reach(make_alert, make_mention):
    message = slack(make_alert(make_mention(customer=None)))
    assert "Who: Jane D.; writes as @jane@mastodon.social; 1,204 followers" in message.text


def test_nothing_known_about_an_author_is_said_so(make_alert, make_mention):
    message = slack(make_alert(make_mention(customer=None, post={"author": Author()})))
    assert "Who: Unknown author" in message.text


def test_a_language_without_evidence_says_why_it_was_not_read(make_alert, make_mention):
    lead = make_mention(sentiment=Sentiment(label=None, why="no evidence for bn"), lang="bn")
    assert "Feeling: not read: no evidence for Bengali" in mail(make_alert(lead)).text


def test_every_permalink_stands_whole_in_the_text_the_blocks_and_the_html(make_alert):
    alert = make_alert(mentions=30, others=OTHERS)
    message = slack(alert)
    links = [link for text in texts(list(message.blocks)) for link in shown_links(text["text"])]
    wanted = [alert.lead.post.url, *OTHERS]
    assert links == wanted
    assert Links(mail(alert).html).links == wanted
    assert all(link in mail(alert).text.split() for link in wanted)


def test_the_matched_words_are_marked_in_the_html(make_alert):
    assert re.search(r'class="mark"[^>]*>Acme</span>', mail(make_alert()).html)


def test_a_long_post_is_cut_around_its_matched_words(make_alert, make_mention):
    text = "word " * 4000 + "Acme exploded " + "word " * 4000
    start = text.index("Acme")
    lead = make_mention(post={"text": text}, spans=(Span("text", start, start + 4, "Acme"),))
    message = slack(make_alert(lead))
    assert "Acme exploded" in message.text
    assert len(message.text) < 4000
    check_slack(message)


def test_a_title_that_the_text_repeats_is_told_once(make_alert, make_mention):
    lead = make_mention(post={"title": "Acme recalls rockets", "text": "Acme recalls rockets today."}, spans=())
    assert mail(make_alert(lead)).text.count("Acme recalls rockets") == 1


def test_a_channel_of_another_kind_gets_title_and_text_within_its_limits(make_alert, make_mention):
    lead = make_mention(post={"text": "very long " * 500})
    message = render_alert(make_alert(lead), Voice(kind="pager", limits=Limits(title=40, text=160), timezone=BERLIN))
    assert width(message.title) <= 40
    assert width(message.text) <= 160
    assert (message.html, message.blocks, message.headers) == ("", (), {})


def test_the_key_stays_while_a_story_grows_and_changes_when_it_gets_worse(make_alert, now):
    first = mail(make_alert()).key
    assert mail(make_alert(mentions=9, updated_at=now + timedelta(hours=1))).key == first
    assert mail(make_alert(severity="critical")).key != first


def test_a_link_too_long_for_slack_is_said_to_be_elsewhere(make_alert, make_mention):
    url = "https://example.org/" + "x" * 3900
    message = slack(make_alert(make_mention(post={"url": url})))
    assert "longer than Slack takes" in str(message.blocks)
    assert url in payload(message)["text"]
    check_slack(message)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", "https://", "http://[bad", "ftp://x/y"])
def test_a_link_that_a_browser_must_not_follow_is_left_out(make_alert, make_mention, url):
    alert = make_alert(make_mention(post={"url": url}), others=(url,), mentions=2)
    assert Links(mail(alert).html).links == []
    assert "Open the post" not in str(slack(alert).blocks)


@given(hostile_text, hostile_text)
def test_no_text_pings_anybody_or_passes_slacks_limits(make_mention, make_alert, text, name):
    author = Author(handle=name, name=name, followers=3)
    lead = make_mention(
        customer=None,
        brand=name,
        post={"text": text, "title": name, "author": author, "source": name, "instance": text},
        rules=(RuleMatch(name=name, severity="high", reason=text),),
        sentiment=Sentiment(label=None, why=text),
    )
    check_slack(slack(make_alert(lead, mentions=30, others=OTHERS)))


@pytest.mark.parametrize("piece", HOSTILE)
def test_text_of_any_length_keeps_within_slacks_limits(make_mention, make_alert, piece):
    text = piece * 5000
    lead = make_mention(
        post={"text": text, "title": text, "author": Author(name=text, handle=text)},
        rules=tuple(RuleMatch(name=text, severity="high", reason=text) for _ in range(20)),
        customer=msgspec.structs.replace(make_mention().customer, name=text, tier=text, owner=text, company=text),
        spans=(),
    )
    others = tuple(f"https://example.org/{number}/" + "y" * 2500 for number in range(10))
    check_slack(slack(make_alert(lead, mentions=99, others=others)))


@given(hostile_tail)
def test_a_hostile_link_leads_to_the_same_address_in_slack_and_in_html(make_mention, make_alert, tail):
    url = f"https://example.org/p?a=1&b={tail}"
    alert = make_alert(make_mention(post={"url": url}))
    (link,) = [link for text in texts(list(slack(alert).blocks)) for link in shown_links(text["text"])]
    assert unquote(link) == unquote(url.strip())
    (in_html,) = Links(mail(alert).html).links
    assert unquote(in_html) == unquote(url.strip())
    check_slack(slack(alert))


@given(hostile_text)
def test_no_text_becomes_html(make_mention, make_alert, text):
    lead = make_mention(
        brand=text, post={"text": text, "title": text, "author": Author(name=text)}, customer=None, spans=()
    )
    page = mail(make_alert(lead, ticket=None)).html
    clean = mail(make_alert()).html
    assert Links(page).tags <= Links(clean).tags | {"strong"}


@given(hostile_text)
def test_reports_and_tests_are_as_harmless(text):
    for message in (render_report("key", text, text), render_test("key", text)):
        assert "\n" not in message.title
        check_slack(message)
        assert "script" not in Links(message.html).tags


def test_a_long_report_says_that_something_was_left_out():
    message = render_report("key", "title", "a line of words\n" * 2000)
    assert "left out" in str(payload(message)["blocks"])
    check_slack(message)


def test_who_and_why_are_told_in_sentences_without_repeats(make_alert, make_mention):
    known = CustomerMatch(id="c1", name="Jane", confidence=1.0, evidence=("handle x:jane stands in c.csv line 2",))
    fire = Reason("fire", "negative word", -1.4)
    felt = Sentiment(label="negative", score=-0.59, reasons=(fire, fire))
    told = mail(make_alert(make_mention(customer=known, sentiment=felt))).text
    assert "known because handle x:jane stands in c.csv line 2" in told
    assert told.count("“fire”") == 1
    assert "About: complaint" in told


def test_words_that_speak_against_what_was_read_are_told_apart(make_alert, make_mention):
    said = (Reason("broke", "speaks for negative", -1.4), Reason("thanks", "speaks for positive", 0.3))
    felt = Sentiment(label="negative", score=-0.59, reasons=said)
    told = mail(make_alert(make_mention(sentiment=felt))).text
    assert "negative (-0.59 between -1 and +1): “broke”; but “thanks” speaks for positive" in told
