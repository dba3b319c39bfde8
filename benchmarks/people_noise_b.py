"""How the generated people write themselves in public: noise model B, kept closed until a matcher is finished.

B: nicknames of people/nicknames_b.txt, misread and misheard letters, doubled letters and lost blanks, other systems of
transliteration (scholarly Cyrillic, kunrei, Cantonese and Wade-Giles), ü as u, handles by other rules. Whoever builds
or tunes a matcher reads neither this module nor what it draws.
"""

from __future__ import annotations

from random import Random

from people_customers import own_script
from people_lists import CYRILLIC, Name, Town, folded, romanised
from people_names import Person
from people_noise import Shown, nicknames

SHARES_B = {  # of 100 posts
    "exact_handle": 6.0, "profile_url": 3.0, "handle_by_time": 1.0, "exact_email": 3.0, "shared_mailbox": 1.5,
    "verified_link": 2.0, "unverified_link": 3.0, "other_profile_link": 3.0, "contact_in_bio": 1.5,
    "same_handle_elsewhere": 3.0, "like_handle_and_name": 2.0, "name_and_company": 4.0, "name_and_domain": 3.0,
    "name_and_city": 3.0, "name_only": 1.0, "nothing": 1.0,
    "stranger": 18.0, "namesake": 8.0, "namesake_in_town": 5.0, "rare_name_elsewhere": 5.0, "handle_elsewhere": 5.0,
    "lookalike_handle": 3.0, "fan": 3.0, "impostor": 4.0, "colleague": 3.0, "links_to_customer": 2.5,
    "relative": 1.5, "handle_given_up": 1.0,
}  # fmt: skip
CYRILLIC_B = CYRILLIC | {
    "ж": "ž", "х": "ch", "ц": "c", "ч": "č", "ш": "š", "щ": "šč", "ю": "ju", "я": "ja", "й": "j", "ё": "jo", "ы": "y",
}  # fmt: skip
CYRILLIC_GERMAN = CYRILLIC | {
    "ж": "sch", "з": "s", "х": "ch", "ц": "z", "ч": "tsch", "ш": "sch", "щ": "schtsch", "ю": "ju", "я": "ja", "й": "i",
    "в": "w", "ё": "jo",
}  # fmt: skip
KUNREI = (("shi", "si"), ("chi", "ti"), ("tsu", "tu"), ("fu", "hu"), ("ji", "zi"), ("sho", "syo"), ("shu", "syu"))
WADE_GILES = (("xiao", "hsiao"), ("xi", "hsi"), ("xu", "hsu"), ("zh", "ch"), ("q", "ch'"), ("x", "hs"), ("jia", "chia"))
BY_CULTURE = {
    "turkish": str.maketrans({"ş": "sh", "Ş": "Sh", "ç": "ch", "Ç": "Ch", "ğ": "gh", "ö": "oe", "ü": "ue", "ı": "y"}),
    "polish": str.maketrans({"ł": "w", "Ł": "W", "ż": "zh", "ś": "sh", "ć": "ch", "ą": "on", "ę": "en", "ó": "u"}),
    "vietnamese": str.maketrans({"đ": "dj", "Đ": "Dj", "ơ": "o", "ư": "u"}),
    "spanish": str.maketrans({"ñ": "ny", "Ñ": "Ny"}),
}
MISREAD = (("rn", "m"), ("m", "rn"), ("cl", "d"), ("l", "1"), ("o", "0"), ("w", "vv"), ("h", "li"), ("g", "q"))
MISHEARD = (("ph", "f"), ("ck", "k"), ("th", "t"), ("c", "k"), ("y", "i"), ("z", "s"), ("v", "w"), ("ei", "ai"))
BEFORE = ("Ing. ", "Mx ", "★ ", "DJ ", "Frau ", "the real ", "Capt. ", "🎧")
BEHIND = (" ★", " (away)", " 🌊🌊", " MBA", " – hiring!", " [they]", " ☕️", " 🇧🇷", ", MD", " / he")
MARRIED = ("Baker", "Schuster", "Moreira", "Fabre", "Orlova", "Aksoy", "Menon", "Balewa", "de Haan", "Salinas")
ROLES = ("sales", "devrel", "warehouse", "finance", "people ops", "QA", "legal", "night shift", "customer success")
WORKS = (
    "by day: {company} ({role})",
    "{role} lead, {company}",
    "paid by {company} to do {role}",
    "proud {company} crew",
)
WITH_DOMAIN = ("work: {domain}", "{role} – https://{domain}", "find us: {company}, {domain}")
FILLERS = (
    "plants & synths", "not a morning person", "abuela orgullosa", "Bücherwurm", "chess 1500", "খিচুড়ি আর বৃষ্টি",
    "lurker", "père de deux filles", "猫派", "seni & kopi", "ex-everything", "gardening badly", "sourdough since 2020",
)  # fmt: skip
SCAMS = (
    "new account, old one hacked!! add me",
    "Investment mentor",
    "Free vouchers here 👇",
    "Help desk – send your PIN",
)
FANS = ("can't live without {company}", "{company} stan account", "collecting all of {company}", "{company} memes")
PRAISE = ("{name} taught me everything", "web design for {name} & co", "big admirer of {name}", "booked via {name}")
WORDS = (
    "mango",
    "zebra",
    "tundra",
    "cobweb",
    "violin",
    "saffron",
    "pickle",
    "orbit",
    "tulip",
    "bison",
    "nimbus",
    "waffle",
)


