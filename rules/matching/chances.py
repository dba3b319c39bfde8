"""The probabilities by which evidence is weighed.

m is how often evidence is seen of a customer's own post, u how often of anybody else's; the weight is log2(m / u)
(Fellegi and Sunter 1969). u of names, handles and cities comes from the directory itself, so that rare ones weigh more.
The numbers here were chosen on the generated world of benchmarks/people.py, and on nobody's data.
"""

from __future__ import annotations

from enum import IntEnum
from math import log2

UNLISTED = 300.0
"""So many more people are reckoned with wherever shares are taken from a directory: a small one tells less."""

STRANGERS = 0.6
"""How many of all authors are in no directory, however large it is, unless somebody says otherwise."""


class Likeness(IntEnum):
    """In which way a word of a shown name is one of the name on record, the surest first."""

    EXACT = 0
    SPELLING = 1
    NICKNAME = 2
    SLIP = 3
    CONSONANTS = 4
    INITIAL = 5
    IN_HANDLE = 6


TOLD = {
    Likeness.EXACT: "",
    Likeness.SPELLING: "spelt otherwise",
    Likeness.NICKNAME: "a form of the name",
    Likeness.SLIP: "a slip away",
    Likeness.CONSONANTS: "the same consonants",
    Likeness.INITIAL: "the initial",
    Likeness.IN_HANDLE: "in the handle",
}

M_NAME = {
    Likeness.EXACT: 0.75,
    Likeness.SPELLING: 0.08,
    Likeness.NICKNAME: 0.08,
    Likeness.SLIP: 0.05,
    Likeness.CONSONANTS: 0.03,
    Likeness.INITIAL: 0.3,
    Likeness.IN_HANDLE: 0.3,
}

U_INITIAL = 0.08
NAMESAKES = 1.0
"""How many others write under a customer's very name for each customer who does, however rare it is."""

BITS_THIRD_WORD = 3.0  # what a third word of a name can add, which mostly comes with the other two
BITS_OTHER_NAME = -5.5  # a name, and none of its words is the customer's
BITS_OTHER_WORD = -4.5  # of two parts of the name one is the customer's and one somebody else's
BITS_MORE_WORDS = -0.7  # a part of the name that is not on record
BITS_LESS_WORDS = -0.5  # a part on record that is not shown
BITS_NO_NAME = -0.5  # an invented name, or none

M_HANDLE = 0.4
M_LIKE_HANDLE = 0.05
BITS_OTHER_ACCOUNT = -2.5  # the customer has another account on record on the same network
BITS_LIKE_OTHER_ACCOUNT = -3.0  # and the author's is taken for it

M_CITY = 0.75
IN_TOWN = 0.5  # of the namesakes of a common name are in any town of its country
RARE_IN_TOWN = 17.5  # bits: of a name that is rarer there are none
BITS_OTHER_CITY = -2.3
BITS_OTHER_COUNTRY = -4.5
BITS_SAME_COUNTRY = 1.5

BITS_WARNING = -12.0  # the profile speaks as those who pose as somebody do


class Told(IntEnum):
    """What a profile may tell of what is on record, beyond name, handle and city."""

    MAILBOX = 0
    MAIL_IN_BIO = 1
    PHONE_IN_BIO = 2
    VERIFIED_ACCOUNT = 3
    ACCOUNT = 4
    VERIFIED_SITE = 5
    SITE = 6
    SITE_IN_BIO = 7
    EMPLOYER_MAIL = 8
    VERIFIED_EMPLOYER = 9
    EMPLOYER_LINK = 10
    EMPLOYER_IN_BIO = 11
    EMPLOYER_NAME = 12


M_TOLD = (0.3, 0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.05, 0.1, 0.1, 0.1, 0.1, 0.15)
OTHERS_TOLD = (0.001, 0.005, 0.005, 0.002, 0.01, 0.001, 0.06, 0.06, 0.3, 0.3, 0.3, 0.3, 0.5)
"""How many others tell the same for each customer of whom it is true."""


PRAISED = 10.0  # times as often is a site or a mailbox another's where the profile speaks of somebody else's work


def bits(m: float, u: float) -> float:
    """The weight of evidence in bits: what it makes of the odds is 2 to the power of it."""
    return log2(m / max(u, 1e-12))
