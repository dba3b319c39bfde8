"""Finds the few customers whom an author may be, without a look at the others."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.matching.chances import M_CITY, Told, bits
from rules.matching.postings import Rows
from rules.matching.profile import Profile, Sign
from rules.matching.records import Records
from rules.matching.shown_name import ShownName

MOST_BY_NAME = 12
MOST_BY_KEY = 16  # customers who have something in common; of more only those whom the name fits


class Found(Struct):
    """A customer whom an author may be, with what the profile tells of them; `owners` have the same on record."""

    row: int
    signs: list[tuple[Sign, int]]
    accounts: list[tuple[str, int]]  # on record as the customer's at the time, with how many have it
    mail: int = 0  # how many have the mailbox on record from which the post came


def candidates(records: Records, profile: Profile, shown: ShownName, at: datetime, worth: float) -> list[Found]:
    """Gives those who have an address, account, link or handle in common with the author, or the likest name.

    A name alone must weigh `worth` bits.
    """
    by_name, liked = _by_name(records, profile, shown, worth)
    found: dict[int, Found] = {}

    def get(row: int) -> Found:
        return found.setdefault(row, Found(row, [], []))

    for row in by_name:
        get(row)
    accounts = [("account", told) for told in profile.accounts]
    handles = [("handle", profile.handle.whole), ("stem", profile.handle.stem)] if profile.handle.whole else []
    keys = [*accounts, *handles, *(sign.key for sign in profile.signs)]
    rows_by_key = records.keys.of(keys)
    for key, rows in zip(accounts, rows_by_key, strict=False):
        held = [row for row in rows[:MOST_BY_KEY].tolist() if _holds(records, row, key[1], at)]
        for row in held:
            get(row).accounts.append((key[1], len(held)))
    for rows in rows_by_key[len(accounts) : len(accounts) + len(handles)]:
        for row in _few(rows, liked):
            get(row)
    for sign, rows in zip(profile.signs, rows_by_key[len(accounts) + len(handles) :], strict=True):
        for row in _few(rows, liked):
            one = get(row)
            one.signs.append((sign, len(rows)))
            if sign.kind == Told.MAILBOX:
                one.mail = len(rows)
    return list(found.values())


def _few(rows: Rows, liked: NDArray[np.float32]) -> list[int]:
    if len(rows) > MOST_BY_KEY:
        fit = rows[np.argsort(-liked[rows], kind="stable")[:MOST_BY_KEY]]
        return [int(row) for row in fit]
    return [int(row) for row in rows]


def _by_name(
    records: Records, profile: Profile, shown: ShownName, worth: float
) -> tuple[list[int], NDArray[np.float32]]:
    """The rows whose names are likest by the weight of their words, with the city's; and that weight for every row."""
    liked: NDArray[np.float32] = np.zeros(len(records), dtype=np.float32)
    touched = []
    for unit in shown.units:
        for number, form in unit.forms.items():
            rows = records.vocabulary.rows(number)
            liked[rows] += form.bits
            touched.append(rows)
    if not touched:
        return [], liked
    rows = np.concatenate(touched)
    weights = liked[rows]
    enough = weights >= worth
    rows, weights = rows[enough], weights[enough]
    if profile.place.city:
        city = records.city(profile.place.city)
        if city > 0:
            weights = weights + np.float32(bits(M_CITY, records.living_in(profile.place.city))) * (
                records.cities[rows] == city
            )
    wanted = MOST_BY_NAME * 4
    if len(rows) > wanted:
        best = np.argpartition(-weights, wanted)[: wanted + 1]
        rows, weights = rows[best], weights[best]
    order = np.lexsort((rows, -weights))
    return list(dict.fromkeys(rows[order].tolist()))[:MOST_BY_NAME], liked


def _holds(records: Records, row: int, key: str, at: datetime) -> bool:
    """Whether the account was the customer's at that time."""
    customer = records.customers[row]
    told = [one for one in customer.identities if f"{one.network}:{one.value.lower()}" == key]
    if told:
        return any(one.holds(at) for one in told)
    return True  # an address of the profile, to which nobody sets an end
