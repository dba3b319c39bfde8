"""Posts of the generated world as the public sees them, each with the truth of who wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from people_customers import Directory
from people_noise import Noise
from people_planted import PLANTED, name_only
from people_strangers import STRANGERS, stranger
from people_world import FIRST_POST, POSTS_OVER, Labelled, World


def posts(directory: Directory, seed: int, count: int, noise: Noise) -> Iterator[Labelled]:
    """`count` posts of customers and of strangers in the shares that `noise` tells, the same for the same seed.

    A kind that a directory has nobody for (a tiny one may have no handle that changed its owner) becomes the plainest
    kind of the same side, and is told as that.
    """
    world = World(directory, seed, noise)
    for hint in world.chance.choices(tuple(noise.shares), weights=tuple(noise.shares.values()), k=count):
        world.at = FIRST_POST + world.chance.random() * POSTS_OVER
        yield _stranger(world, hint) if hint in STRANGERS else _customer(world, hint)


def _stranger(world: World, hint: str) -> Labelled:
    profile = STRANGERS[hint](world)
    if profile is None:
        profile, hint = stranger(world), "stranger"
    return Labelled(world.seen(profile), None, (), False, hint)


def _customer(world: World, hint: str) -> Labelled:
    planted = PLANTED[hint](world)
    if planted is None:
        planted, hint = name_only(world), "name_only"
    profile, one, evident = planted
    records = world.directory.same_person(one.record.id)
    return Labelled(world.seen(profile), one.record.id, records, evident, hint)
