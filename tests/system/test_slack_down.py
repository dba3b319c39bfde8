"""Slack is down for hours while alerts arise: none is lost, the worst come first, and listening never stops."""

from __future__ import annotations

import asyncio
import json
import re
import time
from datetime import timedelta
from random import Random
from typing import Any

import pytest

import listener.app
from listener.config import load
from listener.store import alerts, outbox_counts
from listener.store.mentions import MentionFilter, count_mentions
from listener.store.tables import ALERT_CHANNEL
from rules.reading import SEVERITIES

SHARES = {"critical": 0.01, "high": 0.1, "medium": 0.3, "low": 0.59}
SYLLABLES = [consonant + vowel for consonant in "bdklmrt" for vowel in "aeiou"]
BURST = 21
LINK = re.compile(r"https://blogs\.example/\d+")


def words(chance: Random) -> str:
    """A text that no other one resembles."""
    return " ".join("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(16))


def configure(network: Any) -> Any:
    return network.write_config(
        network.brand(),
        network.feed_source("blogs", every="1m"),
        network.slack_channel("support"),
        *(network.rule(name, f'text.contains("level {name}")', name, "support") for name in SEVERITIES),
    )


async def live_through(network: Any, clock: Any, minutes: int, a_minute: int) -> dict[str, Any]:
    """Lives through the outage minute by minute, then second by second until nothing waits."""
    chance = Random(5)
    told: dict[str, str] = {}
    config = load(configure(network))
    async with listener.app.working(config, workers=0, clock=clock, jitter=Random(7)) as app:

        async def step() -> None:
            await app.tick()
            await app.engine.run_until_idle(16)

        network.feed("blogs")
        await step()
        network.slack.fail(503, body="down")
        for _ in range(minutes):
            clock.forward(seconds=66)  # past the minute and its jitter
            fresh = []
            for _ in range(a_minute):
                link = f"https://blogs.example/{len(told)}"
                told[link] = chance.choices(list(SHARES), list(SHARES.values()))[0]
                text = f"Acme level {told[link]} {words(chance)}"
                fresh.append({"title": words(chance), "text": text, "link": link, "minutes_ago": 1})
            network.feed("blogs", *fresh)
            await step()
            await step()
            with app.store.read() as tx:
                heard = count_mentions(tx, MentionFilter())
            assert heard == len(told), "listening stopped"
        tried = len(network.slack.asked)
        network.slack.mend()
        back = clock()
        for _ in range(4 * 3_600):
            clock.forward(seconds=1)
            await step()
            with app.store.read() as tx:
                if not outbox_counts.stats(tx).pending and not app.telling.alerting.work_is_due(tx, clock()):
                    break
        with app.store.read() as tx:
            made = alerts.count_since(tx, 0)
            states = {row.state for row in tx.execute(ALERT_CHANNEL.select())}
            dead = outbox_counts.stats(tx).dead
    return {"told": told, "back": back, "tried": tried, "made": made, "states": states, "dead": dead}


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    ("minutes", "a_minute"), [(20, 12), pytest.param(109, 46, marks=pytest.mark.soak)], ids=["20 minutes", "2 hours"]
)
def test_what_arose_while_slack_was_down_is_told_worst_first_within_its_rate(
    network: Any, clock: Any, database: Any, minutes: int, a_minute: int, record_property: Any
) -> None:
    began = time.monotonic()
    came = asyncio.run(live_through(network, clock, minutes, a_minute))
    told = came["told"]
    messages = network.slack.messages
    whole = [json.dumps(one.payload) for one in messages]
    assert came["made"] == len(told)
    assert came["states"] <= {"told", "summarised"}
    assert came["dead"] == 0
    linked = [set(LINK.findall(one)) for one in whole]
    assert set(told) == set().union(*linked)
    worst = [max(SEVERITIES.index(told[link]) for link in links) for links in linked]
    assert worst == sorted(worst, reverse=True), "something worse came later"
    assert min(one.at for one in messages) <= came["back"] + timedelta(minutes=16)
    for start in range(len(messages)):
        for end in range(start, min(start + 120, len(messages))):
            lasted = (messages[end].at - messages[start].at).total_seconds()
            assert end - start + 1 <= BURST + lasted
    figures = {
        "alerts": len(told),
        "messages": len(messages),
        "tries while down": came["tried"],
        "told within": f"{max(one.at for one in messages) - came['back']}",
        "seconds": round(time.monotonic() - began),
    }
    record_property("figures", figures)
    print(figures)
