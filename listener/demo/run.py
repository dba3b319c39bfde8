"""Runs the whole product against the demo's network, and shows what happened."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from datetime import timedelta
from pathlib import Path

from alerts.digests.digest import digest_page, render_digest
from listener.app import App, Clock, wall_clock, working
from listener.config import ConfigError, Mistake, load
from listener.demo.demo_config import FIRST_LINE, demo_config
from listener.demo.network import DemoNetwork
from listener.demo.story import told_by
from listener.demo.summary import print_alert, print_beginning, print_going_on, print_summary
from listener.digests.making import gather
from listener.digests.preview import chosen_plan, send_now
from listener.running import stop_on_signals
from listener.store import alerts, tickets

DATABASE = ("listener.db", "listener.db-wal", "listener.db-shm")
OURS = ("config.toml", "customers.csv", "digest.html", "slack.jsonl", "mails", *DATABASE)
DIGEST_OF = timedelta(hours=24)


async def run_demo(folder: Path, *, once: bool, clock: Clock = wall_clock) -> int:
    """Replays a week of several services on loopback and works on it; exit code 0, or 1 if a source could not be read.

    Everything it makes lies in `folder`: what an earlier demo left there is replaced, nothing else is touched.
    Raises ConfigError for a folder that holds files of such names that no demo wrote.
    """
    logging.getLogger("listener").setLevel(logging.ERROR)
    _clear(folder)
    began = time.perf_counter()
    with DemoNetwork(clock).start() as network:
        (folder / "config.toml").write_text(demo_config(network, folder), "utf-8")
        config = load(folder / "config.toml")
        print_beginning(config)
        async with working(config, workers=0, clock=clock) as app:
            await app.poll_once(list(app.sources))
            await _send_digest(app, folder)
            story = told_by(app, network)
            _keep_received(network, folder)
            print_summary(story, folder, time.perf_counter() - began)
            if not once:
                print_going_on()
                await _go_on(app, network, folder)
    return 1 if story.failing else 0


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    there = [name for name in OURS if (folder / name).is_file() or any((folder / name).glob("*"))]
    if there and not _is_of_a_demo(folder):
        says = f"holds {', '.join(there)} that no demo wrote, and that a demo would replace: name another --folder"
        raise ConfigError([Mistake("", says)], folder)
    shutil.rmtree(folder / "mails", ignore_errors=True)
    for name in there[::-1]:  # the configuration last: a folder half cleared is still known as a demo's
        if name != "mails":
            (folder / name).unlink()
    (folder / "mails").mkdir()


def _is_of_a_demo(folder: Path) -> bool:
    try:
        with (folder / "config.toml").open(encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip() == FIRST_LINE
    except OSError:
        return False


async def _send_digest(app: App, folder: Path) -> None:
    """Tells the last day as tomorrow morning's digest would, by mail and as a page."""
    until = app.clock()
    plan = chosen_plan(app.config, "")
    span = plan.until_now(until, DIGEST_OF)
    await send_now(app, plan, span)
    with app.store.read() as tx:
        data = gather(tx, app.config, span, plan.brands, plan.name)
    page = digest_page(render_digest(data, timezone=app.config.timezone, key="demo"))
    (folder / "digest.html").write_text(page, "utf-8")


def _keep_received(network: DemoNetwork, folder: Path) -> None:
    """Writes what the receivers got, so that a person can open it."""
    from listener import shapes

    lines = [shapes.encode(message.payload) for message in network.slack.messages]
    (folder / "slack.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    for number, mail in enumerate(network.mail.mails, 1):
        (folder / "mails" / f"{number:02}.eml").write_bytes(mail.content)


async def _go_on(app: App, network: DemoNetwork, folder: Path) -> None:
    """Keeps listening; each new alert is shown when it is made."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    watching = asyncio.create_task(_watch(app))
    try:
        await app.run(stop)
    finally:
        watching.cancel()
        _keep_received(network, folder)


async def _watch(app: App) -> None:
    with app.store.read() as tx:
        shown = alerts.newest_id(tx)
    while True:
        await asyncio.sleep(1)
        with app.store.read() as tx:
            newest = alerts.newest_id(tx)
            fresh = [alerts.get_alert(tx, number) for number in range(shown + 1, newest + 1)]
            owners = {one.number: one.assignee for one in tickets.list_tickets(tx, limit=len(fresh))} if fresh else {}
        for alert in fresh:
            if alert is not None:
                print_alert(alert, owners.get(alert.ticket or 0, ""))
        shown = newest
