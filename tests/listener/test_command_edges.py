"""Commands at their edges: numbers no database keeps, files that cannot be written, readers that leave."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = '[[brands]]\nname = "Acme"\nquery = "acme"\n[[rules]]\nname = "r"\nwhen = "true"\nseverity = "low"\n'
HUGE = "99999999999999999999"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


def _run(config: Path, *words: str, stdin: str = "", shell: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("listener")), *words, "--config", str(config)]
    if shell:
        quoted = " ".join(f"'{word}'" for word in command)
        return subprocess.run(
            ["bash", "-c", f"{quoted} {shell}"], input=stdin, capture_output=True, text=True, timeout=60, check=False
        )
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


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
def test_what_cannot_be_is_told_in_a_sentence(config: Path, words: tuple[str, ...], code: int) -> None:
    ended = _run(config, *words)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert ended.stderr or code == 0


def test_a_reader_that_leaves_is_no_error(config: Path) -> None:
    posts = "".join(
        f'{{"source":"x","instance":"i","external_id":"{number}","text":"acme {"word " * 200}"}}\n'
        for number in range(500)
    )
    ended = _run(config, "analyze", stdin=posts, shell="| head -1; echo ${PIPESTATUS[0]}")
    assert ended.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
def test_an_output_that_is_full_is_told_in_a_sentence(config: Path) -> None:
    ended = _run(config, "query", "--json", shell="> /dev/full")
    assert ended.returncode == 1
    assert ended.stderr == "the output cannot be used: No space left on device\n"