class NoiseB:
    name = "B"
    shares = SHARES_B

    def display(self, chance: Random, somebody: Person) -> Shown:
        if chance.random() < 0.12:
            return Shown(self.pseudonym(chance), "none")
        script = own_script(somebody)
        if script and chance.random() < 0.12:
            return Shown(self._decorated(chance, script), "full")
        given, family, form = somebody.given.latin, somebody.family.latin, "full"
        if chance.random() < 0.5:
            culture = somebody.culture
            given, family = _spelled(chance, somebody.given, culture), _spelled(chance, somebody.family, culture)
        called = nicknames("nicknames_b.txt").get(folded(somebody.given.latin), ())
        shape = chance.random()
        if called and shape < 0.4:
            given, form = chance.choice(called), "nickname"
        elif 0.4 <= shape < 0.46:
            return Shown(self._decorated(chance, f"{given} {family[0]}."), "given")
        elif 0.46 <= shape < 0.52:
            given, form = given[0], "initial"
        elif 0.52 <= shape < 0.55 and somebody.woman:
            other = chance.choice(MARRIED)
            family, form = chance.choice((f"{other} ({family})", other)), "other_family"
        elif 0.55 <= shape < 0.6 and somebody.middle:
            given = f"{given[0]}. {somebody.middle}"
        reverse = chance.random() < (0.6 if somebody.family_first else 0.1)
        text = f"{family}, {given}" if reverse and not somebody.family_first else f"{given} {family}"
        if reverse and somebody.family_first:
            text = f"{family} {given}"
        return Shown(self._decorated(chance, self._mistyped(chance, text)), form)

    def handle(self, chance: Random, somebody: Person) -> str:
        given, family = folded(somebody.given.latin), folded(somebody.family.latin)
        shape = chance.random()
        if shape < 0.3:
            return f"{chance.choice(WORDS)}{chance.choice(WORDS)}{chance.randrange(10_000)}"
        if shape < 0.5:
            return f"{chance.choice(('its', 'real', 'iam', 'hey', 'dj'))}{given}{family[:1]}{chance.randrange(1_000)}"
        if shape < 0.7:
            return f"{family}_{given[:3]}{chance.choice(('', 'x', '_'))}"
        if shape < 0.85:
            return f"{given[:4]}.{family[:4]}.{folded(somebody.town.name)[:3]}"
        return "".join(letter for letter in f"{given}{family}" if letter not in "aeiou") + str(chance.randrange(100))

    def lookalike(self, chance: Random, handle: str) -> str:
        changed = [f"the{handle}", f"{handle}hq", f"{handle}{handle[-1]}", f"real_{handle}", f"{handle}.tv"]
        changed += [handle.replace(old, new, 1) for old, new in MISREAD if old in handle]
        return chance.choice(changed)

    def works(self, chance: Random, company: str, domain: str) -> str:
        line = chance.choice(WITH_DOMAIN if domain else WORKS)
        return line.format(role=chance.choice(ROLES), company=company, domain=domain)

    def filler(self, chance: Random) -> str:
        return chance.choice(FILLERS)

    def scam(self, chance: Random) -> str:
        return chance.choice(SCAMS)

    def fan(self, chance: Random, company: str) -> str:
        return chance.choice(FANS).format(company=company)

    def praise(self, chance: Random, name: str) -> str:
        return chance.choice(PRAISE).format(name=name)

    def pseudonym(self, chance: Random) -> str:
        return f"{chance.choice(WORDS)} {chance.choice(WORDS)} {chance.choice(('', 'jr', '404', '3000'))}".strip()

    def city(self, chance: Random, town: Town) -> str:
        name = chance.choice((town.name, town.other, town.native or town.other, folded(town.name)))
        return chance.choice((name, f"{town.country} / {name}", f"{name} area", name.upper(), f"living in {name}"))

    def url(self, chance: Random, url: str) -> str:
        bare = url.removeprefix("https://").removeprefix("www.").rstrip("/")
        host, slash, path = bare.partition("/")
        return chance.choice(
            (bare, f"http://www.{bare}/", f"HTTPS://{host.title()}{slash}{path}", f"{url}#me", f"{url}?ref=x")
        )

    def email(self, chance: Random, email: str) -> str:
        user, _, server = email.partition("@")
        return chance.choice((email, email, email.upper(), f"{user}@{server.title()}", f"{user}+news@{server}"))

    def _mistyped(self, chance: Random, text: str) -> str:
        shape = chance.random()
        if shape < 0.05:
            text = text.replace(" ", "")
        elif shape < 0.09:
            text = _swapped(chance, text, MISREAD)
        elif shape < 0.14:
            text = _swapped(chance, text, MISHEARD)
        elif shape < 0.18 and len(text) > 4:
            place = chance.randrange(1, len(text) - 1)
            text = text[:place] + text[place] + text[place:] if text[place].isalpha() else text
        if chance.random() < 0.4:
            text = " ".join(folded(word).title() if folded(word).isascii() else word for word in text.split())
        if chance.random() < 0.04:
            return text.upper()
        return _mathematical(text) if chance.random() < 0.03 else text

    def _decorated(self, chance: Random, text: str) -> str:
        if chance.random() < 0.15:
            return chance.choice(BEFORE) + text
        return text + chance.choice(BEHIND) if chance.random() < 0.18 else text


