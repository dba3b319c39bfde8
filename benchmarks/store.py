"""How many read posts a second the store keeps, in batches of 500, and whether it stays so fast as it grows.

    python benchmarks/store.py [--posts 20000] [--database postgresql+psycopg://user@host/empty]

SQLite in a file of its own, unless a database is named, which must be empty. Rates are by the processor time of this
process and, in brackets, by the clock on the wall, which the disk's commits and a server's work count in.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from listener.store import Store
from listener.store.mentions import MentionFilter, list_mentions, put_results
from rules.analysis import Read
from rules.reading import Reading, Reason, Sentiment, Span, Urgency
from rules.story import fingerprint
from sources.post import Author, Engagement, Post

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BATCH = 500
PARTS = 10
VOCABULARY = 20_000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--posts", type=int, default=20_000)
    asked.add_argument("--database", default="")
    told = asked.parse_args()
    chance = Random(7)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(VOCABULARY)]
    each = max(told.posts // BATCH // PARTS, 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        store = Store.open(told.database or f"sqlite:///{path}")
        print("rows before   new posts kept / s")
        rates = []
        for part in range(PARTS):
            first = part * each * BATCH
            batches = [
                [_read(chance, words, first + batch * BATCH + number) for number in range(BATCH)]
                for batch in range(each)
            ]
            rates.append(_timed(store, batches, "blogs"))
            print(f"{first:11,}   {_shown(rates[-1])}")
        again = _timed(store, batches, "news")
        searching = time.perf_counter()
        with store.read() as tx:
            for word in words[:100]:
                list_mentions(tx, MentionFilter(search=word))
        search = (time.perf_counter() - searching) / 100
        store.close()
        size = path.stat().st_size / (each * PARTS * BATCH) if not told.database else 0
    print(f"\nthe last part beside the second: {rates[-1][0] / rates[1][0]:.2f}x")
    print(f"known posts seen again:  {_shown(again)}")
    print(f"one search for a word:   {search * 1000:8.1f} ms, in {each * PARTS * BATCH:,} posts")
    if size:
        print(f"on disk:                 {size:8,.0f} bytes a post")


def _timed(store: Store, batches: list[list[Read]], seen_by: str) -> tuple[float, float]:
    """Posts a second by processor time and by the clock on the wall."""
    busy, start = time.process_time(), time.perf_counter()
    for reads in batches:
        with store.write() as tx:
            put_results(tx, reads, seen_by, False, NOW)
    posts = len(batches) * BATCH
    return posts / (time.process_time() - busy), posts / (time.perf_counter() - start)


def _shown(rate: tuple[float, float]) -> str:
    return f"{rate[0]:8,.0f} ({rate[1]:,.0f})"


def _read(random: Random, vocabulary: list[str], number: int) -> Read:
    text = "Acme " + " ".join(random.choices(vocabulary, k=40))
    handle = f"user{random.randint(1, 5_000)}"
    post = Post(
        source="mastodon",
        instance="example.social",
        external_id=str(number),
        url=f"https://example.social/@{handle}/{number}",
        text=text,
        published_at=NOW,
        author=Author(id=handle, handle=f"{handle}@example.social", name=handle.title(), followers=120),
        engagement=Engagement(likes=3, replies=1),
    )
    reading = Reading(
        key=post.key,
        brand="Acme",
        spans=(Span("text", 0, 4, "Acme"),),
        lang="en",
        sentiment=Sentiment(label="negative", score=-0.5, reasons=(Reason("bad", "a negative word", -2.5),)),
        urgency=Urgency(),
        intent=(),
        topics=(),
        story="",
        customer=None,
        rules=(),
    )
    return Read(post, reading, fingerprint("", text), own=False)


if __name__ == "__main__":
    main()
