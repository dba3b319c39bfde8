"""The arms of benchmarks/pipeline.py: each takes JSON lines to committed posts, and is run in a process of its own."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from msgspec import Struct

from alerts.policy import Route
from listener.alerting.deciding import Alerting
from listener.alerting.setup import AlertingSetup
from listener.analyse import Analysis
from listener.archiving import NOTHING, Archiving
from listener.engine.local import LocalEngine
from listener.engine.workers import Workers
from listener.health import Health
from listener.store import Store, archive
from rules.analysis import Analyser, BrandSetup, Read, RuleSetup, Setup
from rules.long_lived import built_to_stay
from rules.rejudging import StandingJudge
from rules.sentiment.analyzers import AnalyzerChoice
from sources.post import Post

NOW = datetime(2026, 3, 2, tzinfo=UTC)
BATCH = 1_000
EVERYTHING = "everything"
OWN_SENTIMENT = AnalyzerChoice()
RULE = RuleSetup("unhappy", 'sentiment.score <= -0.4 || urgency.label in ["high", "critical"]', "medium")


class Work(Struct):
    """What an arm is given."""

    lines: list[bytes]
    queries: dict[str, str]
    folder: str


class Result(Struct):
    """What an arm came to; `digest` is of the (post, query) pairs."""

    posts: int
    cpu_seconds: float
    build_seconds: float
    peak_mb: float
    pairs: int
    digest: str


Pairs = list[tuple[str, str]]
Arm = Callable[[Work], tuple[Pairs, float, float]]


def measured(arm: Arm, work: Work) -> Result:
    """Runs an arm in this process; building what it matches with is timed apart."""
    pairs, build, cpu = arm(work)
    status = Path("/proc/self/status").read_text()  # getrusage would tell the parent's peak where that was higher
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    digest = hashlib.sha256(repr(sorted(pair for pair in pairs if pair[1] != EVERYTHING)).encode()).hexdigest()
    return Result(len(work.lines), cpu, build, peak, len(pairs), digest)


def setup_of(queries: dict[str, str], analyzer: AnalyzerChoice = OWN_SENTIMENT) -> Setup:
    brands = tuple(BrandSetup(name, query) for name, query in queries.items())
    return Setup(brands=brands, rules=(RULE,), analyzer=analyzer)


def analysis_of(store: Store, engine: LocalEngine, setup: bytes, workers: int = 0) -> Analysis:
    """The product's own analysis; alerts and their deliveries are written as they would be, and nobody is sent any."""
    return Analysis(
        store=store,
        reader=Workers(workers),
        engine=engine,
        setup=lambda: setup,
        routes={RULE.name: Route(severity="medium", notify=("nobody",))},
        standing=StandingJudge((RULE,)),
        health=Health(()),
        alerting=Alerting(AlertingSetup()),
        max_age=timedelta(days=36_500),
        clock=lambda: NOW,
    )


def ours(
    work: Work, analyzer: AnalyzerChoice = OWN_SENTIMENT, archiving: Archiving = NOTHING
) -> tuple[Pairs, float, float]:
    """Typed decode, match, read what matched, keep it with its alerts: one durable commit for 1,000 posts."""
    started = time.process_time()
    with built_to_stay():  # as the product builds it
        analyser = Analyser(setup_of(work.queries, analyzer))
    build = time.process_time() - started
    store = Store.open(f"sqlite:///{work.folder}/ours.db")
    analysis = analysis_of(store, LocalEngine(store, lambda: NOW, Random(1)), b"")
    _keep(analysis, store, analyser.analyse(_decoded(work.lines[:BATCH]), "warm", NOW), "warm")
    pairs: Pairs = []
    started = time.process_time()
    for batch in _batches(work.lines[BATCH:]):
        posts = _decoded(batch)
        reads = analyser.analyse(posts, "stream", NOW)
        _keep(analysis, store, reads, "stream", _left_over(archiving, posts, reads))
        pairs += [(read.post.external_id, str(read.reading.brand)) for read in reads]
    cpu = time.process_time() - started
    store.close()
    return pairs, build, cpu


def ours_archived(work: Work) -> tuple[Pairs, float, float]:
    """The same with an archive: what nobody wants is scored by VADER's rules and kept too, in the same commit."""
    archiving = Archiving({"stream": timedelta(days=36_500)})
    archiving.make_ready()
    return ours(work, archiving=archiving)


def ours_all(work: Work) -> tuple[Pairs, float, float]:
    """The same with one brand more that wants every post: all of them are read in full, and kept."""
    return ours(Work(work.lines, {**work.queries, EVERYTHING: "source:stream"}, work.folder))


