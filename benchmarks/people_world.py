"""The public side of the generated world: what is seen of a post's author, and what authors are made from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from msgspec import Struct
from people_accounts import NETWORKS, on_network, profile_url
from people_customers import Directory, Known
from people_evidence import Evidence
from people_names import Person
from people_noise import Noise, Shown

FIRST_POST = datetime(2026, 4, 1, tzinfo=UTC)
POSTS_OVER = timedelta(days=210)


class Link(Struct, frozen=True):
    """A link of a profile; the network or the site itself has confirmed it where it is `verified`."""

    url: str
    verified: bool


class Seen(Struct, frozen=True):
    """A post's author as the public sees them; what is not seen is "" or empty."""

    network: str
    handle: str
    display_name: str
    bio: str
    profile_url: str
    links: tuple[Link, ...]
    location: str
    email: str  # of mail and reviews
    posted_at: datetime


class Labelled(Struct, frozen=True):
    """A post with the truth: `customer` wrote it, or None a stranger; every id of `records` is that person's."""

    seen: Seen
    customer: str | None
    records: tuple[str, ...]
    evident: bool  # whether a careful person could link it with near certainty; never for a stranger
    hint: str  # which evidence was planted, or what kind of stranger it is


class Profile(Struct):
    """An author in the making."""

    network: str
    handle: str
    shown: Shown
    bio: list[str]
    links: list[Link]
    location: str = ""
    email: str = ""
    url: str = ""  # where it is not what follows from network and handle


class World:
    """What the planters draw from: a directory, what can be told by it, a noise model and one chance."""

    def __init__(self, directory: Directory, seed: int, noise: Noise) -> None:
        self.directory = directory
        self.evidence = Evidence(directory)
        self.noise = noise
        self.chance = Random(f"{seed} posts {noise.name}")
        self.at = FIRST_POST
        owned = self.evidence.by_handle
        self.handed = [owners for owners in owned.values() if len(owners) > 1]  # from one customer to another
        self.given_up = [
            (one, handle)
            for one in directory.known
            for handle in one.record.handles
            if handle.valid_to is not None and len(owned[handle.network, handle.name]) == 1
        ]

    def profile(self, somebody: Person, network: str = "", handle: str = "") -> Profile:
        """An author with a name and perhaps a line, on an account that nobody has on record unless `handle` tells."""
        chance = self.chance
        network = network or chance.choices(tuple(NETWORKS), weights=tuple(NETWORKS.values()))[0]
        shown = self.noise.display(chance, somebody)
        lines = [self.noise.filler(chance)] if chance.random() < 0.5 else []
        return Profile(network, handle or self.free(somebody, network), shown, lines, [])

    def free(self, somebody: Person, network: str, wanted: str = "") -> str:
        """A handle of the noise model's that no generated customer has on that network."""
        chance, taken = self.chance, self.directory.accounts.taken
        base = wanted or self.noise.handle(chance, somebody)
        name = on_network(chance, network, base)
        while taken(network, name):
            name = on_network(chance, network, f"{base}{chance.randrange(10, 10_000)}")
        return name

    def draw(self) -> Known:
        return self.chance.choice(self.directory.known)

    def somebody(self) -> Known:
        """A customer who is a person, no organisation."""
        one = self.draw()
        while one.kind == "organisation":
            one = self.draw()
        return one

    def maybe_city(self, profile: Profile, somebody: Person, share: float = 0.35) -> Profile:
        if self.chance.random() < share:
            profile.location = self.noise.city(self.chance, somebody.town)
        return profile

    def seen(self, profile: Profile) -> Seen:
        url = profile.url or profile_url(profile.network, profile.handle)
        return Seen(
            network=profile.network,
            handle=profile.handle,
            display_name=profile.shown.text,
            bio=" ".join(profile.bio),
            profile_url=url,
            links=tuple(profile.links),
            location=profile.location,
            email=profile.email,
            posted_at=self.at,
        )
