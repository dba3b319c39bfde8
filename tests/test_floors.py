"""The floors of the house: imports go down one way, and each library has one door."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

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


@cache
def _modules() -> list[Path]:
    return [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            found.add(node.module or "")
    return found


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_a_floor_never_imports_a_higher_one() -> None:
    above = {floor: set(FLOORS[height + 1 :]) for height, floor in enumerate(FLOORS)}
    wrong = {
        _name(path): found
        for path in _modules()
        if (found := {name for name in _imports(path) if name.split(".")[0] in above[_name(path).split("/")[0]]})
    }
    assert wrong == {}


def test_each_library_is_imported_only_at_its_door() -> None:
    wrong = [
        f"{_name(path)}: {name} belongs behind {sorted(doors)}"
        for path in _modules()
        for name in _imports(path)
        if (doors := DOORS.get(name.split(".")[0])) is not None
        if not any(_name(path).startswith(door) for door in doors)
    ]
    assert wrong == []


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


def test_every_module_opens_with_a_sentence() -> None:
    opening = {_name(path): (ast.get_docstring(_tree(path)) or "").strip().split("\n\n")[0] for path in _modules()}
    assert [path for path, words in opening.items() if not words.rstrip().endswith(".")] == []


def test_no_room_is_named_after_nothing() -> None:
    nothing = {"util", "utils", "helper", "helpers", "base", "misc", "common", "manager"}
    assert [_name(path) for path in _modules() if path.stem in nothing] == []
