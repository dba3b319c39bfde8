"""What only a process of its own can show of the command line: streams, pipes, and what a start imports."""

from __future__ import annotations

import json
import re
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import pytest

LISTENER: Sequence[str] = (sys.executable, "-c", "from listener.cli import main; main()")
HEAVY = (
    "aiosmtpd", "alembic", "apscheduler", "cel_expr_python", "feedparser", "httpx", "jinja2", "matplotlib", "nh3",
    "numpy", "psycopg", "sqlalchemy", "sqlmodel", "vaderSentiment",
)  # fmt: skip
"""pydantic is not among them: Typer itself takes it."""

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    return path


@pytest.fixture
def run(commands: Any, config: Path) -> Run:
    """The command in a process of its own."""
    return lambda *words, stdin: commands.run(*words, "--config", str(config), stdin=stdin)


def line(text: str, **fields: Any) -> bytes:
    return json.dumps({"text": text, **fields}).encode() + b"\n"


def next_line(stream: IO[bytes], seconds: float = 30) -> dict[str, Any]:
    """The next line as soon as it is there; fails where none comes."""
    ready, _, _ = select.select([stream], [], [], seconds)
    assert ready, "no answer came"
    told: dict[str, Any] = json.loads(stream.readline())
    return told


def test_analyze_answers_each_line_of_a_slow_writer_before_the_next_is_written(config: Path) -> None:
    with subprocess.Popen(
        [*LISTENER, "analyze", "--config", str(config)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(line(f"Acme number {number} is great", external_id=str(number)))
            told = next_line(process.stdout)
            assert (told["external_id"], told["brand"]) == (str(number), "Acme")
        process.stdin.write(line("Acme without an end", external_id="last").rstrip())
        process.stdin.close()
        assert next_line(process.stdout)["external_id"] == "last"
        assert process.wait(timeout=30) == 0
    assert [file.name for file in config.parent.iterdir()] == ["config.toml"], "no database is made"


def test_analyze_tells_a_bad_line_by_its_number_and_reads_the_rest(run: Run) -> None:
    lines = [line("Acme one"), b"{broken\n", b"\n", line("nothing"), b'["no object"]\n', line("Acme two")]
    ended = run("analyze", stdin=b"".join(lines))
    assert ended.returncode == 1
    assert len(ended.stdout.splitlines()) == 2
    told = ended.stderr.decode()
    assert re.findall(r"^line (\d+): ", told, re.M) == ["2", "5"]
    assert "2 lines could not be read" in told


def test_analyze_all_reads_every_post_and_says_where_no_brand_matched(run: Run) -> None:
    ended = run("analyze", "--all", stdin=line("Acme is awful") + line("Weather is awful"))
    assert ended.returncode == 0
    readings = [json.loads(one) for one in ended.stdout.splitlines()]
    assert [one["brand"] for one in readings] == ["Acme", None]
    assert {one["sentiment"]["label"] for one in readings} == {"negative"}


def test_analyze_reads_one_story_told_twice_as_one(run: Run) -> None:
    release = (
        "Acme opens its hundredth shop today, and everybody in the town is invited to come and see the new kettles"
    )
    lines = line(release, external_id="1") + line(f"{release} - Daily News", external_id="2")
    readings = [json.loads(one) for one in run("analyze", stdin=lines).stdout.splitlines()]
    assert len({one["story"] for one in readings}) == 1


def test_nothing_of_a_hostile_line_reaches_the_terminal_raw(run: Run) -> None:
    hostile = "\x1b[2J\x9b31m\u202e"
    lines = line(f"Acme {hostile}", author={"name": hostile}) + f'{{"text": {hostile}}}\n'.encode()
    ended = run("analyze", stdin=lines)
    assert len(ended.stdout.splitlines()) == 1
    assert not set((ended.stdout + ended.stderr).decode()) & set("\x1b\x9b\u202e")


def test_a_reader_that_has_seen_enough_is_no_error(config: Path) -> None:
    posts = b"".join(line(f"Acme number {number}, a fine thing") for number in range(2_000))
    (config.parent / "posts.jsonl").write_bytes(posts)
    command = (
        f"'{LISTENER[0]}' -c '{LISTENER[2]}' analyze --config '{config}' < '{config.parent}/posts.jsonl' | head -n 1"
    )
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, timeout=60, check=False)
    assert len(ended.stdout.splitlines()) == 1
    assert ended.stderr == b""
    assert ended.returncode == 0


@pytest.mark.parametrize("words", ["--help", "mentions --help", "run --help", "nonsense"])
def test_a_start_that_only_helps_imports_none_of_the_heavy_libraries(words: str) -> None:
    look = (
        "import sys\nsys.argv = ['listener', *sys.argv[1:]]\nfrom listener.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", look, *words.split()], capture_output=True, timeout=60, check=True)
    imported = {module.split(".")[0] for module in ended.stderr.decode().split()}
    assert "typer" in imported
    assert not imported & set(HEAVY)
