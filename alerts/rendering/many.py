"""Puts several alerts into one message, and says which of them it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from alerts.alert import Alert
from alerts.contract import Message
from alerts.escape import one_line
from alerts.excerpt import cut, width
from alerts.language import ENGLISH, Language
from alerts.listing import Entry, Listing, entries_of, fitting, listing_title, more_words
from alerts.rendering import discord as render_discord
from alerts.rendering import mail as render_mail
from alerts.rendering import slack as render_slack
from alerts.rendering import teams as render_teams
from alerts.rendering import telegram as render_telegram
from alerts.rendering import webhook as render_webhook
from alerts.rich_text import Paragraph, Run
from alerts.template import fill
from alerts.voice import Voice

_MOST_IN_MAIL = 100  # what a person reads; and programs show no more than about 100 kB of HTML
_FOR_MORE = 80  # kept free for the line that says how many more there are
_LONGEST_TITLE = 150


class Rendered(Struct, frozen=True, kw_only=True):
    """A message, and the numbers of the alerts that are in it, the worst first."""

    message: Message
    included: tuple[int, ...]


class _Form(Struct, frozen=True, kw_only=True):
    """How much a kind's listing holds, in the unit in which `size` counts an entry, and how it is laid out."""

    room: int
    most: int
    size: Callable[[Entry], int]
    blocks: Callable[[Listing, str, Language], Sequence[dict[str, Any]]] = lambda *_: ()


def render_alerts(
    alerts: Sequence[Alert],
    voice: Voice,
    *,
    key: str,
    title: str = "",
    notes: Mapping[int, str] = {},
    more: int = 0,
) -> Rendered:
    """Gives one message that lists alerts, each with its link, the worst first, and which of them it holds.

    At least one is in it, as many as the channel's limits allow; what is left is for the next message. `title` is
    one line on why they come together, by itself it counts them. `notes` says of an alert, by its number, what else
    is to be told. `more` counts alerts that are not even among `alerts`. Raises ValueError where there is no alert.
    """
    if not alerts:
        raise ValueError("a message that lists alerts needs one at least")
    form = _FORMS.get(voice.kind) or _plain_form(voice)
    shown = fitting(entries_of(alerts, voice, notes), form.room, form.most, form.size)
    longest = min(_LONGEST_TITLE, voice.limits.title)
    told = cut(one_line(title) or listing_title(alerts, more, voice.language), longest)
    listing = Listing(title=told, entries=shown, more=more + len(alerts) - len(shown))
    words = more_words(listing.more, voice.language)
    plain = _text(listing, words)
    included = tuple(entry.alert for entry in shown)
    blocks = form.blocks(listing, words, voice.language)
    if voice.kind == "webhook":
        numbered = {alert.id: alert for alert in alerts}
        blocks = [render_webhook.listing_event([numbered[one] for one in included], told, notes, listing.more)]
    message = Message(
        key=key,
        kind="summary",
        title=told,
        text=plain if voice.kind == "slack" else cut(plain, voice.limits.text),
        html=_html(listing, words, voice.language) if voice.kind == "email" else "",
        blocks=tuple(blocks),
        headers=render_mail.summary_headers(alerts) if voice.kind == "email" else {},
        language=voice.language.code,
        links=tuple(entry.link for entry in shown if entry.link),
    )
    return Rendered(message=message, included=included)


def _html(listing: Listing, more: str, language: Language) -> str:
    return fill("listing.html.j2", language, listing=listing, title=listing.title, more=more)


def _text(listing: Listing, more: str) -> str:
    return "\n".join((*map(_line, listing.entries), *([more] if more else [])))


def _line(entry: Entry) -> str:
    return f"{entry.line}\n{entry.link}" if entry.link else entry.line


def _plain_form(voice: Voice) -> _Form:
    room = voice.limits.text - _FOR_MORE
    return _Form(room=room, most=_MOST_IN_MAIL, size=lambda entry: width(_line(entry)) + 1)


def _paragraph(entry: Entry, language: Language) -> Paragraph:
    link = (Run(" \u00b7 "), Run(language.say("Open"), link=entry.link)) if entry.link else ()
    return (Run(entry.line), *link)


def _paragraphs(listing: Listing, more: str, language: Language) -> list[Paragraph]:
    entries = [_paragraph(entry, language) for entry in listing.entries]
    return [*entries, *([(Run(more),)] if more else [])]


def _in_discord(listing: Listing, more: str, language: Language) -> Sequence[dict[str, Any]]:
    colour = render_discord.COLOURS[listing.entries[0].severity]
    return (render_discord.body(listing.title, _paragraphs(listing, more, language), language, colour),)


def _in_telegram(listing: Listing, more: str, language: Language) -> Sequence[dict[str, Any]]:
    paragraphs = [(Run(listing.title, bold=True),), *_paragraphs(listing, more, language)]
    return (render_telegram.body(paragraphs, language),)


def _in_teams(listing: Listing, more: str, language: Language) -> Sequence[dict[str, Any]]:
    return (render_teams.card(listing.title, _paragraphs(listing, more, language), language),)


def _sized(size: Callable[[Paragraph], int]) -> Callable[[Entry], int]:
    """The word for the link is short in every language; twenty characters more are room enough for it."""
    return lambda entry: size(_paragraph(entry, ENGLISH)) + 20


_FORMS: dict[str, _Form] = {
    "slack": _Form(
        room=render_slack.MOST_IN_ALL - 400,
        most=render_slack.MOST_BLOCKS - 4,
        size=render_slack.entry_size,
        blocks=render_slack.listing_blocks,
    ),
    "email": _Form(room=60_000, most=_MOST_IN_MAIL, size=lambda entry: width(_line(entry))),
    "discord": _Form(
        room=render_discord.LIMITS.text - _FOR_MORE, most=100, size=_sized(render_discord.size), blocks=_in_discord
    ),
    "telegram": _Form(
        room=render_telegram.LIMITS.text - 250,
        most=render_telegram.MOST_ENTITIES - 1,
        size=_sized(render_telegram.size),
        blocks=_in_telegram,
    ),
    "webhook": _Form(room=1, most=render_webhook.MOST_LISTED, size=lambda _: 0),
    "teams": _Form(room=render_teams.ROOM - 500, most=60, size=_sized(render_teams.size), blocks=_in_teams),
}
