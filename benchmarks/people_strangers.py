"""Posts of strangers, by what makes them look like customers; each answers None where there is nobody to look like."""

from __future__ import annotations

from collections.abc import Callable

from people_accounts import NETWORKS, local
from people_customers import Known
from people_lists import folded
from people_names import Person, elsewhere, person
from people_noise import Shown
from people_world import Link, Profile, World

TRIES = 400
RARE = 1e-6  # a name that one in a million of its culture has
COMMON = 0.5  # at least so many others who write have the name in the same town, or would take the handle


def _like(world: World, fits: Callable[[Known], bool]) -> Known | None:
    return next((one for one in (world.somebody() for _ in range(TRIES)) if fits(one)), None)


def _suited(world: World, one: Known, handle: str) -> Person:
    """Somebody else, in another country, who could have come to the same handle."""
    if one.person.key[1] not in folded(handle) and one.person.key[0] not in folded(handle):
        return person(world.chance)
    same_name = world.chance.random() < 0.5
    return elsewhere(world.chance, one.person if same_name else person(world.chance, family=one.person))


def stranger(world: World) -> Profile:
    somebody = person(world.chance)
    return world.maybe_city(world.profile(somebody), somebody)


def namesake(world: World) -> Profile:
    somebody = elsewhere(world.chance, world.somebody().person)
    return world.maybe_city(world.profile(somebody), somebody, 0.6)


def namesake_in_town(world: World) -> Profile | None:
    one = _like(world, lambda known: world.evidence.others_in_town(known) > COMMON)
    return world.maybe_city(world.profile(one.person), one.person, 1.0) if one else None


def rare_name_elsewhere(world: World) -> Profile | None:
    one = _like(world, lambda known: known.person.odds < RARE)
    if one is None:
        return None
    somebody = elsewhere(world.chance, one.person)
    profile = world.maybe_city(world.profile(somebody), somebody, 0.7)
    if profile.shown.form == "none":
        profile.shown = Shown(one.person.name, "full")
    return profile


def handle_elsewhere(world: World) -> Profile | None:
    """A common handle that a customer has, had on another network by somebody else."""

    def common(known: Known) -> list[str]:
        listed = {handle.name for handle in known.record.handles}
        likely = [one for one in known.accounts if world.evidence.others_of_handle(known, one) > COMMON]
        return [local(one.name) for one in likely if one.name in listed]

    one = _like(world, lambda known: bool(common(known)))
    if one is None:
        return None
    has = {account.network for account in one.accounts}
    networks = [network for network in NETWORKS if network not in has]
    if not networks:
        return None
    network = world.chance.choice(networks)
    wanted = world.chance.choice(common(one))
    somebody = _suited(world, one, wanted)
    handle = world.free(somebody, network, wanted)
    return world.maybe_city(world.profile(somebody, network, handle), somebody, 0.5)


def lookalike_handle(world: World) -> Profile | None:
    """Nearly a customer's handle on the same network, had by somebody else whom it suits as well."""
    one = _like(world, lambda known: bool(known.record.handles))
    if one is None:
        return None
    handle = world.chance.choice(one.record.handles)
    somebody = _suited(world, one, handle.name)
    alike = world.free(somebody, handle.network, world.noise.lookalike(world.chance, local(handle.name)))
    return world.maybe_city(world.profile(somebody, handle.network, alike), somebody)


def fan(world: World) -> Profile | None:
    """A handle with a company's name in it, as its contacts have them."""
    one = _like(world, lambda known: known.company is not None)
    if one is None or one.company is None:
        return None
    somebody = person(world.chance)
    parts = [folded(one.company.short), folded(somebody.given.latin)]
    world.chance.shuffle(parts)
    network = world.chance.choice(tuple(NETWORKS))
    profile = world.profile(somebody, network, world.free(somebody, network, "_".join(parts)))
    profile.bio.insert(0, world.noise.fan(world.chance, one.company.short))
    return world.maybe_city(profile, somebody)


def impostor(world: World) -> Profile | None:
    """A customer's very name on an account that is nearly theirs; what it says gives it away."""
    one = next((one for one in (world.draw() for _ in range(TRIES)) if one.record.handles), None)
    if one is None:
        return None
    handle = world.chance.choice(one.record.handles)
    network = handle.network if world.chance.random() < 0.6 else world.chance.choice(tuple(NETWORKS))
    alike = world.free(one.person, network, world.noise.lookalike(world.chance, local(handle.name)))
    profile = world.profile(one.person, network, alike)
    profile.shown = Shown(one.record.name, "full")
    profile.bio = [world.noise.scam(world.chance)]
    if one.company is not None and world.chance.random() < 0.5:
        profile.bio.insert(0, world.noise.works(world.chance, one.company.short, ""))
    if world.chance.random() < 0.5:
        profile.links.append(Link(f"https://{folded(local(alike))}-bonus.example", False))
    return world.maybe_city(profile, one.person, 0.2)


def colleague(world: World) -> Profile | None:
    """Somebody who works at a customer's company and is not in the directory."""
    one = _like(world, lambda known: known.company is not None)
    if one is None or one.company is None:
        return None
    contacts = {known.person.key for known in world.evidence.by_company[folded(one.company.short)]}
    somebody = person(world.chance, near=one.company.head.town)
    while somebody.key in contacts:
        somebody = person(world.chance, near=one.company.head.town)
    domain = one.company.domain if world.chance.random() < 0.5 else ""
    profile = world.profile(somebody)
    profile.bio.insert(0, world.noise.works(world.chance, one.company.short, domain))
    if world.chance.random() < 0.3:
        profile.links.append(Link(f"https://{one.company.domain}", world.chance.random() < 0.6))
    return world.maybe_city(profile, somebody)


def links_to_customer(world: World) -> Profile | None:
    """Somebody of another name who links to a customer's site."""
    one = _like(world, lambda known: bool(known.site))
    if one is None:
        return None
    somebody = person(world.chance)
    profile = world.profile(somebody)
    profile.bio.append(world.noise.praise(world.chance, one.person.name))
    profile.links.append(Link(world.noise.url(world.chance, f"https://{one.site}"), False))
    return world.maybe_city(profile, somebody)


def relative(world: World) -> Profile:
    """Of a customer's family and town, with another given name."""
    one = world.somebody()
    somebody = person(world.chance, family=one.person)
    while somebody.key in world.evidence.by_name:
        one = world.somebody()
        somebody = person(world.chance, family=one.person)
    return world.maybe_city(world.profile(somebody), somebody, 0.8)


def handle_given_up(world: World) -> Profile | None:
    """A handle that a customer has given up, taken by somebody who is none."""
    free = [(one, handle) for one, handle in world.given_up if not handle.held(world.at)]
    if not free:
        return None
    one, handle = world.chance.choice(free)
    somebody = _suited(world, one, handle.name)
    return world.maybe_city(world.profile(somebody, handle.network, handle.name), somebody)


STRANGERS: dict[str, Callable[[World], Profile | None]] = {
    "stranger": stranger,
    "namesake": namesake,
    "namesake_in_town": namesake_in_town,
    "rare_name_elsewhere": rare_name_elsewhere,
    "handle_elsewhere": handle_elsewhere,
    "lookalike_handle": lookalike_handle,
    "fan": fan,
    "impostor": impostor,
    "colleague": colleague,
    "links_to_customer": links_to_customer,
    "relative": relative,
    "handle_given_up": handle_given_up,
}
