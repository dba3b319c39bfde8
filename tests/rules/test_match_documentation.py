"""Every example of docs/query-language.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.match import Matcher
from sources.post import Author, Post
from sources.query import QueryError, lint, parse
from sources.query.endings import SCRIPTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "query-language.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(query|refused|warned)\n(.+?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
PROPERTY = re.compile(r" \((author|handle|link|language|source): ([^)]*)\)$")


def examples(kind: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for one, block in BLOCKS:
        query, *lines = block.splitlines()
        for line in lines if one == kind else ():
            verdict, _, text = line.strip().partition(": ")
            found.append((query, verdict, text))
    return found


def post(text: str) -> Post:
    told = {"author": "", "handle": "", "link": "", "language": "", "source": "feed"}
    if found := PROPERTY.search(text):
        told[found[1]], text = found[2], text[: found.start()]
    author = Author(name=told["author"], handle=told["handle"])
    return Post(
        source=told["source"],
        instance="i",
        external_id="1",
        url=told["link"],
        lang=told["language"],
        text=text,
        author=author,
    )


@pytest.mark.parametrize(("query", "verdict", "text"), examples("query"))
def test_an_example_finds_or_skips_what_the_page_says(query: str, verdict: str, text: str) -> None:
    assert verdict in {"finds", "skips"}
    matcher = Matcher({"brand": parse(query)})
    seen = post(text)
    assert bool(matcher.match([seen])) == (verdict == "finds"), matcher.explain("brand", seen)


@pytest.mark.parametrize(("query", "column", "told"), examples("refused"))
def test_a_refused_example_is_refused_in_these_words(query: str, column: str, told: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert str(caught.value) == f"{column}: {told}"


@pytest.mark.parametrize(("query", "column", "told"), examples("warned"))
def test_a_warned_example_is_warned_of_in_these_words(query: str, column: str, told: str) -> None:
    assert f"{column}: {told}" in lint(parse(query))


def test_the_page_lists_every_ending() -> None:
    for script in SCRIPTS:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {script.script} | {script.shortest} |"))
        for listed in (script.endings, script.prefixes):
            assert not listed or f"| {listed} |" in row
        for last, endings in script.exchanged.items():
            assert f"| {script.script} | {last} | {endings} |" in PAGE


def test_there_are_examples() -> None:
    assert len(examples("query")) > 80
