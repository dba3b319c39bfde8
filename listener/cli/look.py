"""Commands that show what was heard: mentions, alerts, status."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from listener.cli import handling
from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Number, Who, named, opened, to_tell, wrong_use

mentions_app = typer.Typer(help="List the mentions; explain or mark one.", rich_markup_mode=None)
alerts_app = typer.Typer(help="List the alerts, take them up, or explain one.", rich_markup_mode=None)

NO_MENTION = "No mention yet. `listener poll` asks the sources now."


def add_to(app: typer.Typer) -> None:
    app.add_typer(mentions_app, name="mentions")
    handling.add_to(alerts_app)
    app.add_typer(alerts_app, name="alerts")
    app.command()(status)


@mentions_app.callback(invoke_without_command=True)
def mentions(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
    source: Annotated[str, typer.Option(help="Only this kind of source, or source by name.")] = "",
    label: Annotated[
        Literal["negative", "neutral", "positive", "unread"] | None,
        typer.Option(help="Only this sentiment; unread: in a language without one."),
    ] = None,
    search: Annotated[str, typer.Option(help="Only mentions with all these words.")] = "",
    since: Annotated[str, typer.Option(help='Only since: "24h", "7d", or a date.')] = "",
) -> None:
    """List the mentions, the newest first."""
    if context.invoked_subcommand is not None:
        return
    from listener import shapes
    from listener.cli.output import json_array, table, when
    from listener.cli.times import since_time
    from listener.store.mentions import MentionFilter, list_mentions
    from listener.terminal import cut

    wanted = MentionFilter(
        brand=brand, source=source, label=label or "", search=search, since=since_time(since), limit=limit
    )
    with opened(config) as (loaded, store), store.read() as tx:
        found = list_mentions(tx, wanted)
    if json:
        json_array(map(shapes.mention, found))
        return
    table(
        ["id", "when", "source", "brand", "feels", "who", "what"],
        (
            (
                one.id,
                when(one.post.published_at or one.first_seen_at, loaded.timezone),
                one.post.source,
                one.brand,
                one.sentiment.label or f"({one.lang})",
                cut(one.customer.name if one.customer else one.post.author.handle or one.post.author.name, 24),
                cut(one.post.title or one.post.text, 200),
            )
            for one in found
        ),
        "No mention matches." if any((brand, source, label, search, since)) else NO_MENTION,
        wide=("what",),
    )


@mentions_app.command("explain")
def explain_one(number: Number, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Tell what was read in a mention, which rules spoke, and why somebody was told of it or nobody."""
    from listener.explanation import explain_mention
    from listener.terminal import safe

    with opened(config) as (loaded, store), store.read() as tx:
        words = explain_mention(tx, loaded, number)
    if words is None:
        raise to_tell(f"there is no mention {number}; `listener mentions` lists them")
    typer.echo(safe(words))


@mentions_app.command("mark")
def mark(number: Number, mark: str, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Say what a mention really is: noise, negative, neutral, positive or wrong-customer."""
    from listener.app import wall_clock
    from listener.store.marks import MARKS, mark_mention

    if mark not in MARKS:
        raise wrong_use(f"{mark!r} is no mark; one of: {', '.join(MARKS)}")
    with opened(config) as (_, store), store.write() as tx:
        known = mark_mention(tx, number, mark, wall_clock(), named(by))
    if not known:
        raise to_tell(f"there is no mention {number}; `listener mentions` lists them")
    typer.echo(f"Mention {number} is marked {mark}.")


@mentions_app.command("unmark")
def unmark(number: Number, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Take a mention's last mark back; the one before it counts again."""
    from listener.app import wall_clock
    from listener.store.marks import take_back

    with opened(config) as (_, store), store.write() as tx:
        counts = take_back(tx, number, wall_clock(), named(by))
    if counts is None:
        raise to_tell(f"mention {number} is not marked; `listener marks` lists what is")
    typer.echo(f"Mention {number} is marked {counts} again." if counts else f"Mention {number} is no longer marked.")


@alerts_app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
    state: Annotated[
        Literal["open", "acknowledged", "snoozed", "resolved", "noise"] | None,
        typer.Option(help="Only those that stand so with the people."),
    ] = None,
) -> None:
    """List the alerts, the newest first."""
    if context.invoked_subcommand is not None:
        return
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array, table, when
    from listener.store import handling as handlings
    from listener.store.alerts import list_alerts
    from listener.terminal import cut

    now = wall_clock()
    with opened(config) as (loaded, store), store.read() as tx:
        found = list_alerts(tx, brand=brand, limit=limit, state=state, now=now)
        stands = handlings.states(tx, [one.id for one in found])
    if json:
        json_array(shapes.alert(one, stands[one.id], now) for one in found)
        return
    table(
        ["id", "when", "severity", "state", "whose", "brand", "posts", "ticket", "why"],
        (
            (
                one.id,
                when(one.created_at, loaded.timezone),
                one.severity,
                stands[one.id].state_at(now),
                cut(stands[one.id].assignee, 20) or "-",
                ", ".join(one.brands),
                one.mentions,
                f"#{one.ticket}" if one.ticket else "",
                cut("; ".join(rule.reason for rule in one.rules), 300),
            )
            for one in found
        ),
        f"No {state} alert." if state else "No alert yet.",
        wide=("why",),
    )


@alerts_app.command("explain")
def explain(number: Number, config: ConfigFile = DEFAULT_CONFIG, json: Json = False) -> None:
    """Tell why an alert was made, and on each channel what every stage decided: the post, the rules, who was told."""
    from listener import shapes
    from listener.alerting.path import path_shape
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.explanation import explain_alert
    from listener.store import alerts as kept
    from listener.store import handling as handlings
    from listener.terminal import safe

    with opened(config) as (loaded, store), store.read() as tx:
        words = explain_alert(tx, loaded, number)
        alert, stands = kept.get_alert(tx, number), handlings.states(tx, [number])[number]
        channels, trail = path_shape(tx, number), handlings.trail(tx, number)
    if words is None or alert is None:
        raise to_tell(f"there is no alert {number}; `listener alerts` lists them")
    if json:
        told = {"channels": channels, "trail": [shapes.alert_event(one) for one in trail]}
        json_array([{**shapes.alert(alert, stands, wall_clock()), **told}])
        return
    typer.echo(safe(words))


def status(config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 1000) -> None:
    """Show each source: last success, next poll, errors, silence; and what waits to be told. Exit 1 if one fails."""
    from listener.status import print_status

    with opened(config) as (loaded, store), store.read() as tx:
        code = print_status(tx, loaded, json=json, limit=limit)
    raise typer.Exit(code)
