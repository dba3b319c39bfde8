"""How the tests of rules look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from alerts.wording import counted
from listener.cli.output import console
from listener.ruling.rule_tests import Tried
from listener.terminal import one_line


def show_tried(found: Sequence[Tried]) -> None:
    """Prints a line a test, below one that failed what differs, and how many there are of each."""
    screen = console()
    for one in found:
        mark = Text("ok     ", style="green") if one.passed else Text("failed ", style="bold red")
        told = one_line(", ".join(one.told)) or "nobody is told"
        screen.print(mark + Text(one_line(one.name)) + Text(f"  ->  {told}", style="dim"), soft_wrap=True)
        for said in one.differences:
            screen.print(Text(f"       {one_line(said)}"), soft_wrap=True)
    failed = sum(not one.passed for one in found)
    screen.print(f"{counted(len(found), 'test')}, {failed or 'none'} failed.")


def failed_lines(found: Sequence[Tried]) -> list[str]:
    """What `check` says of each test that failed."""
    return [f"rule test '{one.name}' failed: {'; '.join(one.differences)}" for one in found if not one.passed]
