"""The demo as a newcomer runs it, with the clock standing still so that it can be held to the front page."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from listener.demo.run import run_demo

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    screen = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(screen):
        patch.setenv("COLUMNS", "100")
        assert asyncio.run(run_demo(folder, once=True, clock=lambda: NOW)) == 0
    return screen.getvalue()


def test_the_front_page_shows_what_the_demo_prints(printed: str) -> None:
    shown = README.split("<!-- demo -->\n```\n")[1].split("\n```")[0]
    lines = {_settled(line) for line in printed.splitlines()}
    told = [line for line in shown.splitlines() if line.strip() not in ("", "...")]
    assert len(told) > 15
    assert [line for line in told if _settled(line) not in lines] == []


def _settled(line: str) -> str:
    """A line without what depends on which source answered first: numbers of alerts and tickets, and who has one."""
    return re.sub(r"^│ +\d+ +(critical|high|medium|low) +(\d+) +(#\d+ +\w+)? +", r"│ \1 \2 ", line).rstrip()


def test_the_angry_customer_and_the_bengali_one_are_told_with_their_reasons(printed: str) -> None:
    assert "Nadia Karim, gold customer" in printed
    assert "পুড়ে গেছে" in printed


def test_the_digest_is_a_page_and_a_mail_with_pictures_inside(printed: str, folder: Path) -> None:
    assert "data:image/png;base64," in (folder / "digest.html").read_text("utf-8")
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted((folder / "mails").iterdir())
    ]
    with_pictures = [mail for mail in mails if any(part.get_content_type() == "image/png" for part in mail.walk())]
    assert len(with_pictures) == 1


def test_one_press_release_on_thirty_sites_is_one_message(printed: str, folder: Path) -> None:
    mails = [path.read_bytes() for path in (folder / "mails").iterdir()]
    alerts = [mail for mail in mails if b"Rocket 2 blender" in mail and b"image/png" not in mail]
    assert len(alerts) == 1


def test_what_is_critical_at_one_time_is_one_message_with_every_link(printed: str, folder: Path) -> None:
    messages = (folder / "slack.jsonl").read_text("utf-8").splitlines()
    assert len(messages) == 3
    (together,) = (one for one in messages if "thriftysue" in one)
    assert "nadia" in together and "forum.cheapeats.example" in together


def test_a_ticket_goes_to_somebody_who_writes_its_language(printed: str) -> None:
    (bengali,) = (line for line in printed.splitlines() if "তানভীর আহমেদ" in line)
    assert "Mita" in bengali


def test_what_slack_got_is_kept_line_by_line(printed: str, folder: Path) -> None:
    messages = [json.loads(line) for line in (folder / "slack.jsonl").read_text("utf-8").splitlines()]
    assert messages
    assert all(message["text"] for message in messages)


def test_a_second_demo_replaces_the_first_and_touches_nothing_else(folder: Path, printed: str) -> None:
    (folder / "mine.txt").write_text("keep me")
    with contextlib.redirect_stdout(io.StringIO()):
        assert asyncio.run(run_demo(folder, once=True, clock=lambda: NOW)) == 0
    assert (folder / "mine.txt").read_text() == "keep me"
