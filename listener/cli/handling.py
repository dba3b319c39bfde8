"""Commands by which people take alerts up: ack, assign, resolve, snooze, noise, reopen; and how one stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, MOST, ConfigFile, Json, Number, Who, named, opened, to_tell, wrong_use

if TYPE_CHECKING:
    from alerts.handling import Action

Numbers = Annotated[list[int], typer.Argument(min=0, max=MOST, show_default=False, metavar="ID...")]

_DONE = {
    "ack": "is acknowledged",
    "assign": "is {whose}'s",
    "resolve": "is resolved",
    "snooze": "is put off until {until}",
    "noise": "is noise, and its mentions are marked so",
    "reopen": "is open again",
}


def add_to(alerts: typer.Typer) -> None:
    """Adds the verbs below `listener alerts`."""
    for verb in (ack, assign, resolve, snooze, noise, reopen, show):
        alerts.command()(verb)


def ack(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Acknowledge alerts: somebody looks after them, and nobody else is woken."""
    _act("ack", numbers, config, by)


def assign(
    numbers: Numbers,
    to: Annotated[str, typer.Option("--to", help="The person whose they are from now on.")],
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
) -> None:
    """Give alerts to a person."""
    if not to.strip():
        raise wrong_use("--to must name a person")
    _act("assign", numbers, config, by, assignee=to)


def resolve(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Say that alerts are dealt with."""
    _act("resolve", numbers, config, by)


def snooze(
    numbers: Numbers,
    length: Annotated[str, typer.Option("--for", help='For how long: "30m", "2h", "3d".')] = "1h",
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
) -> None:
    """Put alerts off: they are open again afterwards, or as soon as they get worse."""
    from datetime import timedelta

    from listener.app import wall_clock
    from sources.settings import parse_duration

    try:
        lasts = parse_duration(length)
        assert isinstance(lasts, timedelta)
        until = wall_clock() + lasts
    except (ValueError, OverflowError):
        raise wrong_use(f'{length!r} is no length of time: write "30m", "2h" or "3d"') from None
    _act("snooze", numbers, config, by, until=until)


def noise(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Say that alerts are about nothing of yours; their mentions are marked, which rules and training learn of."""
    _act("noise", numbers, config, by)


def reopen(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Open alerts again; what noise had marked is marked no longer."""
    _act("reopen", numbers, config, by)


def show(number: Number, config: ConfigFile = DEFAULT_CONFIG, json: Json = False) -> None:
    """Show how an alert stands, and all that became of it with who did it when."""
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array, when
    from listener.help_desks.lines import ticket_line
    from listener.store import desk_tickets, handling
    from listener.store.alerts import get_alert
    from listener.terminal import cut, safe

    with opened(config) as (loaded, store), store.read() as tx:
        alert = get_alert(tx, number)
        stands = handling.states(tx, [number])[number]
        trail = handling.trail(tx, number)
        elsewhere = desk_tickets.tickets_of(tx, [number]).get(number, ())
    if alert is None:
        raise _unknown([number])
    if json:
        json_array([{**shapes.alert(alert, stands, wall_clock()), "trail": [shapes.alert_event(one) for one in trail]}])
        return
    state = stands.state_at(wall_clock())
    told = [f"{alert.severity}, {state}"]
    if state == "snoozed":
        told.append(f"until {when(stands.until, loaded.timezone)}")
    told.append(f"{stands.assignee}'s" if stands.assignee else "nobody's yet")
    typer.echo(safe(f"Alert {alert.id} for {', '.join(alert.brands)}: {', '.join(told)}"))
    typer.echo(safe(f"  {cut(alert.lead.post.title or alert.lead.post.text, 300)}"))
    typer.echo(safe(f"  {alert.lead.post.url or alert.lead.post.key}"))
    for ticket in elsewhere:
        typer.echo(safe(f"  {ticket_line(ticket)}"))
    for one in trail:
        who = f" by {one.by}" if one.by else ""
        way = f" ({one.via})" if one.via else ""
        where = f" on {one.channel}" if one.channel else ""
        why = f": {one.reason}" if one.reason else ""
        typer.echo(safe(f"  {when(one.at, loaded.timezone)}  {one.what}{where}{who}{way}{why}"))


def _act(
    action: Action,
    numbers: list[int],
    config: Path,
    by: str,
    *,
    until: datetime | None = None,
    assignee: str | None = None,
) -> None:
    """Does it to each alert in one transaction, and tells what came of it. Exit 1 where one is not there."""
    from listener.app import wall_clock
    from listener.cli.output import when
    from listener.handling.acting import Acting
    from listener.terminal import safe

    missing = []
    with opened(config) as (loaded, store):
        if assignee is not None:
            assignee = _person(assignee, [one.name for one in loaded.people])
        who, acting = named(by), Acting()
        for number in dict.fromkeys(numbers):
            try:
                with store.write() as tx:
                    changed = acting.act(tx, number, action, who, "cli", wall_clock(), until=until, assignee=assignee)
            except ValueError as error:
                raise wrong_use(f"{error}") from None
            if changed is None:
                missing.append(number)
                continue
            words = _DONE[action].format(whose=changed.after.assignee, until=when(until, loaded.timezone))
            typer.echo(safe(f"Alert {number} {words}{'' if changed.changed else ' already'}."))
    if missing:
        raise _unknown(missing)


def _person(told: str, people: Sequence[str]) -> str:
    """The person as the configuration names them; whoever was told where it names nobody."""
    known = {name.casefold(): name for name in people}
    found = known.get(told.strip().casefold()) if people else told.strip()
    if found is None:
        raise wrong_use(f"{told!r} is nobody under [[people]]; there are {', '.join(people)}")
    return found


def _unknown(numbers: list[int]) -> typer.Exit:
    return to_tell(f"there is no alert {', '.join(map(str, numbers))}; `listener alerts` lists them")
