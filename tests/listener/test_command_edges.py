"""Commands at their edges: numbers no database keeps, files that cannot be written, readers that leave."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from listener.config import load
from listener.store import Store, outbox

CONFIG = '[[brands]]\nname = "Acme"\nquery = "acme"\n[[rules]]\nname = "r"\nwhen = "true"\nseverity = "low"\n'
HUGE = "99999999999999999999"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(commands: Any) -> Run:
    """The command in a process of its own."""

    def call(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
        ended = commands.run(*words, "--config", str(config))
        return subprocess.CompletedProcess(ended.args, ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return call


def _in_a_shell(config: Path, *words: str, ending: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The command as it is installed, in a line of a shell that ends as told."""
    command = [str(Path(sys.executable).with_name("listener")), *words, "--config", str(config)]
    quoted = " ".join(f"'{word}'" for word in command)
    return subprocess.run(
        ["bash", "-c", f"{quoted} {ending}"], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mentions", "--limit", HUGE), 2),
        (("alerts", "explain", HUGE), 2),
        (("tickets", "close", HUGE), 2),
        (("mentions", "mark", HUGE, "noise"), 2),
        (("alerts", "explain", str(2**63 - 1)), 1),
        (("mentions", "--since", "99999999d"), 0),
        (("digest", "--last", "900000d"), 2),
        (("digest", "--html", "/nonexistent/digest.html"), 1),
        (("export", "--output", "/nonexistent/mentions.csv"), 1),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(run: Run, config: Path, words: tuple[str, ...], code: int) -> None:
    ended = run(config, *words)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert ended.stderr or code == 0


def test_a_reader_that_leaves_is_no_error(config: Path) -> None:
    posts = "".join(
        f'{{"source":"x","instance":"i","external_id":"{number}","text":"acme {"word " * 200}"}}\n'
        for number in range(500)
    )
    ended = _in_a_shell(config, "analyze", stdin=posts, ending="| head -1; echo ${PIPESTATUS[0]}")
    assert ended.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
def test_an_output_that_is_full_is_told_in_a_sentence(config: Path) -> None:
    ended = _in_a_shell(config, "query", "--json", ending="> /dev/full")
    assert ended.returncode == 1
    assert ended.stderr == "the output cannot be used: No space left on device\n"


@pytest.mark.parametrize("words", [("--brand", "Nosuch"), ("--author", 'a" OR "b:jane'), ("--author", ":jane")])
def test_a_rule_is_tried_only_for_brands_and_authors_that_can_be(
    run: Run, config: Path, words: tuple[str, str]
) -> None:
    ended = run(config, "rules", "test", "r", "--text", "a kettle", *words)
    assert ended.returncode == 2
    assert words[1] in ended.stderr.replace("\\", "") and "Traceback" not in ended.stderr


def test_a_rule_is_tried_for_its_own_brand_and_says_whose_it_is(run: Run, config: Path) -> None:
    config.write_text(
        CONFIG.replace("[[rules]]", '[[brands]]\nname = "Other"\nquery = "other"\n[[rules]]\nbrands = ["Other"]')
    )
    assert run(config, "rules", "test", "r", "--text", "a kettle").returncode == 0
    ended = run(config, "rules", "test", "r", "--text", "a kettle", "--brand", "Acme")
    assert ended.returncode == 1
    assert "It does not speak. It is for Other only." in ended.stdout


def test_a_dry_run_keeps_its_array_clean_and_says_what_would_be_held(run: Run, config: Path) -> None:
    old = '{"external_id": "1", "text": "acme", "published_at": "2020-01-01T00:00:00Z"}\n'
    (config.parent / "drop").mkdir()
    (config.parent / "drop" / "posts.jsonl").write_text(old)
    config.write_text(
        CONFIG
        + '[[sources]]\nkind = "file"\nname = "drop"\npath = "drop"\n'
        + '[[sources]]\nkind = "feed"\nname = "private"\nurl = "http://127.0.0.1:9/"\n'
    )
    ended = run(config, "poll", "--dry-run", "--json")
    assert ended.returncode == 1
    assert [one["external_id"] for one in json.loads(ended.stdout)] == ["1"]
    assert "private: " in ended.stderr
    assert "held: published" in run(config, "poll", "--dry-run").stdout


def test_a_database_never_lies_where_the_folder_s_name_would_be_cut(run: Run, tmp_path: Path) -> None:
    (tmp_path / "what?").mkdir()
    (tmp_path / "what?" / "config.toml").write_text(CONFIG)
    ended = run(tmp_path / "what?" / "config.toml", "status")
    assert ended.returncode == 2 and "listener.database cannot lie below" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["what?"]


def test_a_status_cut_short_still_tells_by_its_code_that_a_source_fails(run: Run, config: Path) -> None:
    (config.parent / "drop").mkdir()
    config.write_text(
        CONFIG
        + '[[sources]]\nkind = "file"\nname = "a well one"\npath = "drop"\n'
        + '[[sources]]\nkind = "feed"\nname = "private"\nurl = "http://127.0.0.1:9/"\n'
    )
    run(config, "poll")
    ended = run(config, "status", "--json", "--limit", "1")
    assert ended.returncode == 1
    assert [one["state"] for one in json.loads(ended.stdout)] == ["fine"]


def test_a_digest_is_left_to_the_listener_that_is_at_work(run: Run, config: Path) -> None:
    config.write_text(
        CONFIG
        + '[[channels]]\nkind = "slack"\nname = "s"\nwebhook_url = "http://127.0.0.1:9/x"\nallow_private = true\n'
        + '[digest]\nnotify = ["s"]\n'
    )
    store = Store.open(load(config).database_url)
    with store.work_lock():
        ended = run(config, "digest", "--send")
    assert (ended.returncode, ended.stdout) == (0, "Queued for s: the listener that is at work here sends it now.\n")
    with store.read() as tx:
        assert [(one.kind, one.channel) for one in outbox.list_deliveries(tx, "due", 10)] == [("digest", "s")]
    store.close()
