"""The example and the documentation of the configuration say what is true."""

from __future__ import annotations

import re
import shutil
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts import registry as channels
from alerts.desks import registry as desks
from alerts.desks.settings import HelpDeskSettings
from alerts.replies import registry as replies
from alerts.replies.settings import ReplySettings
from alerts.settings import ChannelSettings
from listener import analyzers
from listener.config import load
from listener.configuration.alerting import AlertingSettings, CampaignSettings, RouteSettings, SpikeSettings
from listener.configuration.desk import DeskSettings, SlaSettings
from listener.configuration.digests import DigestSettings, NamedDigestSettings
from listener.configuration.oncall import EscalationSettings, ScheduleSettings
from listener.configuration.people import CalendarSettings, PersonSettings, TeamSettings
from listener.configuration.replies import AnswersSettings
from listener.configuration.rule_tests import RuleTestSettings
from listener.configuration.survey import SurveySettings
from listener.configuration.tables import (
    BrandSettings,
    CustomerHealthSettings,
    CustomersSettings,
    ListenerSettings,
    OperatorSettings,
    RuleSettings,
    WebSettings,
)
from listener.configuration.words import keys_of
from listener.ruling.rule_tests import run_rule_tests
from sources import registry as sources
from sources.settings import NetworkSourceSettings, Strict

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = (
    "MASTODON_REPLY_TOKEN",
    "BLUESKY_APP_PASSWORD",
    "X_API_KEY",
    "X_API_SECRET",
    "X_ACCESS_TOKEN",
    "X_ACCESS_TOKEN_SECRET",
)
TABLES: dict[str, tuple[type[Strict], set[str]]] = {
    "listener": (ListenerSettings, set()),
    "brands": (BrandSettings, set()),
    "sources": (NetworkSourceSettings, {"kind"}),
    "customers": (CustomersSettings, set()),
    "channels": (ChannelSettings, {"kind"}),
    "rules": (RuleSettings, set()),
    "rule_tests": (RuleTestSettings, set()),
    "desk": (DeskSettings, set()),
    "sla": (SlaSettings, set()),
    "replies": (ReplySettings, {"kind"}),
    "answers": (AnswersSettings, set()),
    "alerting": (AlertingSettings, set()),
    "routes": (RouteSettings, set()),
    "campaigns": (CampaignSettings, set()),
    "spikes": (SpikeSettings, set()),
    "desks": (HelpDeskSettings, {"kind"}),
    "survey": (SurveySettings, set()),
    "customer_health": (CustomerHealthSettings, set()),
    "digest": (DigestSettings, set()),
    "digests": (NamedDigestSettings, set()),
    "operator": (OperatorSettings, set()),
    "web": (WebSettings, set()),
    "calendars": (CalendarSettings, set()),
    "people": (PersonSettings, set()),
    "teams": (TeamSettings, set()),
    "schedules": (ScheduleSettings, set()),
    "escalations": (EscalationSettings, set()),
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "config.example.toml", tmp_path / "config.toml")
    (tmp_path / "customers.csv").write_text("id,name\n1,Ann\n")
    (tmp_path / "smtp-password").write_text("secret")
    (tmp_path / "drop").mkdir()
    (tmp_path / "answers").mkdir()
    return tmp_path / "config.toml"


def test_the_example_is_a_configuration_without_a_mistake_or_a_warning(example: Path) -> None:
    slack = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/x", "SLACK_BOT_TOKEN": "xoxb-1"}
    long = {"SHOP_SECRET": "0123456789abcdef0123456789abcdef", "WEB_SECRET": "fedcba9876543210fedcba9876543210"}
    config = load(
        example,
        "required",
        {
            **slack,
            **long,
            **dict.fromkeys(ACCOUNTS, "x"),
            "HUBSPOT_TOKEN": "x",
            "MAILBOX_PASSWORD": "x",
            "YOUTUBE_KEY": "x",
            "X_BEARER_TOKEN": "x",
            "REDDIT_CLIENT_ID": "x",
            "REDDIT_CLIENT_SECRET": "x",
            "TELEGRAM_API_HASH": "0123456789abcdef" * 2,
            "ZENDESK_TOKEN": "x",
            "TELEGRAM_SESSION": "1" + "A" * 351 + "=",
            "APPRISE_URL": "ntfy://topic",
            "INTAKE_URL": "https://intake.example.org/listener",
            "TEAMS_WEBHOOK_URL": "https://x.example.org/workflows/1",
            "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/x",
            "TELEGRAM_BOT_TOKEN": "1:x",
            "WEBHOOK_SECRET": "whsec_" + "A" * 43 + "=",
        },
    )
    assert [warning.place for warning in config.warnings] == ["sources.reddit"]  # its service is closing
    assert {source.kind for source in config.sources} == set(sources.kinds())
    assert {channel.kind for channel in config.channels} == set(channels.kinds())
    assert {account.kind for account in config.replies} == set(replies.kinds())


