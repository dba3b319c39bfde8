"""Files every customer under all that an author may show of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import log2

import numpy as np
from numpy.typing import NDArray

from rules.directory import Customer
from rules.identity import EMAIL
from rules.matching.addresses import account, domain, mailbox, page, phone, site
from rules.matching.chances import UNLISTED
from rules.matching.handles import SHORTEST, HandleKey, HandleOdds, handle_key, local_part
from rules.matching.names import company_words, name_words
from rules.matching.places import Place, city_key, country_code, is_well_known
from rules.matching.postings import Postings
from rules.matching.vocabulary import Vocabulary

WELL_KNOWN_CITY = 0.03  # of the people live in a city that everybody knows
OTHER_CITY = 0.003
CORRELATION = 4.0  # bits, where a directory is too small to tell


class Records:
    """The customers by row, sorted by id so that their order makes no difference."""

    def __init__(self, customers: Sequence[Customer]) -> None:
        first: dict[str, Customer] = {}
        for customer in customers:
            first.setdefault(customer.id, customer)
        self.customers = tuple(first[number] for number in sorted(first))
        read = [name_words(customer.name) for customer in self.customers]
        self.vocabulary = Vocabulary(name.words for name in read)
        self.words = [tuple(self.vocabulary.numbers[word] for word in dict.fromkeys(name.words)) for name in read]
        self.tied = {
            row: frozenset(self.vocabulary.numbers[word] for word in name.tied)
            for row, name in enumerate(read)
            if name.tied
        }
        self.small = {row: name.small for row, name in enumerate(read) if name.small}
        self.correlation = _correlation(self.words, self.vocabulary)
        self.keys = Postings()
        for row, customer in enumerate(self.customers):
            for key in _keys(customer):
                self.keys.add(key, row)
        self.keys.freeze()
        self.handles = [tuple(_handles_of(customer)) for customer in self.customers]
        self.handle_odds = HandleOdds([key for _, key, _ in handles] for handles in self.handles)
        self._places()

    def _places(self) -> None:
        self._cities: dict[str, int] = {"": 0}
        cities = [self._cities.setdefault(city_key(one.city), len(self._cities)) for one in self.customers]
        self.cities: NDArray[np.int32] = np.array(cities, dtype=np.int32)
        self._living = np.bincount(self.cities, minlength=len(self._cities))
        counted: dict[str, Counter[str]] = {}
        for row in range(len(self.customers)):
            place = self.place(row)
            if place.city and place.country:
                counted.setdefault(place.city, Counter())[place.country] += 1
        self._countries = {city: max(sorted(codes), key=codes.__getitem__) for city, codes in counted.items()}

    def __len__(self) -> int:
        return len(self.customers)

    def is_organisation(self, row: int) -> bool:
        """Whether the record is of a company rather than of a person."""
        customer = self.customers[row]
        return bool(customer.company) and customer.company == customer.name

    def city(self, key: str) -> int:
        """The number of a city in `cities`; -1 for one where nobody on record lives."""
        return self._cities.get(key, -1) if key else 0

    def country_of(self, city: str) -> str:
        """The country in which most customers of that city live, "" where none does."""
        return self._countries.get(city, "")

    def living_in(self, key: str) -> float:
        """How many of all people live in the city."""
        number = self._cities.get(key)
        here = 0 if number is None else int(self._living[number])
        known = WELL_KNOWN_CITY if is_well_known(key) else OTHER_CITY
        return (here + known * UNLISTED) / (len(self.customers) + UNLISTED)

    def place(self, row: int) -> Place:
        """Where the customer lives, as places are compared."""
        customer = self.customers[row]
        code = customer.country.strip().lower()
        return Place(city_key(customer.city), code if len(code) == 2 else country_code(customer.country))


def _handles_of(customer: Customer) -> Iterator[tuple[str, HandleKey, bool]]:
    """The customer's handles with their network; the last tells whether nobody has set an end to it."""
    for one in customer.identities:
        if one.network != EMAIL and not one.value.startswith("did:"):
            yield one.network, handle_key(local_part(one.network, one.value)), one.until is None
    for url in customer.urls:
        if shown := account(url):
            yield shown[0], handle_key(local_part(*shown)), True


def _keys(customer: Customer) -> Iterator[tuple[str, str]]:
    """All that an author may show and that tells this customer, each once."""
    words = company_words(customer.company)
    found = dict.fromkeys(key for key in (*_of_identities(customer), *_of_urls(customer)) if key[1])
    found.update(dict.fromkeys(("phone", digits) for number in customer.phones if (digits := phone(number))))
    if home := site(customer.domain):
        found["employer" if words else "site", home] = None
    if words:
        found["company", " ".join(words)] = None
        if len(words) > 2:  # "García Analytics e Hijos" is "García Analytics" to those who work there
            found["company", " ".join(words[:2])] = None
    for _, key, _ in _handles_of(customer):
        found["handle", key.whole] = None
        if len(key.stem) > SHORTEST:
            found["stem", key.stem] = None
    yield from found


def _of_identities(customer: Customer) -> Iterator[tuple[str, str]]:
    for one in customer.identities:
        if one.network == EMAIL:
            yield "mail", mailbox(one.value)
            yield "employer", domain(one.value)
        else:
            yield "account", f"{one.network}:{one.value.lower()}"


def _of_urls(customer: Customer) -> Iterator[tuple[str, str]]:
    for url in customer.urls:
        if shown := account(url):
            yield "account", f"{shown[0]}:{shown[1]}"
        else:
            yield "account", page(url)
            yield "site", site(url)


def _correlation(names: Sequence[tuple[int, ...]], vocabulary: Vocabulary) -> float:
    """By how many bits two words of a name go together more often than by chance.

    Given names and families come in languages, so that a Nguyen is rarely called Giuseppe: the pairs that really
    stand in the directory more than once, over those that would if words were drawn one by one.
    """
    pairs: dict[tuple[int, int], int] = {}
    for words in names:
        if len(words) > 1:
            pair = (min(words[0], words[-1]), max(words[0], words[-1]))
            pairs[pair] = pairs.get(pair, 0) + 1
    people = len(names)
    seen = sum(count * (count - 1) for count in pairs.values()) / max(people, 1)
    expected = sum(
        count * vocabulary.counts[one] * vocabulary.counts[other] / max(people, 1)
        for (one, other), count in pairs.items()
    ) / max(people, 1)
    if seen * people < 200:
        return CORRELATION
    return max(0.0, log2(seen / max(expected, 1e-12)))
