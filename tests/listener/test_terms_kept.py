"""What services' terms ask is done where posts are matched, shown and handed on."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.config import load
from sources import kind_terms, registry
from sources.contract import Page
from sources.kind_terms import terms_of
from sources.settings import SourceSettings
from sources.terms import Terms

Make = Callable[..., Any]


class _Settings(SourceSettings):
    def open(self) -> Any:
        raise NotImplementedError


class Strict(_Settings):
    terms: ClassVar[Terms] = Terms(identity_matching="never", exportable="none")
    kind: Literal["strict"] = "strict"


class Half(_Settings):
    terms: ClassVar[Terms] = Terms(identity_matching="opt-in", exportable="ids", attribution="shown by Half & Co")
    kind: Literal["half"] = "half"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two kinds whose terms ask for something, beside those that are built in."""
    real = registry.settings_class
    classes = {"strict": Strict, "half": Half}
    monkeypatch.setattr(kind_terms, "settings_class", lambda kind: classes.get(kind) or real(kind))
    terms_of.cache_clear()
    yield
    terms_of.cache_clear()


@pytest.fixture
def folder(make_app: Make, source: Any, channel: Any, post: Make, tmp_path: Path) -> Path:
    """A database with a post of each kind of terms, and the configuration that reads it."""
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[sources]]\nkind = "feed"\nname = "blogs"\nurl = "https://example.org/feed"\n'
    )
    texts = {
        "feed": "Acme is terrible, my kettle broke again",
        "half": "What a terrible lamp acme has sold to my whole family this winter",
        "strict": "The worst day of my life, thanks to the terrible service of acme and nobody else at all",
    }
    posts = [post(kind, text, source=kind) for kind, text in texts.items()]
    support = channel("support")
    app = make_app([source("blogs", [Page(posts=posts, cursor="1")])], [support])
    asyncio.run(app.poll_once(["blogs"]))
    (tmp_path / "told.txt").write_text("\n".join(message.text for message in support.told))
    return tmp_path


def _run(folder: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(command, [*arguments, "--config", str(folder / "config.toml")])
    assert result.exit_code == 0, result.output
    return result


def test_an_export_holds_what_the_terms_allow_and_tells_what_they_do_not(folder: Path) -> None:
    result = _run(folder, "export")
    rows = {row["source"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert set(rows) == {"feed", "half"}
    assert rows["feed"]["text"] and rows["feed"]["author"]["handle"] == "userfeed"
    half = rows["half"]
    assert (half["external_id"], half["url"]) == ("half", "https://example.org/posts/half")
    assert (half["text"], half["title"], half["author"]["handle"], half["published_at"]) == ("", "", "", None)
    assert half["sentiment"]["label"] == "negative" and half["attribution"] == "shown by Half & Co"
    assert "terrible" not in json.dumps(half) and "userhalf" not in json.dumps(half)
    assert "1 of half as ids and links alone" in result.stderr
    assert "1 of strict left out" in result.stderr
    assert "2 mentions written" in result.stderr


def test_a_csv_export_keeps_the_same_terms(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(_run(folder, "export", "--format", "csv").stdout.lstrip("\ufeff"))))
    assert {(row["source"], bool(row["text"]), row["attribution"]) for row in rows} == {
        ("feed", True, ""),
        ("half", False, "shown by Half & Co"),
    }


def test_the_words_that_a_service_asks_for_stand_beside_its_post(folder: Path) -> None:
    assert "shown by Half & Co" in (folder / "told.txt").read_text()
    rows = json.loads(_run(folder, "mentions", "--json").stdout)
    number = next(str(row["id"]) for row in rows if row["source"] == "half")
    assert "shown by Half & Co" in _run(folder, "mentions", "explain", number).stdout
    assert "shown by Half & Co" in _run(folder, "digest", "--last", "30d").stdout


def test_the_strictest_of_what_saw_a_post_counts(make_app: Make, source: Any, post: Make, tmp_path: Path) -> None:
    from listener.handing_on import exportable
    from listener.store import mentions

    app = make_app([source("blogs", [Page(posts=[post(1)], cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    with app.store.read() as tx:
        (kept,) = mentions.list_mentions(tx, mentions.MentionFilter())
    assert exportable(kept, {"blogs": "feed"}) == "full"
    assert exportable(kept, {"blogs": "half"}) == "ids"
    assert exportable(kept, {"blogs": "strict"}) == "none"


def test_matching_is_switched_on_where_the_user_may_and_off_everywhere() -> None:
    assert not Half(name="a").matches_identities
    assert Half(name="a", identity_matching=True).matches_identities
    assert not Strict(name="a").matches_identities
    assert Strict(name="a", identity_matching=False).identity_matching is False
    with pytest.raises(ValidationError, match="terms forbid"):
        Strict(name="a", identity_matching=True)


def test_what_the_configuration_says_of_matching_reaches_whoever_reads_posts(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[sources]]\nkind = "feed"\nname = "blogs"\nurl = "https://example.org/feed"\nidentity_matching = false\n'
        '[[sources]]\nkind = "hackernews"\nname = "hn"\n'
    )
    setup = load(tmp_path / "config.toml").setup(())
    assert (setup.unmatched_seen_by, setup.opted_in) == (("blogs",), ())


def test_a_kind_that_nobody_knows_asks_for_nothing() -> None:
    assert terms_of("no such kind") == Terms()
