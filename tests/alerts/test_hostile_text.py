"""No text from outside pings, formats or breaks anything in any kind of channel; every limit holds for any text."""

from __future__ import annotations

import unicodedata
from datetime import UTC
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from chat_checks import CHECKS, HOSTILE, check
from hypothesis import given
from hypothesis import strategies as st

from alerts.actions import alert_actions
from alerts.contract import Limits, Message
from alerts.escape_chat import discord_text
from alerts.excerpt import width
from alerts.language import ENGLISH
from alerts.rendering import discord as render_discord
from alerts.rendering import mail as render_mail
from alerts.rendering import slack as render_slack
from alerts.rendering import teams as render_teams
from alerts.rendering import telegram as render_telegram
from alerts.rendering import webhook as render_webhook
from alerts.rendering.many import render_alerts
from alerts.rendering.render import render_alert
from alerts.rich_text import Paragraph, Run, within
from alerts.voice import Voice
from rules.reading import RuleMatch, Sentiment
from sources.post import Author

LIMITS = {
    "slack": render_slack.LIMITS,
    "discord": render_discord.LIMITS,
    "telegram": render_telegram.LIMITS,
    "teams": render_teams.LIMITS,
    "webhook": render_webhook.LIMITS,
    "email": render_mail.LIMITS,
    "pager": Limits(title=40, text=160),
}
OTHERS = tuple(f"https://site{number}.example.org/p_a?a=1&n={number}" for number in range(10))
hostile_text = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map(" ".join))
kinds = pytest.mark.parametrize("kind", sorted(CHECKS))


def voice(kind: str) -> Voice:
    return Voice(kind=kind, limits=LIMITS[kind], timezone=UTC)


def links(value: Any) -> list[str]:
    """Every address that a form leads to, in order."""
    if isinstance(value, dict):
        own = [value["url"]] if isinstance(value.get("url"), str) else []
        return [*own, *(link for inner in value.values() for link in links(inner))]
    if isinstance(value, (list, tuple)):
        return [link for inner in value for link in links(inner)]
    return []


@kinds
@given(hostile_text, hostile_text)
def test_no_text_pings_anybody_or_becomes_markup(make_mention, make_alert, kind, text, name):
    lead = make_mention(
        customer=None,
        brand=name,
        post={"text": text, "title": name, "author": Author(handle=name, name=name), "source": name, "instance": text},
        rules=(RuleMatch(name=name, severity="high", reason=text),),
        sentiment=Sentiment(label=None, why=text),
        spans=(),
    )
    alert = make_alert(lead, mentions=30, others=OTHERS)
    check(render_alert(alert, voice(kind), state=text), kind)
    check(render_alerts([alert, alert], voice(kind), key="k", title=name, notes={5: text}, more=3).message, kind)


@kinds
@pytest.mark.parametrize("piece", HOSTILE)
def test_text_of_any_length_keeps_within_the_limits(make_mention, make_alert, kind, piece):
    text = piece * 300
    lead = make_mention(
        post={"text": text, "title": text, "author": Author(name=text, handle=text)},
        rules=tuple(RuleMatch(name=text, severity="high", reason=text) for _ in range(20)),
        customer=msgspec.structs.replace(make_mention().customer, name=text, tier=text, owner=text, company=text),
        spans=(),
    )
    others = tuple(f"https://example.org/{number}/" + "y" * 1_500 for number in range(10))
    message = render_alert(make_alert(lead, mentions=99, others=others), voice(kind), state=text)
    check(message, kind)


@kinds
def test_an_alert_tells_what_matters_and_leads_to_the_post(make_alert, kind):
    alert = make_alert(mentions=30, others=OTHERS)
    message = render_alert(alert, voice(kind), state="Taken up by Ben")
    told = str(message.blocks).replace("\\", "").replace("**", "").lower()
    for words in ("rocket exploded again", "jane", "gold", "mastodon.social", "angry customer", "taken up by ben"):
        assert words in told
    assert alert.lead.post.url.replace("&", "&amp;") in told or alert.lead.post.url in told
    if kind not in ("slack", "discord"):
        assert set(links(message.blocks)) >= {alert.lead.post.url} | (set() if kind == "webhook" else set(OTHERS))


@kinds
def test_actions_with_an_address_are_there_to_follow(make_alert, kind):
    def address(name: str) -> str:
        return f"https://l.example.org/a/{name}?s=1"

    message = render_alert(make_alert(), voice(kind), actions=alert_actions(5, ENGLISH, address))
    for name in ("ack", "resolve", "noise"):
        assert address(name) in str(message.blocks)
    check(message, kind)


