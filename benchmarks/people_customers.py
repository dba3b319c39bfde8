"""The generated directory of customers, with what it does not tell kept beside it: who its people truly are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from msgspec import Struct
from msgspec.structs import replace
from people_accounts import ON_RECORD, Account, Accounts, Handle, mailbox, phone, profile_url
from people_companies import Company, companies
from people_lists import CYRILLIC, cultures, folded, romanised
from people_names import Person, any_culture, person

FIRST_CHANGE = datetime(2026, 2, 1, tzinfo=UTC)  # of a handle's owner
CHANGES_OVER = timedelta(days=240)
KINDS = {"private": 58, "relative": 5, "contact": 31, "organisation": 3, "again": 3}  # of 100 records
TIERS = {"free": 55, "standard": 33, "gold": 12}
CHANGED_HANDS = 0.02  # of the handles that come first in a record
OWN_SITE = 0.06  # of the people


class Customer(Struct, frozen=True):
    """A record as a company's own directory would have it; what is not known is "" or empty."""

    id: str
    name: str
    company: str
    tier: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    handles: tuple[Handle, ...]
    domains: tuple[str, ...]  # the company's, or a site of their own
    profile_urls: tuple[str, ...]
    address: str
    city: str
    country: str  # ISO 3166 alpha-2


class Known(Struct):
    """What is true of a record, whether the directory says so or not."""

    record: Customer
    person: Person
    kind: str
    accounts: tuple[Account, ...]
    site: str  # a domain of their own, or ""
    company: Company | None
    same: tuple[str, ...] = ()  # ids of all the records of this person


