"""The command that learns from people's marks."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Who, named, opened, to_tell, wrong_use


def add_to(app: typer.Typer) -> None:
    app.command()(train)


def train(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    by: Who = "",
    use: Annotated[bool, typer.Option("--use", help="Switch it on, if it helps.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="With --use: even if it does not help.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Go back to the correction before, or to none.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List what was ever switched on.")] = False,
) -> None:
    """Learn from your team's marks how to read sentiment, and show what that changes. Switches nothing on by itself."""
    if use + back + listed > 1:
        raise wrong_use("--use, --back and --list are three different things: give one")
    if anyway and not use:
        raise wrong_use("--anyway goes with --use")
    with opened(config) as (loaded, store):
        if listed:
            from listener.cli.train_shown import show_corrections
            from listener.store.corrections import list_corrections

            with store.read() as tx:
                found, reader = list_corrections(tx, limit), loaded.setup(()).analyzer.reader
                show_corrections(found, loaded.timezone, reader, as_json=json)
            return
        from listener.app import wall_clock

        if back:
            from listener.store.corrections import in_use, take_back

            with store.write() as tx:
                taken = take_back(tx, wall_clock())
                now = in_use(tx)
            if taken is None:
                raise to_tell("no correction is in use")
            typer.echo(f"Correction {taken} is switched off; {f'{now} is' if now else 'none is'} in use.")
            return
        from listener.cli.train_shown import show_lesson, verdict
        from listener.store.corrections import switch_on
        from listener.training import learn

        number = None
        with store.read() as tx:
            lesson = learn(tx, loaded, wall_clock())
        if use and lesson.enough and (lesson.helps or anyway):
            with store.write() as tx:
                number = switch_on(tx, lesson.correction, lesson.held_out, named(by), wall_clock())
    show_lesson(lesson, number, loaded.timezone, as_json=json)
    if use and number is None:
        raise to_tell(f"Nothing was switched on. {verdict(lesson)}")
