"""Adds up what speaks for one customer and what against."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from rules.matching import chances
from rules.matching.blocks import Found
from rules.matching.chances import M_TOLD, OTHERS_TOLD, UNLISTED, Told, bits
from rules.matching.handle_evidence import handle_parts
from rules.matching.profile import Profile, Sign, company_words_of
from rules.matching.records import Records
from rules.matching.shown_name import Comparison, NameEvidence, ShownName

BITS_ACCOUNT = 30.0  # an account that only this customer has on record decides
OF_SEVERAL = 0.5  # how often one of those who share an account on record writes
_SURE = frozenset({Told.MAILBOX, Told.VERIFIED_ACCOUNT, Told.VERIFIED_SITE, Told.VERIFIED_EMPLOYER})
_ABOUT_EMPLOYER = frozenset(
    {Told.EMPLOYER_MAIL, Told.VERIFIED_EMPLOYER, Told.EMPLOYER_LINK, Told.EMPLOYER_IN_BIO, Told.EMPLOYER_NAME}
)
_WITH_MAIL = frozenset({Told.EMPLOYER_MAIL, Told.EMPLOYER_IN_BIO})
_FAMILY = {kind: "employer" if kind in _ABOUT_EMPLOYER else kind.name.rpartition("_")[2] for kind in Told} | {
    Told.SITE_IN_BIO: "SITE",
    Told.MAIL_IN_BIO: "MAILBOX",
    Told.PHONE_IN_BIO: "PHONE",
}
_NOTHING_TIED: frozenset[int] = frozenset()

Part = tuple[float, str, tuple[str, ...]]
"""What a piece of evidence weighs in bits, and how to say it: a template with what stands in it."""


class Weighed(Struct):
    """A customer with the weight of all evidence in bits, each part with its words.

    `may_link`: something else than a name speaks for it and nothing warns.
    """

    row: int
    bits: float
    parts: list[Part]
    may_link: bool

    def told(self) -> list[str]:
        """Each part in words, with its weight."""
        return [f"{template.format(*words)} ({weight:+.1f})" for weight, template, words in self.parts]


def weigh(records: Records, profile: Profile, shown: ShownName, found: Found) -> Weighed:
    """Weighs all that the profile tells for one candidate."""
    row = found.row
    known = len(records) + UNLISTED
    comparison = Comparison(shown, records.words[row], records.vocabulary)
    name = comparison.weigh(records.correlation, records.tied.get(row, _NOTHING_TIED), profile.handle.stem)
    rarest = bits(1.0, chances.NAMESAKES / known)  # there are namesakes who are no customers
    parts = [_name_part(records, name, row, rarest)]
    parts += [
        (BITS_ACCOUNT if owners == 1 else bits(OF_SEVERAL, owners / known), "{} is on record", (key,))
        for key, owners in found.accounts
    ]
    signs = _strongest(found, _names_no_company(records, profile, row))
    for sign, owners in signs:
        weight = bits(M_TOLD[sign.kind], _others(sign, profile, name) * owners / known)
        parts.append((weight, "{}, which is on record", (sign.told,)))
    supported = bool(found.accounts or signs)
    lookalike = False
    if not found.accounts:
        told, supports, lookalike = handle_parts(records, profile, row)
        parts += told
        supported = supported or supports
    if (place := _place(records, profile, row, name)) is not None:
        parts.append(place)
        supported = supported or (place[0] > 0 and bool(profile.place.city))
    sure = bool(found.accounts) or any(sign.kind in _SURE for sign, _ in signs)
    warned = bool(profile.warns) and not found.accounts and not found.mail
    if warned:
        said = "the profile says {!r}, as those do who pose as somebody"
        parts.append((chances.BITS_WARNING, said, (profile.warns,)))
    may_link = supported and not warned and (sure or not lookalike)
    return Weighed(row, sum(part[0] for part in parts), parts, may_link)


def _name_part(records: Records, name: NameEvidence, row: int, rarest: float) -> Part:
    weight = min(name.bits, rarest) + name.against
    called = records.customers[row].name
    if not name.agreed:
        return (weight, "the name shown is not {!r}" if name.conflicts else "no name is shown", (called,))
    other = " beside a word that is not of it" if name.conflicts else ""
    return (weight, "of the name {!r} is shown {}" + other, (called, name.told))


def _others(sign: Sign, profile: Profile, name: NameEvidence) -> float:
    """How many others tell the same for each customer of whom it is true; more where another's work is praised."""
    praised = profile.praises and sign.kind not in _SURE and name.agreed < 2
    return OTHERS_TOLD[sign.kind] * (chances.PRAISED if praised else 1.0)


def _names_no_company(records: Records, profile: Profile, row: int) -> Callable[[Sign], bool]:
    """Whether a sign names a company that is called as the customer is, which tells no more than the name does.

    Of an organisation it is its own name. Ann Lee of "Lee Ltd", or of "Ann Lee Photography" who is shown as that, would
    else be known by what she is called alone.
    """

    def tells_the_name(sign: Sign) -> bool:
        if sign.kind != Told.EMPLOYER_NAME:
            return False
        words, called = set(sign.key[1].split()), set(company_words_of(records.customers[row].name))
        return words <= called or (not words.isdisjoint(called) and words <= set(profile.shown))

    return (lambda sign: sign.kind == Told.EMPLOYER_NAME) if records.is_organisation(row) else tells_the_name


def _strongest(found: Found, left_out: Callable[[Sign], bool]) -> list[tuple[Sign, int]]:
    """What tells one thing in several ways counts once: a link to the company says little beside its name."""
    best: dict[str, tuple[float, Sign, int]] = {}
    for sign, owners in found.signs:
        if left_out(sign):
            continue
        family = _FAMILY[sign.kind]
        weight = M_TOLD[sign.kind] / (OTHERS_TOLD[sign.kind] * owners)
        if family not in best or weight > best[family][0]:
            best[family] = (weight, sign, owners)
    if "MAILBOX" in best and "employer" in best and best["employer"][1].kind in _WITH_MAIL:
        del best["employer"]
    return [(sign, owners) for _, sign, owners in best.values()]


def _place(records: Records, profile: Profile, row: int, name: NameEvidence) -> Part | None:
    told = profile.place
    if not told.city and not told.country:
        return None
    known = records.place(row)
    if told.city and told.city == known.city:
        others = records.living_in(told.city) + _namesakes_in_town(name)
        weight = max(bits(chances.M_CITY, others), 0.0)
        return (weight, "the profile names {}, the city on record", (records.customers[row].city,))
    country = told.country or records.country_of(told.city)
    if country and known.country:
        if country != known.country:
            return (chances.BITS_OTHER_COUNTRY, "the profile names another country", ())
        if not told.city:
            return (chances.BITS_SAME_COUNTRY, "the profile names the country on record", ())
    if country and known.city:
        return (chances.BITS_OTHER_CITY, "the profile names another city", ())
    return None


def _namesakes_in_town(name: NameEvidence) -> float:
    """How many others of the name live in one town: of a common one there are some in every town."""
    return chances.IN_TOWN * min(1.0, 2.0 ** (chances.RARE_IN_TOWN - name.bits)) if name.agreed else 0.0
