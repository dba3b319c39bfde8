"""Posts a CPU second from JSON to committed mentions and alerts, beside the way that people write instead.

    python benchmarks/pipeline.py [--posts 60000] [--rounds 5] [--queries 10,1000,10000] [--rates 10] [--only "ours"]

Arms in turn, each in a process of its own, on the same seeded posts and queries (benchmarks/corpus.py). Slow arms see
the first posts only. Believe the ratios: absolute figures drift with the machine. The stream is long, since a reader
that runs for weeks has met most words before: 8,000 posts take half as long again a post.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
import results
from corpus import Corpus
from pipeline_arms import ARMS, BATCH, Result, run_arm
from rich.console import Console
from rich.table import Table

SLOW = {"the usual way": 200}
SCORED = "ours, every post scored, what nobody wants archived"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--posts", type=int, default=60_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--queries", default="10,1000,10000")
    asked.add_argument("--rates", default="10", help="brands in so many per cent of the posts")
    asked.add_argument("--write", action="store_true", help="keep the figures in results/")
    asked.add_argument("--only", help="this arm of ours, beside the usual way")
    asked.add_argument("--arm", nargs=4, help=argparse.SUPPRESS)
    told = asked.parse_args()
    if told.arm:
        name, folder, queries, posts = told.arm
        run_arm(name, Path(folder), int(queries), int(posts))
        return
    *ours, beside = ARMS
    if told.only is not None and told.only not in ours:
        asked.error(f"--only must be one of: {', '.join(ours)}")
    arms = [*([told.only] if told.only else ours), beside]
    counts = [int(count) for count in told.queries.split(",")]
    lines = []
    for rate in (int(rate) for rate in told.rates.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            corpus = Corpus(brand_rate=rate / 100)
            Path(folder, "posts.jsonl").write_bytes(b"\n".join(corpus.lines(told.posts + BATCH)))
            Path(folder, "queries.json").write_bytes(msgspec.json.encode(corpus.queries(max(counts))))
            for count in counts:
                lines += measure(Path(folder), arms, count, rate, told.posts, told.rounds)
    show(lines)
    if told.write:
        results.keep("pipeline", lines)
        keep_goals(lines)


def measure(folder: Path, arms: list[str], queries: int, rate: int, posts: int, rounds: int) -> list[dict[str, Any]]:
    """One line an arm; the ratio is that to the last arm, round by round."""
    rates: dict[str, list[float]] = {name: [] for name in arms}
    last: dict[str, Result] = {}
    for _ in range(rounds):
        for name in arms:
            count = min(posts, SLOW.get(name, posts))
            last[name] = result = once(name, folder, queries, count)
            rates[name].append((result.posts - BATCH) / result.cpu_seconds)
    digests = {last[name].digest for name in arms if name not in SLOW}
    if len(digests) > 1:
        raise SystemExit(f"the arms disagree about who is mentioned, with {queries} queries")
    *_, beside = arms
    lines = []
    for name, measured in rates.items():
        ratios = [one / other for one, other in zip(measured, rates[beside], strict=True)]
        lines.append(
            {
                "queries": queries, "brand_rate": rate, "arm": name,
                "posts_per_cpu_second": statistics.median(measured),
                "lowest": min(measured), "highest": max(measured), "ratio": statistics.median(ratios),
                "lowest_ratio": min(ratios), "highest_ratio": max(ratios), "pairs": last[name].pairs,
                "build_seconds": last[name].build_seconds, "peak_mb": last[name].peak_mb, "digest": last[name].digest,
            }
        )  # fmt: skip
    return lines


def once(name: str, folder: Path, queries: int, posts: int) -> Result:
    for old in folder.glob("*.db*"):
        old.unlink()
    command = [sys.executable, __file__, "--arm", name, str(folder), str(queries), str(posts)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Result)


def show(lines: list[dict[str, Any]]) -> None:
    table = Table("queries", "brands in", "arm", "posts / CPU second", "beside the usual way", "peak MB", "build s")
    for line in lines:
        table.add_row(
            f"{line['queries']:,}",
            f"{line['brand_rate']} %",
            line["arm"],
            f"{line['posts_per_cpu_second']:,.0f} ({line['lowest']:,.0f}-{line['highest']:,.0f})",
            f"{line['ratio']:,.1f}x ({line['lowest_ratio']:,.1f}-{line['highest_ratio']:,.1f})",
            f"{line['peak_mb']:.0f}",
            f"{line['build_seconds']:.2f}",
        )
    Console(width=130).print(table)


def keep_goals(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        if (line["queries"], line["brand_rate"], line["arm"]) == (10_000, 10, SCORED):
            spread = [line["lowest_ratio"], line["ratio"], line["highest_ratio"]]
            results.keep_goal("every post scored and kept", "json, pydantic, VADER, ORM", 160, spread)


if __name__ == "__main__":
    main()
