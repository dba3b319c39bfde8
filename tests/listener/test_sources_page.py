"""docs/sources/README.md says of every kind what its classes say."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from listener.config import load
from sources import registry
from sources.abilities import Charging, Filling, Rechecking, RecheckingByLink
from sources.query import parse
from sources.settings import SourceSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/sources/README.md").read_text("utf-8")
LINES = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| [`")]
ROWS, TRIED = (
    {re.sub(r"\[`(.+?)`\].*", r"\1", kind): told for kind, *told in LINES if len(told) == cells} for cells in (10, 3)
)
RECORDED = ROOT / "tests/sources"
NEED_A_KEY = {"imap", "reddit", "telegram", "webhook", "x", "youtube"}
KIND_OF = {"discussions": "github", "frames": "bluesky-jetstream", "hackernews again": "hackernews", "mail": "imap"}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SourceSettings]:
    folder = tmp_path_factory.mktemp("example")
    shutil.copy(ROOT / "config.example.toml", folder / "config.toml")
    (folder / "customers.csv").write_text("id,name\n1,Ann\n")
    (folder / "drop").mkdir()
    (folder / "answers").mkdir()
    return {settings.kind: settings for settings in load(folder / "config.toml", "optional", {}).sources}


@pytest.mark.parametrize("kind", registry.kinds())
def test_each_kind_has_a_row_that_is_true(kind: str, example: dict[str, SourceSettings]) -> None:
    _, key, cost, _, sees, fills, looks, customers, export, words = ROWS[kind]
    terms = registry.settings_class(kind).terms
    assert (customers, export, words.strip()) == (terms.identity_matching, terms.exportable, terms.attribution)
    source = example[kind].open()
    assert fills.startswith("yes") == isinstance(source, Filling)
    assert looks.startswith("yes") == isinstance(source, Rechecking | RecheckingByLink)
    assert sees.startswith("part: ") == (source.plan(parse("acme")).coverage == "partial")
    assert sees.startswith(("part: ", "all"))
    assert key.startswith("no") == (kind not in NEED_A_KEY)
    assert cost.startswith("$") == isinstance(source, Charging)


def test_each_kind_tells_how_many_recorded_posts_it_was_tried_against() -> None:
    posts: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for told in json.loads((RECORDED / "recordings.json").read_text("utf-8")).values():
        if isinstance(told, list) and told[0] != "opml":
            kind = "file" if told[0].startswith("table ") else KIND_OF.get(told[0], told[0])
            posts[kind] += told[1]
            files[kind] += 1
    feeds = json.loads((RECORDED / "feed_recordings.json").read_text("utf-8"))
    posts["feed"], files["feed"] = sum(count for count, *_ in feeds.values()), len(feeds)
    expected = {kind: f"{posts[kind]:,} posts in {files[kind]} file{'' if files[kind] == 1 else 's'}" for kind in posts}
    assert {kind: told[0] for kind, told in TRIED.items() if " posts in " in told[0]} == expected
    assert TRIED.keys() == set(registry.kinds())
