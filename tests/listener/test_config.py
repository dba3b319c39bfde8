"""The configuration: what is read, and that every mistake is told at once, by its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.registry import kinds as channel_kinds
from listener.config import Config, ConfigError, load
from rules.directory import Customer
from sources.registry import kinds

GOOD = """
[listener]
database = "sqlite:///listener.db"
timezone = "Europe/Berlin"
retention = "365d"
max_age = "24h"

[[brands]]
name = "Acme"
query = '("acme rockets" OR @acmehelp OR acme) NOT (coyote OR "acme markets")'
own = ["mastodon:acmehelp@mastodon.social"]

[[sources]]
kind = "mastodon"
name = "mastodon"
instances = ["mastodon.social"]
every = "15m"

[[customers]]
kind = "csv"
path = "customers.csv"

[[channels]]
kind = "slack"
name = "support"
webhook_url = "${SLACK_WEBHOOK_URL}"

[[rules]]
name = "angry customer"
when = 'sentiment.score <= -0.4 && customer.tier in ["gold", "platinum"]'
severity = "high"
notify = ["support"]
ticket = "builtin"

[digest]
at = "08:00"
notify = ["support"]
"""
ENVIRONMENT = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/decoysecretdecoysecret"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "customers.csv").write_text("id,name,tier,handles\n1,Ann,gold,mastodon:ann@example.social\n")
    return tmp_path


def read(folder: Path, text: str, environment: Mapping[str, str] = ENVIRONMENT, secrets: str = "required") -> Config:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return load(path, secrets, environment)  # type: ignore[arg-type]  # the tests name both


def mistakes(folder: Path, text: str, environment: Mapping[str, str] = ENVIRONMENT) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, environment)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_good_configuration_is_read(folder: Path) -> None:
    config = read(folder, GOOD)
    assert config.timezone == ZoneInfo("Europe/Berlin")
    assert config.listener.retention == timedelta(days=365)
    assert config.listener.max_age == timedelta(hours=24)
    assert [(source.kind, source.name, source.every) for source in config.sources] == [
        ("mastodon", "mastodon", timedelta(minutes=15))
    ]
    assert config.digest is not None and config.digest.at == time(8) and config.digest.notify == ("support",)
    assert config.operator.notify == ()
    assert config.warnings == ()


def test_paths_are_relative_to_the_configuration_and_not_to_where_the_command_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    config = read(folder, GOOD)
    assert config.customers[0].path == folder / "customers.csv"
    assert config.database_url == f"sqlite:///{folder}/listener.db"


def test_an_absolute_path_and_a_server_are_left_as_they_are(folder: Path) -> None:
    config = read(folder, GOOD.replace("sqlite:///listener.db", "sqlite:////var/lib/listener.db"))
    assert config.database_url == "sqlite:////var/lib/listener.db"
    server = "postgresql+psycopg://ann:decoysecret@db.example/listener"
    assert read(folder, GOOD.replace("sqlite:///listener.db", server)).database_url == server


def test_routes_say_where_each_rule_leads(folder: Path) -> None:
    route = read(folder, GOOD).routes()["angry customer"]
    assert (route.severity, route.notify, route.ticket) == ("high", ("support",), "builtin")


def test_the_set_up_for_reading_holds_brands_rules_and_customers(folder: Path) -> None:
    setup = read(folder, GOOD).setup([Customer(id="1")])
    assert [brand.own for brand in setup.brands] == [("mastodon:acmehelp@mastodon.social",)]
    assert [rule.name for rule in setup.rules] == ["angry customer"]
    assert [customer.id for customer in setup.customers] == ["1"]


def test_the_smallest_configuration_is_one_brand(folder: Path) -> None:
    config = read(folder, '[[brands]]\nname = "Acme"\nquery = "acme"\n')
    assert config.sources == () and config.digest is None
    assert config.database_url == f"sqlite:///{folder}/listener.db"


def test_five_mistakes_are_all_told_at_once_with_their_places(folder: Path) -> None:
    told = mistakes(
        folder,
        GOOD.replace("Europe/Berlin", "Europe/Berln")
        .replace("query =", "querry =")
        .replace('kind = "mastodon"', 'kind = "twiter"')
        .replace('severity = "high"', 'severity = "hihg"')
        .replace('at = "08:00"', 'at = "25:00"'),
    )
    assert told == [
        "listener.timezone is 'Europe/Berln', must be a time zone such as 'Europe/Berlin'",
        "brands[0].query is missing",
        "brands[0].querry: unknown key, did you mean 'query'?",
        f"sources[0].kind is 'twiter', must be one of: {', '.join(kinds())}",
        "rules[0].severity is 'hihg', must be one of: low, medium, high, critical (did you mean 'high'?)",
        "digest.at is '25:00', must be a time of day such as \"08:00\"",
    ]


def test_the_error_names_the_file_before_each_mistake(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(folder, GOOD.replace('kind = "slack"', 'kind = "slak"'))
    assert str(caught.value) == (
        f"{folder}/config.toml: channels[0].kind is 'slak', must be one of: {', '.join(channel_kinds())} (did you mean "
        "'slack'?)"
    )


def test_a_kind_that_is_nearly_right_does_not_hide_the_other_mistakes_of_its_table(folder: Path) -> None:
    told = mistakes(
        folder, GOOD.replace('kind = "mastodon"', 'kind = "mastadon"').replace("instances =", "instanses =")
    )
    assert told == [
        f"sources[0].kind is 'mastadon', must be one of: {', '.join(kinds())} (did you mean 'mastodon'?)",
        "sources[0].instanses: unknown key, did you mean 'instances'?",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('name = "Acme"', "name = 5", "brands[0].name is 5, must be a text, in quotes: \"…\""),
        ('name = "Acme"', 'name = ""', "brands[0].name is '', must not be empty"),
        ("[listener]", "[listener]\nworkers = 1.5", "listener.workers is 1.5, must be a whole number"),
        ("[listener]", "[listener]\nworkers = -1", "listener.workers is -1, must be at least 0"),
        ('every = "15m"', "every = 15", 'sources[0].every must be a length of time such as "15m", "24h" or "365d"'),
        ('every = "15m"', 'every = "0s"', "sources[0].every is '0s', must be at least \"1s\""),
        ('notify = ["support"]', 'notify = "support"', "rules[0].notify is 'support', must be a list: ['support']"),
        ('ticket = "builtin"', 'ticket = "jira"', "rules[0].ticket is 'jira', must be one of: builtin"),
        (
            'max_age = "24h"',
            'max_age = "1s"',
            "listener.max_age is '1s', must be at least \"1m\"",
        ),
        (
            'own = ["mastodon:acmehelp@mastodon.social"]',
            'own = ["acmehelp"]',
            "brands[0].own[0]: 'acmehelp' must be written network:handle, such as mastodon:acmehelp@example.social",
        ),
        ("sqlite:///listener.db", "mysql://root:decoysecret@h/x", "listener.database must begin with sqlite:/// or postgresql+psycopg://"),
        ("sqlite:///listener.db", "sqlite://", "listener.database must name a file: sqlite:///listener.db"),
        ("sqlite:///listener.db", "postgresql+psycopg://h", "listener.database must name a database: postgresql+psycopg://user@host/name"),
        ("[[brands]]", "[brands]", "brands must be written with two brackets: [[brands]]"),
        ("[listener]", "[listner]", "listner: unknown key, did you mean 'listener'?"),
        ("[digest]", "[[digest]]", "digest must be one table, written [digest]"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_words(folder: Path, before: str, after: str, told: str) -> None:
    assert GOOD.count(before) >= 1
    found = mistakes(folder, GOOD.replace(before, after, 1))
    assert told in found


def test_a_query_that_cannot_be_read_is_shown_with_a_caret_below_the_column(folder: Path) -> None:
    told = mistakes(folder, GOOD.replace("OR @acmehelp OR acme)", "OR @acmehelp OR )"))
    sentence, query, caret = told[0].split("\n")
    assert sentence.startswith("brands[0].query: column 30: ")
    assert query[caret.index("^") :].startswith("OR )")


def test_every_mistake_of_a_condition_is_told_with_its_column(folder: Path) -> None:
    told = mistakes(folder, GOOD.replace("sentiment.score <= -0.4", "sentiment.scor <= -0.4 && text.contains(5)"))
    assert [mistake.split("\n")[0] for mistake in told] == [
        "rules[0].when: column 1: there is no variable 'sentiment.scor': did you mean 'sentiment.score'?",
        "rules[0].when: column 40: contains() cannot take text and a whole number",
    ]


def test_a_name_that_stands_twice_is_told(folder: Path) -> None:
    again = '[[channels]]\nkind = "slack"\nname = "SUPPORT"\nwebhook_url = "${SLACK_WEBHOOK_URL}"\n'
    assert mistakes(folder, GOOD + again) == ["channels[1].name is 'SUPPORT', which is the name of channels[0] already"]


def test_a_channel_that_is_not_there_is_told_with_what_was_meant(folder: Path) -> None:
    told = mistakes(folder, GOOD.replace('notify = ["support"]', 'notify = ["support", "suport"]', 1))
    assert told == ["rules[0].notify[1] is 'suport', must be one of: support (did you mean 'support'?)"]


def test_a_brand_that_a_rule_names_must_be_there(folder: Path) -> None:
    told = mistakes(folder, GOOD.replace('severity = "high"', 'severity = "high"\nbrands = ["Acmee"]'))
    assert told == ["rules[0].brands[0] is 'Acmee', must be one of: Acme (did you mean 'Acme'?)"]


def test_a_channel_without_a_name_does_not_hide_that_a_rule_names_another(folder: Path) -> None:
    told = mistakes(folder, GOOD.replace('name = "support"', ""))
    assert told == [
        "channels[0].name is missing",
        "rules[0].notify[0] is 'support', must be the name of one of [[channels]], and there is none",
        "digest.notify[0] is 'support', must be the name of one of [[channels]], and there is none",
    ]


def test_a_customer_file_that_is_not_there_is_told(folder: Path) -> None:
    told = mistakes(folder, GOOD.replace('"customers.csv"', '"customer.csv"'))
    wanted = str(folder / "customer.csv")
    assert told == [f"customers[0].path is {wanted!r}, which cannot be read: No such file or directory"]


def test_what_is_wrong_inside_a_customer_file_is_a_warning_with_its_line(folder: Path) -> None:
    (folder / "customers.csv").write_text("id,name,handles\n1,Ann,ann\n")
    assert [str(warning) for warning in read(folder, GOOD).warnings] == [
        "customers[0].path: customers.csv line 2: 'ann' in handles must be written network:handle, such as x:jane; "
        "it is left out"
    ]


def test_a_rule_that_speaks_to_nobody_is_a_warning(folder: Path) -> None:
    config = read(folder, GOOD.replace('notify = ["support"]\nticket = "builtin"', ""))
    assert [str(warning) for warning in config.warnings] == [
        "rules[0] names nobody to notify and opens no ticket: its alerts are only listed"
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[listener\n", "line 1, column 10 is not TOML: expected ']' at the end of a table declaration"),
        (b"a = 'x", 'line 1 is not TOML: expected "\'" at the end of the file'),
        (b"# fine\n\xff = 1\n", "line 2 is not UTF-8: save the file as UTF-8"),
        (b"a = " + b"9" * 5000, "holds a number that is too long"),
        (b"", "brands is missing: write at least one [[brands]] with a name and a query"),
        (b"\xef\xbb\xbf[[brands]]\nname='A'", "brands[0].query is missing"),
        (b"x = " + b"[" * 3000 + b"]" * 3000, "is nested too deeply"),
        (b"x." * 3000 + b"y = 1", "x.x.x is nested too deeply"),
    ],
)
def test_a_file_that_is_no_configuration_is_told_with_its_line(folder: Path, content: bytes, told: str) -> None:
    path = folder / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert told in [str(mistake) for mistake in caught.value.mistakes]


def test_a_file_that_is_not_there_is_told_with_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; `listener init` writes one"):
        load(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)
    with pytest.raises(ConfigError):
        load("config\0.toml")


@pytest.mark.skipif(os.name != "posix", reason="file rights are told on POSIX systems only")
def test_a_file_of_secrets_that_everybody_may_read_is_a_warning(folder: Path) -> None:
    for secret, warned in ((ENVIRONMENT["SLACK_WEBHOOK_URL"], True), ("${SLACK_WEBHOOK_URL}", False)):
        path = folder / "config.toml"
        path.write_text(GOOD.replace("${SLACK_WEBHOOK_URL}", secret))
        path.chmod(0o644)
        told = [str(warning) for warning in load(path, "required", ENVIRONMENT).warnings]
        assert told == (["everybody on this machine may read it, and it holds secrets: chmod 600 config.toml"] * warned)