def test_the_rule_tests_of_the_example_hold(example: Path) -> None:
    config = load(example, "optional", {})
    found = run_rule_tests(config, config.rule_tests, datetime(2026, 11, 22, 8, tzinfo=UTC))
    assert len(found) >= 3
    assert [(one.name, one.differences) for one in found if not one.passed] == []


def test_the_example_is_checked_without_any_credential(example: Path) -> None:
    (example.parent / "smtp-password").unlink()
    told = re.findall(r'^\w+ = \[?"\$\{', example.read_text("utf-8"), re.MULTILINE)
    assert len(load(example, "optional", {}).warnings) == len(told) + 1  # and Reddit is closing


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_every_table_is_documented_and_no_other(table: str) -> None:
    model, more = TABLES[table]
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    section = re.split(r"\n## ", page.split(f"`[{table}]`\n")[-1].split(f"`[[{table}]]`\n")[-1])[0]
    documented = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert documented == set(keys_of(model)) | more


@pytest.mark.parametrize("kind", sources.kinds())
def test_every_key_of_every_kind_of_source_is_documented(kind: str) -> None:
    page = (ROOT / f"docs/sources/{kind}.md").read_text("utf-8")
    own = set(keys_of(sources.settings_class(kind))) - set(keys_of(NetworkSourceSettings)) - {"kind"}
    assert {key for key in own if f"`{key}`" not in page} == set()


@pytest.mark.parametrize("kind", channels.kinds())
def test_every_key_of_every_kind_of_channel_is_documented(kind: str) -> None:
    page = (ROOT / f"docs/channels/{kind}.md").read_text("utf-8")
    own = set(keys_of(channels.settings_class(kind))) - set(keys_of(ChannelSettings)) - {"kind"}
    assert {key for key in own if f"`{key}`" not in page} == set()


@pytest.mark.parametrize("kind", replies.kinds())
def test_every_key_of_every_kind_of_account_is_documented(kind: str) -> None:
    section = (ROOT / "docs/answering.md").read_text("utf-8").split(f"\n### {kind}\n")[1].split("\n##")[0]
    own = set(keys_of(replies.settings_class(kind))) - set(keys_of(ReplySettings)) - {"kind"}
    assert {key for key in own if f"`{key}`" not in section} == set()


@pytest.mark.parametrize("kind", desks.kinds())
def test_every_key_of_every_kind_of_desk_is_documented(kind: str) -> None:
    page = (ROOT / f"docs/desks/{kind}.md").read_text("utf-8")
    own = set(keys_of(desks.settings_class(kind))) - set(keys_of(HelpDeskSettings)) - {"kind"}
    assert {key for key in own if f"`{key}`" not in page} == set()
    example = page.split("```toml")[1].split("```")[0].replace("${DESK_SECRET}", "0123456789abcdef" * 2)
    assert desks.settings_class(kind).model_validate(tomllib.loads(example)["desks"][0])


@pytest.mark.parametrize("name", ["built-in", "huggingface", "openai", "vader"])
def test_every_key_of_every_analyzer_is_documented(name: str) -> None:
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    section = re.split(r"\n## ", page.split("`[reading]`\n")[-1])[0]
    assert {key for key in keys_of(analyzers.settings_class(name)) if f"`{key}`" not in section} == set()


def test_every_link_of_the_page_leads_to_a_page() -> None:
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", page) if "//" not in link}
    assert {link for link in links if link and not (ROOT / "docs" / link).is_file()} == set()
