"""How Hindi and Bengali are typed in Latin letters: as attested, else letter by letter, with people's shortcuts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

ATTESTED = 0.75  # of a word's mass goes to spellings that people gave, where there are some
LEAST = 0.01  # spellings rarer than this are left out


def _pairs(letters: str, spelt: str) -> dict[str, str]:
    return dict(zip(letters.split(), spelt.split(), strict=True))


CONSONANTS: Mapping[str, Mapping[str, str]] = {
    "hi": _pairs(
        "क ख ग घ ङ च छ ज झ ञ ट ठ ड ढ ण त थ द ध न प फ ब भ म य र ल व श ष स ह",
        "k kh g gh n ch chh j jh n t th d dh n t th d dh n p f b bh m y r l v sh sh s h",
    ),
    "bn": _pairs(
        "ক খ গ ঘ ঙ চ ছ জ ঝ ঞ ট ঠ ড ঢ ণ ত থ দ ধ ন প ফ ব ভ ম য র ল শ ষ স হ ড় ঢ় য় ৎ",
        "k kh g gh ng ch ch j jh n t th d dh n t th d dh n p f b bh m j r l sh sh s h r rh y t",
    ),
}
SIGNS: Mapping[str, Mapping[str, str]] = {
    "hi": _pairs("ा ि ी ु ू ृ े ै ो ौ ॉ ॅ", "a i i u u ri e ai o au o e"),
    "bn": _pairs("া ি ী ু ূ ৃ ে ৈ ো ৌ", "a i i u u ri e oi o ou"),
}
VOWELS: Mapping[str, Mapping[str, str]] = {
    "hi": _pairs("अ आ इ ई उ ऊ ऋ ए ऐ ओ औ ऑ", "a aa i i u u ri e ai o au o"),
    "bn": _pairs("অ আ ই ঈ উ ঊ ঋ এ ঐ ও ঔ", "o a i i u u ri e oi o ou"),
}
INHERENT = {"hi": "a", "bn": "o"}
NASAL = {"ं": "n", "ँ": "n", "ং": "ng", "ঁ": ""}
JOINERS = "\u094d\u09cd"
HABITS: Mapping[str, tuple[tuple[str, str, float], ...]] = {
    "bn": (
        ("bh", "v", 0.4), ("ch", "s", 0.35), ("ch", "c", 0.15), ("chh", "ch", 0.5), ("sh", "s", 0.5), ("oy", "ay", 0.2),
        ("y", "i", 0.2), ("j", "z", 0.1), ("kkh", "kh", 0.6), ("kh", "k", 0.05), ("th", "t", 0.05), ("ph", "f", 0.6),
    ),
    "hi": (
        ("v", "w", 0.4), ("aa", "a", 0.5), ("ee", "i", 0.3), ("chh", "ch", 0.4), ("ph", "f", 0.3), ("ai", "e", 0.1),
        ("sh", "s", 0.1), ("kh", "k", 0.03), ("y", "i", 0.05),
    ),
}  # fmt: skip
"""What is typed instead, and how often, by rough judgement."""

SHORTENED = 0.08  # how often one inner vowel is left out: "bhut", "onk"


class Typist:
    """Spells the words of one language, "hi" or "bn", in Latin letters; `lexicons` is Dakshina's folder of pairs."""

    def __init__(self, language: str, lexicons: Path) -> None:
        self._language = language
        self._attested: dict[str, Counter[str]] = defaultdict(Counter)
        for part in ("train", "dev", "test"):
            pairs = lexicons / f"{language}.translit.sampled.{part}.tsv"
            for line in pairs.read_text("utf-8").split("\n"):
                if line.count("\t") == 2:
                    native, typed, times = line.split("\t")
                    self._attested[native][typed.lower()] += int(times)

    def spellings(self, word: str) -> dict[str, float]:
        """The ways in which `word` is typed, with the share of each."""
        found: Counter[str] = Counter()
        attested = self._attested.get(word, Counter())
        for typed, times in attested.items():
            found[typed] += ATTESTED * times / attested.total()
        left = 1.0 - found.total()
        for typed, share in self._by_habit(self._by_letters(word)).items():
            found[typed] += left * share
        return {typed: share for typed, share in found.items() if typed.isascii() and typed and share > LEAST}

    def _by_habit(self, typed: str) -> dict[str, float]:
        forms = {typed: 1.0}
        for letters, instead, share in HABITS[self._language]:
            for form, had in list(forms.items()):
                if letters in form:
                    forms[form] -= had * share
                    other = form.replace(letters, instead)
                    forms[other] = forms.get(other, 0.0) + had * share
        for form, had in list(forms.items()):
            inner = [place for place in range(1, len(form) - 1) if form[place] in "aeiou"]
            if len(form) > 3 and inner:
                forms[form] -= had * SHORTENED
                for place in inner:
                    short = form[:place] + form[place + 1 :]
                    forms[short] = forms.get(short, 0.0) + had * SHORTENED / len(inner)
        return forms

    def _by_letters(self, word: str) -> str:
        consonants, signs, vowels = (table[self._language] for table in (CONSONANTS, SIGNS, VOWELS))
        word = (
            word.replace("\u09af\u09bc", "\u09df").replace("\u09a1\u09bc", "\u09dc").replace("\u09a2\u09bc", "\u09dd")
        )
        word = word.replace("\u093c", "")
        typed = []
        for place, letter in enumerate(word):
            if letter in consonants:
                typed.append(consonants[letter])
                if self._has_inherent_vowel(word, place):
                    typed.append(INHERENT[self._language])
            else:
                typed.append(signs.get(letter) or vowels.get(letter) or NASAL.get(letter) or letter * letter.isascii())
        return "".join(typed)

    def _has_inherent_vowel(self, word: str, place: int) -> bool:
        """Whether a consonant is spoken with its vowel: not before a sign, not at the end, not inside VC-CV."""
        consonants, signs = CONSONANTS[self._language], SIGNS[self._language]
        behind = word[place + 1 : place + 2]
        if not behind or behind in JOINERS or behind in signs or (len(word) == place + 2 and behind in "ংঃ"):
            return False
        follows_vowel = place > 0 and word[place - 1] not in JOINERS
        return not (follows_vowel and behind in consonants and word[place + 2 : place + 3] in signs)
