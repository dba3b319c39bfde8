"""How the generated people write themselves in public: what a noise model owes, with model A.

A: nicknames of people/nicknames_a.txt, slips on a keyboard, the commonest other spellings of a name, ü as ue.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Protocol

from msgspec import Struct
from people_accounts import pseudonym
from people_customers import own_script
from people_lists import CYRILLIC, LISTS, Name, Town, folded, romanised
from people_names import Person

SHARES_A = {  # of 100 posts; what each is: people/README.md
    "exact_handle": 8.0, "profile_url": 2.0, "handle_by_time": 1.0, "exact_email": 4.0, "shared_mailbox": 1.0,
    "verified_link": 3.0, "unverified_link": 2.0, "other_profile_link": 2.0, "contact_in_bio": 1.0,
    "same_handle_elsewhere": 4.0, "like_handle_and_name": 1.5, "name_and_company": 3.0, "name_and_domain": 2.0,
    "name_and_city": 3.0, "name_only": 1.5, "nothing": 1.0,
    "stranger": 22.0, "namesake": 9.0, "namesake_in_town": 4.0, "rare_name_elsewhere": 4.0, "handle_elsewhere": 4.0,
    "lookalike_handle": 2.0, "fan": 4.0, "impostor": 3.0, "colleague": 4.0, "links_to_customer": 2.0,
    "relative": 1.5, "handle_given_up": 0.5,
}  # fmt: skip
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
CYRILLIC_A = CYRILLIC | {"ю": "iu", "я": "ia", "й": "i", "ё": "yo", "х": "h", "ц": "c"}
BEFORE = ("Dr. ", "Prof. ", "Dipl.-Ing. ", "🌻 ", "✨", "Coach ", "Chef ")
BEHIND = (" 🌻", " ✨", " 🇺🇦", " (she/her)", " (he/him)", ", PhD", " | photographer", " 🚴", " 🏳️‍🌈", " 2.0")
JOBS = ("Product manager", "Engineer", "Head of sales", "Nurse", "Buyer", "Designer", "CFO", "Intern", "Ops", "Founder")
WORKS = (
    "{job} at {company}",
    "{job} @ {company}. Opinions mine.",
    "{company} · {job}",
    "I do {job} things for {company}",
)
WITH_DOMAIN = ("{job}, {domain}", "{job} | www.{domain}", "{job} at {company} ({domain})")
FILLERS = (
    "Coffee first.", "Mum of three, runner, reader.", "Just here for the memes", "Cats > people", "Amateur astronomer",
    "Vida, música y fútbol ⚽", "Kaffee & Katzen", "Voyages, cuisine, photos", "বই পড়তে ভালোবাসি", "旅と写真", "she/her",
    "Dad jokes daily", "Opinions my own", "Learning in public", "Love, life, laksa", "Football. Nothing else.",
)  # fmt: skip
SCAMS = ("DM me for crypto tips 💰", "Official backup account", "GIVEAWAY: link below", "Support team: write us a DM")
FANS = ("{company} fan since forever", "I ♥ {company}", "Unofficial {company} club", "Everything {company}")
PRAISE = ("Site by the great {name}", "My teacher: {name}", "Reading everything {name} writes", "Photos: {name}")


class Shown(Struct, frozen=True):
    """A display name, with what it still has of the real one."""

    text: str
    form: str  # full, nickname, initial, given, other_family, none (a pseudonym)


class Noise(Protocol):
    """How people write themselves: each call draws from the `chance` that it is given, and from nothing else."""

    name: str
    shares: dict[str, float]

    def display(self, chance: Random, somebody: Person) -> Shown: ...
    def handle(self, chance: Random, somebody: Person) -> str: ...
    def lookalike(self, chance: Random, handle: str) -> str:
        """Another handle that a reader takes for `handle`."""
        ...

    def works(self, chance: Random, company: str, domain: str) -> str:
        """A line of a profile about where somebody works; `domain` may be "" ."""
        ...

    def filler(self, chance: Random) -> str: ...
    def scam(self, chance: Random) -> str: ...
    def fan(self, chance: Random, company: str) -> str: ...
    def praise(self, chance: Random, name: str) -> str:
        """A line by somebody else about the one who is called so."""
        ...

    def pseudonym(self, chance: Random) -> str:
        """A display name that says nothing of its owner."""
        ...

    def city(self, chance: Random, town: Town) -> str: ...
    def url(self, chance: Random, url: str) -> str:
        """The same address, written otherwise."""
        ...

    def email(self, chance: Random, email: str) -> str:
        """The same mailbox, written otherwise."""
        ...


class NoiseA:
    name = "A"
    shares = SHARES_A

    def display(self, chance: Random, somebody: Person) -> Shown:
        given, family, form = somebody.given.latin, somebody.family.latin, "full"
        script = own_script(somebody)
        if script and chance.random() < 0.2:
            return Shown(self._decorated(chance, script), "full")
        if chance.random() < 0.35:
            given, family = spelled(chance, somebody.given, CYRILLIC_A), spelled(chance, somebody.family, CYRILLIC_A)
        shape = chance.random()
        called = nicknames("nicknames_a.txt").get(folded(somebody.given.latin), ())
        if called and shape < 0.3:
            given, form = chance.choice(called), "nickname"
        elif 0.3 <= shape < 0.36:
            given, form = f"{given[0]}.", "initial"
        elif 0.36 <= shape < 0.41:
            return Shown(self._decorated(chance, given), "given")
        elif 0.41 <= shape < 0.44 and somebody.woman:
            form = "other_family"
            family = chance.choice((f"{family}-{chance.choice(MARRIED)}", chance.choice(MARRIED)))
        elif 0.44 <= shape < 0.52:
            return Shown(pseudonym(chance, folded(given), folded(family))[0].replace("_", " "), "none")
        elif shape >= 0.7 and somebody.middle:
            given = f"{given} {chance.choice((somebody.middle, somebody.middle[0] + '.'))}"
        reverse = chance.random() < (0.5 if somebody.family_first else 0.06)
        text = f"{family} {given}" if reverse else f"{given} {family}"
        return Shown(self._decorated(chance, self._mistyped(chance, text)), form)

    def handle(self, chance: Random, somebody: Person) -> str:
        given, family = folded(somebody.given.latin), folded(somebody.family.latin)
        shape = chance.random()
        if shape < 0.35:
            return pseudonym(chance, given, family)[0]
        if shape < 0.6:
            return f"{given}_{family}{chance.choice(('', '_', str(chance.randrange(100))))}"
        if shape < 0.94:
            return f"{given[0]}{family}{chance.randrange(1960, 2010)}"
        return f"{given}{family}".translate(str.maketrans("eoi", "301"))

    def lookalike(self, chance: Random, handle: str) -> str:
        changed = [f"{handle}_", f"_{handle}", f"{handle}1", f"{handle}official"]
        changed += [handle.replace(letter, digit, 1) for letter, digit in ("o0", "l1", "e3") if letter in handle]
        return chance.choice(changed)

    def works(self, chance: Random, company: str, domain: str) -> str:
        line = chance.choice(WITH_DOMAIN if domain else WORKS)
        return line.format(job=chance.choice(JOBS), company=company, domain=domain)

    def filler(self, chance: Random) -> str:
        return chance.choice(FILLERS)

    def scam(self, chance: Random) -> str:
        return chance.choice(SCAMS)

    def fan(self, chance: Random, company: str) -> str:
        return chance.choice(FANS).format(company=company)

    def praise(self, chance: Random, name: str) -> str:
        return chance.choice(PRAISE).format(name=name)

    def pseudonym(self, chance: Random) -> str:
        return pseudonym(chance, *chance.sample("bdfklmnrst", 2))[0].replace("_", " ")

    def city(self, chance: Random, town: Town) -> str:
        name = chance.choice((town.name, town.name, town.other, town.native or town.name))
        return chance.choice((name, f"{name}, {town.country}", name.lower(), f"📍 {name}"))

    def url(self, chance: Random, url: str) -> str:
        bare = url.removeprefix("https://").removeprefix("www.").rstrip("/")
        return chance.choice(
            (url, f"http://{bare}", f"https://www.{bare}", f"https://{bare}/", f"https://{bare}?utm_source=bio")
        )

    def email(self, chance: Random, email: str) -> str:
        user, _, server = email.partition("@")
        return chance.choice((email, email, email, f"{user}+shop@{server}", f"{user.title()}@{server}"))

    def _mistyped(self, chance: Random, text: str) -> str:
        if chance.random() < 0.3:
            text = text.translate(GERMAN)
            if chance.random() < 0.6:
                text = " ".join(folded(word).title() if folded(word).isascii() else word for word in text.split())
        if chance.random() < 0.07 and len(text) > 7:
            text = slip(chance, text)
        return text.lower() if chance.random() < 0.08 else text

    def _decorated(self, chance: Random, text: str) -> str:
        if chance.random() < 0.12:
            return chance.choice(BEFORE) + text
        return text + chance.choice(BEHIND) if chance.random() < 0.15 else text


MARRIED = ("Hill", "Weber", "Costa", "Laurent", "Petrova", "Kaya", "Nair", "Okoye", "Vermeer", "Blanco")


def spelled(chance: Random, name: Name, cyrillic: dict[str, str]) -> str:
    """One of the name's other spellings as A knows them, or the directory's."""
    if name.native and set(name.native.lower()) & set(CYRILLIC):
        return romanised(name.native, cyrillic)
    return chance.choice(name.spelled_a) if name.spelled_a else name.latin


def slip(chance: Random, text: str) -> str:
    """A neighbour on the keyboard, two letters in the wrong order, or one left out."""
    place = chance.randrange(1, len(text) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        row = next((row for row in KEYBOARD if text[place] in row), "")
        if row:
            near = row[max(0, min(len(row) - 1, row.index(text[place]) + chance.choice((-1, 1))))]
            return text[:place] + near + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + text[place + 1 :]


@lru_cache(maxsize=4)
def nicknames(listed: str) -> dict[str, tuple[str, ...]]:
    """The nicknames of a list by the folded given name."""
    found: dict[str, tuple[str, ...]] = {}
    for line in (LISTS / listed).read_text("utf-8").splitlines():
        given, colon, called = line.partition(":")
        if colon and not line.startswith("#"):
            found[folded(given)] = found.get(folded(given), ()) + tuple(part.strip() for part in called.split(","))
    return found
