"""Posts that tell the same text are one story, whichever batch, process or order they come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sqlalchemy import select

from listener.store import Store, wordings
from listener.store.purge import purge_older
from listener.store.stories import Item, resolve
from listener.store.tables import TELLING
from rules.story import StoryIndex, fingerprint, story_id
from rules.story.candidates import Candidates, Filed

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


_FINGERPRINTS = st.sets(st.integers(0, 12), max_size=6).map(lambda numbers: tuple(sorted(numbers)))


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


class _Undone(Exception):
    pass


def test_what_a_transaction_told_that_was_rolled_back_was_never_told(store: Store, now: datetime) -> None:
    with pytest.raises(_Undone), store.write() as tx:
        assert resolve(tx, [("a", RELEASE, now)]) == [story_id("a")]
        assert resolve(tx, [("b", RELEASE, now)]) == [story_id("a")], "a transaction knows what it wrote itself"
        raise _Undone
    assert _resolve(store, ("c", RELEASE, now)) == [story_id("c")]
    assert _resolve(store, ("d", RELEASE, now)) == [story_id("c")]


def test_numbers_that_are_given_again_after_a_rollback_hide_nothing(store: Store, now: datetime) -> None:
    """SQLite takes back the numbers of rows that were never committed; others' rows come under them."""
    others = [(7, 8, 9, 10, 11, 12), (13, 14, 15, 16, 17, 18), (19, 20, 21, 22, 23, 24)]
    with pytest.raises(_Undone), store.write() as tx:
        resolve(tx, [("a", RELEASE, now), ("b", others[0], now)])
        resolve(tx, [("c", others[1], now)])
        raise _Undone
    _resolve(store, ("d", others[2], now), ("e", others[1], now), ("f", RELEASE, now))
    assert _resolve(store, ("g", RELEASE, now), ("h", others[1], now), ("i", others[2], now)) == [
        story_id("f"),
        story_id("e"),
        story_id("d"),
    ]


def test_a_transaction_that_looks_again_and_again_knows_all_that_it_told(store: Store, now: datetime) -> None:
    prints = [tuple(range(part * 10, part * 10 + 6)) for part in range(8)]
    with store.write() as tx:
        for number, one in enumerate(prints):
            assert resolve(tx, [(str(number), one, now)]) == [story_id(str(number))]
        assert resolve(tx, [("x", prints[0], now), ("y", prints[7], now)]) == [story_id("0"), story_id("7")]
    assert _resolve(store, ("z", prints[3], now)) == [story_id("3")]


def test_what_another_process_told_is_known_and_so_is_all_after_a_new_start(
    store: Store, url: str, now: datetime
) -> None:
    assert _resolve(store, ("a", RELEASE, now)) == [story_id("a")]
    other = Store.open(url)  # its own memory, as another process has
    assert _resolve(other, ("b", RELEASE, now), ("c", (7, 8, 9, 10, 11, 12), now)) == [story_id("a"), story_id("c")]
    assert _resolve(store, ("d", (7, 8, 9, 10, 11, 13), now)) == [story_id("c")]
    assert _resolve(other, ("e", (7, 8, 9, 10, 11, 13), now)) == [story_id("c")]
    other.close()


def test_wordings_are_held_once_where_the_database_failed_while_they_were_read(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = 5
    _resolve(store, *((str(number), tuple(range(10 * number, 10 * number + 6)), now) for number in range(1, told + 1)))
    monkeypatch.setattr(wordings, "_AT_ONCE", 2)
    add, added = Candidates.add, list[int]()

    def failing_once(self: Candidates, filed: Filed, numbers: NDArray[np.int64]) -> None:
        added.append(len(numbers))
        if len(added) == 2:
            raise OSError("the disk is gone")
        add(self, filed, numbers)

    monkeypatch.setattr(Candidates, "add", failing_once)
    with pytest.raises(OSError, match="disk"), store.write() as tx:
        wordings.known_wordings(tx)
    with store.write() as tx:
        held = wordings.known_wordings(tx)._candidates
    assert (len(held), added) == (told, [2, 2, 2, 1])
    assert _resolve(store, ("again", (20, 21, 22, 23, 24, 25), now)) == [story_id("2")]


def test_purged_wordings_are_forgotten_by_a_process_that_knew_them(store: Store, now: datetime) -> None:
    _resolve(store, ("a", RELEASE, now))
    with store.write() as tx:
        purge_older(tx, now + timedelta(seconds=1))
    assert _resolve(store, ("b", RELEASE, now)) == [story_id("b")]


def test_the_newest_wordings_are_known_and_one_that_goes_on_is_kept_among_them(
    store: Store, url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wordings, "MOST", 80)
    _resolve(store, ("a", RELEASE, now), ("once", (81, 82, 83, 84, 85, 86), now))
    for part in range(20):
        prints = [tuple(range(start, start + 6)) for start in range(100 + part * 100, 200 + part * 100, 10)]
        _resolve(store, *((f"{part}.{number}", one, now) for number, one in enumerate(prints)))
        assert _resolve(store, (f"again {part}", RELEASE, now + timedelta(hours=part))) == [story_id("a")]
    assert _resolve(store, ("twice", (81, 82, 83, 84, 85, 86), now)) == [story_id("twice")]
    other = Store.open(url)
    assert _resolve(other, ("b", RELEASE, now)) == [story_id("a")], "also after a new start"
    assert _resolve(other, ("c", prints[0], now)) == [story_id("19.0")]
    other.close()
    with store.read() as tx:
        known = tx.execute(select(TELLING.c.told_at).where(TELLING.c.story == story_id("a"))).scalars().all()
    assert known == [now + timedelta(hours=19)], "one row, told last when it was told last"


_WORDS = st.lists(
    st.sampled_from(
        ["acme", "recalls", "all", "skates", "today", "after", "fire", "12", "in", "Lisbon", "https://a.example/1"]
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.sampled_from(["", "Acme"]), _WORDS), min_size=1, max_size=8), max_size=4))
def test_real_fingerprints_too_are_the_same_in_the_store_and_in_memory(
    sqlite: Store, now: datetime, batches: list[list[tuple[str, list[str]]]]
) -> None:
    memory = StoryIndex(WEEK)
    with pytest.raises(_Undone), sqlite.write() as tx:
        for batch, posts in enumerate(batches):
            prints = [fingerprint(title, " ".join(words)) for title, words in posts]
            items = [(f"{batch}.{place}", one, now) for place, one in enumerate(prints)]
            assert resolve(tx, items, WEEK) == memory.assign_all(items)
        raise _Undone
