"""The generated world that a matcher of authors is measured with: what its truths and its shares promise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
CUSTOMERS = 4_000
POSTS = 6_000


@pytest.fixture(scope="module")
def world() -> Any:
    """Modules, a directory, and the posts by noise model."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import people
        import people_lists
        import people_noise
        import people_noise_b
    finally:
        sys.path.remove(str(BENCHMARKS))
    made = ModuleType("world")
    made.people, made.lists, made.noise = people, people_lists, people_noise  # type: ignore[attr-defined]
    made.models = {"A": people_noise.NoiseA(), "B": people_noise_b.NoiseB()}  # type: ignore[attr-defined]
    made.directory = people.Directory(7, CUSTOMERS)  # type: ignore[attr-defined]
    made.posts = {  # type: ignore[attr-defined]
        name: list(people.posts(made.directory, 7, POSTS, model))  # type: ignore[attr-defined]
        for name, model in made.models.items()  # type: ignore[attr-defined]
    }
    return made


def test_the_same_seed_gives_the_same_world_and_another_seed_another(world: Any) -> None:
    again = world.people.Directory(7, CUSTOMERS)
    assert list(again) == list(world.directory)
    assert list(again) != list(world.people.Directory(8, CUSTOMERS))
    for name, model in world.models.items():
        assert list(world.people.posts(again, 7, 500, model)) == list(
            world.people.posts(world.directory, 7, 500, model)
        ), name


def test_the_world_does_not_hang_on_how_python_orders_sets() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            cwd=BENCHMARKS,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


_DIGEST = """
import hashlib, people, people_noise_b
directory = people.Directory(3, 600)
for noise in (people.NoiseA(), people_noise_b.NoiseB()):
    print(hashlib.sha256(repr((list(directory), list(people.posts(directory, 3, 600, noise)))).encode()).hexdigest())
"""


@pytest.mark.parametrize("noise", ["A", "B"])
def test_every_kind_of_post_comes_in_the_share_that_the_noise_model_tells(world: Any, noise: str) -> None:
    shares = world.models[noise].shares
    assert sum(shares.values()) == pytest.approx(100)
    counted = Counter(post.hint for post in world.posts[noise])
    assert set(counted) == set(shares)
    for hint, share in shares.items():
        assert counted[hint] / POSTS * 100 == pytest.approx(share, abs=0.5 + share * 0.15), hint


@pytest.mark.parametrize("noise", ["A", "B"])
def test_a_truth_names_a_real_customer_and_all_of_their_records(world: Any, noise: str) -> None:
    ids = {one.id for one in world.directory}
    assert len(ids) == CUSTOMERS
    for post in world.posts[noise]:
        if post.customer is None:
            assert post.records == () and not post.evident
        else:
            assert post.customer in post.records and set(post.records) <= ids


@pytest.mark.parametrize("noise", ["A", "B"])
def test_exact_evidence_is_what_the_directory_has(world: Any, noise: str) -> None:
    for post in world.posts[noise]:
        one = world.directory[post.customer] if post.customer else None
        if post.hint == "exact_handle":
            assert (post.seen.network, post.seen.handle.lower()) in {(h.network, h.name.lower()) for h in one.handles}
        if post.hint == "handle_by_time":
            (held,) = [h for h in one.handles if (h.network, h.name) == (post.seen.network, post.seen.handle)]
            assert held.held(post.seen.posted_at)
        if post.hint == "exact_email":
            user, _, server = post.seen.email.lower().partition("@")
            assert f"{user.partition('+')[0]}@{server}" in {email.lower() for email in one.emails}


@pytest.mark.parametrize("noise", ["A", "B"])
def test_a_stranger_has_no_handle_that_a_customer_holds_at_the_time(world: Any, noise: str) -> None:
    held: dict[tuple[str, str], list[Any]] = {}
    for one in world.directory:
        for handle in one.handles:
            held.setdefault((handle.network, handle.name.lower()), []).append(handle)
    for post in world.posts[noise]:
        if post.customer is None:
            owners = held.get((post.seen.network, post.seen.handle.lower()), [])
            assert not any(handle.held(post.seen.posted_at) for handle in owners)


