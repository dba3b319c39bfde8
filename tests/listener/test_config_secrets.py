"""Values from outside the configuration: where they come from, what is missing, and that nothing gives them away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from listener.config import Config, ConfigError, load
from listener.configuration.secrets import expand

DECOY = "decoy-7f3a9c51e2"

GOOD = """
[listener]
database = "postgresql+psycopg://listener:${DB_PASSWORD}@db.example/listener"

[[brands]]
name = "Acme"
query = "acme"

[[channels]]
kind = "slack"
name = "support"
webhook_url = "${SLACK}"

[[channels]]
kind = "email"
name = "mail"
host = "${SMTP_HOST}"
port = "${SMTP_PORT}"
username = "listener"
password = "${file:smtp-password}"
from = "Listener <listener@example.org>"
to = ["ann@example.org"]

[[rules]]
name = "any"
when = "true"
severity = "low"
notify = ["support", "mail"]
"""
SET = {
    "DB_PASSWORD": DECOY,
    "SLACK": f"https://hooks.slack.com/services/{DECOY}",
    "SMTP_HOST": "smtp.example.org",
    "SMTP_PORT": "2525",
}


def read(
    folder: Path, text: str = GOOD, environment: dict[str, str] | None = None, secrets: Any = "required"
) -> Config:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return load(path, secrets, SET if environment is None else environment)


def told(folder: Path, text: str, environment: dict[str, str] | None = None, secrets: Any = "required") -> str:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, environment, secrets)
    return "\n".join([str(caught.value), repr(caught.value), *map(repr, caught.value.mistakes)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "smtp-password").write_text(f"{DECOY}\n")
    return tmp_path


def test_variables_and_files_stand_in_for_any_text_even_a_number(folder: Path) -> None:
    config = read(folder)
    mail: Any = config.channels[1]
    slack: Any = config.channels[0]
    assert (mail.host, mail.port, mail.password.get_secret_value()) == ("smtp.example.org", 2525, DECOY)
    assert slack.webhook_url.get_secret_value() == SET["SLACK"]
    assert config.database_url == f"postgresql+psycopg://listener:{DECOY}@db.example/listener"


def test_a_file_of_a_secret_is_relative_to_the_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert read(folder).channels[1].name == "mail"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("cost $5", "cost $5"),
        ("foo$", "foo$"),
        ("^a$|b", "^a$|b"),
        ("$$${A}", "$1"),
        ("${A}${B}-${A}", "12-1"),
        ("${LOOKS_LIKE_MORE}", "${A}"),
    ],
)
def test_dollars_are_themselves_unless_a_brace_follows(tmp_path: Path, written: str, meant: str) -> None:
    filled = expand({"x": [written]}, tmp_path, {"A": "1", "B": "2", "LOOKS_LIKE_MORE": "${A}"})
    assert filled.tables == {"x": [meant]}
    assert not filled.mistakes and not filled.missing


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("${A", "has a '${' that no '}' closes; write $${ where the characters themselves are meant"),
        ("${}", "has '${}': only ${NAME} and ${file:PATH} are known; $${ is a plain ${"),
        ("${A:-b}", "has '${A:-b}': only ${NAME} and ${file:PATH} are known; $${ is a plain ${"),
    ],
)
def test_a_dollar_brace_that_means_nothing_is_a_mistake(tmp_path: Path, written: str, says: str) -> None:
    filled = expand({"x": {"y": written}}, tmp_path, {"A": "1"})
    assert [str(mistake) for mistake in filled.mistakes] == [f"x.y {says}"]


def test_everything_that_is_missing_is_told_at_once(folder: Path) -> None:
    (folder / "smtp-password").unlink()
    lines = told(folder, GOOD, {"SMTP_HOST": "smtp.example.org"}).split("\n")
    assert [line.partition("config.toml: ")[2] for line in lines[:4]] == [
        "listener.database needs the environment variable DB_PASSWORD, which is not set",
        "channels[0].webhook_url needs the environment variable SLACK, which is not set",
        "channels[1].port needs the environment variable SMTP_PORT, which is not set",
        "channels[1].password needs the file 'smtp-password', which is not there",
    ]


def test_what_is_missing_does_not_hide_other_mistakes_of_the_same_table(folder: Path) -> None:
    words = told(folder, GOOD.replace('name = "mail"', 'name = "mail"\ntimeuot = "5s"'), SET | {"SMTP_PORT": "no"})
    assert "channels[1].timeuot: unknown key, did you mean 'timeout'?" in words
    assert "channels[1].port must be a whole number" in words


@pytest.mark.parametrize("content", [b"\xff\xfe\xff", b"x" * 70_000], ids=["not UTF-8", "too long"])
def test_a_file_of_a_secret_that_cannot_be_one_is_told(folder: Path, content: bytes) -> None:
    (folder / "smtp-password").write_bytes(content)
    assert "channels[1].password needs the file 'smtp-password', which is " in told(folder, GOOD)


def test_optional_credentials_leave_a_configuration_that_can_be_shown(folder: Path) -> None:
    (folder / "smtp-password").unlink()
    config = read(folder, environment={}, secrets="optional")
    assert [channel.name for channel in config.channels] == ["support", "mail"]
    assert [str(warning) for warning in config.warnings] == [
        "listener.database needs the environment variable DB_PASSWORD, which is not set",
        "channels[0].webhook_url needs the environment variable SLACK, which is not set",
        "channels[1].host needs the environment variable SMTP_HOST, which is not set",
        "channels[1].port needs the environment variable SMTP_PORT, which is not set",
        "channels[1].password needs the file 'smtp-password', which is not there",
    ]


def test_a_database_whose_password_is_missing_is_never_replaced_by_another(folder: Path) -> None:
    config = read(folder, environment={}, secrets="optional")
    with pytest.raises(
        ConfigError, match=r"config\.toml: listener\.database needs the environment variable DB_PASSWORD"
    ):
        _ = config.database_url


def test_what_is_no_credential_must_be_there_even_where_credentials_are_optional(folder: Path) -> None:
    words = told(folder, GOOD.replace('query = "acme"', 'query = "${QUERY}"'), secrets="optional")
    assert "brands[0].query needs the environment variable QUERY, which is not set" in words


def test_a_credential_of_which_no_stand_in_has_the_form_is_told_as_missing(folder: Path) -> None:
    words = told(
        folder, GOOD.replace('username = "listener"', 'username = "listener"\ntls = "${TLS}"'), secrets="optional"
    )
    assert "channels[1].tls needs the environment variable TLS, which is not set" in words


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('kind = "slack"', 'kind = "${DECOY}"'),
        ('kind = "slack"', 'kind = "slack"\n"${DECOY}" = "${DECOY}"'),
        ('kind = "slack"', 'kind = "slack"\nbot_token = "${DECOY}"'),
        ('kind = "slack"', 'kind = "slack"\nbot_toke = "${DECOY}"'),
        ('webhook_url = "${SLACK}"', 'webhook_url = "${DECOY}"'),
        ('webhook_url = "${SLACK}"', 'webhook_url = "decoy-7f3a9c51e2"'),
        ('webhook_url = "${SLACK}"', 'webhook_url = ["decoy-7f3a9c51e2"]'),
        ('webhook_url = "${SLACK}"', 'bot_token = "decoy-7f3a9c51e2 "'),
        ('webhook_url = "${SLACK}"', 'webhok_url = "decoy-7f3a9c51e2"'),
        ('port = "${SMTP_PORT}"', 'port = "${DECOY}"'),
        ('to = ["ann@example.org"]', 'to = ["${DECOY}"]'),
        ('to = ["ann@example.org"]', 'to = "${DECOY}"'),
        ('from = "Listener <listener@example.org>"', 'from = "${DECOY} <"'),
        ('username = "listener"', 'tls = "${DECOY}"'),
        ('username = "listener"', 'username = "${DECOY}"\ntimeout = "${DECOY}"'),
        ('severity = "low"', 'severity = "${DECOY}"'),
        ('when = "true"', 'when = "${DECOY} =="'),
        ('when = "true"', 'when = "x${DECOY}"'),
        ('query = "acme"', "query = '${DECOY} AND ('"),
        ('query = "acme"', "query = '${DECOY} foo:${DECOY} )'"),
        ('query = "acme"', 'query = "acme"\nown = ["${DECOY}"]'),
        ('name = "Acme"', 'name = "/${DECOY}"'),
        ('notify = ["support", "mail"]', 'notify = ["${DECOY}"]'),
        ('notify = ["support", "mail"]', 'notify = ["nobody"]'),
        ('notify = ["support", "mail"]', 'notify = ["support"]\nbrands = ["${DECOY}"]'),
        ("[listener]", '[listener]\ntimezone = "${DECOY}"'),
        ("[listener]", '[listener]\nretention = "${DECOY}"'),
        ("postgresql+psycopg://listener:${DB_PASSWORD}@db.example/listener", "mysql://root:${DECOY}@h/n"),
        ("postgresql+psycopg://listener:${DB_PASSWORD}@db.example/listener", "mysql://root:decoy-7f3a9c51e2@h/n"),
        ("postgresql+psycopg://listener:${DB_PASSWORD}@db.example/listener", "${DECOY}"),
        ("[[channels]]", '[[customers]]\npath = "${DECOY}"\n[[channels]]'),
        ("[[rules]]", '[digest]\nat = "${DECOY}"\nnotify = ["${DECOY}", "${DECOY}"]\n[[rules]]'),
        ('name = "support"', 'name = "${DECOY}"'),
    ],
)
def test_no_mistake_gives_a_secret_away(folder: Path, before: str, after: str) -> None:
    assert before in GOOD
    words = told(folder, GOOD.replace(before, after, 1), SET | {"DECOY": DECOY}).casefold()
    for start in range(len(DECOY) - 5):
        assert DECOY[start : start + 6] not in words.replace("channels[0].bot_token", "")


def test_a_sentence_that_says_the_same_of_any_value_is_told_in_full(folder: Path) -> None:
    words = told(folder, GOOD, SET | {"SLACK": "htps://hooks.slack.com/services/x"})
    assert "channels[0].webhook_url must be a web address such as https://hooks.example.org/services/..." in words


def test_a_configuration_never_shows_what_it_holds(folder: Path) -> None:
    config = read(folder)
    assert DECOY not in repr(config)
    assert DECOY not in str(config.listener) and DECOY not in config.listener.model_dump_json()
    assert all(DECOY not in repr(channel) for channel in config.channels)
