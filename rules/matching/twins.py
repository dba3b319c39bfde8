"""Tells which records of a directory are surely of one person."""

from __future__ import annotations

from rules.identity import EMAIL
from rules.matching.addresses import mailbox
from rules.matching.chances import bits
from rules.matching.records import Records

AGAIN = 0.03  # of the records are a second one of somebody who has one
SHARE = 0.3  # of those have a mailbox or a number in common
OTHERS_SHARE = 0.02  # of the records share theirs with somebody else of the same name
SURE = 6.0  # bits


def same_person(records: Records, one: int, other: int) -> bool:
    """Whether two records are of one person: the same rare name in one city, or with one mailbox."""
    first, second = records.customers[one], records.customers[other]
    same_city = bool(first.city) and records.cities[one] == records.cities[other]
    if first.city and second.city and not same_city:
        return False
    shared = _shared_words(records, one, other)
    if shared <= 0.0:
        return False
    weight = shared + bits(AGAIN / len(records), 1.0)
    if same_city:
        weight += bits(1.0, records.living_in(records.place(one).city))
    keys = [("mail", mailbox(claimed.value)) for claimed in first.identities if claimed.network == EMAIL]
    theirs = {("mail", mailbox(claimed.value)) for claimed in second.identities if claimed.network == EMAIL}
    common = [key for key in keys if key in theirs]
    if common:
        owners = min(len(rows) for rows in records.keys.of(common))
        weight += bits(SHARE, OTHERS_SHARE * owners * owners / len(records))
    return weight >= SURE


def _shared_words(records: Records, one: int, other: int) -> float:
    """What the words that two names on record share weigh in bits; 0 where each has a word that the other lacks."""
    words, others = set(records.words[one]), set(records.words[other])
    both = words & others
    texts = records.vocabulary.words
    left = sorted(texts[number] for number in words - both)
    right = sorted(texts[number] for number in others - both)
    initial = 0.0
    if left and right:
        short, long = (left, right) if len(left[0]) == 1 else (right, left)
        if len(short) != 1 or len(short[0]) != 1 or not any(text[0] == short[0] for text in long):
            return 0.0
        initial = 3.0
    weight = sum(bits(1.0, records.vocabulary.frequency(texts[number])) for number in both) + initial
    return weight - records.correlation if len(both) > 1 or initial else 0.0
