"""`listener feeds`: the list, a site's feeds, a reader's list, a service's address; and a file that is never harmed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from listener import feed_tables
from listener.cli.tree import app
from listener.config import load
from listener.configuration.secrets import expand
from listener.feed_tables import NewFeed, NotAdded, add, sources_of, to_add
from sources.feed_presets import PRESETS

CONFIG = """# mine
[[brands]]
name = "Acme"                # keep me
query = '"acme rockets" NOT coyote'

[[sources]]
kind = "feed"
name = "Blog"
url = "https://www.blog.example/feed/"
"""
OPML = """<opml><body><outline text="News &amp; more"><outline text="Blog" xmlUrl="http://blog.example/feed"/>
<outline text="blog" xmlUrl="https://a.example/f"/><outline text="Blog" xmlUrl="https://b.example/f?x=${HOME}"/>
<outline text=": &quot;quoted&quot;&#155;31m" xmlUrl="https://c.example/f"/></outline></body></opml>"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    path.chmod(0o640)
    return path


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["feeds", *words, "--config", str(config)])


def test_a_readers_list_is_shown_first_and_added_only_when_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(OPML)
    shown = run(config, "import", str(tmp_path / "list.opml"))
    assert shown.exit_code == 0
    assert config.read_text() == CONFIG
    tables = tomllib.loads(shown.stdout)["sources"]
    assert [table["name"] for table in tables] == ["blog 2", "Blog 3", '"quoted" 31m']
    assert "3 feeds to add" in shown.stderr and "1 configured already" in shown.stderr
    assert not set("\x1b\x9b") & set(shown.output)

    added = run(config, "import", str(tmp_path / "list.opml"), "--add")
    assert added.exit_code == 0
    text = config.read_text()
    assert text.startswith(CONFIG), "comments and all stay as they are"
    assert "# News & more" in text
    assert config.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    read = load(config)
    assert [source.name for source in read.sources] == ["Blog", "blog 2", "Blog 3", '"quoted" 31m']
    assert read.sources[2].url == "https://b.example/f?x=${HOME}"  # type: ignore[attr-defined]  # a feed's settings
    again = run(config, "import", str(tmp_path / "list.opml"), "--add")
    assert "0 feeds added" in again.stderr
    assert config.read_text() == text


def test_thousands_of_feeds_can_be_imported(config: Path, tmp_path: Path) -> None:
    outlines = "".join(f'<outline text="Feed" xmlUrl="https://f{number}.example/"/>' for number in range(2_000))
    (tmp_path / "list.opml").write_text(f"<opml><body>{outlines}</body></opml>")
    assert run(config, "import", str(tmp_path / "list.opml"), "--add").exit_code == 0
    assert len({source.name for source in load(config).sources}) == 2_001


def test_what_is_no_list_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "odd").write_text("<html/>")
    assert run(config, "import", str(tmp_path / "odd")).exit_code == 2
    assert run(config, "import", str(tmp_path / "nowhere")).exit_code == 2
    (tmp_path / "empty").write_text("<opml/>")
    assert run(config, "import", str(tmp_path / "empty")).exit_code == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('sources = [{kind = "feed", name = "x", url = "https://x/"}]\n', "not written as [[sources]]"),
        ("[[brands]\n", "is not TOML"),
        ('sources = "x"\n', "not written as [[sources]]"),
    ],
)
def test_a_file_that_cannot_take_tables_stays_as_it_is(config: Path, text: str, why: str) -> None:
    config.write_text(text)
    added = to_add([NewFeed(name="n", url="https://n.example/")], [])
    with pytest.raises(NotAdded) as refused:
        add(config, added)
    assert why in str(refused.value)
    assert config.read_text() == text


def test_a_write_that_fails_in_the_middle_leaves_the_old_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(feed_tables.os, "fsync", full)
    with pytest.raises(NotAdded, match="No space left"):
        add(config, to_add([NewFeed(name="n", url="https://n.example/")], sources_of(config)))
    assert config.read_text() == CONFIG
    assert [path.name for path in config.parent.iterdir()] == ["config.toml"]


def test_a_link_stays_a_link_and_line_ends_stay(config: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_bytes(CONFIG.rstrip().replace("\n", "\r\n").encode())
    config.unlink()
    config.symlink_to(real)
    add(config, to_add([NewFeed(name="n", url="https://n.example/")], sources_of(config)))
    assert config.is_symlink()
    assert b"\n" not in real.read_bytes().replace(b"\r\n", b"")
    assert len(load(config).sources) == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(alphabet="abc/?&=${}\"'\\#é ", max_size=12), st.text()), max_size=6))
