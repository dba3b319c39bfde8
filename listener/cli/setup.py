"""Commands that set the product up: init, check, channels, demo."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, to_tell, wrong_use

if TYPE_CHECKING:
    from listener.config import Config

channels_app = typer.Typer(help="List the channels, or try one.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(check)
    app.command()(demo)
    app.add_typer(channels_app, name="channels")


def init(
    config: ConfigFile = DEFAULT_CONFIG,
    brand: Annotated[str, typer.Option(help="The brand to listen for; without it the folder's name.")] = "",
) -> None:
    """Write a commented config.toml that works at once, without any key."""
    from listener.configuration.template import NotWritten, write_new

    try:
        named = write_new(config, brand or None)
    except NotWritten as error:
        raise wrong_use(str(error)) from None
    typer.echo(f"Wrote {config}, listening for '{named}'.")
    typer.echo(f"Next: listener check --config {config}    (then: listener poll, listener mentions)")


def check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Validate the configuration: every mistake at once, by its place. Credentials may be missing.

    The tests of the rules are run too: exit 1 where one fails.
    """
    from listener.terminal import safe
    from sources.query import lint, parse

    checked = load(config)
    for brand in checked.brands:
        for warning in lint(parse(brand.query)):
            typer.echo(safe(f"{config}: brand '{brand.name}': {warning}"), err=True)
    for mistake in checked.warnings:
        typer.echo(safe(f"{config}: {mistake}"), err=True)
    counts = [
        (len(checked.brands), "brand"),
        (len(checked.sources), "source"),
        (len(checked.channels), "channel"),
        (len(checked.rules), "rule"),
    ]
    said = ", ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counts)
    if checked.rule_tests:
        said += f", {_tested_rules(config, checked)}"
    typer.echo(f"{config} is fine: {said}.")


def _tested_rules(path: Path, config: Config) -> str:
    """Runs the tests of the rules; says how many there are where none failed. Raises typer.Exit where one did."""
    from alerts.wording import counted
    from listener.app import wall_clock
    from listener.cli.rule_tests_shown import failed_lines
    from listener.ruling.rule_tests import run_rule_tests
    from listener.terminal import one_line

    failed = failed_lines(run_rule_tests(config, config.rule_tests, wall_clock()))
    for line in failed:
        typer.echo(one_line(f"{path}: {line}"), err=True)
    tests = counted(len(config.rule_tests), "rule test")
    if failed:
        raise to_tell(f"{path}: {len(failed)} of {tests} failed; `listener rules test` shows them all")
    return f"{tests} passed"


def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave when the story has been told once.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the demo's database, mails and digest go.")] = Path("demo-output"),
) -> None:
    """Run the whole product against a replay of several services on this machine. No keys, no questions."""
    import asyncio

    from listener.demo.run import run_demo

    code = asyncio.run(run_demo(folder, once=once))
    raise typer.Exit(code)


@channels_app.callback(invoke_without_command=True)
def channels(
    context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50
) -> None:
    """List the channels: what waits, what was told, what failed."""
    if context.invoked_subcommand is not None:
        return
    from listener.cli.options import opened
    from listener.cli.output import json_array, table, when
    from listener.store import channel_states, outbox_counts
    from listener.terminal import cut, safe

    with opened(config) as (loaded, store), store.read() as tx:
        counts, disabled = outbox_counts.stats(tx), channel_states.disabled_channels(tx)

    def time(value: object) -> str:
        return when(value if isinstance(value, datetime) else None, loaded.timezone)

    rows = [
        {"name": name, "kind": kind, **counts.of(name), "disabled_why": disabled.get(name, (None, ""))[1]}
        for name, kind in loaded.told_places[:limit]
    ]
    if json:
        json_array(rows)
    else:
        table(
            ["name", "kind", "waiting", "sent", "given up", "waiting since", "left alone until"],
            (
                (
                    cut(str(row["name"]), 28),
                    row["kind"],
                    row["pending"],
                    row["sent"],
                    row["dead"],
                    time(row["oldest"]),
                    "disabled" if row["disabled_why"] else time(row["held_until"]),
                )
                for row in rows
            ),
            "No channel is configured.",
        )
        for row in rows:
            if row["disabled_why"]:
                typer.echo(safe(f"\n{row['name']} is disabled: {row['disabled_why']}"))
                typer.echo(safe(f"  once that is mended: listener channels enable '{row['name']}'"))


@channels_app.command("test")
def test_channel(name: str, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Send one test message through a channel and say what came of it."""
    import asyncio
    from uuid import uuid4

    from alerts.contract import DeliveryFailed
    from alerts.rendering.render import render_test

    loaded = load(config, secrets=True)
    settings = next((channel for channel in loaded.channels if channel.name == name), None)
    if settings is None:
        known = ", ".join(channel.name for channel in loaded.channels) or "none"
        raise wrong_use(f"no channel is named {name!r}; configured: {known}")

    async def send() -> str:
        channel = settings.open()
        try:
            receipt = await channel.send(render_test(uuid4().hex, channel.name, loaded.language_of(name)))
        finally:
            await channel.close()
        return receipt.detail or receipt.id

    try:
        detail = asyncio.run(send())
    except DeliveryFailed as error:
        raise to_tell(f"'{name}' did not take the message: {error}") from None
    typer.echo(f"'{name}' took the test message{f' ({detail})' if detail else ''}.")


@channels_app.command("retry")
def retry(
    name: Annotated[str | None, typer.Argument(help="Only this channel; all of them if not told.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Queue again what was given up, once its cause is mended; `listener run` or `poll` tells it."""
    from listener.app import wall_clock
    from listener.cli.options import opened
    from listener.store import outbox

    with opened(config) as (loaded, store):
        known = [place for place, _ in loaded.told_places]
        if name is not None and name not in known:
            raise wrong_use(f"no channel is named {name!r}; configured: {', '.join(known) or 'none'}")
        with store.write() as tx:
            count = outbox.retry_dead(tx, name, now=wall_clock())
    typer.echo(f"{count} message{'' if count == 1 else 's'} will be told again.")