@kinds
def test_nothing_to_follow_makes_no_button(make_alert, kind):
    message = render_alert(make_alert(), voice(kind))
    assert message.actions == ()
    assert not {"reply_markup", "components"} & set(message.blocks[0])


def numbered(make_alert: Any, make_mention: Any, count: int) -> list[Any]:
    severities = ("low", "medium", "high", "critical")
    return [
        make_alert(
            make_mention(post={"url": f"https://example.org/post/{number}"}),
            id=number,
            severity=severities[number % 4],
            mentions=1 + number % 3,
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("kind", sorted(LIMITS))
def test_many_alerts_are_all_told_the_worst_first_in_as_many_messages_as_it_takes(make_alert, make_mention, kind):
    waiting = numbered(make_alert, make_mention, 120)
    told: list[int] = []
    messages: list[Message] = []
    while waiting:
        rendered = render_alerts(waiting, voice(kind), key=f"s{len(messages)}")
        check(rendered.message, kind)
        assert 1 <= len(rendered.included) <= len(waiting)
        assert width(rendered.message.text) <= (LIMITS[kind].text if kind != "slack" else 100_000)
        form = str(rendered.message.blocks or rendered.message.html or rendered.message.text)
        assert all(f"/post/{number}" in form for number in rendered.included) or kind == "pager"
        told += rendered.included
        waiting = [alert for alert in waiting if alert.id not in rendered.included]
        if waiting and kind not in ("webhook", "pager"):
            assert f"and {len(waiting)} more alert" in form.replace("\\", "")
        messages.append(rendered.message)
    assert sorted(told) == list(range(1, 121))
    ranks = [number % 4 for number in told]
    assert ranks == sorted(ranks, reverse=True)


def test_a_listing_counts_what_it_tells(make_alert, make_mention):
    rendered = render_alerts(numbered(make_alert, make_mention, 5), voice("slack"), key="k", notes={3: "held: quiet"})
    assert rendered.message.title == "5 alerts: 1 critical, 1 high, 2 medium, 1 low · Acme"
    assert rendered.included == (3, 2, 1, 5, 4)
    assert "held: quiet · alert 3" in rendered.message.text
    assert "and 1 more post" in rendered.message.text


def test_a_listing_of_nothing_is_refused():
    with pytest.raises(ValueError, match="one at least"):
        render_alerts([], voice("slack"), key="k")


class Tags(HTMLParser):
    """The tags and the links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]


@given(hostile_text)
def test_no_text_becomes_html_in_a_mail_that_lists_alerts(make_mention, make_alert, text):
    def page(words: str) -> Tags:
        lead = make_mention(brand=words, customer=None, post={"text": words, "author": Author(name=words)}, spans=())
        return Tags(
            render_alerts([make_alert(lead)], voice("email"), key="k", title="t", notes={5: words}).message.html
        )

    assert page(text).tags == page("plain").tags
    assert page(text).links == page("plain").links


@given(st.text(st.sampled_from("aক্ষ্ম্য \u200d👍🏽🇧🇩é\u0301"), max_size=60), st.integers(20, 80))
def test_what_does_not_fit_is_cut_between_characters_and_links_stay_whole(text, room):
    link = Run("open", link="https://example.org/" + "x" * 30)
    paragraphs = [(Run(text), link), (Run("second " + text),)]

    def size(paragraph: Paragraph) -> int:
        return sum(width(run.text) + width(run.link) for run in paragraph) + 2

    kept = within(paragraphs, room, size, (Run("left out"),))
    assert sum(map(size, kept)) <= max(room, size((Run("left out"),)))
    for run in (run for paragraph in kept for run in paragraph):
        assert run.link in ("", link.link)
        whole = run.text.removesuffix("…")
        if run.text.endswith("…") and whole:
            rest = next(one for one in (text, f"second {text}") if one.startswith(whole))[len(whole) :]
            assert not rest or unicodedata.category(rest[0]) not in ("Mn", "Mc")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see (https://a.example/x_y_z).", "see \\(https://a.example/x_y_z\\)."),
        ("https://en.example/wiki/A_(b)", "https://en.example/wiki/A_%28b%29"),
        ("@acmehelp and @everyone", "@acmehelp and @\u2060everyone"),
        ("[bank](https://evil.example)", "\\[bank\\]\\(https://evil.example\\)"),
        ("http://[ and https://", "http\\://\\[ and https\\://"),
    ],
)
def test_discord_shows_text_as_it_was_written_and_its_links_lead_where_they_led(text, shown):
    assert discord_text(text) == shown
