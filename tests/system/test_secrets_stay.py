"""A secret of the configuration never leaves it, whatever fails: a decoy stands in each place that can hold one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from listener.demo.loopback import LoopbackServer, Reply, Request

DECOYS = {
    "WEBHOOK": "decoy-webhook-path-7f3a",
    "SMTP_PASSWORD": "decoy-smtp-password-91bc",
    "FEED_TOKEN": "decoy-feed-token-2e8d",
    "FEED_PASSWORD": "decoy-feed-password-55aa",
    "BOT_TOKEN": "xoxb-decoy-bot-token-c0de",
}
FILED = "decoy-in-a-file-8d1e"


@pytest.fixture
def clock(real_clock: Any) -> Any:
    return real_clock


def echo(request: Request) -> Reply:
    """A service that fails and repeats all that it was sent."""
    told = f"{request.path} {request.query} {request.headers} {request.body!r}"
    return Reply(status=500, body=told.encode(), headers={"content-type": "text/plain", "x-echo": request.path})


def test_no_secret_is_in_any_output_log_export_or_database_of_a_run_where_everything_fails(
    network: Any, product: Any, database: Path, start: Any
) -> None:
    (network.folder / "token").write_text(FILED)
    network.feed("good", {"text": "Acme is terrible and horrible", "link": "https://b.example/1", "minutes_ago": 5})
    with LoopbackServer(echo, network.clock) as failing:
        host = failing.url.removeprefix("http://")
        feed = f"http://user:${{FEED_PASSWORD}}@{host}/feed?token=${{FEED_TOKEN}}&key=${{file:token}}"
        config = network.write_config(
            network.brand(),
            network.feed_source("good"),
            network.feed_source("failing", url=feed, every="1s"),
            network.feed_source("nowhere", url=feed.replace(host, "127.0.0.1:9")),
            network.slack_channel("support", webhook_url=f"{failing.url}/services/${{WEBHOOK}}"),
            network.slack_channel("gone", webhook_url="http://127.0.0.1:9/services/${WEBHOOK}"),
            network.table(
                "[[channels]]",
                {"kind": "slack", "name": "bot", "bot_token": "${BOT_TOKEN}", "channel": "C1", "base_url": failing.url}
                | {"allow_private": True},
            ),
            network.mail_channel("marketing", username="listener", password="${SMTP_PASSWORD}"),
            network.rule("angry", "sentiment.score <= -0.4", "high", "support", "gone", "bot", "marketing"),
            network.table("[digest]", {"notify": ["marketing", "support"]}),
            network.table("[operator]", {"notify": ["support"]}),
        )
        said = [
            product.command(config, *words.split(), environment=DECOYS)
            for words in (
                "check",
                "poll",
                "digest --send",
                "channels test support",
                "channels test marketing",
                "status --json",
                "channels --json",
                "alerts explain 1",
                "export",
            )
        ]
        running = start(config, **DECOYS)
        running.until(lambda: "a source failed" in running.log)
        assert running.stop() == 0
    assert "trouble of its own" in said[1].stderr.decode(), "there was something to tell"
    told = running.log + "\n".join((one.stdout + one.stderr).decode() for one in said)
    everything = told.encode() + b"".join(path.read_bytes() for path in network.folder.glob("listener.db*"))
    for name, decoy in {**DECOYS, "a file": FILED}.items():
        assert decoy.encode() not in everything, f"the secret of {name} was told or kept"


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "slack", "webhook_url": "${WEBHOOK}"},
        {"kind": "slack", "webhook_url": "ftp://x/${WEBHOOK}"},
        {"kind": "slack", "bot_token": "${BOT_TOKEN} with spaces", "channel": "C1"},
        {"kind": "email", "host": "${SMTP_PASSWORD}/", "from": "${SMTP_PASSWORD}", "to": ["${SMTP_PASSWORD}"]},
        {"kind": "email", "host": "mail.example", "from": "a@b.example", "to": ["c@b.example"], "tls": "none"}
        | {"username": "u", "password": "${SMTP_PASSWORD}", "timeout": "${SMTP_PASSWORD}"},
    ],
    ids=str,
)
def test_a_mistake_in_a_secret_is_told_without_it(network: Any, product: Any, table: dict[str, Any]) -> None:
    config = network.write_config(network.brand(), network.table("[[channels]]", {"name": "one", **table}))
    ended = product.command(config, "check", environment=DECOYS)
    assert ended.returncode == 2
    told = (ended.stdout + ended.stderr).decode()
    assert "channels[0]" in told or "one" in told
    assert not [decoy for decoy in DECOYS.values() if decoy in told]
