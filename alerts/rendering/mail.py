"""Lays alerts out as a mail: the words, the HTML, and the headers that keep a story together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from alerts.alert import Alert
from alerts.contract import Action, Limits
from alerts.escape import one_line
from alerts.excerpt import cut, plain
from alerts.facts import AlertFacts
from alerts.template import fill

LIMITS = Limits(title=150, text=100_000, pictures=True)

PICTURE_HOST = "listener.localhost"
"""HTML names a picture of its message as `cid:NAME@listener.localhost` (RFC 2392)."""

_SLUG = re.compile(r"[^a-z0-9]+")
_NO_PHRASE = re.compile(r"[\x21-\x25\x27-\x2c/:-@\[-^`{-\x7f]")  # ASCII signs that end a phrase, or need quotes in it
_URGENT = ("high", "critical")


def alert_text(facts: AlertFacts, state: str = "", actions: Sequence[Action] = ()) -> str:
    """Gives an alert in plain words: for mails' text part, and for channels that show nothing else."""
    paragraphs = [
        state,
        "\n".join(filter(None, (facts.headline, plain(facts.said).strip()))),
        "\n".join(filter(None, (facts.link, " \u00b7 ".join(filter(None, (facts.where, facts.when, facts.ticket)))))),
        "\n".join(f"{label}: {told}" for label, told in facts.lines()),
    ]
    if facts.others:
        paragraphs.append("\n".join((facts.more_posts, *facts.other_links)))
    paragraphs.append("\n".join(f"{action.label}: {action.url}" for action in actions if action.url))
    return "\n\n".join(filter(None, paragraphs))


def alert_html(facts: AlertFacts, state: str = "", actions: Sequence[Action] = ()) -> str:
    """Gives an alert as HTML that mail programs show."""
    followed = [action for action in actions if action.url]
    return fill("alert.html.j2", facts.words, facts=facts, title=facts.title, state=state, actions=followed)


def alert_headers(alert: Alert) -> dict[str, str]:
    """Gives the headers by which mail programs sort alerts by brand and keep a story in one thread."""
    headers = brand_headers(alert.brands[0] if alert.brands else alert.lead.brand)
    headers["References"] = f"<story.{digest(alert.key)}@listener.localhost>"
    if alert.severity in _URGENT:
        headers["Importance"] = "high"
    return headers


def summary_headers(alerts: Sequence[Alert]) -> dict[str, str]:
    """Gives the headers by which mail programs sort messages that list several alerts."""
    brands = {brand for alert in alerts for brand in alert.brands or (alert.lead.brand,)}
    headers = brand_headers(brands.pop() if len(brands) == 1 else "summaries")
    if any(alert.severity in _URGENT for alert in alerts):
        headers["Importance"] = "high"
    return headers


def brand_headers(brand: str) -> dict[str, str]:
    """Gives the List-Id of a brand: RFC 2919, with the unmanaged namespace `localhost` of its section 3."""
    slug = _SLUG.sub("-", brand.casefold()).strip("-")[:40]
    if not brand.isascii() or not slug:
        slug = "-".join(filter(None, (slug, digest(brand)[:12])))
    shown = _NO_PHRASE.sub(" ", cut(one_line(brand), 60)).strip()
    return {"List-Id": f"{shown} <{slug}.listener.localhost>".strip()}


def digest(key: str) -> str:
    """Gives a short name for a key, fit for a mail's header."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