def test_no_title_and_no_address_make_a_table_that_says_something_else(feeds: list[tuple[str, str, str]]) -> None:
    new = [NewFeed(name=name, url=f"https://x.example/{path}", comment=comment) for name, path, comment in feeds]
    added = to_add(new, [])
    read = expand(tomllib.loads(added.text), Path(), {}).tables.get("sources", [])
    assert [one["url"] for one in read] == [one.url for one in added.feeds]
    names = [one["name"].casefold() for one in read]
    assert len(set(names)) == len(names)
    assert all(set(one) == {"kind", "name", "url"} for one in read)


def test_a_preset_is_written_for_a_brand_with_its_terms(config: Path) -> None:
    made = run(config, "preset", "google-news", "--brand", "acme")
    (table,) = tomllib.loads(made.stdout)["sources"]
    assert table["url"].startswith("https://news.google.com/rss/search?q=%22acme+rockets%22+-coyote&")
    assert "non-commercial" in made.stderr and "# Google News" in made.stdout
    assert run(config, "preset", "google-news", "--brand", "acme", "--add").exit_code == 0
    checked = CliRunner().invoke(app, ["check", "--config", str(config)])
    assert (checked.exit_code, "non-commercial" in checked.stderr) == (0, True)
    assert "google-alerts" in run(config, "preset").stdout
    for wrong in (["nonsense"], ["youtube-channel"], ["github-releases", "a/b", "--language", "en"],
                  ["bing-news", "x", "--host", "x.example"], ["google-news", "x", "--brand", "Acme"],
                  ["google-news", "--brand", "nobody"], ["google-alerts", "x", "--host", "y.example"]):  # fmt: skip
        assert run(config, "preset", *wrong).exit_code == 2, wrong


def test_the_list_shows_each_feed_without_secrets(config: Path) -> None:
    secret = "https://www.google.com/alerts/feeds/0123456789/9876543210"
    assert run(config, "preset", "google-alerts", secret, "--add").exit_code == 0
    listed, rows = run(config), run(config, "--json")
    assert "Blog" in listed.stdout and "0123456789" not in listed.stdout + rows.stdout
    assert [(row["name"], row["posts_seen"]) for row in json.loads(rows.stdout)] == [("Blog", 0), ("google alerts", 0)]


@pytest.fixture
def site() -> Iterator[str]:
    page = b'<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/f"></head></html>'
    feed = b"<rss version='2.0'><channel><title>A \x1b[31m Blog</title><item><guid>1</guid></item></channel></rss>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"/": page, "/f": feed}.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html" if body == page else "application/xml")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_sites_feeds_are_found_shown_and_added(config: Path, site: str) -> None:
    refused = run(config, "find", site)
    assert (refused.exit_code, "--allow-private" in refused.stderr) == (1, True)
    found = run(config, "find", site, "--allow-private")
    assert tomllib.loads(found.stdout)["sources"][0]["url"] == f"{site}/f"
    assert "\x1b" not in found.output and "# 1 entry now" in found.stdout
    rows = json.loads(run(config, "find", site, "--allow-private", "--json").stdout)
    assert [(row["url"], row["entries"]) for row in rows] == [(f"{site}/f", 1)]
    assert run(config, "find", site, "--allow-private", "--add").exit_code == 0
    assert load(config).sources[-1].allow_private  # type: ignore[attr-defined]  # a feed's settings
    assert run(config, "find", f"{site}/nowhere", "--allow-private").exit_code == 1


def test_the_json_of_feeds_is_documented(config: Path, site: str) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text("utf-8")

    def documented(noun: str) -> set[str]:
        section = page.split(f"\n## {noun}\n")[1].split("\n## ")[0]
        return {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}

    assert set(json.loads(run(config, "--json").stdout)[0]) == documented("feed")
    found = run(config, "find", site, "--allow-private", "--json")
    assert set(json.loads(found.stdout)[0]) == documented("found feed")


def test_every_preset_is_on_the_page_of_feeds() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "sources" / "feed.md").read_text("utf-8")
    assert [name for name, _ in PRESETS if name not in page] == []
