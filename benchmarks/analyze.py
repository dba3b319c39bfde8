"""Posts per CPU second through the whole `listener analyze` command, beside the script that people write instead.

Run: .venv/bin/python benchmarks/analyze.py [POSTS]
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROUNDS = 3
WORDS = (  # noqa: SIM905 - a list of quoted words would be three times as long
    "the a to and of in it is for on my with this that was have not but so just they at all be out up what now "
    "get one from like when time day phone train coffee weather match music team morning week people work home "
    "kitchen order delivery price shop store update review video city street friend family light water garden "
    "window paper table chair market slow broken great love hate terrible thanks happy sad angry refund late "
    "support called waiting nobody answers again "
).split()

CONFIG = """
[[brands]]
name = "Acme"
query = '("acme rockets" OR @acmehelp OR acme) NOT (coyote OR "acme markets")'

[[rules]]
name = "unhappy"
when = 'sentiment.score <= -0.4 || urgency.label in ["high", "critical"]'
severity = "medium"
"""

# The usual script: json, one regular expression, vaderSentiment, a language detector, on what matched or on all.
USUAL = r"""
import json, re, sys
import py3langid
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
vader = SentimentIntensityAnalyzer()
wanted = re.compile(r"(?i)\b(acme rockets|acme)\b|@acmehelp\b")
every = sys.argv[1] == "all"
for line in sys.stdin:
    post = json.loads(line)
    if every or wanted.search(post["text"]):
        language = py3langid.classify(post["text"])[0]
        print(json.dumps({"id": post["external_id"], "lang": language, **vader.polarity_scores(post["text"])}))
"""


def posts(count: int) -> bytes:
    """Seeded posts of 17 words or so; one in ten names the brand."""
    chance = random.Random(2026)
    lines = []
    for number in range(count):
        words = chance.choices(WORDS, k=max(3, min(60, round(chance.lognormvariate(2.83, 0.6)))))
        if number % 10 == 0:
            words.insert(chance.randrange(len(words)), chance.choice(["Acme", "acme", "#acme", "@acmehelp"]))
        lines.append(json.dumps({"source": "x", "external_id": str(number), "text": " ".join(words)}))
    return ("\n".join(lines) + "\n").encode()


def seconds(command: list[str], given: bytes) -> float:
    """CPU seconds that the command and its children used, start-up included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, input=given, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    given = posts(count)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG)
        ours = [str(Path(sys.executable).parent / "listener"), "analyze", "--config", str(config)]
        usual = [sys.executable, "-c", USUAL]
        arms = {
            "listener analyze (one post in ten matches)": ours,
            "the usual script, what matches": [*usual, "matching"],
            "listener analyze --all (every post read)": [*ours, "--all"],
            "the usual script, every post": [*usual, "all"],
        }
        rates: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(ROUNDS):
            for name, command in arms.items():
                rates[name].append(count / seconds(command, given))
    table = Table(
        "arm", "posts per CPU second: median", "lowest", "highest", title=f"{count} posts, {ROUNDS} rounds in turn"
    )
    for name, measured in rates.items():
        row = (statistics.median(measured), min(measured), max(measured))
        table.add_row(name, *(f"{rate:,.0f}" for rate in row))
    Console().print(table)
    print(
        "The script gives a language and a score; ours adds spans, reasons, urgency, intent, story, customer and rules."
    )


if __name__ == "__main__":
    main()
