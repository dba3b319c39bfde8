"""The list of kinds: what is built in, and what packages bring."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

import sources.registry
from sources.registry import kinds, settings_class
from sources.settings import SourceSettings

BUILT_IN = (
    "appstore",
    "bluesky",
    "bluesky-jetstream",
    "discourse",
    "feed",
    "file",
    "gdelt",
    "github",
    "hackernews",
    "imap",
    "lemmy",
    "mastodon",
    "reddit",
    "stackexchange",
    "telegram",
    "webhook",
    "youtube",
    "x",
)
DOCS = Path(__file__).parents[2] / "docs"


def bring(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Lets an installed package bring these kinds."""
    brought = [EntryPoint(name, value, sources.registry.ENTRY_POINTS) for name, value in points.items()]
    monkeypatch.setattr("sources.registry.entry_points", lambda group: brought)


def module(monkeypatch: pytest.MonkeyPatch, name: str, code: str) -> None:
    made = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    exec(compile(code, name, "exec"), made.__dict__)


def test_the_built_in_kinds_are_there_with_their_settings() -> None:
    assert set(BUILT_IN) <= set(kinds())
    for kind in BUILT_IN:
        found = settings_class(kind)
        assert issubclass(found, SourceSettings)
        assert found.model_fields["kind"].annotation.__args__ == (kind,)


def test_naming_the_kinds_imports_none_of_them() -> None:
    code = (
        "import sys, sources.registry as r; r.kinds(); print(any(m in sys.modules for m in ('httpx', 'sources.feed')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
        == "False"
    )


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        settings_class("twiter")


def test_a_package_that_is_broken_is_told_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    module(monkeypatch, "brought", "class NoSettings: pass\nfrom sources.settings import SourceSettings as Bare")
    bring(
        monkeypatch, missing="no_such_module:X", absent="brought:X", wrong="brought:NoSettings", bare="brought:Bare",
        feed="brought:NoSettings", other="sources.feed:FeedSettings",
    )  # fmt: skip
    assert {"missing", "absent", "wrong", "bare", "other"} | set(BUILT_IN) == set(kinds())
    for kind, words in (
        ("missing", "cannot be loaded: ModuleNotFoundError"),
        ("absent", "cannot be loaded: AttributeError"),
        ("wrong", "is not a class of sources.settings.SourceSettings"),
        ("bare", "has no method `open\\(\\)`"),
        ("other", 'must say `kind: Literal\\["other"\\]`'),
    ):
        with pytest.raises(TypeError, match=f"the source kind '{kind}' of .* {words}"):
            settings_class(kind)
    assert settings_class("feed").__module__ == "sources.feed"


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_setting_of_a_kind_is_documented(kind: str) -> None:
    page = (DOCS / "sources" / f"{kind}.md").read_text("utf-8")
    for name in settings_class(kind).model_fields.keys() - SourceSettings.model_fields.keys() - {"kind"}:
        assert f"`{name}`" in page, f"docs/sources/{kind}.md does not mention `{name}`"
