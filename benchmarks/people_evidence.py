"""What a careful person with the whole directory at hand could link with near certainty.

Near certain means that less than one in twenty other people would fit as well. How many others bear a name follows
from how often its parts are drawn and from the inhabitants of the town; of those, one in a hundred is taken to write
about the brand at all. Nobody's name alone is enough: there are namesakes who are no customers.
"""

from __future__ import annotations

from functools import lru_cache

from people_accounts import Account, local
from people_companies import Company
from people_customers import Directory, Known
from people_lists import cultures, folded
from people_noise import Shown

WRITES = 0.01  # of a town's people, about the brand
IN_TOWN = {True: 0.6, False: 0.03}  # how many of a town's people are of the name's culture: at home, abroad
STAFF_PER_CONTACT = 10
OF_STAFF = {
    True: 0.8,
    False: 0.05,
}  # how many of a company's people are of the name's culture: the company's own, others
STAFF_WRITES = 0.3  # as often as the contact on record does
LOOKALIKES = 10  # handles that are taken for one
DOUBT = 0.05
NAMED = {"full", "nickname", "initial"}


class Evidence:
    """Answers for one directory."""

    def __init__(self, directory: Directory) -> None:
        self.by_name: dict[tuple[str, str], list[Known]] = {}
        self.by_company: dict[str, list[Known]] = {}
        self.by_contact: dict[str, list[Known]] = {}
        self.by_handle: dict[tuple[str, str], list[Known]] = {}
        self.by_local: dict[str, list[Known]] = {}
        for one in directory.known:
            if one.kind != "organisation":
                self.by_name.setdefault(one.person.key, []).append(one)
            if one.company is not None and one.kind != "organisation":
                self.by_company.setdefault(folded(one.company.short), []).append(one)
            for contact in (*one.record.emails, *one.record.phones):
                self.by_contact.setdefault(contact, []).append(one)
            for handle in one.record.handles:
                self.by_handle.setdefault((handle.network, handle.name), []).append(one)
                self.by_local.setdefault(local(handle.name).lower(), []).append(one)

    def only(self, one: Known, contact: str) -> bool:
        """Whether the mailbox or number is this person's alone."""
        return all(other.person is one.person for other in self.by_contact[contact])

    def one_of(self, one: Known, contact: str, shown: Shown) -> bool:
        """Whether the shown name tells who of those that share the mailbox or number it is."""
        return shown.form in NAMED and self._stands_out(one, self.by_contact[contact], shown)

    def at_company(self, one: Known, company: Company, shown: Shown) -> bool:
        """Whether the shown name at that company can be nobody else."""
        contacts = self.by_company[folded(company.short)]
        staff = STAFF_PER_CONTACT * max(5, len(contacts))
        others = staff * OF_STAFF[one.person.culture == company.head.culture] * STAFF_WRITES * one.person.odds
        return shown.form in NAMED and others < DOUBT and self._stands_out(one, contacts, shown)

    def in_town(self, one: Known, shown: Shown) -> bool:
        """Whether the shown name in the person's own town can be nobody else."""
        return (
            shown.form in {"full", "nickname"}
            and self.others_in_town(one) < DOUBT
            and all(
                other.person is one.person or other.record.city != one.record.city
                for other in self.by_name[one.person.key]
            )
        )

    def others_in_town(self, one: Known) -> float:
        """How many other people of the name live in the town and write about the brand."""
        person = one.person
        return person.town.inhabitants * IN_TOWN[person.at_home] * WRITES * person.odds

    def same_handle(self, one: Known, account: Account, in_town: bool, alike: bool = False) -> bool:
        """Whether the handle can be nobody else's on any network.

        `in_town`: the author tells the person's own town; `alike`: the handle is only nearly the same.
        """
        others = self.others_of_handle(one, account) * (LOOKALIKES if alike else 1)
        if in_town:
            others *= one.person.town.inhabitants / _inhabitants(one.person.culture)
        return others < DOUBT and all(
            other.person is one.person for other in self.by_local.get(local(account.name).lower(), ())
        )

    def others_of_handle(self, one: Known, account: Account) -> float:
        """How many others who write about the brand would have taken the handle."""
        return account.odds * _inhabitants(one.person.culture) * WRITES

    @staticmethod
    def _stands_out(one: Known, among: list[Known], shown: Shown) -> bool:
        """Whether nobody else of those has the name; less than the full name asks for a family of its own."""
        part = slice(0, 2) if shown.form == "full" else slice(1, 2)
        return all(other.person is one.person or other.person.key[part] != one.person.key[part] for other in among)


@lru_cache(maxsize=32)
def _inhabitants(culture: str) -> int:
    """Of all towns of the culture."""
    return sum(town.inhabitants for town in cultures()[culture].towns)
