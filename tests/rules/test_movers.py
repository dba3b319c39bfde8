"""Why a count moved."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.movers import MOST, Cell, Mover, moved, movers, share_moved


def cell(now: int, before: int, story: str = "", author: str = "", language: str = "en", source: str = "hn") -> Cell:
    return Cell((story, author, language, source), now, before)


def told(*cells: Cell) -> list[tuple[str, str, int]]:
    return [(one.dimension, one.value, one.change) for one in movers(cells)]


def test_a_story_that_many_tell_is_why_there_is_more():
    assert told(cell(31, 0, story="fire"), cell(60, 64), cell(40, 38, source="mastodon")) == [("story", "fire", 31)]


def test_what_a_story_leaves_is_told_after_it():
    assert told(
        cell(31, 0, story="fire", source="mastodon"), cell(100, 96), cell(20, 4, source="mastodon", author="")
    ) == [("story", "fire", 31), ("source", "mastodon", 16)]


def test_what_is_gone_is_why_there_is_less():
    assert told(cell(0, 40, story="launch"), cell(50, 52)) == [("story", "launch", -40)]


def test_where_it_is_seen_is_told_only_of_what_stories_and_authors_leave():
    assert told(cell(30, 0, story="launch"), cell(48, 8), cell(15, 25, language="de", source="feed")) == [
        ("story", "launch", 30),
        ("language", "en", 40),
    ]


def test_one_loud_author_is_told_before_the_place_where_all_of_it_stands():
    assert told(cell(25, 0, author="jane", source="x"), cell(30, 30)) == [("author", "jane", 25)]


def test_more_of_everything_has_no_mover():
    assert told(cell(80, 40), cell(60, 30, source="mastodon"), cell(40, 20, language="bn")) == []


def test_a_brand_of_one_language_and_source_is_not_moved_by_them():
    assert told(cell(80, 40)) == []


def test_small_numbers_say_nothing():
    assert told(cell(4, 0, story="a"), cell(3, 3)) == []
    assert told(cell(6, 3), cell(3, 1, source="mastodon")) == []


def test_where_nothing_was_before_half_of_it_is_worth_a_word():
    assert told(cell(9, 0, story="a"), cell(6, 0, source="x")) == [("story", "a", 9)]
    assert told(cell(4, 0, story="a"), cell(6, 0, source="x")) == []


def test_a_share_moves_by_more_than_chance():
    assert share_moved(41, 132, 11, 96)
    assert not share_moved(30, 132, 20, 96)
    assert not share_moved(3, 6, 0, 6)
    assert not share_moved(0, 0, 5, 9)


CELLS = st.lists(
    st.builds(
        Cell,
        st.tuples(
            st.sampled_from(["", "s1", "s2"]),
            st.sampled_from(["", "a1", "a2"]),
            st.sampled_from(["en", "bn"]),
            st.sampled_from(["x", "hn", "feed"]),
        ),
        st.integers(0, 60),
        st.integers(0, 60),
    ),
    max_size=12,
)


@given(CELLS, st.randoms(use_true_random=False))
def test_movers_go_the_way_of_the_whole_count_no_mention_twice_and_know_no_order(cells: list[Cell], chance) -> None:
    found = movers(cells)
    now, before = sum(one.now for one in cells), sum(one.before for one in cells)
    assert len(found) <= MOST
    assert not found or moved(now, before)
    assert all(one.change * (now - before) > 0 for one in found)
    assert sum(one.now for one in found) <= now
    assert sum(one.before for one in found) <= before
    chance.shuffle(cells)
    assert movers(cells) == found


@given(st.integers(0, 10_000))
def test_a_count_that_stayed_did_not_move(count: int) -> None:
    assert not moved(count, count)
    assert movers([cell(count, count, story="s")]) == ()


def test_a_mover_says_by_how_much():
    assert Mover(dimension="source", value="x", now=3, before=9).change == -6
