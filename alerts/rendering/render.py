"""Puts alerts, reports and tests into messages, within a channel's limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.actions import alert_actions, sensible
from alerts.alert import Alert
from alerts.contract import Action, Message
from alerts.escape import one_line, readable
from alerts.excerpt import cut
from alerts.facts import AlertFacts, alert_facts
from alerts.handling import State
from alerts.language import ENGLISH, Language
from alerts.rendering import discord as render_discord
from alerts.rendering import mail as render_mail
from alerts.rendering import slack as render_slack
from alerts.rendering import teams as render_teams
from alerts.rendering import telegram as render_telegram
from alerts.rendering import webhook as render_webhook
from alerts.template import fill
from alerts.voice import Voice

_LONGEST_QUOTE = 1_500
_LONGEST_TITLE = 200
_LONGEST_STATE = 300


def render_alert(
    alert: Alert,
    voice: Voice,
    *,
    key: str = "",
    state: str = "",
    actions: Sequence[Action] | None = None,
    handled: State = "open",
    under: str = "",
) -> Message:
    """Gives the message that tells `alert` on a channel; a channel of any kind gets the title and the text.

    Without a `key` the message's own stays the same while an alert grows, and changes where it becomes more severe:
    that is news, and a receiver that drops repeats must not drop it. `state` is one line on what people have done
    about the alert. `actions` are what they can do: where none are given, a channel with buttons gets all of them. Of
    either only those are shown that make sense in the state `handled`.
    `under` is the receipt's id of the message that this one follows up.
    """
    kind, limits = voice.kind, voice.limits
    quoted = min(_LONGEST_QUOTE, max(limits.text // 2, 1))
    facts = alert_facts(alert, voice.timezone, limits.title, quoted, voice.language)
    state = cut(one_line(state), _LONGEST_STATE)
    if actions is None:
        actions = alert_actions(alert.id, voice.language, handled=handled) if limits.buttons else ()
    shown = tuple(action for action in sensible(actions, handled) if action.url or limits.buttons)
    text = render_mail.alert_text(facts, state, shown)
    return Message(
        key=key or f"alert:{alert.key}:{alert.severity}",
        kind="alert",
        title=facts.title,
        text=cut(text, limits.text if kind != "slack" else render_mail.LIMITS.text),
        html=render_mail.alert_html(facts, state, shown) if kind == "email" else "",
        blocks=tuple(_blocks(alert, facts, voice, state, shown)),
        headers=render_mail.alert_headers(alert) if kind == "email" else {},
        links=tuple(filter(None, (facts.link, *facts.other_links))),
        actions=shown,
        state=state,
        under=under,
        language=voice.language.code,
    )


def _blocks(
    alert: Alert, facts: AlertFacts, voice: Voice, state: str, actions: Sequence[Action]
) -> Sequence[dict[str, Any]]:
    """The form of the channel's own kind; nothing where it shows the title and the text."""
    match voice.kind:
        case "slack":
            return render_slack.alert_blocks(facts, state, actions)
        case "discord":
            return (render_discord.alert_body(facts, state, actions),)
        case "telegram":
            return (render_telegram.alert_body(facts, state, actions),)
        case "teams":
            return (render_teams.alert_card(facts, state, actions),)
        case "webhook":
            return (render_webhook.alert_event(alert, facts.title, state, actions),)
    return ()


def render_report(key: str, title: str, text: str, words: Language = ENGLISH) -> Message:
    """Gives the message that tells an operator how the service itself is, written in the language `words`."""
    title, text = cut(one_line(title), _LONGEST_TITLE), readable(text)
    return Message(
        key=f"report:{key}",
        kind="report",
        title=title,
        text=text,
        html=fill("report.html.j2", words, title=title, paragraphs=text.split("\n\n")),
        headers={"List-Id": "listener reports <reports.listener.localhost>"},
        language=words.code,
    )


def render_test(key: str, channel: str, words: Language = ENGLISH) -> Message:
    """Gives the message by which a person sees that a channel works."""
    title = words.say("Test from listener to '{channel}'", channel=one_line(channel))
    paragraphs = (
        words.say("This channel works. Alerts and digests for it will look like other messages from here."),
        words.say("Nobody has to do anything about this message."),
    )
    text = "\n\n".join(paragraphs)
    return Message(
        key=f"test:{key}",
        kind="test",
        title=cut(title, _LONGEST_TITLE),
        text=text,
        html=fill("report.html.j2", words, title=title, paragraphs=text.split("\n\n")),
        headers={"List-Id": "listener reports <reports.listener.localhost>"},
        language=words.code,
    )
