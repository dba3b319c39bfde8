"""How many read posts a second the store keeps, in batches of 500 on SQLite, each batch durable on disk."""

from __future__ import annotations

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
BATCHES = 40


def main() -> None:
    random = Random(7)
    vocabulary = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(3, 9))) for _ in range(20_000)]
    batches = [[_read(random, vocabulary, batch * BATCH + n) for n in range(BATCH)] for batch in range(BATCHES)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        store = Store.open(f"sqlite:///{path}")
        new = _timed(store, batches, "blogs")
        again = _timed(store, batches, "news")
        searching = time.perf_counter()
        with store.read() as tx:
            for word in vocabulary[:100]:
                list_mentions(tx, MentionFilter(search=word))
        search = (time.perf_counter() - searching) / 100
        store.close()
        size = path.stat().st_size / (BATCH * BATCHES)
    print(f"new posts kept:          {new:8,.0f} a second, in batches of {BATCH}, one durable commit each")
    print(f"known posts seen again:  {again:8,.0f} a second")
    print(f"one search for a word:   {search * 1000:8.1f} ms, in {BATCH * BATCHES:,} posts")
    print(f"on disk:                 {size:8,.0f} bytes a post")


def _timed(store: Store, batches: list[list[Read]], seen_by: str) -> float:
    start = time.perf_counter()
    for reads in batches:
        with store.write() as tx:
            put_results(tx, reads, seen_by, False, NOW)
    return len(batches) * BATCH / (time.perf_counter() - start)


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
