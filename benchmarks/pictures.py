"""Draws what the benchmarks have left in results/ for docs/performance.md.

python benchmarks/pictures.py
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import results

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
INK, SOFT, GOOD, SHORT = "#22303c", "#9aa7b2", "#2a7f62", "#c8722c"
COLOURS = {
    "ours": GOOD,
    "with spans": "#7fb79f",
    "hyperscan": "#33658a",
    "regex loop": "#a63d40",
    "ceiling": SOFT,
}
TOLD = {
    "ours": "listener",
    "with spans": "listener, with the places of words",
    "hyperscan": "Hyperscan + our evaluation",
    "regex loop": "a regular expression a query",
    "ceiling": "decode and scan, finding nothing",
}


def main() -> None:
    import matplotlib

    matplotlib.use("Agg")
    FOLDER.mkdir(exist_ok=True)
    if goals := results.load(results.GOALS):
        draw_goals(goals)
    if lines := results.load("matching"):
        draw_matching(lines)
    if lines := results.load("pipeline"):
        draw_pipeline(lines)
    if grown := results.load("store"):
        draw_growth(grown)


def draw_goals(goals: dict[str, Any]) -> None:
    """How many times each goal was reached, with the spread over the rounds."""
    from matplotlib import pyplot

    names = sorted(goals, key=lambda name: goals[name]["median"] / goals[name]["goal"])
    figure, axes = pyplot.subplots(figsize=(9, 0.52 * len(names) + 1.4), dpi=110)
    for place, name in enumerate(names):
        one = goals[name]
        share, low, high = (one[key] / one["goal"] for key in ("median", "lowest", "highest"))
        axes.barh(place, share, color=GOOD if share >= 1 else SHORT, height=0.62)
        axes.plot([low, high], [place, place], color=INK, linewidth=1.4)
        digits = 2 if one["median"] < 10 else 1 if one["median"] < 100 else 0
        shown = f"{one['median']:,.{digits}f}"
        wanted = f"{one['goal']:,g}"
        axes.text(
            max(share, high) * 1.06,
            place,
            f"{shown}{one['unit']}  (goal {wanted})",
            va="center",
            fontsize=9,
            backgroundcolor="white",
        )
    axes.axvline(1, color=INK, linewidth=1, linestyle="--")
    axes.set(xscale="log", xlabel="reached / goal", yticks=range(len(names)))
    axes.set_yticklabels([f"{name}\nbeside {goals[name]['against']}" for name in names], fontsize=8)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 3)
    _finish(figure, axes, "goals.png")


def draw_matching(lines: list[dict[str, Any]]) -> None:
    """Posts a CPU second over the number of queries, one line an arm, at the brand rate of the first line."""
    from matplotlib import pyplot

    rate = next((line["brand_rate"] for line in lines if line["brand_rate"] == 0.1), lines[0]["brand_rate"])
    its = [line for line in lines if line["brand_rate"] == rate]
    figure, axes = pyplot.subplots(figsize=(7.5, 4.4), dpi=110)
    for arm, name in TOLD.items():
        told = [(line["queries"], line["rates"][arm]) for line in its if arm in line["rates"]]
        if not told:
            continue
        counts = [count for count, _ in told]
        medians = [statistics.median(rates) for _, rates in told]
        spread = [
            [median - min(rates) for median, (_, rates) in zip(medians, told, strict=True)],
            [max(rates) - median for median, (_, rates) in zip(medians, told, strict=True)],
        ]
        axes.errorbar(counts, medians, yerr=spread, marker="o", label=name, color=COLOURS[arm], capsize=3)
    axes.set(xscale="log", yscale="log", xlabel="saved queries", ylabel="posts / CPU second")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    _finish(figure, axes, "matching.png")


def draw_pipeline(lines: list[dict[str, Any]]) -> None:
    """Posts a CPU second of each arm, at the most queries and a tenth of the posts with a brand."""
    from matplotlib import pyplot

    most = max(line["queries"] for line in lines)
    its = [line for line in lines if line["queries"] == most and line["brand_rate"] == 10]
    figure, axes = pyplot.subplots(figsize=(7.5, 0.6 * len(its) + 1), dpi=110)
    for place, line in enumerate(reversed(its)):
        ours = line["arm"].startswith("ours")
        axes.barh(place, line["posts_per_cpu_second"], color=GOOD if ours else SOFT, height=0.6)
        axes.plot([line["lowest"], line["highest"]], [place, place], color=INK, linewidth=1.4)
        axes.text(line["highest"] * 1.1, place, f"{line['posts_per_cpu_second']:,.0f}", va="center", fontsize=9)
    axes.set(xscale="log", xlabel="posts / CPU second", yticks=range(len(its)))
    axes.set_yticklabels([line["arm"].replace("ours", "listener") for line in reversed(its)], fontsize=9)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 2.5)
    _finish(figure, axes, "pipeline.png")


def draw_growth(grown: dict[str, Any]) -> None:
    """Posts kept a CPU second as the tables grow."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 3.6), dpi=110)
    for database, parts in grown.items():
        rows = [part["rows"] / 1e6 for part in parts]
        axes.plot(rows, [part["rate"] for part in parts], marker="o", label=database)
    axes.set(xlabel="million posts kept before", ylabel="posts / CPU second")
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    _finish(figure, axes, "growth.png")


def _finish(figure: Any, axes: Any, name: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(FOLDER / name, metadata={"Software": None})


if __name__ == "__main__":
    main()
