"""What a service asks for beside its posts is on its page, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.registry import kinds, settings_class

PAGES = Path(__file__).resolve().parents[2] / "docs/sources"
NO_CONDITIONS = ("appstore", "discourse", "github", "hackernews", "lemmy")


@pytest.mark.parametrize("kind", kinds())
def test_the_words_that_must_stand_beside_each_post_are_on_the_page(kind: str) -> None:
    assert settings_class(kind).terms.attribution in (PAGES / f"{kind}.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("kind", "attribution"),
    [
        ("stackexchange", "CC BY-SA"),
        ("gdelt", "https://www.gdeltproject.org/"),
        *((kind, "") for kind in NO_CONDITIONS),
    ],
)
def test_who_asks_for_attribution_gets_it_and_no_other(kind: str, attribution: str) -> None:
    told = settings_class(kind).terms
    assert attribution in told.attribution and bool(told.attribution) == bool(attribution)
    assert (told.identity_matching, told.exportable) == ("allowed", "full")
