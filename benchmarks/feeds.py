"""Seconds that `listener poll` takes over a thousand feeds, beside `reader` updating the same feeds.

Run: .venv/bin/python benchmarks/feeds.py [FEEDS] [ROUNDS]

Every feed stands on a host of its own: 127.1.0.1, 127.1.0.2 and so on, which Linux answers without any set-up, since
`listener` has one request in flight per host and `reader` a session per worker. The server is a process of its own.
Needs `reader`: .venv/bin/pip install --group bench; READER_PYTHON names another Python that has it (3.27 wants 3.12).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table

ENTRIES = 50
CHANGED_EVERY = 20  # one feed in twenty has two new entries: 5 %
NAMES_THE_BRAND = 50  # one entry in fifty
READERS_WORKERS = 16
READERS_PYTHON = os.environ.get("READER_PYTHON", sys.executable)
PHASES = {
    "first poll": "0 conditional",
    "second poll, 5 % changed, the rest 304": "1 conditional",
    "third poll, every feed 304": "1 conditional",
    "fourth poll, every feed 200 with an equal body": "1 plain",
}
WORDS = (  # noqa: SIM905 - a list of quoted words would be three times as long
    "the a to and of in it is for on my with this that was have not but so just they at all be out up what now get "
    "one from like when time day phone train coffee weather match music team morning week people work home kitchen "
    "order delivery price shop store update review video city street friend family light water garden window paper"
).split()

CONFIG = """
[listener]
workers = 1

[[brands]]
name = "Acme"
query = '"acme rockets" OR acme'
"""

READER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
reader.update_feeds(workers=int(sys.argv[2]), scheduled=False)  # now, due or not
broken = sum(1 for feed in reader.get_feeds() if feed.last_exception)
print(reader.get_feed_counts().total - broken, reader.get_entry_counts().total)
"""
VERSION = "import reader, sys; print('reader', reader.__version__, 'on Python', sys.version.split()[0])"
READER_ADDS = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for address in sys.stdin.read().split():
    reader.add_feed(address)
