"""What bad input gets: a clear sentence, and nothing lost. Through the real commands, in processes of their own."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from listener.store import gaps as ledger
from listener.store import outbox_counts


@pytest.fixture
def clock(real_clock: Any) -> Any:
    """Commands in processes of their own live by the wall's clock, and so do the services here."""
    return real_clock


def item(number: int, words: str = "Acme") -> str:
    link = f"https://rude.example/{quote(words)}/{number}"
    return f"<item><title>{words} {number}</title><link>{link}</link></item>\n"


HEAD = '<rss version="2.0"><channel><title>Rude</title>'


class RudeHandler(BaseHTTPRequestHandler):
    """Feeds that no one should have to read."""

    def do_GET(self) -> None:
        behaviour = getattr(self, self.path.strip("/").replace("-", "_"), None)
        with contextlib.suppress(OSError):  # the reader hangs up, as it should
            behaviour() if behaviour else self.send_error(404)

    def begin(self, kind: str = "application/rss+xml", **headers: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def page(self) -> None:
        self.begin("text/html")
        self.wfile.write(b"<!doctype html><html><body><h1>We have moved, Acme!</h1></body></html>")

    def empty(self) -> None:
        self.begin()

    def huge(self) -> None:
        """100 MB, as fast as they are taken."""
        self.begin()
        self.wfile.write(HEAD.encode())
        filler = f"<description>{'x' * 60_000}</description>"
        for number in range(1_650):
            self.wfile.write(item(number).replace("</item>", filler + "</item>").encode())

    def bomb(self) -> None:
        """100 kB that unpack to 100 MB."""
        self.begin(content_encoding="gzip")
        self.wfile.write(BOMB)

    def charset(self) -> None:
        """Says UTF-8 twice and is written in Windows-1252."""
        self.begin("application/rss+xml; charset=utf-8")
        text = f'<?xml version="1.0" encoding="utf-8"?>{HEAD}{item(7, "Acme Café")}</channel></rss>'
        self.wfile.write(text.encode("cp1252"))

    def endless(self) -> None:
        self.begin()
        self.wfile.write(HEAD.encode())
        for number in range(10_000):
            self.wfile.write(item(number, "Acme drips").encode())
            time.sleep(0.01)

    def silent(self) -> None:
        time.sleep(20)

    def log_message(self, *_: object) -> None:
        pass


BOMB = gzip.compress((HEAD + item(1)).encode() + b" " * 100_000_000, 9)


@pytest.fixture
def rude() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), RudeHandler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_feeds_that_are_none_are_told_one_by_one_and_the_good_one_is_heard(
    network: Any, product: Any, database: Path, rude: str
) -> None:
    network.feed("good", {"title": "Acme is fine", "link": "https://good.example/1", "minutes_ago": 5})
    rudeness = ("page", "empty", "huge", "bomb", "charset", "endless", "silent", "nowhere")
    limits = {"endless": "1s", "silent": "1s"}
    config = network.write_config(
        network.brand(),
        *(
            network.feed_source(name, url=f"{rude}/{name}", timeout=limits.get(name, "30s"), max_bytes=1_000_000)
            for name in rudeness
        ),
        network.feed_source("good"),
    )
    ended = product.command(config, "poll", "--json")
    assert ended.returncode == 1
    told = {one["source"]: one for one in json.loads(ended.stdout)}
    for name, sentence in {
        "page": "is a web page, not a feed",
        "empty": "answered with an empty document",
        "silent": "did not answer within 1 s",
        "nowhere": "is not there (404)",
    }.items():
        assert sentence in told[name]["error"]
    readable = {name: one["posts"] for name, one in told.items() if not one["error"]}
    assert set(readable) == {"huge", "bomb", "charset", "endless", "good"}
    assert 10 <= readable["huge"] <= 20, "the first megabyte of it"
    assert readable["bomb"] == readable["charset"] == readable["good"] == 1
    assert readable["endless"] >= 1, "what came within the second"
    gaps = {gap.source: gap.why for gap in product.ask(config, ledger.list_gaps)}
    assert set(gaps) == {"huge", "bomb", "endless"}
    assert "longer than the limit of" in gaps["huge"]
    assert "longer than the limit of" in gaps["bomb"]
    assert "did not end within 1 s" in gaps["endless"]
    titles = {one.post.title for one in product.kept(config)}
    assert {"Acme 7", "Acme Café 7", "Acme is fine"} <= titles


ODD_POSTS: dict[str, Any] = {
    "no author": {"text": "Acme, somebody said", "published_at": "2026-11-01T10:00:00Z"},
    "no date": {"text": "Acme, some time ago", "author": {"handle": "ann"}},
    "the future": {"text": "Acme in 2099", "published_at": "2099-01-01T00:00:00Z"},
    "long": {"text": "Acme " + "word " * 20_000},
    "surrogates": {"text": "Acme \ud83d broken \udc00 pair", "author": {"name": "\udfff"}},
    "nuls": {"text": "Acme\x00 with\x00 nothing", "title": "\x00"},
    "nothing else": {"title": "Acme"},
    "numbers": {"text": "Acme counts", "engagement": {"likes": -5, "views": 10**30}},
}


