"""Whatever stands in the file, reading it gives a configuration or tells mistakes; nothing else is ever raised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.config import ConfigError, load

SEEDS = (
    '[listener]\ndatabase = "sqlite:///x.db"\ntimezone = "UTC"\n[[brands]]\nname = "Acme"\nquery = "acme"\n',
    '[[channels]]\nkind = "slack"\nname = "a"\nwebhook_url = "${A}"\n[digest]\nat = 08:00:00\nnotify = ["a"]\n',
    '[[rules]]\nname = "r"\nwhen = "true"\nseverity = "low"\n[[customers]]\npath = "c.csv"\n',
)
KEYS = st.sampled_from(
    [
        "listener",
        "brands",
        "sources",
        "customers",
        "channels",
        "rules",
        "digest",
        "operator",
        "name",
        "kind",
        "query",
        "own",
        "every",
        "path",
        "webhook_url",
        "when",
        "severity",
        "notify",
        "ticket",
        "at",
        "database",
        "timezone",
        "x",
        "retention",
        "instances",
        "from",
        "to",
        "host",
        "port",
        "password",
        "username",
        "tls",
        "url",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["slack", "email", "mastodon", "bluesky", "hackernews", "csv", "low", "${A}", "${B}", "$", "${", "1d"]
    ),
    st.sampled_from(["acme", "true", "a &&", "(", "UTC", "08:00", "https://x.example", "sqlite:///x", "mastodon:a@b"]),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.booleans(), st.integers(), st.floats()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
MANY = st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=3)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("brands", "sources", "customers", "channels", "rules"), MANY | VALUES)
    | dict.fromkeys(("listener", "digest", "operator", "other"), st.dictionaries(KEYS, VALUES, max_size=6) | VALUES),
)


def toml(value: Any) -> str:
    """Writes a value as TOML; tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(value)
    return json.dumps(value).replace("\x7f", "\\u007f")


def read(folder: Path, content: bytes, secrets: Any) -> None:
    (folder / "config.toml").write_bytes(content)
    try:
        config = load(folder / "config.toml", secrets, {"A": "1"})
    except ConfigError as error:
        assert error.mistakes and all(mistake.says for mistake in error.mistakes)
        return
    assert config.brands is not None and isinstance(config.warnings, tuple)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


quiet = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@quiet
@given(document=DOCUMENTS, secrets=st.sampled_from(["required", "optional"]))
def test_any_toml_is_read_or_told(folder: Path, document: dict[str, Any], secrets: str) -> None:
    text = "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in document.items())
    read(folder, text.encode("utf-8", "surrogatepass"), secrets)


@quiet
@given(content=st.binary(max_size=200), secrets=st.sampled_from(["required", "optional"]))
def test_any_bytes_are_read_or_told(folder: Path, content: bytes, secrets: str) -> None:
    read(folder, content, secrets)


@quiet
@given(seed=st.sampled_from(SEEDS), cut=st.integers(0, 200), put=st.binary(max_size=5), at=st.integers(0, 200))
def test_a_damaged_file_is_read_or_told(folder: Path, seed: str, cut: int, put: bytes, at: int) -> None:
    content = seed.encode()
    read(folder, content[:at] + put + content[at + cut % 7 :], "required")
