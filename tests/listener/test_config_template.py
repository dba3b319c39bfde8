"""The first configuration that `listener init` writes, and the example: both work as they stand."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listener.config import load
from listener.configuration.template import (
    AlreadyThere,
    NotWritten,
    first_query,
    fresh_config,
    guess_brand,
    system_timezone,
    write_new,
)
from sources.query import parse


def test_a_new_configuration_works_without_any_key(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert write_new(path, "Acme Rockets") == "Acme Rockets"
    config = load(path, "required", {})
    assert [brand.query for brand in config.brands] == ['"Acme Rockets" OR #acmerockets']
    assert {source.kind for source in config.sources} == {"hackernews", "mastodon", "bluesky"}
    assert config.rules and not config.channels and not config.warnings


def uncommented(line: str) -> str:
    return line[2:] if line.startswith("# ") and (" = " in line[:20] or line[2:4] in ("[[", "[d", "[o")) else line


def test_every_line_that_is_commented_out_works_when_it_is_not(tmp_path: Path) -> None:
    text = fresh_config("Acme", "UTC")
    settings = [uncommented(line) for line in text.split("\n")]
    path = tmp_path / "config.toml"
    path.write_text("\n".join(settings))
    (tmp_path / "customers.csv").write_text("id,name\n1,Ann\n")
    config = load(path, "optional", {})
    assert len(config.sources) == 4 and len(config.channels) == 2 and len(config.customers) == 1
    assert config.digest is not None and config.operator.notify == ("support",)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(AlreadyThere, match=r"config\.toml is there already"):
        write_new(path, "Acme")
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="cannot be written: No such file or directory"):
        write_new(tmp_path / "no" / "config.toml", "Acme")


def test_a_new_configuration_is_its_owners_alone(tmp_path: Path) -> None:
    write_new(tmp_path / "config.toml", "Acme")
    assert stat.S_IMODE((tmp_path / "config.toml").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("folder", "brand"),
    [("acme-rockets", "Acme Rockets"), ("ACME", "ACME"), ("listener", "Acme"), ("42", "Acme"), ("ঢাকা", "ঢাকা")],
)
def test_the_brand_is_guessed_from_the_folder_unless_that_tells_nothing(
    tmp_path: Path, folder: str, brand: str
) -> None:
    assert guess_brand(tmp_path / folder) == brand
    (tmp_path / folder).mkdir()
    assert write_new(tmp_path / folder / "config.toml") == brand


@pytest.mark.parametrize("brand", ["", "   ", "!!!", '"', "x" * 200, "/acme", ":"])
def test_a_brand_that_cannot_be_searched_for_is_refused(tmp_path: Path, brand: str) -> None:
    with pytest.raises(NotWritten, match="brand"):
        write_new(tmp_path / "config.toml", brand)
    assert not (tmp_path / "config.toml").exists()


@given(st.text(max_size=90))
def test_whatever_the_brand_is_called_its_query_can_be_read(brand: str) -> None:
    try:
        query = first_query(brand)
    except NotWritten:
        return
    parse(query)


@given(brand=st.text(max_size=90))
@example(brand="0$$")
@example(brand="a$b ${HOME}")
def test_whatever_the_brand_is_called_what_is_written_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, brand: str
) -> None:
    folder = tmp_path_factory.mktemp("brand")
    try:
        name = write_new(folder / "config.toml", brand)
    except NotWritten:
        return
    assert load(folder / "config.toml", "required", {}).brands[0].name == name


def test_the_time_zone_is_the_machines_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Dhaka")
    monkeypatch.delenv("TZ", raising=False)
    assert system_timezone(link) == "Asia/Dhaka"
    assert system_timezone(tmp_path / "none") == "UTC"
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert system_timezone(link) == "Europe/Berlin"
