"""The small page on which people act on an alert that a link in a mail leads to; it needs no script and no cookie."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from alerts.actions import alert_actions
from alerts.alert import Alert
from alerts.contract import Action as Offered
from alerts.facts import alert_facts
from alerts.handled_words import handled_words
from alerts.handling import Changed, Handling
from alerts.label_words import severity_word
from alerts.language import Language
from alerts.template import fill
from alerts.wording import moment

_STYLE = Path(__file__).parent / "templates" / "acting.css"
_LONGEST_QUOTE = 600


@functools.cache
def page_style() -> str:
    """The style of the pages that signed links lead to; `page_policy` lets just this one be."""
    return _STYLE.read_text("utf-8")


@functools.cache
def page_policy() -> str:
    """The Content-Security-Policy of the page: our one style, a form that comes back here, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(page_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def acting_page(
    alert: Alert,
    handling: Handling,
    *,
    chosen: str,
    ask_name: bool,
    said: str,
    words: Language,
    timezone: tzinfo,
    now: datetime,
) -> str:
    """Gives the page of an alert: what it is about, how it stands, and what can be done about it.

    `chosen` is the action that the link was for, which comes first. `said` tells what has just been done, "" where
    nothing was. The form goes to the address of the page itself.
    """
    offered = (*alert_actions(alert.id, words), Offered(name="reopen", label=words.say("Open again"), alert=alert.id))
    first = next((one for one in offered if one.name == chosen), offered[0])
    return fill(
        "acting.html.j2",
        title=words.say("Alert {number}", number=alert.id),
        style=page_style(),
        facts=alert_facts(alert, timezone, 150, _LONGEST_QUOTE, words),
        severity=severity_word(alert.severity, words),
        state=handled_words(handling, now, words) or words.say("Nobody looks after it yet."),
        ask_name=words.say("Your name") if ask_name else "",
        open_post=words.say("Open the post"),
        chosen=first,
        others=_others(offered, first, handling, now),
        said=said,
        words=words,
    )


def notice_page(title: str, words: Language) -> str:
    """Gives a page of one sentence: a link that does not hold, an alert that is gone."""
    return fill("acting.html.j2", title=title, style=page_style(), facts=None, said="", words=words)


def done_words(changed: Changed, timezone: tzinfo, words: Language) -> str:
    """Says what an action came to."""
    after = changed.after
    if after.state == "acknowledged":
        return words.say("Done. {name} looks after this alert.", name=after.assignee)
    if after.state == "snoozed" and after.until is not None:
        return words.say("Done. This alert is put off until {time}.", time=moment(after.until, timezone, words))
    if after.state == "resolved":
        return words.say("Done. This alert is resolved.")
    if after.state == "noise":
        return words.say("Done. This alert is marked as noise.")
    return words.say("Done. This alert is open again.")


def _others(offered: Sequence[Offered], first: Offered, handling: Handling, now: datetime) -> list[Offered]:
    """What else can be done; an alert that is open is not opened again."""
    is_open = handling.state_at(now) == "open"
    return [one for one in offered if one != first and not (is_open and one.name == "reopen")]
