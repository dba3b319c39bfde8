"""Grades sentiment on labelled posts, beside what people would use instead.

    LISTENER_EVAL=/path/to/labelled/sets python benchmarks/reading_sentiment.py [--tables DIR] [--pictures]

Macro-F1 over the classes that a set has, on its dev half; a post without a label, or `unsure`, counts as wrong.
P@R.8 is the precision of "negative" where the threshold finds 80 % of the negative posts. `--tables` grades other
tables than the package's (training/sentiment.py --out); `--pictures` draws docs/sentiment-*.png.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rules.language import identify_languages
from rules.reading import Sentiment
from rules.sentiment.contract import ReadyText
from rules.sentiment.reader import SentimentReader
from rules.sentiment.table import About, Table, shipped
from rules.sentiment.vader_scorer import scorer

ROOT = Path(__file__).resolve().parents[1]
LABELS = ("negative", "neutral", "positive")
GROUPS = {
    "EN": dict.fromkeys(
        ("tweeteval_sentiment", "umsab_en", "airline", "sanders", "sentiment140_test", "goemotions"), "en"
    ),
    "EN out of domain": dict.fromkeys(("vader_tweets", "vader_amazon", "vader_nyt", "uci_sentences", "nusax_en"), "en"),
    "BN": dict.fromkeys(("sentnob", "blp23", "bn_youtube"), "bn"),
    "BN in Latin": {"banglish_ecom": "bn-Latn"},
    "EU+AR": {f"umsab_{code}": code for code in ("ar", "fr", "de", "it", "pt", "es")},
    "HI in Latin": {"umsab_hi": "hi-Latn", "sentimix_hinglish": "hi-Latn"},
    "TH+ID": {"wisesight_th": "th", "smsa_id": "id"},
    "AFRICA": {
        f"afrisenti_{name}": code
        for name, code in {"hau": "ha", "ibo": "ig", "yor": "yo", "pcm": "pcm", "amh": "am", "swa": "sw"}.items()
    },
    "UNSEEN": {"hebrew": "he", "mahasent_mr": "mr", "zh_waimai": "zh"},
}  # fmt: skip


class Grade(Struct, frozen=True):
    """How one method does on one set."""

    f1: float
    precision: float  # of negative at recall 0.8


class Row(Struct, frozen=True):
    """One set, graded."""

    name: str
    posts: int
    vader: Grade
    textblob: Grade | None
    ours: Grade
    likeliest: float  # F1 of the likeliest class, where the label is `unsure`
    end_to_end: float  # F1 where the language is identified, not told
    unsure: float
    unread: float
    truth: list[int]
    chances: list[tuple[float, float, float]]


def labelled(folder: Path, name: str) -> tuple[list[str], list[int]]:
    with lzma.open(folder / "dev" / f"{name}.tsv.xz", "rt", encoding="utf-8") as opened:
        rows = [line.split("\t") for line in opened.read().split("\n")[1:] if line]
    return [row[0] for row in rows], [LABELS.index(row[1]) for row in rows]


def macro_f1(truth: Sequence[int], said: Sequence[int]) -> float:
    scores = []
    for label in sorted(set(truth)):
        right = sum(a == b == label for a, b in zip(truth, said, strict=True))
        scores.append(2 * right / max(1, list(truth).count(label) + list(said).count(label)))
    return sum(scores) / len(scores)


def precision_at(truth: Sequence[int], badness: Sequence[float], recall: float = 0.8) -> float:
    order = np.argsort(-np.array(badness), kind="stable")
    hits = (np.array(truth)[order] == 0).cumsum()
    if not hits[-1]:
        return 0.0
    place = int(np.searchsorted(hits, recall * hits[-1]))
    return float(hits[place] / (place + 1))


def by_threshold(scores: Sequence[float]) -> list[int]:
    return [2 if score >= 0.05 else 0 if score <= -0.05 else 1 for score in scores]


def textblob_scores(texts: Sequence[str]) -> list[float] | None:
    try:
        from textblob import TextBlob
    except ImportError:
        return None
    return [float(TextBlob(text).sentiment.polarity) for text in texts]


def graded(folder: Path, name: str, lang: str, reader: SentimentReader) -> Row:
    texts, truth = labelled(folder, name)
    compound = [one for batch in scorer().batches(texts) for one in batch.compounds]
    blob = textblob_scores(texts)
    read = reader.analyze([ReadyText(text=text, lang=lang) for text in texts])
    languages = identify_languages(texts, [""] * len(texts))
    identified = reader.analyze([ReadyText(text=text, lang=lang) for text, lang in zip(texts, languages, strict=True)])
    chances = [tuple((one.probabilities or {}).get(label, 0.0) for label in LABELS) for one in read]
    said = numbers(read)
    likeliest = [int(np.argmax(chance)) if sum(chance) else 3 for chance in chances]
    badness = [chance[0] for chance in chances]
    return Row(
        name,
        len(texts),
        Grade(macro_f1(truth, by_threshold(compound)), precision_at(truth, [-score for score in compound])),
        blob and Grade(macro_f1(truth, by_threshold(blob)), precision_at(truth, [-score for score in blob])),
        Grade(macro_f1(truth, said), precision_at(truth, badness)),
        macro_f1(truth, likeliest),
        macro_f1(truth, numbers(identified)),
        said.count(4) / len(said),
        said.count(3) / len(said),
        truth,
        chances,
    )


def numbers(read: Sequence[Sentiment]) -> list[int]:
    """The label of each as a number; 3 where there is none, 4 for `unsure`."""
    return [4 if one.label == "unsure" else 3 if one.label is None else LABELS.index(one.label) for one in read]


def table(folder: Path, reader: SentimentReader) -> dict[str, list[Row]]:
    """Prints the table, and gives its rows by group."""
    found: dict[str, list[Row]] = {}
    head = f"{'':24} {'posts':>6} {'VADER':>6} {'Blob':>6} {'ours':>6} {'no lang':>7} {'likely':>6}"
    print(f"{head}   P@R.8: {'VADER':>6} {'Blob':>6} {'ours':>6} {'unsure':>7} {'unread':>7}")
    for group, sets in GROUPS.items():
        rows = [graded(folder, name, lang, reader) for name, lang in sets.items()]
        found[group] = rows
        for row in rows:
            print(line(row.name, [row]))
        print(line(f"= {group}", rows))
    everything = [mean_of(rows) for rows in found.values()]
    names = ("VADER", "TextBlob", "ours", "language identified")
    means = np.array(everything).mean(axis=0)
    print("mean of the groups: " + ", ".join(f"{name} {mean:.3f}" for name, mean in zip(names, means, strict=True)))
    return found


def mean_of(rows: Sequence[Row]) -> tuple[float, float, float, float]:
    columns = [(row.vader.f1, row.textblob.f1 if row.textblob else 0.0, row.ours.f1, row.end_to_end) for row in rows]
    first, second, third, fourth = (sum(column) / len(rows) for column in zip(*columns, strict=True))
    return first, second, third, fourth


def line(name: str, rows: Sequence[Row]) -> str:
    def mean(values: Sequence[float]) -> str:
        return f"{sum(values) / len(values):6.3f}"

    blobs = [row.textblob for row in rows if row.textblob]
    cells = [
        f"{name:24} {sum(row.posts for row in rows):6}",
        mean([row.vader.f1 for row in rows]),
        mean([blob.f1 for blob in blobs]) if blobs else "     -",
        mean([row.ours.f1 for row in rows]),
        f" {mean([row.end_to_end for row in rows])}",
        mean([row.likeliest for row in rows]),
        f"         {mean([row.vader.precision for row in rows])}",
        mean([blob.precision for blob in blobs]) if blobs else "     -",
        mean([row.ours.precision for row in rows]),
        f" {mean([row.unsure for row in rows])}",
        f" {mean([row.unread for row in rows])}",
    ]
    return " ".join(cells)


def calibration(found: dict[str, list[Row]]) -> None:
    """Prints how often the likeliest class was right, against what was said."""
    print("calibration: said, right, expected error (ten bins of the likeliest class's probability)")
    for group, rows in found.items():
        said, right = surety(rows)
        error = sum(
            inside.mean() * abs(said[inside].mean() - right[inside].mean())
            for low in np.arange(0.0, 1.0, 0.1)
            if (inside := (said >= low) & (said < low + 0.1)).any()
        )
        print(f"  {group:20} {said.mean():.3f} {right.mean():.3f} {error:.3f}")


def alarms(found: dict[str, list[Row]]) -> None:
    """Prints what a rule on `sentiment.score <= -0.4` would hear."""
    print("score <= -0.4: share of the posts, share of them that is negative, share of the negative posts")
    for group, rows in found.items():
        scores = np.array([chance[2] - chance[0] for row in rows for chance in row.chances])
        negative = np.array([label == 0 for row in rows for label in row.truth])
        heard = scores <= -0.4
        print(f"  {group:20} {heard.mean():.3f} {negative[heard].mean():.3f} {heard[negative].mean():.3f}")


def surety(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    chances = np.array([chance for row in rows for chance in row.chances])
    truth = np.array([label for row in rows for label in row.truth])
    read = chances.sum(axis=1) > 0
    return chances[read].max(axis=1), chances[read].argmax(axis=1) == truth[read]


def draw(found: dict[str, list[Row]], folder: Path) -> None:
    """Draws the reliability diagram and the precision-recall curves of the negative class."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5.2, 5), layout="constrained")
    axes.plot([0.33, 1], [0.33, 1], color="0.6", linewidth=1, linestyle="--", label="as said")
    for group in ("EN", "EN out of domain", "BN", "EU+AR", "AFRICA"):
        said, right = surety(found[group])
        edges = np.quantile(said, np.linspace(0, 1, 9))
        bins = np.clip(np.searchsorted(edges, said, side="right") - 1, 0, 7)
        points = [(said[bins == one].mean(), right[bins == one].mean()) for one in range(8) if (bins == one).any()]
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, linewidth=1.2, label=group)
    axes.set(xlabel="probability of the likeliest class", ylabel="how often it is right", xlim=(0.33, 1), ylim=(0.2, 1))
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "sentiment-reliability.png", dpi=110)

    names = ("tweeteval_sentiment", "airline", "sanders", "goemotions", "sentnob", "umsab_de")
    rows = {row.name: row for group in found.values() for row in group}
    figure, grid = plt.subplots(2, 3, figsize=(9, 5.6), sharex=True, sharey=True, layout="constrained")
    for axes, name in zip(grid.flat, names, strict=True):
        row = rows[name]
        truth = np.array(row.truth) == 0
        order = np.argsort([-chance[0] for chance in row.chances], kind="stable")
        hits = truth[order].cumsum()
        axes.plot(hits / hits[-1], hits / np.arange(1, len(hits) + 1), linewidth=1.3)
        axes.axhline(truth.mean(), color="0.6", linewidth=1, linestyle="--")
        axes.plot([0.8], [row.vader.precision], marker="x", color="tab:red")
        axes.set_title(name, fontsize=9)
        axes.set(xlim=(0, 1), ylim=(0, 1))
    figure.supxlabel("recall of negative posts (x: VADER at 0.8; dashed: share of negative posts)", fontsize=9)
    figure.supylabel("precision", fontsize=9)
    figure.savefig(folder / "sentiment-precision-recall.png", dpi=110)


def tables_in(folder: Path) -> dict[str, Table]:
    """The tables of another folder, and the package's for those that it does not hold."""
    import msgspec

    found = {name: shipped(name) for name in ("english", "bengali", "world")}
    for path in folder.glob("*.json"):
        about = msgspec.convert(json.loads(path.read_text()), About)
        kept = np.frombuffer(path.with_suffix(".weights").read_bytes(), np.int8)
        found[path.stem] = Table(about, kept.reshape(-1, 2))
    return found


def report(folder: Path, tables: Path | None = None, pictures: bool = False) -> None:
    found = table(folder, SentimentReader(tables_in(tables) if tables else None))
    calibration(found)
    alarms(found)
    if pictures:
        draw(found, ROOT / "docs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--pictures", action="store_true")
    asked = parser.parse_args()
    folder = os.environ.get("LISTENER_EVAL")
    if not folder:
        print("LISTENER_EVAL names no folder: nothing was graded")
        return
    report(Path(folder), asked.tables, asked.pictures)


if __name__ == "__main__":
    main()
