"""The people of the generated world: whom the names of nineteen cultures make, the frequent ones often.

Names, their other spellings and the towns are in people/names.toml. A name's weight is 1 / (rank + flat) (Zipf and
Mandelbrot), so that some people have dozens of namesakes; a share of the families is put together of syllables, and
most of those are had by nobody else.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from random import Random

from msgspec import Struct
from msgspec.structs import replace
from people_lists import CYRILLIC, Culture, Name, Town, cultures, folded, romanised

LIVES_ABROAD = 0.12
WITH_MIDDLE_NAME = 0.25
WITH_HYPHEN = 0.15  # of the families that are put together


class Person(Struct, frozen=True):
    """Who someone is, which no directory and no post tells."""

    culture: str
    woman: bool
    given: Name
    middle: str  # or ""
    family: Name
    second_family: str  # of the Spanish, or ""
    family_first: bool
    town: Town
    at_home: bool  # the town is one of the culture's own
    odds: float  # the share of the culture's people who have this given name with this family

    @property
    def name(self) -> str:
        """As the directory would write it."""
        given = f"{self.given.latin} {self.middle}".strip()
        family = f"{self.family.latin} {self.second_family}".strip()
        return f"{family} {given}" if self.family_first else f"{given} {family}"

    @property
    def key(self) -> tuple[str, str]:
        """Equal for namesakes: the given name with the family, folded."""
        return folded(self.given.latin), folded(self.family.latin)


def any_culture(chance: Random) -> Culture:
    known = cultures()
    return chance.choices(tuple(known.values()), cum_weights=_shares())[0]


def person(
    chance: Random, culture: Culture | None = None, family: Person | None = None, near: Town | None = None
) -> Person:
    """Somebody new of that culture; a relative has the family and the town of `family`. `near`: mostly of that town."""
    culture = culture or (cultures()[family.culture] if family else any_culture(chance))
    woman = chance.random() < 0.5
    listed = culture.women if woman else culture.men
    place = _place(chance, culture.given_weights[not woman])
    name, odds = _family(chance, culture, woman) if family is None else (_gendered(family, woman), family.odds)
    at_home = family.at_home if family else chance.random() >= LIVES_ABROAD
    living = culture if at_home else any_culture(chance)
    town = family.town if family else chance.choices(living.towns, cum_weights=living.town_weights)[0]
    if near is not None and family is None and chance.random() < 0.6:
        town, at_home = near, near in culture.towns
    middle = ""
    if chance.random() < WITH_MIDDLE_NAME and not culture.family_first:
        middle = chance.choice(listed).latin
    spanish = culture.name == "spanish" and chance.random() < 0.4
    return Person(
        culture=culture.name,
        woman=woman,
        given=listed[place],
        middle="" if middle == listed[place].latin else middle,
        family=name,
        second_family=chance.choices(culture.family, cum_weights=culture.family_weights)[0].latin if spanish else "",
        family_first=culture.family_first and chance.random() < 0.5,
        town=town,
        at_home=at_home,
        odds=odds * _weight(culture.given_weights[not woman], place) / 2,
    )


def elsewhere(chance: Random, known: Person) -> Person:
    """Somebody of the same name in another country."""
    others = [town for culture in cultures().values() for town in culture.towns if town.country != known.town.country]
    town = chance.choices(others, weights=[town.inhabitants**0.5 for town in others])[0]
    return replace(known, town=town, at_home=False, middle="", second_family="")


def _family(chance: Random, culture: Culture, woman: bool) -> tuple[Name, float]:
    if chance.random() >= culture.rare:
        place = _place(chance, culture.family_weights)
        return _of_gender(culture.family[place], culture.name, woman), (1 - culture.rare) * _weight(
            culture.family_weights, place
        )
    built = _built(chance, culture)
    odds = culture.rare / (len(culture.stems) * len(culture.endings))
    if chance.random() < WITH_HYPHEN and culture.name != "russian":
        built, odds = f"{built}-{_built(chance, culture)}", odds / 1_000
    native = built if culture.name == "russian" else ""
    return _of_gender(Name(romanised(built, CYRILLIC) if native else built, native), culture.name, woman), odds


def _built(chance: Random, culture: Culture) -> str:
    stem, ending = chance.choice(culture.stems), chance.choice(culture.endings)
    return stem + (ending.title() if stem[-1] in "- " else ending)


def _gendered(relative: Person, woman: bool) -> Name:
    """The relative's family as a woman's or a man's."""
    if woman == relative.woman:
        return relative.family
    if woman:
        return _of_gender(relative.family, relative.culture, woman)
    native, latin = relative.family.native, relative.family.latin
    if relative.culture == "polish" and latin.endswith(("ska", "cka")):
        return Name(latin[:-1] + "i")
    if relative.culture == "russian" and native.endswith("ская"):
        native = native[:-2] + "ий"
    elif relative.culture == "russian" and native.endswith(("ова", "ева", "ёва", "ина")):
        native = native[:-1]
    return Name(romanised(native, CYRILLIC), native) if native != relative.family.native else relative.family


def _of_gender(family: Name, culture: str, woman: bool) -> Name:
    if not woman:
        return family
    if culture == "polish" and family.latin.endswith(("ski", "cki")):
        return Name(family.latin[:-1] + "a")
    if culture == "russian" and family.native.endswith(("ов", "ев", "ёв", "ин")):
        return Name(f"{family.latin}a", f"{family.native}а")
    if culture == "russian" and family.native.endswith("ий"):
        native = f"{family.native[:-2]}ая"
        return Name(romanised(native, CYRILLIC), native)
    return family


def _place(chance: Random, summed: tuple[float, ...]) -> int:
    return chance.choices(range(len(summed)), cum_weights=summed)[0]


def _weight(summed: tuple[float, ...], place: int) -> float:
    return summed[place] - (summed[place - 1] if place else 0)


@lru_cache(maxsize=1)
def _shares() -> tuple[float, ...]:
    return tuple(accumulate(culture.share for culture in cultures().values()))
