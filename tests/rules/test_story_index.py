"""Posts get the story of the nearest wording that is remembered."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.story import StoryIndex, fingerprint, same_story, story_id
from rules.story.candidates import MOST_HOLDERS, Candidates, Filed
from rules.story.likeness import filed_under, shared
from rules.story.marks import ARTICLE, FIGURES, SHAPE
from rules.story.placing import Item

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RELEASE = fingerprint("", " ".join(f"word{number}" for number in range(80)))

_HASHES = st.sets(st.integers(0, 18), max_size=6).map(sorted)
PRINTS = st.builds(
    lambda article, figures, shape, hashes: (*article, *((*figures, *shape) if hashes else ()), *hashes),
    st.sampled_from([(), (), (ARTICLE + 1_000,)]),
    st.sampled_from([(), (FIGURES + 1,), (FIGURES + 3,)]),
    st.sampled_from([(), (SHAPE + 0b111,), (SHAPE + 0b1110000,)]),
    _HASHES,
)


def _item(key: str, numbers: tuple[int, ...], minutes: float = 0) -> Item:
    return key, numbers, NOON + timedelta(minutes=minutes)


def test_copies_get_the_story_of_the_first() -> None:
    index = StoryIndex()
    first = index.assign("a", RELEASE, NOON)
    assert first == story_id("a")
    assert index.assign("b", (*RELEASE[:4], *(one + 1 for one in RELEASE[4:])), NOON + timedelta(hours=5)) == first
    assert index.assign("a", RELEASE, NOON + timedelta(hours=6)) == first
    assert index.assign("c", (1, 2, 3, 4, 5, 6), NOON) == story_id("c")
    assert index.assign("d", (), NOON) == story_id("d")


def test_the_nearest_wording_is_taken_and_of_two_as_near_the_first() -> None:
    index = StoryIndex()
    near, nearer = (1, 2, 3, 14, 15, 16), (1, 2, 3, 4, 25, 26)
    assert index.assign_all([_item("near", near), _item("nearer", nearer)]) == [story_id("near")] * 2
    index = StoryIndex()
    index.assign_all([_item("other", (*near[3:], 31, 32, 33)), _item("nearer", nearer)])
    assert index.assign("x", (1, 2, 3, 4, 15, 16), NOON) == story_id("nearer")


def test_what_the_window_has_passed_is_a_new_story() -> None:
    index = StoryIndex(timedelta(days=7))
    first = index.assign("a", RELEASE, NOON)
    assert index.assign("b", RELEASE, NOON + timedelta(days=6)) == first
    assert index.assign("c", RELEASE, NOON + timedelta(days=12)) == first, "told again meanwhile"
    assert index.assign("d", RELEASE, NOON + timedelta(days=30)) == story_id("d")
    assert index.assign("e", RELEASE, NOON + timedelta(days=31)) == story_id("d")


def test_memory_is_bounded_however_much_comes() -> None:
    index = StoryIndex(most=1_000)
    seeded = random.Random(5)
    sizes = []
    for part in range(12):
        prints = [tuple(sorted(seeded.sample(range(2**50), 6))) for _ in range(1_000)]
        index.assign_all([_item(f"{part}.{number}", one, part) for number, one in enumerate(prints)])
        sizes.append(index.nbytes)
        assert len(index) <= 1_000
    assert max(sizes) <= 300_000
    assert sizes[-1] <= sizes[3]


def test_the_newest_are_remembered_and_a_story_that_goes_on_is_among_them() -> None:
    index = StoryIndex(most=800)
    seeded = random.Random(6)
    first = index.assign("a", RELEASE, NOON)
    once = (7, 8, 9, 10, 11, 12)
    index.assign("once", once, NOON)
    for part in range(30):
        prints = [tuple(sorted(seeded.sample(range(2**50), 6))) for _ in range(100)]
        index.assign_all([_item(f"{part}.{number}", one) for number, one in enumerate(prints)])
        assert index.assign(f"again {part}", RELEASE, NOON + timedelta(minutes=part)) == first
    assert index.assign("twice", once, NOON) == story_id("twice")
    assert index.assign("last", prints[-1], NOON) == story_id("29.99")


def test_a_text_that_everybody_words_anew_is_compared_with_the_newest_only() -> None:
    index = StoryIndex()
    prints = [(1, 2, 3, 4, 1_000 + 2 * number, 1_001 + 2 * number) for number in range(5 * MOST_HOLDERS)]
    assert set(index.assign_all([_item(str(number), one) for number, one in enumerate(prints)])) == {story_id("0")}
    found = index._candidates.find(Filed.of([(1, 2, 3, 4, 5, 6)]))
    assert [len(some) for some in found.values()] == [MOST_HOLDERS]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PRINTS, st.integers(0, 20)), max_size=40), st.integers(1, 12))
def test_however_posts_are_cut_into_batches_their_stories_are_the_same(
    posts: list[tuple[tuple[int, ...], int]], size: int
) -> None:
    items = [(str(place), one, NOON + timedelta(days=day)) for place, (one, day) in enumerate(posts)]
    one_by_one, in_batches = StoryIndex(), StoryIndex()
    stories = [one_by_one.assign(*item) for item in items]
    batches = [in_batches.assign_all(items[start : start + size]) for start in range(0, len(items), size)]
    assert [story for some in batches for story in some] == stories


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PRINTS, st.integers(0, 20)), max_size=25))
def test_stories_are_those_of_comparing_each_with_all_before(posts: list[tuple[tuple[int, ...], int]]) -> None:
    """The same by the plainest means: every post against every wording that was told within the window."""
    week = timedelta(days=7)
    told: list[tuple[tuple[int, ...], str, datetime]] = []
    expected = []
    for place, (one, day) in enumerate(posts):
        at = NOON + timedelta(days=day)
        if not one:
            expected.append(story_id(str(place)))
            continue
        same = next((old for old in told if old[0] == one), None)
        if same is not None and abs(at - same[2]) <= week:
            expected.append(same[1])
            told[told.index(same)] = (same[0], same[1], max(same[2], at))
            continue
        near = [(shared(one, old[0]), old) for old in told if abs(at - old[2]) <= week and shared(one, old[0])]
        best = max(near, key=lambda pair: pair[0], default=None)
        expected.append(story_id(str(place)) if best is None else best[1][1])
        told = [old for old in told if old is not same]
        told.append((one, expected[-1], at))
    index = StoryIndex(week)
    assert (
        index.assign_all([(str(p), one, NOON + timedelta(days=day)) for p, (one, day) in enumerate(posts)]) == expected
    )


@settings(max_examples=300)
@given(PRINTS, PRINTS)
def test_two_of_one_story_are_filed_under_a_number_in_common(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert shared(one, other) == shared(other, one)
    if same_story(one, other):
        assert set(filed_under(one)) & set(filed_under(other))


@given(st.lists(PRINTS, max_size=20))
def test_many_are_filed_as_each_alone(prints: list[tuple[int, ...]]) -> None:
    filed = Filed.of(prints)
    numbers = filed.values.view(np.int64).tolist()
    assert [(row, number) for row, number in zip(filed.rows.tolist(), numbers, strict=True)] == [
        (row, number) for row, one in enumerate(prints) for number in filed_under(one)
    ]
    under = [set(filed_under(one)) for one in prints]
    meeting = [row for row, one in enumerate(under) if any(one & other for at, other in enumerate(under) if at != row)]
    assert filed.meeting().tolist() == meeting
    assert [np.frombuffer(one, "<i8").tolist() for one in filed.packed()] == [list(one) for one in prints]
    some = filed.only(range(0, len(prints), 2))
    assert (some.values.tolist(), some.rows.tolist()) == (
        Filed.of(prints[::2]).values.tolist(),
        Filed.of(prints[::2]).rows.tolist(),
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(PRINTS.filter(bool), min_size=1, max_size=8), max_size=12),
    st.integers(1, 60),
    st.integers(0, 2**40),
)
def test_candidates_are_found_among_the_newest_and_nothing_is_kept_beyond(
    batches: list[list[tuple[int, ...]]], most: int, first: int
) -> None:
    candidates = Candidates(most)
    held: dict[int, tuple[int, ...]] = {}
    for some in batches:
        numbers = np.arange(first + len(held), first + len(held) + len(some))
        candidates.add(Filed.of(some), numbers)
        held |= dict(zip(numbers.tolist(), some, strict=True))
    assert len(candidates) <= max(most, 8)
    newest = {number: one for number, one in held.items() if number >= candidates.oldest} if held else {}
    assert len(newest) == len(candidates)
    assert len(newest) >= min(len(held), most - most // 8 - 8)
    for one in held.values():
        expected = [number for number, other in newest.items() if set(filed_under(one)) & set(filed_under(other))]
        assert candidates.find(Filed.of([one])).get(0, []) == expected[::-1][:MOST_HOLDERS]
