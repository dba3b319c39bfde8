"""The endings and prefixes that a plain word may carry in languages that attach them: a closed list per script."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypedDict

from msgspec import Struct

from sources.query.words import normalise


class Endings(Struct, frozen=True):
    """What one script attaches to a word of at least `shortest` characters (shorter ones would match too much).

    `exchanged`: last letters that give way, as in "Волга", "Волги"; `shortest` counts with them. All lists are
    space-separated, and folded like any other text before they are used.
    """

    script: str
    letters: str  # the inside of a regular expression's [...]
    shortest: int
    endings: str = ""
    prefixes: str = ""
    exchanged: dict[str, str] = {}


SCRIPTS = (
    Endings(
        script="Bengali",
        letters="\u0980-\u09ff",
        shortest=3,
        endings=(
            "র ের এর য়ের কে রে তে েতে য় য়ে ে ও ই রই েরই রও েরও কেও কেই তেও তেই "
            "টি টা টির টার টিকে টাকে টিতে টাতে টিই টাই টিও টাও খানা খানি "
            "গুলো গুলি গুলা গুলোর গুলির গুলোকে গুলিকে গুলোতে গুলিতে রা েরা এরা দের েদের এদের দেরকে েদেরকে সহ"
        ),
    ),
    Endings(
        script="Hangul",
        letters="\uac00-\ud7a3",
        shortest=2,
        endings=(
            "은 는 이 가 을 를 의 에 에서 에게 에게서 께 께서 한테 한테서 로 "
            "으로 로서 으로서 로써 으로써 와 과 랑 이랑 하고 도 만 까지 부터 에서는 에서도 "
            "에서만 에서의 에는 에도 에만 로는 으로는 로도 으로도 와의 과의 와는 과는 처럼 보다 마다 "
            "조차 마저 밖에 이나 나 라 이라 라는 이라는 라고 이라고 란 이란 야 이야 요 "
            "이요 이다 입니다 이에요 예요 인 인데 들 들이 들은 들을 들의 들도 측 측은 측이"
        ),
    ),
    Endings(
        script="Cyrillic",
        letters="\u0400-\u052f",
        shortest=4,
        endings="а у ом ем е и ы ой ов ев ам ям ами ями ах ях я ю ові еві ів ї ът та то те",
        exchanged={
            "а": "ы и е у ой ою ам ами ах і",
            "я": "и е ю ей ею ям ями ях і ї єю",
            "о": "а у ом е ам ами ах і",
            "е": "я а ю у ем ом и ям ями ях",
            "ь": "я ю ем е и ью ей ям ями ях і",
            "й": "я ю ем е и ев ям ями ях ї ого ому ым им ом",
            "ы": "ов ам ами ах",
            "и": "ов ев ей ам ям ами ями ах ях ів",
        },
    ),
    Endings(
        script="Greek",
        letters="\u0370-\u03ff",
        shortest=4,
        exchanged={
            "ος": "ου ο ον ε οι ων ους",
            "ας": "α αν ες ων",
            "ης": "η ην ες ων",
            "α": "ας αν ες ων",
            "η": "ης ην εις εων ες ων",
            "ο": "ου α ων",
            "ι": "ιου ια ιων",
        },
    ),
    Endings(
        script="Arabic",
        letters="\u0620-\u064a\u066e-\u06d3",
        shortest=3,
        prefixes="ال و ف ب ل ك س لل وال فال بال كال ولل فلل وب ول وك فب فل فك وبال وكال فبال",
        endings="ها های هایی را",
    ),
    Endings(
        script="Hebrew",
        letters="\u05d0-\u05ea",
        shortest=3,
        prefixes="ה ו ב ל כ מ ש וה וב ול וכ ומ וש שה שב של שמ מה כש וכש לכש ומה",
    ),
    Endings(
        script="Devanagari",
        letters="\u0900-\u097f",
        shortest=3,
        endings="ले लाई को का की मा बाट सँग हरू हरूले हरूको चा ची चे च्या ला ने त मध्ये साठी वर कडे कडून",
    ),
)


class _Folded(TypedDict):
    pattern: re.Pattern[str]
    endings: tuple[str, ...]
    prefixes: tuple[str, ...]
    exchanged: dict[str, tuple[str, ...]]


def _words(listed: str) -> tuple[str, ...]:
    return tuple(normalise(word) for word in listed.split())


@lru_cache(maxsize=1)
def _folded() -> list[_Folded]:
    folded: list[_Folded] = []
    for script in SCRIPTS:
        exchanged: dict[str, tuple[str, ...]] = {}
        for last, listed in script.exchanged.items():
            key = normalise(last)  # "й" folds onto "и": both lists then hold
            exchanged[key] = exchanged.get(key, ()) + _words(listed)
        pattern = re.compile(f"[{script.letters}]{{{script.shortest},}}")
        folded.append(
            {
                "pattern": pattern,
                "endings": _words(script.endings),
                "prefixes": _words(script.prefixes),
                "exchanged": exchanged,
            }
        )
    return folded


def with_endings(word: str) -> frozenset[str]:
    """The folded `word` itself, and the word with each ending that its script attaches. Pure."""
    forms = {word}
    for script in _folded():
        if script["pattern"].fullmatch(word):
            forms.update(word + ending for ending in script["endings"])
            for last, endings in script["exchanged"].items():
                if word.endswith(last):
                    forms.update(word.removesuffix(last) + ending for ending in endings)
    return frozenset(forms)


def with_prefixes(word: str) -> frozenset[str]:
    """The folded `word` itself, and the word behind each prefix that its script attaches. Pure."""
    forms = {word}
    for script in _folded():
        if script["pattern"].fullmatch(word):
            forms.update(prefix + word for prefix in script["prefixes"])
    return frozenset(forms)
