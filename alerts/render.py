"""Puts alerts, reports and tests into messages, within a channel's limits."""

from __future__ import annotations

from alerts import render_mail, render_slack
from alerts.alert import Alert
from alerts.contract import Message
from alerts.escape import one_line, readable
from alerts.excerpt import cut
from alerts.facts import alert_facts
from alerts.template import fill
from alerts.voice import Voice

_LONGEST_QUOTE = 1_500
_LONGEST_TITLE = 200


def render_alert(alert: Alert, voice: Voice) -> Message:
    """Gives the message that tells `alert` on a channel; a channel of any kind gets the title and the text.

    The message's key stays the same while an alert grows, and changes where it becomes more severe: that is
    news, and a receiver that drops repeats must not drop it.
    """
    kind, limits = voice.kind, voice.limits
    facts = alert_facts(alert, voice.timezone, limits.title, min(_LONGEST_QUOTE, max(limits.text // 2, 1)))
    return Message(
        key=f"alert:{alert.key}:{alert.severity}",
        kind="alert",
        title=facts.title,
        text=cut(render_mail.alert_text(facts), limits.text if kind != "slack" else render_mail.LIMITS.text),
        html=render_mail.alert_html(facts) if kind == "email" else "",
        blocks=tuple(render_slack.alert_blocks(facts)) if kind == "slack" else (),
        headers=render_mail.alert_headers(alert) if kind == "email" else {},
    )


def render_report(key: str, title: str, text: str) -> Message:
    """Gives the message that tells an operator how the service itself is: the same for every channel."""
    title, text = cut(one_line(title), _LONGEST_TITLE), readable(text)
    return Message(
        key=f"report:{key}",
        kind="report",
        title=title,
        text=text,
        html=fill("report.html.j2", title=title, paragraphs=text.split("\n\n")),
        headers={"List-Id": "listener reports <reports.listener.localhost>"},
    )


def render_test(key: str, channel: str) -> Message:
    """Gives the message by which a person sees that a channel works."""
    title = f"Test from listener to '{one_line(channel)}'"
    text = (
        "This channel works. Alerts and digests for it will look like other messages from here.\n\n"
        "Nobody has to do anything about this message."
    )
    return Message(
        key=f"test:{key}",
        kind="test",
        title=cut(title, _LONGEST_TITLE),
        text=text,
        html=fill("report.html.j2", title=title, paragraphs=text.split("\n\n")),
        headers={"List-Id": "listener reports <reports.listener.localhost>"},
    )
