"""Takes a display name apart into the words of a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from msgspec import Struct

from rules.matching.romanise import parts, plain, writes_no_vowels

MAX_WORDS = 6


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TITLES = _words(
    "dr prof professor mr mrs ms miss mx sir lord lady herr frau dipl ing mag med phd mba msc bsc ma ba jr sr ii iii iv"
    " mme mlle monsieur madame sra srta don dona senora dott dottssa ing avv arq lic pan pani bay bayan"
    " ustad sheikh shaykh haji hajji hoca shri sri smt coach chef rev fr rabbi imam official real the cpa rn md esq"
    " he him his she her hers they them er ihm sie ihr elle lui ella"
)
_PARTICLES = _words(
    "al el bin ibn bint ben de da do dos das del della di van von der den ten ter zu zur zum la le les du des y e i und"
    " af av"
)
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】|（[^）]*）|\{[^}]*\}")
_TAIL = re.compile(r"\s[|•·/–—:~@]|[|•@]|\s-\s")
_HYPHENS = frozenset("-‐‑−")
_APOSTROPHE = re.compile("['’‘`´ʼʻ]")


class NameWords(Struct, frozen=True):
    """A name's words in plain letters, in the order in which they stand.

    `bare`: those of a script that leaves vowels out. `tied`: those that a hyphen ties to the word before, which come
    together wherever they come. `small`: the particles, which handles may hold. `handle_like`: it holds digits, as
    invented names do.
    """

    words: tuple[str, ...]
    bare: frozenset[str] = frozenset()
    tied: frozenset[str] = frozenset()
    small: tuple[str, ...] = ()
    handle_like: bool = False


def name_words(shown: str) -> NameWords:
    """Gives the words that can be parts of a name: no titles, pronouns, emoji, asides or job behind a bar."""
    text = unicodedata.normalize("NFKC", shown[:200])
    aside = _ASIDE.sub(" ", text)
    if (tail := _TAIL.search(aside)) and any(mark.isalpha() for mark in aside[: tail.start()]):
        aside = aside[: tail.start()]
    # The marks of scripts are no words of Python's: without them a name in Devanagari falls apart.
    joined = "".join(_kept(mark) for mark in _APOSTROPHE.sub("", aside))
    words: list[str] = []
    bare: set[str] = set()
    tied: set[str] = set()
    small: dict[str, None] = {}
    handle_like = False
    for raw, tie in _pieces(joined):
        for found in parts(raw):
            letters = found.strip("0123456789")
            if found.isdigit():
                continue
            handle_like = handle_like or letters != found or any(mark.isdigit() for mark in letters)
            if letters in _PARTICLES:
                small[letters] = None
            elif letters and letters not in _TITLES:
                words.append(letters)
                if tie:
                    tied.add(letters)
                if writes_no_vowels(raw):
                    bare.add(letters)
    return NameWords(tuple(words[:MAX_WORDS]), frozenset(bare), frozenset(tied), tuple(small), handle_like)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces between blanks and hyphens, each with whether a hyphen ties it to the one before."""
    for written in text.split():
        for place, piece in enumerate(written.split("-")):
            if piece:
                yield piece, place > 0


def _kept(mark: str) -> str:
    if mark in _HYPHENS:
        return "-"
    return mark if unicodedata.category(mark)[0] in "LMN" else " "


@lru_cache(maxsize=1)
def called() -> dict[str, tuple[int, ...]]:
    """The groups of nicknames.txt to which each name belongs; names of one group stand for one another."""
    lines = files(__package__).joinpath("nicknames.txt").read_text("utf-8").splitlines()
    groups: dict[str, dict[int, None]] = {}
    for number, line in enumerate(line for line in lines if line and line[0] != "#"):
        for name in line.split():
            groups.setdefault(name, {})[number] = None
    return {name: tuple(numbers) for name, numbers in groups.items()}


def company_words(name: str) -> tuple[str, ...]:
    """Gives a company's name in plain words without its legal form: "Vũ Coffee Co. Ltd" is ("vu", "coffee")."""
    text = _APOSTROPHE.sub("", unicodedata.normalize("NFKC", name[:1_000]))
    words = [found for raw in "".join(_kept(mark) for mark in text).replace("-", " ").split() if (found := plain(raw))]
    kept = [word for word in words if word not in _LEGAL]
    while kept and len(kept[-1]) == 1:  # what is left of "S.A." or "Sp. z o.o."
        kept.pop()
    return tuple(kept)


_LEGAL = _words(
    "ltd limited inc incorporated llc llp plc co corp corporation company gmbh ag kg ug ohg gbr se sa sarl"
    " sas srl spa bv nv vof ab as asa oy oyj aps sp zoo ooo oao zao ao ltda lda eireli me pty pte pvt kk yk jsc cjsc"
    " sro doo kft zrt"
    " tic san sti anonim cv sl slu scs snc eurl ev eg mbh und and the"
)
