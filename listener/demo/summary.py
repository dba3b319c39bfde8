"""Shows what the demo came to."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from alerts.alert import Alert
from alerts.digests.topics import topic_detail
from listener.cli.output import console
from listener.cli.sparks import sparkline
from listener.config import Config
from listener.demo.story import Told
from listener.terminal import cut
from rules.reading import CustomerMatch

MOST_TOPICS = 5

COLOURS = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan"}


def print_beginning(config: Config) -> None:
    """Says what will happen."""
    brands = ", ".join(brand.name for brand in config.brands)
    console().print(
        f"A week of {brands}: {len(config.sources)} sources replayed on this machine, read by the real collectors ...\n"
    )


def print_summary(told: Told, folder: Path, seconds: float) -> None:
    """Says what was heard, what was collapsed, who was told and why, and where to look."""
    screen = console()
    screen.print(Panel(Group(_counts(told)), title="What was heard", title_align="left", border_style="dim"))
    screen.print(Panel(_topics(told), title="What people talk about today", title_align="left", border_style="dim"))
    screen.print(Panel(_alerts(told), title="Who was told, and why", title_align="left", border_style="dim"))
    for trouble in told.failing:
        screen.print(f"Could not be read: {cut(trouble, 300)}", style="red")
    _where_to_look(screen, told, folder)
    screen.print(f"\nDone in {seconds:.1f} s.")


def print_going_on() -> None:
    """Says that the story goes on."""
    console().print("\nStill listening: more posts come in the next minutes, a new alert in about two. Ctrl-C ends.\n")


def _counts(told: Told) -> Table:
    lines = Table(box=None, show_header=False, pad_edge=False)
    lines.add_column(style="bold", justify="right", no_wrap=True)
    lines.add_column(no_wrap=True, style="bold")
    lines.add_column(ratio=1, style="dim")
    held = ", ".join(f"{count} {why}" for why, count in [("by the brand itself", told.own), *told.held] if count)
    widest = ""
    if told.widest is not None and told.widest_posts > 1:
        title = cut(told.widest.post.title or told.widest.post.text, 70)
        widest = f"“{title}” stands on {told.widest_posts} pages and was told once"
    for number, what, more in (
        (told.posts_seen, "posts seen", f"from {told.sources} sources"),
        (told.mentions, "mentions kept", f"in {told.languages} languages; homonyms and the rest were left out"),
        (told.collapsed, "collapsed", f"into {told.stories} stories. {widest}"),
        (told.own + sum(count for _, count in told.held), "kept, not alerted", held),
        (len(told.alerts), "alerts", "one story, one alert, each with its reason"),
        (len(told.tickets), "tickets opened", "each given to somebody who knows the language and the matter"),
        (told.slack, "Slack messages", "what is critical at one time is one message, the worst first"),
        (told.mails, "mails", "alerts and the digest, with pictures"),
        (told.gaps, "gaps declared", "what a service would not show is said, not passed over"),
    ):
        lines.add_row(str(number), what, Text(more))
    return lines


def _topics(told: Told) -> Table:
    lines = Table(box=None, show_header=False, pad_edge=False)
    lines.add_column(style="bold", no_wrap=True)
    lines.add_column(no_wrap=True)
    lines.add_column(ratio=1, style="dim")
    for topic in told.topics[:MOST_TOPICS]:
        lines.add_row(cut(topic.shown, 30), sparkline(topic.timeline), topic_detail(topic, "the day before"))
    return lines


def _alerts(told: Told) -> Table:
    rows = Table(box=None, pad_edge=False, header_style="bold")
    rows.add_column("id", justify="right")
    rows.add_column("severity", no_wrap=True)
    rows.add_column("posts", justify="right")
    rows.add_column("ticket", no_wrap=True, min_width=10)
    rows.add_column("why", ratio=1)
    owners = {ticket.number: ticket.assignee for ticket in told.tickets}
    for alert in sorted(told.alerts, key=lambda one: one.id):
        rows.add_row(*_cells(alert, owners.get(alert.ticket or 0, "")))
    return rows


def _cells(alert: Alert, owner: str) -> tuple[Text, ...]:
    reason = cut(alert.rules[0].reason, 220) if alert.rules else ""
    if alert.lead.customer is not None:
        reason = f"{_named(alert.lead.customer)}: {reason}"
    words = cut(alert.lead.post.title or alert.lead.post.text, 110)
    return (
        Text(str(alert.id)),
        Text(alert.severity, style=COLOURS[alert.severity]),
        Text(str(alert.mentions)),
        Text(f"#{alert.ticket} {cut(owner, 20)}".rstrip() if alert.ticket else ""),
        Text.assemble((reason, "bold"), "\n", (words, "dim")),
    )


def _named(customer: CustomerMatch) -> str:
    tier = f"{customer.tier} customer" if customer.tier else "customer"
    return cut(f"{customer.name or customer.id}, {tier}", 60)


def print_alert(alert: Alert, owner: str) -> None:
    """One alert, as it is made. `owner`: who got its ticket."""
    row = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(4):
        row.add_column(no_wrap=True)
    row.add_column(ratio=1)
    row.add_row(*_cells(alert, owner))
    console().print(row)


def _where_to_look(screen: Console, told: Told, folder: Path) -> None:
    config = folder / "config.toml"
    command = ".venv/bin/listener"
    worst = max(told.alerts, key=lambda one: (list(COLOURS)[::-1].index(one.severity), -one.id), default=None)
    screen.print("\nLook:")
    screen.print(f"  {folder / 'digest.html'}    the digest, in a browser")
    screen.print(f"  {folder / 'mails'}    the mails as they arrived")
    screen.print(f"  {folder / 'slack.jsonl'}    what Slack got")
    if worst is not None:
        screen.print(f"  {command} alerts explain {worst.id} --config {config}")
    screen.print(f"  {command} tickets list --config {config}")
    screen.print(f"  {command} topics --config {config}")
    screen.print(f"  {command} mentions --config {config}")
    screen.print(f'  {command} query try "blender" --config {config}')
