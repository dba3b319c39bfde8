"""The floors of the house: imports go down one way, and each library has one door."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["sources", "rules", "alerts", "listener"]
DOORS = {
    "sqlmodel": {"listener/store"},
    "sqlalchemy": {"listener/store"},
    "alembic": {"listener/store"},
    "feedparser": {"sources/feed"},
    "h11": {"sources/http_exchange"},
    "vaderSentiment": {"rules/sentiment"},
    "cel_expr_python": {"rules/rule"},
    "matplotlib": {"alerts/digests/chart"},
    "tweepy": {"sources/x", "alerts/replies/x"},
    "praw": {"sources/reddit"},
    "prawcore": {"sources/reddit"},
    "telethon": {"sources/telegram"},
    "requests": {"sources/library_door", "sources/x", "sources/reddit", "alerts/replies/x"},
    "smtplib": {"alerts/channels/email"},
    "apscheduler": {"listener/schedule"},
    "aiosmtpd": {"listener/demo"},
    "starlette": {"listener/web"},
    "uvicorn": {"listener/web"},
    "websockets": {"sources/websocket"},
    "pickle": set(),
}


def _modules() -> list[Path]:
    return [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            found.add(node.module or "")
    return found


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_a_floor_never_imports_a_higher_one(path: Path) -> None:
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    above = set(FLOORS[floor + 1 :])
    assert not {name for name in _imports(path) if name.split(".")[0] in above}


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_each_library_is_imported_only_at_its_door(path: Path) -> None:
    for name in _imports(path):
        doors = DOORS.get(name.split(".")[0])
        if doors is not None:
            assert any(_name(path).startswith(door) for door in doors), f"{name} belongs behind {sorted(doors)}"


def test_collectors_of_different_kinds_never_import_each_other() -> None:
    kinds = [
        "feed",
        "file",
        "hackernews",
        "mastodon",
        "bluesky",
        "jetstream",
        "stackexchange",
        "github",
        "lemmy",
        "discourse",
        "appstore",
        "gdelt",
        "imap",
        "youtube",
        "webhook",
        "x",
        "reddit",
        "telegram",
    ]
    for kind in kinds:
        for path in (ROOT / "sources").glob(f"{kind}*.py"):
            others = {f"sources.{other}" for other in kinds if other != kind}
            assert not (_imports(path) & others), path


def test_the_demo_network_imports_no_collector() -> None:
    for path in (ROOT / "listener" / "demo").rglob("*server*.py"):
        assert not {name for name in _imports(path) if name.split(".")[0] == "sources"}, path


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_every_module_opens_with_a_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring and docstring.strip().split("\n\n")[0].rstrip().endswith("."), path


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_no_room_is_named_after_nothing(path: Path) -> None:
    assert path.stem not in {"util", "utils", "helper", "helpers", "base", "misc", "common", "manager"}