class Directory:
    """`customers` records, the same for the same seed.

    Some people have namesakes by the dozen, some share a household or a mailbox, some have two records, and some
    handles have had two owners.
    """

    def __init__(self, seed: int, customers: int = 100_000) -> None:
        chance = Random(f"{seed} directory")
        self.accounts = Accounts()
        self.companies = companies(chance, max(4, customers // 11))
        self._fame = list(accumulate(1 / (rank + 8) for rank in range(len(self.companies))))
        self.known: list[Known] = []
        kinds = chance.choices(tuple(KINDS), weights=tuple(KINDS.values()), k=customers)
        heads = iter(self.companies)
        for number, kind in enumerate(kinds):
            people = self.known if number > 20 else []
            self.known.append(self._record(chance, f"c-{number:06d}", kind if people else "private", heads))
        self._hand_over(chance)
        self.place = {one.record.id: place for place, one in enumerate(self.known)}

    def __iter__(self) -> Iterator[Customer]:
        return (one.record for one in self.known)

    def __len__(self) -> int:
        return len(self.known)

    def __getitem__(self, customer: str) -> Customer:
        return self.known[self.place[customer]].record

    def same_person(self, customer: str) -> tuple[str, ...]:
        """The ids of all the records of this customer, the one asked for among them."""
        return self.known[self.place[customer]].same or (customer,)

    def _record(self, chance: Random, number: str, kind: str, heads: Iterator[Company]) -> Known:
        if kind == "organisation":
            if company := next(heads, None):
                return self._organisation(chance, number, company)
            kind = "private"
        other = chance.choice(self.known) if kind in {"relative", "again"} else None
        if other is not None and (other.kind == "organisation" or other.same):
            kind, other = "private", None
        if kind == "again" and other is not None:
            return self._again(chance, number, other)
        company = chance.choices(self.companies, cum_weights=self._fame)[0] if kind == "contact" else None
        own_culture = company is not None and chance.random() < 0.8
        culture = cultures()[company.head.culture] if company is not None and own_culture else any_culture(chance)
        near = company.head.town if company is not None else None
        somebody = person(chance, None if other else culture, other.person if other else None, near)
        accounts = self.accounts.of(chance, somebody)
        site = ""
        if chance.random() < OWN_SITE and folded(somebody.family.latin).isascii():
            site = f"{folded(somebody.given.latin)}{folded(somebody.family.latin)}{number[-3:]}.example"
            if somebody.odds < 1e-5:
                site = f"{folded(somebody.family.latin)}{number[-2:]}.example"
        record = self._filed(chance, number, somebody, accounts, site, company)
        if other is not None:
            shared = other.record.phones if chance.random() < 0.5 else record.phones
            emails = (*record.emails[:2], *(other.record.emails[:1] if chance.random() < 0.2 else ()))
            record = replace(record, phones=shared, emails=emails, address=other.record.address)
        return Known(record, somebody, kind, accounts, site, company)

    def _filed(
        self,
        chance: Random,
        number: str,
        somebody: Person,
        accounts: tuple[Account, ...],
        site: str,
        company: Company | None,
    ) -> Customer:
        handles = [Handle(one.network, one.name) for one in accounts if chance.random() < ON_RECORD]
        links = [
            profile_url(one.network, one.name)
            for one in accounts
            if chance.random() < 0.12 and one.name not in {handle.name for handle in handles}
        ]
        emails = [mailbox(chance, somebody) for _ in range(_few(chance, 12, 76, 12))]
        if company is not None:
            emails = emails[:1] if chance.random() < 0.15 else []
            own = f"{folded(somebody.given.latin)}.{folded(somebody.family.latin)}"
            if chance.random() < 0.8 and own.isascii():
                emails.insert(0, f"{own}{number[-2:] if chance.random() < 0.1 else ''}@{company.domain}")
            if chance.random() < 0.15:
                emails.append(company.mailbox)
        domains = [company.domain] if company is not None and chance.random() < 0.7 else []
        if site:
            domains.append(site) if chance.random() < 0.6 else links.append(f"https://{site}/about")
        return Customer(
            id=number,
            name=_native(chance, somebody) or somebody.name,
            company=company.name if company is not None else "",
            tier=_tier(chance),
            emails=tuple(emails),
            phones=tuple(phone(chance, somebody.town.country) for _ in range(_few(chance, 45, 48, 7))),
            handles=tuple(handles),
            domains=tuple(domains),
            profile_urls=tuple(links),
            address=_address(chance, somebody) if chance.random() < 0.8 else "",
            city=somebody.town.name,
            country=somebody.town.country,
        )

    def _organisation(self, chance: Random, number: str, company: Company) -> Known:
        accounts = self.accounts.of(chance, company.head, company.short)
        filed = self._filed(chance, number, company.head, accounts, "", None)
        record = replace(
            filed, name=company.name, company=company.name, emails=(company.mailbox,), domains=(company.domain,)
        )
        return Known(record, company.head, "organisation", accounts, "", company)

    def _again(self, chance: Random, number: str, other: Known) -> Known:
        """A second record of the same person, with less in it and the name otherwise."""
        given = other.person.given.latin
        name = chance.choice(
            (other.person.name, f"{given[0]}. {other.person.family.latin}", f"{given} {other.person.family.latin}")
        )
        filed = self._filed(chance, number, other.person, (), "", None)
        emails = other.record.emails[:1] if chance.random() < 0.3 else filed.emails
        same = (other.record.id, number)
        other.same = same
        record = replace(filed, name=name, company=other.record.company if chance.random() < 0.5 else "", emails=emails)
        return Known(record, other.person, "again", other.accounts, other.site, other.company, same)

    def _hand_over(self, chance: Random) -> None:
        """Gives some handles up, and half of those to another customer whom the handle suits as well."""
        families: dict[str, list[Known]] = {}
        for one in self.known:
            if one.kind != "organisation":
                families.setdefault(one.person.key[1], []).append(one)
        people = [one for relatives in families.values() for one in relatives]
        for one in people:
            for handle in one.record.handles[:1]:
                if chance.random() >= CHANGED_HANDS or handle.valid_from is not None:
                    continue
                at = FIRST_CHANGE + chance.random() * CHANGES_OVER
                ended = Handle(handle.network, handle.name, handle.valid_from, at)
                one.record = replace(one.record, handles=(ended, *one.record.handles[1:]))
                family = one.person.key[1]
                heir = chance.choice(families[family] if family in folded(handle.name) else people)
                if chance.random() < 0.5 and heir.person is not one.person:
                    got = Handle(handle.network, handle.name, at)
                    heir.record = replace(heir.record, handles=(*heir.record.handles, got))


def _native(chance: Random, somebody: Person) -> str:
    """The name in its own script, as a tenth of the records of such people have it."""
    if chance.random() >= 0.1 or not somebody.family.native:
        return ""
    return own_script(somebody)


def own_script(somebody: Person) -> str:
    """The name in its own script; "" where it has none."""
    given, family = somebody.given.native, somebody.family.native
    if not given or not family:
        return ""
    if cultures()[somebody.culture].family_first:
        return f"{family}{given}"
    return f"{given} {family}"


def _address(chance: Random, somebody: Person) -> str:
    culture = next(one for one in cultures().values() if somebody.town in one.towns)
    return culture.street.format(
        number=chance.randrange(1, 180), stem=romanised(chance.choice(culture.stems).strip(" -"), CYRILLIC)
    )


def _few(chance: Random, none: int, one: int, two: int) -> int:
    """0, 1 or 2, with these weights."""
    return chance.choices((0, 1, 2), weights=(none, one, two))[0]


def _tier(chance: Random) -> str:
    return chance.choices(tuple(TIERS), weights=tuple(TIERS.values()))[0]
