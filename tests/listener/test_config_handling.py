"""Mistakes in how people are to act on alerts are told by their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.config import Config, ConfigError, load

BRAND = '[[brands]]\nname = "Acme"\nquery = "acme"\n'
BOT = '[[channels]]\nkind = "slack"\nname = "bot"\nbot_token = "xoxb-1"\nchannel = "C1"\nsigning_secret = "s3cret"\n'


@pytest.fixture
def read(tmp_path: Path) -> object:
    def call(text: str) -> Config:
        (tmp_path / "config.toml").write_text(BRAND + text)
        return load(tmp_path / "config.toml", environment={})

    return call


def told(read: object, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        read(text)  # type: ignore[operator]
    return str(error.value)


def test_buttons_whose_presses_nothing_would_take_are_a_mistake(read: object) -> None:
    says = told(read, BOT)
    assert "channels[0].signing_secret" in says and "needs a table [web]" in says and "s3cret" not in says
    read(BOT + "[web]\n")  # type: ignore[operator]
