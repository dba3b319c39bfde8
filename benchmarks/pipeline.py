"""Posts a CPU second from JSON to committed mentions and alerts, beside the way that people write instead.

    python benchmarks/pipeline.py [--posts 10000] [--rounds 5] [--queries 10,1000,10000] [--rates 10]

Arms in turn, each in a process of its own, on the same seeded posts and queries (benchmarks/corpus.py). Slow arms see
the first posts only. Believe the ratios: absolute figures drift with the machine. What is printed goes to
benchmarks/results/pipeline.json and, as a picture, pipeline.png.
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
from corpus import Corpus
from pipeline_arms import ARMS, BATCH, Result, run_arm
from rich.console import Console
from rich.table import Table

SLOW = {"the usual way": 200}
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--posts", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--queries", default="10,1000,10000")
    asked.add_argument("--rates", default="10", help="brands in so many per cent of the posts")
    asked.add_argument("--arm", nargs=4, help=argparse.SUPPRESS)
    told = asked.parse_args()
    if told.arm:
        name, folder, queries, posts = told.arm
        run_arm(name, Path(folder), int(queries), int(posts))
        return
    counts = [int(count) for count in told.queries.split(",")]
    lines = []
    for rate in (int(rate) for rate in told.rates.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            corpus = Corpus(brand_rate=rate / 100)
            Path(folder, "posts.jsonl").write_bytes(b"\n".join(corpus.lines(told.posts + BATCH)))
            Path(folder, "queries.json").write_bytes(msgspec.json.encode(corpus.queries(max(counts))))
            for count in counts:
                lines += measure(Path(folder), count, rate, told.posts, told.rounds)
    show(lines)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "pipeline.json").write_bytes(msgspec.json.format(msgspec.json.encode(lines)))
    draw(lines, RESULTS / "pipeline.png")


def measure(folder: Path, queries: int, rate: int, posts: int, rounds: int) -> list[dict[str, Any]]:
    """One line an arm; the ratio is that to the last arm, round by round."""
    rates: dict[str, list[float]] = {name: [] for name in ARMS}
    last: dict[str, Result] = {}
    for _ in range(rounds):
        for name in ARMS:
            count = min(posts, SLOW.get(name, posts))
            last[name] = result = once(name, folder, queries, count)
            rates[name].append((result.posts - BATCH) / result.cpu_seconds)
    digests = {last[name].digest for name in ARMS if name not in SLOW}
    if len(digests) > 1:
        raise SystemExit(f"the arms disagree about who is mentioned, with {queries} queries")
    *_, beside = ARMS
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


def draw(lines: list[dict[str, Any]], path: Path) -> None:
    """One line an arm, posts a CPU second over the number of queries, at the first brand rate."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), dpi=110)
    for name in ARMS:
        its = [line for line in lines if line["arm"] == name and line["brand_rate"] == lines[0]["brand_rate"]]
        rates = [line["posts_per_cpu_second"] for line in its]
        spread = [
            [rate - line["lowest"] for rate, line in zip(rates, its, strict=True)],
            [line["highest"] - rate for rate, line in zip(rates, its, strict=True)],
        ]
        axes.errorbar([line["queries"] for line in its], rates, yerr=spread, marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="queries", ylabel="posts a CPU second")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


if __name__ == "__main__":
    main()
