"""How much a team's own marks bring: sentiment before and after 10 to 300 of them, on public labelled sets.

    LISTENER_EVAL=/path/to/labelled/sets python benchmarks/learning_curve.py [--on train]

Marks are drawn from a set's training part; macro-F1 on its dev half, where `unsure` counts as wrong; the mean of five
draws and, in brackets, the lowest and highest. VADER is told by its usual thresholds (compound of 0.05 and -0.05).
A second table tells the same where people mark only what was read wrong: by these marks alone, and with as many
unmarked texts taken for read right, as `listener train` does. `--on train` grades on 400 texts of the training part
that no mark is drawn from, for choosing a design.
"""

from __future__ import annotations

import argparse
import lzma
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msgspec.structs import replace

from rules.reading import Sentiment
from rules.sentiment.contract import ReadyText
from rules.sentiment.corrected import Corrector
from rules.sentiment.correction import FEELINGS
from rules.sentiment.correction_fit import Example, fit
from rules.sentiment.correction_grade import Grade, grade
from rules.sentiment.reader import SentimentReader
from rules.sentiment.vader_scorer import scorer

SETS = {"airline": "en", "sentnob": "bn"}
MARKS = (10, 30, 100, 300)
DRAWS = 5
APART = 400


def labelled(folder: Path, part: str, name: str, lang: str, reader: SentimentReader) -> list[Example]:
    """The texts of a set, with what the shipped reader says."""
    with lzma.open(folder / part / f"{name}.tsv.xz", "rt", encoding="utf-8") as opened:
        rows = [line.split("\t") for line in opened.read().split("\n")[1:] if line]
    texts = [ReadyText(text=row[0], lang=lang) for row in rows]
    labels = [FEELINGS[FEELINGS.index(row[1])] for row in rows]
    read = reader.analyze(texts)
    return [Example(text=a, shipped=b, label=c) for a, b, c in zip(texts, read, labels, strict=True)]


def by_vader(examples: Sequence[Example]) -> Grade:
    """How VADER alone does."""
    said = []
    for one in examples:
        score = scorer().score(one.text.text).compound
        label = FEELINGS[2 if score >= 0.05 else 0 if score <= -0.05 else 1]
        said.append(Sentiment(label=label))
    return grade([one.label for one in examples], said)


def after_marks(
    pool: Sequence[Example], asked: Sequence[Example], marks: int, unmarked: Sequence[Example] = ()
) -> list[Grade]:
    """How readings do after so many marks, once for each draw; `unmarked`: as many of these are taken for right."""
    found = []
    for draw in range(DRAWS):
        told = Random(draw).sample(list(pool), marks)
        texts = {one.text.text for one in told}
        others = [one for one in unmarked if one.shipped.label in FEELINGS and one.text.text not in texts]
        presumed = Random(draw).sample(others, marks) if unmarked else []
        corrector = Corrector(fit([*told, *map(as_read, presumed)]))
        said = [corrector.correct(one.text, one.shipped) for one in asked]
        found.append(grade([one.label for one in asked], said))
    return found


def as_read(example: Example) -> Example:
    """The text as if nobody had marked it."""
    (label,) = [one for one in FEELINGS if one == example.shipped.label]
    return replace(example, label=label, presumed=True)


def table(folder: Path, on: str) -> None:
    """Prints the curve of each set."""
    reader = SentimentReader()
    head = " ".join(f"{f'{marks} marks':>17}" for marks in MARKS)
    print(f"{'macro-F1':10} {'posts':>6} {'VADER':>6} {'shipped':>8} {head}")
    recalls, mistakes = [], []
    for name, lang in SETS.items():
        pool = labelled(folder, "train", name, lang, reader)
        Random(0).shuffle(pool)
        asked = pool[:APART] if on == "train" else labelled(folder, on, name, lang, reader)
        pool = pool[APART:] if on == "train" else pool
        shipped = grade([one.label for one in asked], [one.shipped for one in asked])
        curve = [after_marks(pool, asked, marks) for marks in MARKS]
        cells = [spread([one.macro_f1 for one in draws]) for draws in curve]
        vader = by_vader(asked)
        print(f"{name:10} {len(asked):6} {vader.macro_f1:6.3f} {shipped.macro_f1:8.3f} {' '.join(cells)}")
        wrong = [one for one in pool if one.shipped.label != one.label]
        alone = [spread([one.macro_f1 for one in after_marks(wrong, asked, marks)]) for marks in MARKS]
        beside = [spread([one.macro_f1 for one in after_marks(wrong, asked, marks, pool)]) for marks in MARKS]
        mistakes.append((name, alone, beside))
        recalls.append([name, *(negative(draws) for draws in ([vader], [shipped], *curve))])
    print("where only mistakes are marked: by these marks alone, then with unmarked texts taken for read right")
    for name, *curves in mistakes:
        for draws in curves:
            print(f"{name:33} {' '.join(draws)}")
    print("recall/precision of negative: VADER, shipped, then by marks")
    for row in recalls:
        print(f"{row[0]:10} {' '.join(f'{cell:>11}' for cell in row[1:])}")


def spread(values: Sequence[float]) -> str:
    return f"{mean(values):.3f} [{min(values):.2f}-{max(values):.2f}]".rjust(17)


def negative(grades: Sequence[Grade]) -> str:
    """Recall and precision of the negative class, in the mean."""
    return f"{mean([one.recall for one in grades]):.2f}/{mean([one.precision for one in grades]):.2f}"


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=("dev", "train"), default="dev")
    asked = parser.parse_args()
    folder = os.environ.get("LISTENER_EVAL")
    if not folder:
        print("LISTENER_EVAL names no folder: nothing was measured")
        return
    table(Path(folder), asked.on)


if __name__ == "__main__":
    main()