def _spelled(chance: Random, name: Name, culture: str) -> str:
    """The name by B's systems, or as the directory has it where B knows no other."""
    if name.native and set(name.native.lower()) & set(CYRILLIC):
        return romanised(name.native, chance.choice((CYRILLIC_B, CYRILLIC_GERMAN)))
    if name.spelled_b:
        return chance.choice(name.spelled_b)
    if culture == "japanese":
        return _by_rules(name.latin, KUNREI)
    if culture == "chinese":
        return _by_rules(name.latin, WADE_GILES)
    return name.latin.translate(BY_CULTURE.get(culture, {}))


def _by_rules(latin: str, rules: tuple[tuple[str, str], ...]) -> str:
    text = latin.lower()
    for old, new in rules:
        text = text.replace(old, new)
    return text.title().replace("'S", "'s") if text != latin.lower() else latin


def _swapped(chance: Random, text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """One of the pairs that the text has, once; the first letter stays."""
    fits = [(old, new) for old, new in pairs if old in text[1:]]
    if not fits:
        return text
    old, new = chance.choice(fits)
    return text[0] + text[1:].replace(old, new, 1)


def _mathematical(text: str) -> str:
    """In the bold letters that some put their names in; compatibility normalisation undoes it."""
    return "".join(
        chr(0x1D41A + ord(letter) - ord("a")) if "a" <= letter <= "z"
        else chr(0x1D400 + ord(letter) - ord("A")) if "A" <= letter <= "Z"
        else letter
        for letter in text
    )  # fmt: skip
