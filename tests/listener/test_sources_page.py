"""docs/sources/README.md says of every kind what its classes say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from listener.config import load
from sources import registry
from sources.abilities import Filling, Rechecking, RecheckingByLink
from sources.settings import SourceSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/sources/README.md").read_text("utf-8")
ROWS = {
    cells[0]: cells[1:] for cells in re.findall(r"^\| \[`(.+?)`\]\(.+?\) " + r"\| (.*?) ?" * 5 + r"\|$", PAGE, re.M)
}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SourceSettings]:
    folder = tmp_path_factory.mktemp("example")
    shutil.copy(ROOT / "config.example.toml", folder / "config.toml")
    (folder / "customers.csv").write_text("id,name\n1,Ann\n")
    (folder / "drop").mkdir()
    return {settings.kind: settings for settings in load(folder / "config.toml", "optional", {}).sources}


@pytest.mark.parametrize("kind", registry.kinds())
def test_each_kind_has_a_row_that_is_true(kind: str, example: dict[str, SourceSettings]) -> None:
    fills, looks, customers, export, words = ROWS[kind]
    terms = registry.settings_class(kind).terms
    assert (customers, export, words.strip()) == (terms.identity_matching, terms.exportable, terms.attribution)
    source = example[kind].open()
    assert fills.startswith("yes") == isinstance(source, Filling)
    assert looks.startswith("yes") == isinstance(source, Rechecking | RecheckingByLink)
