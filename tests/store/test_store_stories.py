"""Posts that tell the same text are one story, whichever batch, process or order they come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.store import Store
from listener.store.stories import Item, resolve
from rules.story import StoryIndex, fingerprint, story_id

WEEK = timedelta(days=7)
RELEASE = (1, 2, 3, 4, 5, 6)


def _resolve(store: Store, *items: Item) -> list[str]:
    with store.write() as tx:
        return resolve(tx, items, WEEK)


def test_a_story_is_the_same_within_a_batch_and_after_it(store: Store, now: datetime) -> None:
    first = _resolve(store, ("a", RELEASE, now), ("b", RELEASE, now), ("c", (7, 8, 9, 10, 11, 12), now))
    later = _resolve(store, ("d", RELEASE, now + WEEK), ("e", (1, 2, 3, 20, 21, 22), now))
    assert first == [story_id("a"), story_id("a"), story_id("c")]
    assert later == [story_id("a"), story_id("a")]


def test_a_text_too_short_to_tell_is_a_story_of_its_own(store: Store, now: datetime) -> None:
    assert _resolve(store, ("a", (), now), ("b", (), now)) == [story_id("a"), story_id("b")]


def test_a_text_told_again_after_the_window_is_a_new_story(store: Store, now: datetime) -> None:
    _resolve(store, ("a", RELEASE, now))
    late = now + WEEK + timedelta(seconds=1)
    assert _resolve(store, ("b", RELEASE, late)) == [story_id("b")]
    assert _resolve(store, ("c", RELEASE, late)) == [story_id("b")]


def test_a_story_that_goes_on_keeps_its_window_open(store: Store, now: datetime) -> None:
    _resolve(store, ("a", RELEASE, now))
    for day in (5, 10, 15):
        assert _resolve(store, (str(day), RELEASE, now + timedelta(days=day))) == [story_id("a")]


def test_real_texts_cut_at_different_lengths_are_one_story(store: Store, now: datetime) -> None:
    release = " ".join(f"word{number}" for number in range(80)) + " acme opens a factory"
    whole, cut = fingerprint("Acme opens", release), fingerprint("Acme opens", release[:400])
    assert len(set(_resolve(store, ("a", whole, now), ("b", cut, now)))) == 1


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path: Path = tmp_path_factory.mktemp("stories") / "stories.db"
    return Store.open(f"sqlite:///{path}")


_FINGERPRINTS = st.sets(st.integers(-6, 6), max_size=6).map(lambda numbers: tuple(sorted(numbers)))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.lists(st.tuples(_FINGERPRINTS, st.integers(0, 20)), min_size=1, max_size=6), max_size=5),
)
def test_the_store_gives_the_same_stories_as_the_index_in_memory(
    sqlite: Store, now: datetime, batches: list[list[tuple[tuple[int, ...], int]]]
) -> None:
    class Undone(Exception):
        pass

    memory = StoryIndex(WEEK)
    assign: Callable[[Item], str] = lambda item: memory.assign(*item)  # noqa: E731
    with pytest.raises(Undone), sqlite.write() as tx:
        for batch, posts in enumerate(batches):
            items = [
                (f"{batch}.{place}", numbers, now + timedelta(days=day)) for place, (numbers, day) in enumerate(posts)
            ]
            assert resolve(tx, items, WEEK) == [assign(item) for item in items]
        raise Undone
