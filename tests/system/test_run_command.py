"""`listener run` in a process of its own: it listens, stops when told to, and lets nobody else write."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from listener.demo.loopback import LoopbackServer, Reply, Request
from listener.store import outbox_counts


@pytest.fixture
def clock(real_clock: Any) -> Any:
    return real_clock


def unfinished(config: Path) -> list[Any]:
    """What a process has in its hands, as the database knows."""
    engine = create_engine(f"sqlite:///{config.parent / 'listener.db'}")
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT 'job', task FROM job WHERE state = 'running' "
                "UNION ALL SELECT 'delivery', channel FROM delivery WHERE state = 'claimed'"
            )
        ).all()
    engine.dispose()
    return list(rows)


def angry_items(count: int) -> list[dict[str, Any]]:
    return [
        {"text": f"Acme {thing} are terrible and horrible", "link": f"https://b.example/{thing}", "minutes_ago": 9}
        for thing in ("kettles", "lamps", "ovens", "radios", "clocks")[:count]
    ]


def test_run_listens_shares_its_database_with_readers_only_and_stops_cleanly(
    network: Any, product: Any, database: Path, start: Callable[[Path], Any]
) -> None:
    network.feed("blogs", *angry_items(1))
    config = network.write_config(
        network.brand(),
        network.feed_source("blogs", every="1s"),
        network.slack_channel(),
        network.rule("angry", "sentiment.score <= -0.4", "high", "support"),
    )
    running = start(config)
    running.until(lambda: len(network.slack.messages) == 1)
    network.feed("blogs", *angry_items(3))
    running.until(lambda: len(network.slack.messages) == 3)

    second = product.command(config, "run")
    assert second.returncode == 1
    assert "another listener works on" in second.stderr.decode()
    assert "Traceback" not in second.stderr.decode()
    assert product.command(config, "poll").returncode == 1
    listed = product.command(config, "mentions", "--json")
    assert len(json.loads(listed.stdout)) == 3

    assert running.stop() == 0
    assert "Stopped" in running.log
    assert "Traceback" not in running.log
    assert running.leaves_nobody_behind()
    assert unfinished(config) == []
    assert product.command(config, "poll").returncode == 0
    assert len(network.slack.messages) == 3, "nothing was told twice"


def test_a_stop_while_a_message_is_on_its_way_lets_it_arrive_and_be_written_down(
    network: Any, product: Any, database: Path, start: Callable[[Path], Any]
) -> None:
    arrived, release = threading.Event(), threading.Event()

    def slowly(request: Request) -> Reply:
        arrived.set()
        release.wait(20)
        return Reply(body=b"ok")

    network.feed("blogs", *angry_items(1))
    with LoopbackServer(slowly, network.clock) as slack:
        config = network.write_config(
            network.brand(),
            network.feed_source("blogs", every="1s"),
            network.slack_channel(webhook_url=f"{slack.url}/services/x"),
            network.rule("angry", "sentiment.score <= -0.4", "high", "support"),
        )
        running = start(config)
        running.until(arrived.is_set)
        running.process.send_signal(signal.SIGTERM)
        threading.Timer(0.5, release.set).start()
        assert running.process.wait(timeout=30) == 0
        assert product.ask(config, outbox_counts.stats).sent == 1
        assert unfinished(config) == []
        assert len(slack.asked) == 1