def test_odd_posts_are_kept_and_shown_and_a_broken_line_is_told_by_its_number(
    network: Any, product: Any, clock: Any, database: Path
) -> None:
    config = network.write_config(network.brand())
    lines = [json.dumps({"external_id": name, **post}) for name, post in ODD_POSTS.items()]
    lines.insert(3, '{"text": "Acme')
    file = network.folder / "odd.jsonl"
    file.write_bytes("\n".join(lines).encode() + b"\n")
    ended = product.command(config, "import", str(file))
    assert ended.returncode == 1
    assert b"line 4" in ended.stdout + ended.stderr
    listed = product.command(config, "mentions", "--json", "--limit", "100")
    kept = {one["external_id"]: one for one in json.loads(listed.stdout)}
    assert set(kept) == set(ODD_POSTS)
    assert kept["no date"]["published_at"] is None
    assert datetime.fromisoformat(kept["the future"]["published_at"]) < clock() + timedelta(minutes=5)
    assert len(kept["long"]["text"]) > 100_000 - 2
    assert kept["surrogates"]["text"] == "Acme \ufffd broken \ufffd pair"
    assert kept["nuls"]["text"] == "Acme\ufffd with\ufffd nothing"
    read = product.command(config, "analyze", stdin=file.read_bytes())
    assert read.returncode == 1
    assert len(read.stdout.splitlines()) == len(ODD_POSTS)
    assert b"line 4: " in read.stderr


FIVE_MISTAKES = """
[listener]
timezone = "Europe/Berln"
retension = "365d"

[[brands]]
name = "Acme"
query = "acme AND ("

[[sources]]
kind = "feeed"
name = "blogs"
url = "https://example.org/feed.xml"

[[rules]]
name = "angry"
when = "sentiment.score <= 'low'"
severity = "urgent"
"""


@pytest.mark.parametrize("command", ["check", "poll", "run"])
def test_a_configuration_with_five_mistakes_tells_all_five_and_ends_with_2(
    network: Any, product: Any, command: str
) -> None:
    config = network.folder / "config.toml"
    config.write_text(FIVE_MISTAKES)
    ended = product.command(config, command)
    told = ended.stderr.decode()
    assert ended.returncode == 2
    for mistake in ("Europe/Berln", "retension", "query", "feeed", "urgent"):
        assert mistake in told
    assert "Traceback" not in told
    assert ended.stdout == b""
    assert not (network.folder / "listener.db").exists()


def angry_config(network: Any, **slack: Any) -> Path:
    network.feed(
        "blogs",
        {"text": "Acme is terrible, the kettle exploded", "link": "https://b.example/1", "minutes_ago": 9},
        {"text": "Acme broke my lamp, horrible and awful", "link": "https://b.example/2", "minutes_ago": 8},
    )
    return network.write_config(
        network.brand(),
        network.feed_source("blogs"),
        network.slack_channel(**slack),
        network.rule("angry", "sentiment.score <= -0.4", "high", "support"),
    )


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ({"status": 500}, "has trouble of its own (500"),
        ({"status": 429, "retry_after": 1800}, "asks for patience (429)"),
        ({"status": 404, "body": "no_service"}, "the webhook was removed or turned off"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_webhook_that_will_not_take_it_is_told_of_and_the_message_waits(
    network: Any, product: Any, database: Path, trouble: dict[str, Any], sentence: str
) -> None:
    config = angry_config(network)
    network.slack.fail(**trouble)
    ended = product.command(config, "poll")
    assert ended.returncode == 1, "something to tell"
    assert sentence in (ended.stdout + ended.stderr).decode()
    assert "Traceback" not in (ended.stdout + ended.stderr).decode()
    assert len(product.kept(config)) == 2


def test_a_webhook_that_hangs_is_given_up_after_its_time_limit_and_told_later(
    network: Any, product: Any, clock: Any, database: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/services/x"
        ended = product.command(angry_config(network, webhook_url=address, timeout="1s"), "poll")
    assert ended.returncode == 1
    assert "did not answer within 1 s" in (ended.stdout + ended.stderr).decode()
    config = angry_config(network)
    clock.forward(hours=1)
    product.tick(config)
    assert len(network.slack.messages) == 2
    assert product.ask(config, outbox_counts.stats).pending == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 5 MB, which `mount -o remount,size=64m` makes larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("a small file system can be mounted by root only, and not in every container")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_in_a_sentence_and_nothing_is_lost_or_half_written(
    network: Any, product: Any, clock: Any, small_disk: Path
) -> None:
    network.folder = small_disk
    posts = [
        {
            "text": f"Acme number {one} is terrible " + f"word{one} " * 1_000,
            "link": f"https://b.example/{one}",
            "minutes_ago": 9,
        }
        for one in range(200)
    ]
    network.feed("small", *posts[:5])
    network.feed("large", *posts)
    config = network.write_config(
        network.brand(),
        network.feed_source("small"),
        network.feed_source("large"),
        network.mail_channel(),
        network.rule("any", 'text.contains("0 is terrible")', "high", "marketing"),
    )
    assert product.command(config, "poll", "--source", "small").returncode == 0
    assert len(network.mail.mails) == 1
    full = product.command(config, "poll")
    told = (full.stdout + full.stderr).decode()
    assert full.returncode == 1
    assert "its disk is full" in told
    assert "Traceback" not in told
    assert len(product.kept(config)) in (5, 200), "all of a batch, or none of it"
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    clock.forward(minutes=30)  # what failed is tried again after a while
    product.poll(config)
    assert len(product.kept(config)) == 200
    told_of = [re.findall(r"b\.example/\d+", mail.part("text/plain"))[0] for mail in network.mail.mails]
    assert sorted(told_of) == sorted(f"b.example/{one}" for one in range(0, 200, 10))
