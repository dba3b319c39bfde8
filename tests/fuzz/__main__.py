"""Fuzzes what reads bytes from outside, guided by coverage: `python tests/fuzz --seconds 3600`.

Each target runs in a process of its own; an input that a target does not take as it should is written to
`.cache/fuzz/<target>/`, and becomes a test. Needs atheris (Linux): `pip install --group fuzz`.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from seeds import recorded, seeds

CACHE = Path(".cache/fuzz")
ODD = (
    None, True, 0, -1, 2**63, 10**400, 1e308, float("nan"), "", "\x00", "\ud800", "0", "http://[", "javascript:x",
    "é" * 300, "2026-11-20T11:00:00Z", "0000-00-00T99:99:99Z", [], {}, [[]], {"": {}},
)  # fmt: skip


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=600, help="in total, shared by the targets")
    options.add_argument("--target", action="append", help="one target; may be repeated (default: all)")
    options.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    told = options.parse_args()
    if told.child:
        fuzz(told.target[0], told.seconds)
        return 0
    from targets import TARGETS

    names = told.target or sorted(TARGETS)
    found = []
    for name in names:
        each = max(told.seconds // len(names), 1)
        command = [sys.executable, __file__, "--child", "--target", name, "--seconds", str(each)]
        log = CACHE / name / "log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            ended = subprocess.run(command, stdout=out, stderr=out, check=False).returncode
        lines = log.read_text("utf-8", "replace").splitlines()
        runs = next((line for line in reversed(lines) if line.startswith("Done ") or "\tNEW " in line), "")
        print(
            f"{name:24} {each:5} s  {'FOUND: see ' + str(log) if ended else 'nothing found'}  {runs[:60]}", flush=True
        )
        found += [name] if ended else []
    return 1 if found else 0


def fuzz(name: str, seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["sources", "rules", "listener.web", "feedparser"]):
        from targets import run

        for body in seeds(name):
            run(name, body)  # what is imported at first use is instrumented too, and not timed as a finding
    folder = CACHE / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate([*seeds(name), *recorded(name)]):
        (corpus / f"seed{number}").write_bytes(body)
    arguments = [
        sys.argv[0], f"-max_total_time={seconds}", f"-artifact_prefix={folder}/", "-max_len=20000", "-timeout=20",
        "-verbosity=1", "-rss_limit_mb=4000", str(corpus),
    ]  # fmt: skip
    atheris.Setup(arguments, lambda data: run(name, data), custom_mutator=mutate)
    atheris.Fuzz()


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Changes a JSON document in its structure most of the time, since changed bytes seldom make another document."""
    import atheris

    chance = random.Random(seed)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return bytes(atheris.Mutate(data, most))
    if chance.random() < 0.2:
        return bytes(atheris.Mutate(data, most))
    for _ in range(chance.randint(1, 4)):
        document = changed(document, chance)
    body = json.dumps(document).encode()
    return body if len(body) <= most else data[:most]


def changed(value: Any, chance: random.Random) -> Any:
    """Gives the document with one place of it replaced, doubled, left out, or its text changed."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {name: inner for name, inner in value.items() if name != key}
        return {**value, key: changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        if chance.random() < 0.2:
            return [*value, *value[place : place + 1] * chance.randint(1, 3)]
        return [*value[:place], changed(value[place], chance), *value[place + 1 :]]
    if isinstance(value, str) and value and chance.random() < 0.5:
        place = chance.randrange(len(value))
        return (
            value[:place]
            + chance.choice(["<", "&#0;", "\u202e", "\ud83d", " ", "<a href='", "0" * 40, "%00"])
            + value[place:]
        )
    if isinstance(value, int) and not isinstance(value, bool) and chance.random() < 0.5:
        return value * chance.choice([-1, 10, 10**12]) + chance.choice([-1, 1, 0])
    return chance.choice(ODD)


if __name__ == "__main__":
    sys.exit(main())