"""


# The server ------------------------------------------------------------------------------------------------


@cache
def document(host: str, version: int) -> tuple[bytes, str]:
    """The feed of a host and its ETag. Seeded; version 1 has two entries more at the top and two fewer at the end."""
    number = _number(host)
    first = 2 if version and number % CHANGED_EVERY == 0 else 0
    items = "".join(entry(number, ENTRIES + first - place) for place in range(ENTRIES))
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Blog {number}</title><link>https://blog{number}.example/</link><description>Notes</description>"
        f'<atom:link href="http://{host}/feed.xml" rel="self" type="application/rss+xml"/><language>en</language>'
        f"{items}</channel></rss>"
    ).encode()
    return body, '"' + hashlib.sha256(body).hexdigest()[:20] + '"'


def entry(feed: int, number: int) -> str:
    chance = random.Random(feed * 1_000 + number)
    title = " ".join(chance.choices(WORDS, k=9)).capitalize()
    words = chance.choices(WORDS, k=90)
    if (feed + number) % NAMES_THE_BRAND == 0:
        words[5] = "Acme"
    text, day = " ".join(words), number % 28 + 1
    link = f"https://blog{feed}.example/2026/10/{number}"
    return (
        f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="true">{link}</guid>'
        f"<dc:creator>Author {feed % 7}</dc:creator><pubDate>{day:02} Oct 2026 10:{number % 60:02}:00 GMT</pubDate>"
        f"<category>notes</category><description><![CDATA[<p>{text[:200]}</p>]]></description>"
        f'<content:encoded><![CDATA[<p>{text}</p><p><a href="{link}">Read <b>more</b></a> &amp; so on</p>]]>'
        "</content:encoded></item>"
    )


def _number(host: str) -> int:
    *_, high, low = host.split(".")
    return int(high) * 250 + int(low) - 1


def host_of(number: int) -> str:
    return f"127.1.{number // 250}.{number % 250 + 1}"


class Server:
    """Answers /feed.xml by the Host header; "VERSION conditional|plain" on standard input says how from now on."""

    version, conditional = 0, True

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if writer.get_extra_info("peername")[0].startswith("127."):
                while await self.exchange(reader, writer):
                    pass
        writer.close()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = (line.partition(":") for line in head.split("\r\n")[1:])
        told = {name.lower(): value.strip() for name, _, value in lines}
        body, etag = document(told["host"].partition(":")[0], self.version)
        if self.conditional and told.get("if-none-match") == etag:
            status, body = "304 Not Modified", b""
        else:
            status = "200 OK"
        ends = told.get("connection", "").lower() == "close"
        writer.write(
            f"HTTP/1.1 {status}\r\nETag: {etag}\r\nContent-Type: application/rss+xml\r\n"
            f"Content-Length: {len(body)}\r\nConnection: {'close' if ends else 'keep-alive'}\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        return not ends

    async def serve(self, feeds: int) -> None:
        for number in range(feeds):  # rendered before anything is timed
            document(host_of(number), 0), document(host_of(number), 1)
        server = await asyncio.start_server(self.answer, "0.0.0.0", 0, backlog=1_000)
        print(server.sockets[0].getsockname()[1], flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            version, how = line.split()
            self.version, self.conditional = int(version), how == "conditional"
            print("ready", flush=True)


@contextlib.contextmanager
def served(feeds: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, __file__, "serve", str(feeds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdin
        yield process, int(process.stdout.readline())
        process.stdin.close()


def set_phase(server: subprocess.Popen[str], how: str) -> None:
    assert server.stdin and server.stdout
    server.stdin.write(how + "\n")
    server.stdin.flush()
    assert server.stdout.readline() == "ready\n"


# The arms --------------------------------------------------------------------------------------------------


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds on the clock and of processor time, start and children included, and what was printed last."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, spent, (done.stdout.strip().splitlines() or [""])[-1]


def ours(folder: Path, addresses: list[str]) -> list[str]:
    sources = "".join(
        f'\n[[sources]]\nkind = "feed"\nname = "feed {number}"\nurl = "{address}"\nallow_private = true\n'
        for number, address in enumerate(addresses)
    )
    (folder / "config.toml").write_text(CONFIG + sources)
    return [str(Path(sys.executable).parent / "listener"), "poll", "--config", str(folder / "config.toml")]


def theirs(folder: Path, addresses: list[str]) -> list[str]:
    database = str(folder / "reader.sqlite")
    subprocess.run([READERS_PYTHON, "-c", READER_ADDS, database], input="\n".join(addresses), text=True, check=True)
    return [READERS_PYTHON, "-c", READER, database, str(READERS_WORKERS)]


def main() -> None:
    feeds = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    arms = {"listener": ours}
    asked = subprocess.run([READERS_PYTHON, "-c", VERSION], capture_output=True, text=True, check=False)
    if asked.returncode:
        print("reader is not installed, so there is nothing to compare with: .venv/bin/pip install --group bench")
    else:
        print(asked.stdout.strip())
        arms["reader"] = theirs
    measured: dict[tuple[str, str], list[tuple[float, float]]] = {}
    said: dict[str, str] = {}
    with served(feeds) as (server, port):
        addresses = [f"http://{host_of(number)}:{port}/feed.xml" for number in range(feeds)]
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                commands = {}
                for name, prepare in arms.items():
                    (Path(folder) / name).mkdir()
                    commands[name] = prepare(Path(folder) / name, addresses)
                for phase, how in PHASES.items():
                    set_phase(server, how)
                    for name, command in commands.items():
                        wall, spent, said[f"{name}, {phase}"] = timed(command)
                        measured.setdefault((phase, name), []).append((wall, spent))
    show(feeds, rounds, list(arms), measured)
    print("\n".join(f"{what}: {words}" for what, words in said.items()))


def show(feeds: int, rounds: int, arms: list[str], measured: dict[tuple[str, str], list[tuple[float, float]]]) -> None:
    table = Table(
        "phase", "arm", "seconds: median", "lowest", "highest", "CPU seconds", "ratio of seconds, round by round",
        title=f"{feeds} feeds of {ENTRIES} entries, {rounds} rounds in turn, whole processes",
    )  # fmt: skip
    for phase in PHASES:
        for name in arms:
            walls, spent = zip(*measured[phase, name], strict=True)
            ratio = ""
            if name == "listener" and "reader" in arms:
                pairs = zip(walls, measured[phase, "reader"], strict=True)
                ratio = f"{statistics.median(our / wall for our, (wall, _) in pairs):.2f}"
            row = (statistics.median(walls), min(walls), max(walls), statistics.median(spent))
            table.add_row(phase, name, *(f"{value:.1f}" for value in row), ratio)
    Console(width=150).print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(Server().serve(int(sys.argv[2])))
    else:
        main()