def test_a_handle_has_one_owner_at_a_time_and_some_have_had_two(world: Any) -> None:
    spans: dict[tuple[str, str], list[Any]] = {}
    for one in world.directory:
        for handle in one.handles:
            spans.setdefault((handle.network, handle.name.lower()), []).append(handle)
    twice = [owned for owned in spans.values() if len(owned) > 1]
    assert twice
    for owned in twice:
        first, second = sorted(owned, key=lambda handle: handle.valid_from is not None)
        assert first.valid_to is not None and second.valid_from is not None and first.valid_to <= second.valid_from


def test_namesakes_households_shared_mailboxes_and_second_records_exist(world: Any) -> None:
    people = [one for one in world.directory.known if one.kind not in {"organisation", "again"}]
    names = Counter(one.person.key for one in people)
    assert names.most_common(1)[0][1] >= 5
    assert sum(count == 1 for count in names.values()) > len(people) / 3
    assert sum(count > 1 for count in Counter(e for one in world.directory for e in one.emails).values()) > 20
    assert sum(count > 1 for count in Counter(one.address for one in world.directory if one.address).values()) > 20
    assert sum(len(world.directory.same_person(one.id)) == 2 for one in world.directory) > 20
    assert {len(one.emails) for one in world.directory} >= {0, 1, 2}


def test_most_exact_evidence_is_evident_and_a_name_alone_never_is(world: Any) -> None:
    for posts in world.posts.values():
        evident = Counter(post.hint for post in posts if post.evident)
        counted = Counter(post.hint for post in posts)
        for hint in ("exact_handle", "profile_url", "handle_by_time", "exact_email", "verified_link"):
            assert evident[hint] == counted[hint]
        for hint in ("same_handle_elsewhere", "name_and_company", "name_and_domain", "name_and_city"):
            assert 0 < evident[hint] < counted[hint], hint
        assert not evident["name_only"] and not evident["nothing"]


def test_the_noise_models_share_no_nickname_and_few_spellings(world: Any) -> None:
    a, b = (world.noise.nicknames(listed) for listed in ("nicknames_a.txt", "nicknames_b.txt"))
    for given, called in a.items():
        assert not {one.casefold() for one in called} & {one.casefold() for one in b.get(given, ())}, given
    for culture in world.lists.cultures().values():
        for name in (*culture.women, *culture.men, *culture.family):
            assert not set(name.spelled_a) & set(name.spelled_b), name.latin


def test_every_name_that_has_nicknames_is_drawn(world: Any) -> None:
    drawn = {world.lists.folded(n.latin) for c in world.lists.cultures().values() for n in (*c.women, *c.men)}
    for listed in ("nicknames_a.txt", "nicknames_b.txt"):
        assert set(world.noise.nicknames(listed)) <= drawn


@pytest.mark.parametrize("noise", ["A", "B"])
def test_every_author_can_be_seen(world: Any, noise: str) -> None:
    for post in world.posts[noise]:
        seen = post.seen
        assert seen.display_name.strip() and (seen.email if seen.network in {"mail", "reviews"} else seen.handle)
        assert seen.posted_at.tzinfo is not None
        assert seen.network not in {"x", "reddit"} or not set(seen.handle) & set(" .-"), noise


def test_the_noise_models_show_most_people_otherwise(world: Any) -> None:
    """No author text is printed when this fails: model B stays closed."""
    shown = {
        name: [
            post.seen.display_name == world.directory[post.customer].name
            for post in posts
            if post.customer and post.hint in {"exact_handle", "exact_email"}
        ]
        for name, posts in world.posts.items()
    }
    for name, same in shown.items():
        assert 0.05 < sum(same) / len(same) < 0.5, name
