"""The companies of the generated world, each with a domain of its own and some with the name of another."""

from __future__ import annotations

from random import Random

from msgspec import Struct
from people_lists import cultures, folded, words
from people_names import Person, person


class Company(Struct, frozen=True):
    name: str  # with its legal form
    short: str
    domain: str
    head: Person  # whose culture and town it has
    mailbox: str  # shared by some of its contacts


def companies(chance: Random, count: int) -> list[Company]:
    """The best known first."""
    listed = words()
    taken: set[str] = set()
    made: list[Company] = []
    while len(made) < count:
        head = person(chance)
        culture = cultures()[head.culture]
        shape = chance.random()
        trade, coined = chance.choice(listed["trades"]), chance.choice(listed["coined"])
        short = coined if shape < 0.01 else f"{coined} {trade}" if shape < 0.45 else f"{head.family.latin} {trade}"
        if shape > 0.75:
            short = f"{coined} {trade} {head.town.other}"
        parts = (folded(short), head.town.country.lower(), folded(head.town.other), str(len(made)))
        wanted = ["-".join(parts[:length]) + ".example" for length in range(1, 5)]
        domain = next((one for one in wanted if one.isascii() and one not in taken), "")
        if not domain:
            continue
        taken.add(domain)
        name = f"{short} {chance.choice(culture.forms)}".strip()
        made.append(Company(name, short, domain, head, f"{chance.choice(('info', 'office', 'hello'))}@{domain}"))
    return made
