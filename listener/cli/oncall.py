"""The command that says who is on call."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, wrong_use


def add_to(app: typer.Typer) -> None:
    app.command()(oncall)


def oncall(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    at: Annotated[str, typer.Option(help='At another time than now: "2026-12-24" or "2026-12-24T22:00".')] = "",
) -> None:
    """Show who is on call on each schedule, until when, and who is asked next."""
    from datetime import datetime

    from alerts.oncall import on_duty
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array, table, when
    from listener.terminal import cut

    loaded = load(config)
    try:
        asked = datetime.fromisoformat(at) if at else wall_clock()
    except ValueError:
        raise wrong_use(f"{at!r} is no time: write a date such as 2026-12-24, or 2026-12-24T22:00") from None
    moment = asked if asked.tzinfo is not None else asked.replace(tzinfo=loaded.timezone)
    rows = [on_duty(schedule, moment) for schedule in loaded.schedules[:limit]]
    if json:
        json_array(map(shapes.row, rows))
        return
    table(
        ["schedule", "on call", "until", "then", "asked next"],
        (
            (
                cut(row.schedule, 40),
                f"{row.person}{' (stands in)' if row.stands_in else ''}",
                when(row.until, loaded.timezone),
                row.then,
                row.next or "-",
            )
            for row in rows
        ),
        "No schedule: name one under [[schedules]] in the configuration.",
    )
