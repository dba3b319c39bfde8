"""Where the benchmarks leave their figures, for `pictures.py` and for whoever compares two versions."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
GOALS = "goals"


def keep(name: str, figures: Any) -> None:
    """Writes figures to results/NAME.json."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")


def load(name: str) -> Any:
    """What was kept under a name; an empty dictionary where nothing was."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep_goal(what: str, against: str, goal: float, reached: Sequence[float], unit: str = "x") -> None:
    """Writes down how far a goal was reached, round by round; more is better. `against`: beside what it is measured."""
    goals = load(GOALS)
    goals[what] = {
        "against": against,
        "goal": goal,
        "unit": unit,
        "median": round(statistics.median(reached), 4),
        "lowest": round(min(reached), 4),
        "highest": round(max(reached), 4),
        "rounds": len(reached),
    }
    keep(GOALS, goals)
