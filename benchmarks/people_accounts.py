"""The accounts, mailboxes and numbers of the generated people, by the directory's own rules (no noise model's)."""

from __future__ import annotations

from datetime import datetime
from random import Random

from msgspec import Struct
from people_lists import folded, words
from people_names import Person

NETWORKS = {"x": 40, "instagram": 35, "reddit": 25, "mastodon": 15, "bluesky": 18, "youtube": 20, "github": 12}
SAME_EVERYWHERE = 0.7  # how often somebody takes the same handle on the next network
ON_RECORD = 0.45  # how many of a customer's accounts the directory has
CALLING_CODES = {
    "GB": "44", "US": "1", "CA": "1", "AU": "61", "IE": "353", "NZ": "64", "DE": "49", "AT": "43", "CH": "41",
    "FR": "33", "BE": "32", "SN": "221", "ES": "34", "MX": "52", "CO": "57", "AR": "54", "PE": "51", "CL": "56",
    "EC": "593", "BR": "55", "PT": "351", "AO": "244", "IT": "39", "NL": "31", "TR": "90", "PL": "48", "RU": "7",
    "UA": "380", "KZ": "7", "EG": "20", "SA": "966", "AE": "971", "MA": "212", "TN": "216", "LB": "961", "JO": "962",
    "DZ": "213", "IQ": "964", "IN": "91", "BD": "880", "ID": "62", "MY": "60", "CN": "86", "TW": "886", "HK": "852",
    "SG": "65", "JP": "81", "VN": "84", "NG": "234", "GH": "233", "KE": "254", "TZ": "255", "UG": "256",
}  # fmt: skip


class Handle(Struct, frozen=True):
    """An account as the directory has it; the owner is the customer from `valid_from` until before `valid_to`."""

    network: str
    name: str
    valid_from: datetime | None = None  # None: always
    valid_to: datetime | None = None  # None: still

    def held(self, at: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


class Account(Struct, frozen=True):
    """An account that somebody truly has, on record or not."""

    network: str
    name: str
    odds: float  # the share of the culture's people who would take this handle


class Accounts:
    """Gives handles out; each is had once on its network."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def taken(self, network: str, name: str) -> bool:
        return (network, name.lower()) in self._taken

    def open(self, chance: Random, network: str, wanted: str) -> str:
        """`wanted`, or where it is taken the same with digits."""
        name = wanted
        while self.taken(network, name):
            name = f"{wanted}{chance.randrange(10, 10_000)}"
        self._taken.add((network, name.lower()))
        return name

    def of(self, chance: Random, somebody: Person, company: str = "") -> tuple[Account, ...]:
        """The accounts that somebody has: mostly the same handle everywhere. `company`: an organisation's own."""
        base, odds = (folded(company), 0.0) if company else own_handle(chance, somebody)
        opened = []
        for network, percent in NETWORKS.items():
            if chance.random() * 100 >= percent:
                continue
            wanted, likely = (base, odds)
            if not company and chance.random() >= SAME_EVERYWHERE:
                wanted, likely = own_handle(chance, somebody)
            asked = on_network(chance, network, wanted)
            name = self.open(chance, network, asked)
            opened.append(Account(network, name, likely if name == asked else likely / 5_000))
        return tuple(opened)


def own_handle(chance: Random, somebody: Person) -> tuple[str, float]:
    """A handle as people make them, and how much of the culture's people would make the same."""
    given, family = folded(somebody.given.latin), folded(somebody.family.latin)
    shape = chance.random()
    if shape < 0.3:
        name = chance.choice((f"{given}{family}", f"{given}_{family}", f"{given}.{family}"))
        return name, somebody.odds * 0.1
    if shape < 0.45:  # some twenty given names begin alike
        name = chance.choice((f"{given[0]}{family}", f"{family}{given[0]}", f"{given}{family[0]}"))
        return name, somebody.odds * 20 * 0.05
    if shape < 0.72:
        year = chance.choice((chance.randrange(60, 100), chance.randrange(1960, 2006)))
        return f"{given}{chance.choice(('', '_'))}{family}{year}", somebody.odds * 0.27 / 2 / 86
    return pseudonym(chance, given, family)


def pseudonym(chance: Random, given: str, family: str) -> tuple[str, float]:
    """A made-up handle, and how much of the people would make up the same: two words alone are found by many."""
    listed = words()
    first, second = chance.choice(listed["adjectives"]), chance.choice(listed["things"])
    shape = chance.random()
    if shape < 0.15:
        return f"{first}{second}", 5e-5
    if shape < 0.5:
        return f"{first}{chance.choice(('', '_'))}{second}{chance.randrange(100, 10_000)}", 1e-8
    if shape < 0.75:
        return f"{first}{second}_{given[0]}{family[0]}{chance.randrange(60, 100)}", 1e-8
    return f"{coined(chance, 3)}{chance.randrange(10, 100)}", 1e-8


def coined(chance: Random, syllables: int) -> str:
    return "".join(chance.choice("bdfgklmnprstvxz") + chance.choice("aeiou") for _ in range(syllables))


def on_network(chance: Random, network: str, name: str) -> str:
    """With the server that a handle of the network carries."""
    if network == "mastodon":
        return f"{name.replace('.', '_')}@{chance.choice(words()['instances'])}"
    if network == "bluesky":
        return f"{name.replace('_', '-').replace('.', '-').strip('-')}.bsky.social"
    return name.replace(".", "_").replace("-", "_") if network in {"x", "reddit"} else name


def local(name: str) -> str:
    """A handle without its server."""
    return name.partition("@")[0].removesuffix(".bsky.social")


def profile_url(network: str, name: str) -> str:
    """Where the profile of an account is."""
    user, _, server = name.partition("@")
    return {
        "x": f"https://x.com/{name}",
        "instagram": f"https://www.instagram.com/{name}/",
        "reddit": f"https://www.reddit.com/user/{name}",
        "mastodon": f"https://{server}/@{user}",
        "bluesky": f"https://bsky.app/profile/{name}",
        "youtube": f"https://www.youtube.com/@{name}",
        "github": f"https://github.com/{name}",
    }.get(network, "")


def mailbox(chance: Random, somebody: Person) -> str:
    """A private address."""
    given, family = folded(somebody.given.latin), folded(somebody.family.latin)
    user = chance.choice((f"{given}.{family}", f"{given}{family}", f"{given[0]}.{family}", f"{family}{given}"))
    digits = chance.choice(("", str(chance.randrange(1, 1_000)), str(chance.randrange(1950, 2008))))
    listed = words()
    served = listed.get(f"freemail_{somebody.town.country}", ()) if chance.random() < 0.4 else ()
    return f"{user}{digits}@{chance.choice(served or listed['freemail'])}"


def phone(chance: Random, country: str) -> str:
    return f"+{CALLING_CODES[country]} {chance.randrange(100, 1_000)} {chance.randrange(1_000_000):06d}"
