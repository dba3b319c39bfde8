"""Trains the sentiment tables that the package ships.

    LISTENER_EVAL=/path/to/labelled/sets LISTENER_LEXICONS=/path/to/lexicons python training/sentiment.py [table ...]

    --green     train on GREEN sets alone (training/sentiment_sets.py says what that means)
    --without X leave an ingredient out, to see what it brings: letters, neighbours, vader, lexicons, words
    --out DIR   where the tables go (rules/sentiment/tables)

The folder of labelled sets holds train/ and val/ with NAME.tsv.xz (text, label, language); that of lexicons bn.txt,
fr.txt and pt.txt. The same input gives the same tables: no randomness. Needs `pip install --group bench`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import logistic
import msgspec
import numpy as np
from msgspec import Struct
from sentiment_sets import LEXICONS, SOURCES, Labelled, lexicon, own_words, read, without_copies

from rules.sentiment.table import FORMAT, About, kept_in_bytes

ROOT = Path(__file__).resolve().parents[1]


class Plan(Struct, frozen=True):
    """How one table is trained."""

    bits: int
    ridge: float
    rounds: int
    least: int
    size_power: float  # a set of n texts weighs n to this power
    letters: float = 1.0  # what runs of letters count beside whole words


PLANS = {
    "english": Plan(bits=20, ridge=3.0, rounds=80, least=2, size_power=0.8, letters=0.25),
    "bengali": Plan(bits=18, ridge=2.0, rounds=60, least=2, size_power=0.6),
    "world": Plan(bits=21, ridge=2.0, rounds=40, least=3, size_power=0.6),
}
INGREDIENTS = ("letters", "neighbours", "vader", "lexicons", "words")
OWN = {"bengali": ("bn",), "world": ("world",), "english": ()}


def gather(
    name: str, folder: Path, lexicons: Path, green: bool, without: frozenset[str]
) -> tuple[list[Labelled], list[Labelled]]:
    """Gives the training sets of a table, without copies of validation texts, and the validation sets."""
    sources = [one for one in SOURCES if one.table == name and not (green and one.grade == "AMBER")]
    checks = [read(folder, "val", one) for one in sources if one.checked]
    train = [without_copies(read(folder, "train", one), checks) for one in sources]
    if "lexicons" not in without:
        train += [lexicon(lexicons / f"{code}.txt") for code, table in LEXICONS.items() if table == name]
    if "words" not in without:
        train += [own_words(ROOT / "training" / "words" / f"{code}.txt") for code in OWN[name]]
    return train, checks


def weights_of(sets: list[Labelled], power: float) -> Any:
    """A weight a text: classes of a set count alike, and a set by its size to that power; 1 on average."""
    parts = []
    for one in sets:
        counts = np.bincount(one.labels, minlength=3)
        share = one.worth * len(one.labels) ** power / (counts > 0).sum()
        parts.append(share / counts[one.labels])
    weights = np.concatenate(parts)
    return weights * len(weights) / weights.sum()


def train(name: str, folder: Path, lexicons: Path, green: bool, without: frozenset[str], out: Path) -> None:
    begun = time.monotonic()
    plan = PLANS[name]
    if "letters" in without:
        plan = msgspec.structs.replace(plan, letters=0.0)
    sets, checks = gather(name, folder, lexicons, green, without)
    built = logistic.design([text for one in sets for text in one.texts], plan.bits, plan.letters, without)
    labels = np.concatenate([one.labels for one in sets])
    two_class = np.concatenate([np.full(len(one.labels), one.two_class) for one in sets])
    worth = weights_of(sets, plan.size_power)
    fitted = logistic.fit(built, labels, two_class, worth, plan.ridge, plan.rounds, plan.least)
    kept, scale = kept_in_bytes(fitted.weights)
    temperature = checked(checks, fitted, plan, without)
    about = About(
        format=FORMAT,
        scale=scale,
        bias=_pair(fitted.bias),
        vader=tuple(_pair(row) for row in fitted.vader),
        temperature=round(temperature, 4),
        letters=plan.letters,
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.weights").write_bytes(kept.tobytes())
    (out / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n")
    print(f"{name}: {len(labels)} texts of {len(sets)} sets, {time.monotonic() - begun:.0f} s", flush=True)


def _pair(row: Any) -> tuple[float, float]:
    return round(float(row[0]), 5), round(float(row[1]), 5)


def checked(checks: list[Labelled], fitted: logistic.Fitted, plan: Plan, without: frozenset[str]) -> float:
    """Gives the temperature that fits the validation sets, each counted alike, and prints how well they are read."""
    three = [one for one in checks if len(set(one.labels)) == 3]
    found = [logistic.logits(logistic.design(one.texts, plan.bits, plan.letters, without), fitted) for one in three]
    labels = [np.array(one.labels) for one in three]
    worth = np.concatenate([np.full(len(one), 1 / len(one)) for one in labels])
    stacked, truth = np.vstack(found), np.concatenate(labels)
    temperature = logistic.calibrate(stacked, truth, worth)
    print(f"  temperature {temperature:.3f}; macro-F1 on validation:")
    for one, logit, label in zip(three, found, labels, strict=True):
        print(f"    {one.name:22} {macro_f1(label, logit.argmax(1)):.3f}")
    return temperature


def macro_f1(truth: Any, said: Any) -> float:
    scores = []
    for label in np.unique(truth):
        both = ((truth == label) & (said == label)).sum()
        scores.append(2 * both / max(1, (truth == label).sum() + (said == label).sum()))
    return float(np.mean(scores))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", choices=[*PLANS, []])
    parser.add_argument("--green", action="store_true")
    parser.add_argument("--without", action="append", default=[], choices=INGREDIENTS)
    parser.add_argument("--out", type=Path, default=ROOT / "rules" / "sentiment" / "tables")
    asked = parser.parse_args()
    folder, lexicons = os.environ.get("LISTENER_EVAL"), os.environ.get("LISTENER_LEXICONS")
    if not folder or not lexicons:
        raise SystemExit("set LISTENER_EVAL to the folder of labelled sets, and LISTENER_LEXICONS to that of lexicons")
    for name in asked.tables or PLANS:
        train(name, Path(folder), Path(lexicons), asked.green, frozenset(asked.without), asked.out)


if __name__ == "__main__":
    main()