def ours_scored(work: Work) -> tuple[Pairs, float, float]:
    """The same with `[reading] analyzer = "vader"`: its score in place of our own sentiment, all else is read."""
    return ours(Work(work.lines, {**work.queries, EVERYTHING: "source:stream"}, work.folder), AnalyzerChoice("vader"))


def ours_reading(work: Work) -> tuple[Pairs, float, float]:
    """Every post read in full, and nothing kept."""
    started = time.process_time()
    with built_to_stay():  # as the product builds it
        analyser = Analyser(setup_of(work.queries))
    build = time.process_time() - started
    analyser.analyse(_decoded(work.lines[:BATCH]), "warm", NOW, every=True)
    reads: list[Read] = []
    started = time.process_time()
    for batch in _batches(work.lines[BATCH:]):
        reads += analyser.analyse(_decoded(batch), "stream", NOW, every=True)
    cpu = time.process_time() - started
    return [(read.post.external_id, read.reading.brand) for read in reads if read.reading.brand], build, cpu


def usual(work: Work) -> tuple[Pairs, float, float]:
    """json, pydantic, VADER on each post, a loop over the queries' words as substrings, an ORM row added and committed.

    It knows words and nothing else, so its pairs are only near to those of a query language.
    """
    from pydantic import BaseModel
    from sqlmodel import Field, Session, SQLModel, create_engine
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    class Incoming(BaseModel):
        source: str
        external_id: str
        url: str
        text: str
        published_at: datetime
        lang: str
        author: dict[str, Any]

    class Kept(SQLModel, table=True):
        external_id: str = Field(primary_key=True)
        url: str
        text: str
        published_at: datetime
        lang: str
        author: str
        score: float
        brands: str

    started = time.process_time()
    engine = create_engine(f"sqlite:///{work.folder}/usual.db")
    SQLModel.metadata.create_all(engine)
    vader = SentimentIntensityAnalyzer()
    sought = [(name, _plain_words(query)) for name, query in work.queries.items()]
    build = time.process_time() - started
    pairs: Pairs = []
    started = time.process_time()
    for line in work.lines[BATCH:]:
        post = Incoming(**json.loads(line))
        score = vader.polarity_scores(post.text)["compound"]
        text = post.text.lower()
        brands = [name for name, words in sought if all(word in text for word in words)]
        if brands:
            pairs += [(post.external_id, name) for name in brands]
            with Session(engine) as session:
                session.add(
                    Kept(
                        external_id=post.external_id, url=post.url, text=post.text, published_at=post.published_at,
                        lang=post.lang, author=json.dumps(post.author), score=score, brands=",".join(brands),
                    )
                )  # fmt: skip
                session.commit()
    return pairs, build, time.process_time() - started


def _plain_words(query: str) -> list[str]:
    cut = query.split(" NOT ", maxsplit=1)[0].split(" OR ", maxsplit=1)[0]
    return [word.strip('"()#@').lower() for word in cut.split() if ":" not in word and not word.startswith("NEAR")]


def _keep(
    analysis: Analysis, store: Store, reads: Sequence[Read], seen_by: str, unwanted: Sequence[archive.Unwanted] = ()
) -> None:
    with store.write() as tx:
        analysis.keep(tx, reads, seen_by, False, NOW)
        archive.put_posts(tx, unwanted, seen_by, NOW)


def _left_over(archiving: Archiving, posts: Sequence[Post], reads: Sequence[Read]) -> Sequence[archive.Unwanted]:
    if not archiving.keeps("stream"):
        return ()
    wanted = {id(read.post) for read in reads}
    return archiving.scored([post for post in posts if id(post) not in wanted], "stream", NOW)


def _decoded(lines: Sequence[bytes]) -> list[Post]:
    return msgspec.json.decode(b"[" + b",".join(lines) + b"]", type=list[Post])


def _batches(lines: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    for start in range(0, len(lines), BATCH):
        yield lines[start : start + BATCH]


ARMS: dict[str, Arm] = {
    "ours": ours,
    "ours, every post scored, what nobody wants archived": ours_archived,
    "ours, every post kept": ours_all,
    "ours, every post kept, VADER's score": ours_scored,
    "ours, every post read": ours_reading,
    "the usual way": usual,
}


def run_arm(name: str, folder: Path, queries: int, posts: int) -> None:
    """Runs one arm on what the parent left in `folder`, and prints its result as JSON."""
    lines = (folder / "posts.jsonl").read_bytes().splitlines()[: posts + BATCH]
    asked = dict(
        list(msgspec.json.decode((folder / "queries.json").read_bytes(), type=dict[str, str]).items())[:queries]
    )
    sys.stdout.write(msgspec.json.encode(measured(ARMS[name], Work(lines, asked, str(folder)))).decode() + "\n")
