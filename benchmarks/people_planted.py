"""Posts of customers, by the evidence that is planted in them; each planter answers None where it finds nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from people_accounts import NETWORKS, Account, Handle, local, profile_url
from people_customers import Known
from people_evidence import DOUBT, NAMED
from people_lists import folded
from people_noise import Shown
from people_world import Link, Profile, World

Planted = tuple[Profile, Known, bool]  # the author, the customer, whether it is evident
TRIES = 400


def _who(world: World, fits: Callable[[Known], bool], people: bool = True) -> Known | None:
    drawn = (world.somebody() if people else world.draw() for _ in range(TRIES))
    return next((one for one in drawn if fits(one)), None)


def _steady(one: Known) -> list[Handle]:
    """The handles on record that never changed hands."""
    return [handle for handle in one.record.handles if handle.valid_from is None and handle.valid_to is None]


def _author(world: World, one: Known, network: str = "", handle: str = "") -> Profile:
    profile = world.maybe_city(world.profile(one.person, network, handle), one.person)
    if one.kind == "organisation" and one.company is not None and not handle:
        wanted = folded(one.company.short) + world.chance.choice(("", "hq", "_team"))
        profile.handle = world.free(one.person, profile.network, wanted)
    if one.kind == "organisation" and one.company is not None:
        profile.shown = Shown(world.chance.choice((one.company.name, one.company.short)), "full")
        profile.bio = []
    return profile


def exact_handle(world: World) -> Planted | None:
    one = _who(world, lambda known: bool(_steady(known)), people=False)
    if one is None:
        return None
    handle = world.chance.choice(_steady(one))
    profile = _author(world, one, handle.network, handle.name)
    if world.chance.random() < 0.1:
        profile.handle = handle.name.title()  # no network tells A from a
    return profile, one, True


def on_profile_url(world: World) -> Planted | None:
    def listed(known: Known) -> list[Account]:
        return [one for one in known.accounts if profile_url(one.network, one.name) in known.record.profile_urls]

    one = _who(world, lambda known: bool(listed(known)), people=False)
    if one is None:
        return None
    account = world.chance.choice(listed(one))
    profile = _author(world, one, account.network, account.name)
    profile.url = world.noise.url(world.chance, profile_url(account.network, account.name))
    return profile, one, True


def handle_by_time(world: World) -> Planted | None:
    """A handle that two customers have had; the time tells whose it was."""
    if not world.handed:
        return None
    for _ in range(TRIES):
        owners = world.chance.choice(world.handed)
        held = {h: one for one in owners for h in one.record.handles if h.held(world.at) and _shared(h, owners)}
        if len(held) == 1:
            ((handle, one),) = held.items()
            return _author(world, one, handle.network, handle.name), one, True
    return None


def _shared(handle: Handle, owners: Iterable[Known]) -> bool:
    return all(any((o.network, o.name) == (handle.network, handle.name) for o in one.record.handles) for one in owners)


def exact_email(world: World) -> Planted | None:
    one = _who(
        world, lambda known: any(world.evidence.only(known, email) for email in known.record.emails), people=False
    )
    if one is None:
        return None
    email = world.chance.choice([email for email in one.record.emails if world.evidence.only(one, email)])
    return _by_mail(world, one, email), one, True


def shared_mailbox(world: World) -> Planted | None:
    one = _who(world, lambda known: any(not world.evidence.only(known, email) for email in known.record.emails))
    if one is None:
        return None
    email = world.chance.choice([email for email in one.record.emails if not world.evidence.only(one, email)])
    profile = _by_mail(world, one, email)
    return profile, one, world.evidence.one_of(one, email, profile.shown)


def _by_mail(world: World, one: Known, email: str) -> Profile:
    profile = _author(world, one, world.chance.choice(("mail", "reviews")), "-")
    profile.handle, profile.bio = "", []
    profile.email = world.noise.email(world.chance, email)
    return profile


def verified_link(world: World) -> Planted | None:
    one = _who(world, lambda known: bool(known.site) or known.kind == "organisation", people=False)
    if one is None or (one.kind == "organisation" and one.company is None):
        return None
    site = one.site or (one.company.domain if one.company else "")
    profile = _author(world, one)
    profile.links.append(Link(world.noise.url(world.chance, f"https://{site}"), True))
    if world.chance.random() < 0.15 and not world.directory.accounts.taken("bluesky", site):
        profile.network, profile.handle = "bluesky", site  # the network checks that the domain is theirs
    return profile, one, True


def unverified_link(world: World) -> Planted | None:
    one = _who(world, lambda known: bool(known.site))
    if one is None:
        return None
    profile = _author(world, one)
    profile.links.append(Link(world.noise.url(world.chance, f"https://{one.site}"), False))
    return profile, one, profile.shown.form in NAMED


def other_profile_link(world: World) -> Planted | None:
    one = _who(world, lambda known: bool(_steady(known)))
    if one is None:
        return None
    handle = world.chance.choice(_steady(one))
    network = world.chance.choice([name for name in NETWORKS if name != handle.network])
    profile = _author(world, one, network)
    verified = network in {"mastodon", "github"} and world.chance.random() < 0.7
    profile.links.append(Link(world.noise.url(world.chance, profile_url(handle.network, handle.name)), verified))
    return profile, one, verified or profile.shown.form in {"full", "nickname"}


def contact_in_bio(world: World) -> Planted | None:
    one = _who(world, lambda known: bool(known.record.emails or known.record.phones))
    if one is None:
        return None
    contact = world.chance.choice((*one.record.emails, *one.record.phones))
    profile = _author(world, one)
    profile.bio.append(f"{'✉️' if '@' in contact else '☎️'} {contact}")
    return profile, one, world.evidence.only(one, contact) or world.evidence.one_of(one, contact, profile.shown)


def same_handle_elsewhere(world: World) -> Planted | None:
    def elsewhere(known: Known) -> list[Account]:
        names = {local(handle.name): handle.network for handle in _steady(known)}
        listed = {handle.network for handle in known.record.handles}
        urls = known.record.profile_urls
        return [
            one
            for one in known.accounts
            if local(one.name) in names and one.network not in listed and profile_url(one.network, one.name) not in urls
        ]

    one = _who(world, lambda known: bool(elsewhere(known)))
    if one is None:
        return None
    account = world.chance.choice(elsewhere(one))
    profile = _author(world, one, account.network, account.name)
    return profile, one, world.evidence.same_handle(one, account, bool(profile.location))


def like_handle_and_name(world: World) -> Planted | None:
    """A handle of theirs written otherwise on another network, with their name."""
    one = _who(world, lambda known: bool(_steady(known)))
    if one is None:
        return None
    handle = world.chance.choice(_steady(one))
    network = world.chance.choice([name for name in NETWORKS if name != handle.network])
    alike = world.noise.lookalike(world.chance, local(handle.name))
    profile = _author(world, one, network, world.free(one.person, network, alike))
    rare = any(
        world.evidence.same_handle(one, account, bool(profile.location), alike=True)
        for account in one.accounts
        if local(account.name) == local(handle.name)
    )
    return profile, one, rare and profile.shown.form in NAMED


def name_and_company(world: World) -> Planted | None:
    return _at_company(world, with_domain=False)


def name_and_domain(world: World) -> Planted | None:
    return _at_company(world, with_domain=True)


def _at_company(world: World, with_domain: bool) -> Planted | None:
    one = _who(world, lambda known: known.company is not None and bool(known.record.company))
    if one is None or one.company is None:
        return None
    profile = _author(world, one)
    domain = one.company.domain if with_domain else ""
    company = world.chance.choice((one.company.name, one.company.short))
    profile.bio.insert(0, world.noise.works(world.chance, company, domain))
    if with_domain and world.chance.random() < 0.4:
        profile.links.append(Link(f"https://{domain}", world.chance.random() < 0.6))
    return profile, one, world.evidence.at_company(one, one.company, profile.shown)


def name_and_city(world: World) -> Planted | None:
    rare = world.chance.random() < 0.4  # or hardly any would be evident
    one = _who(world, lambda known: not rare or world.evidence.others_in_town(known) < DOUBT)
    if one is None:
        return None
    profile = world.profile(one.person)
    profile.location = world.noise.city(world.chance, one.person.town)
    return profile, one, world.evidence.in_town(one, profile.shown)


def name_only(world: World) -> Planted:
    one = world.somebody()
    return world.profile(one.person), one, False


def nothing(world: World) -> Planted:
    one = world.somebody()
    network = world.chance.choice(tuple(NETWORKS))
    profile = world.profile(one.person, network)
    word = world.noise.pseudonym(world.chance)
    profile.shown = Shown(word, "none")
    profile.handle = world.free(
        one.person, network, f"{word.lower().replace(' ', '')}{world.chance.randrange(10, 1_000)}"
    )
    return profile, one, False


PLANTED: dict[str, Callable[[World], Planted | None]] = {
    "exact_handle": exact_handle,
    "profile_url": on_profile_url,
    "handle_by_time": handle_by_time,
    "exact_email": exact_email,
    "shared_mailbox": shared_mailbox,
    "verified_link": verified_link,
    "unverified_link": unverified_link,
    "other_profile_link": other_profile_link,
    "contact_in_bio": contact_in_bio,
    "same_handle_elsewhere": same_handle_elsewhere,
    "like_handle_and_name": like_handle_and_name,
    "name_and_company": name_and_company,
    "name_and_domain": name_and_domain,
    "name_and_city": name_and_city,
    "name_only": name_only,
    "nothing": nothing,
}
