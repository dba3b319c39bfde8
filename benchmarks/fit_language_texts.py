"""The texts and word lists that the language table is fitted on, from folders as the model card lays them."""

from __future__ import annotations

import lzma
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fit_language_typed import Typist
from wordfreq import get_frequency_dict

from rules.language_scripts import LETTER, SCRIPTS, WRITTEN_IN, letters_by_script
from rules.language_words import LONGEST

OWN_WORDS = Path(__file__).with_name("fit_language_words.txt")
MOST_WORDS = 30_000  # of a list
TYPED_FROM = 15_000  # words of a list that are spelt in Latin letters
_WORD = re.compile(f"[{LETTER}]+(?:'[{LETTER}]+)*")


def _codes(text: str) -> dict[str, str]:
    """Languages by the source's codes, "code:ours" where they differ."""
    return {pair.partition(":")[0]: pair.rpartition(":")[2] for pair in text.split()}


# Those told by their script alone are not needed.
WORDFREQ = _codes(
    """ar bg ca cs da de en es fa fi fil:tl fr he hi hu id is it lt lv mk ms nb:no nl pl pt ro ru sh:hr sk sl sv tr uk
    ur vi"""
)
SUBTITLES = _codes(
    """af ar bg br bs ca cs da de en eo es et eu fa fi fr gl he hi hr hu id is it kk lt lv mk ms nl no pl pt pt_br:pt ro
    ru sk sl sq sr sv tl tr uk ur vi"""
)
COMMON_VOICE = _codes(
    """ar az be bg br ca ckb cs cv cy da de en eo es et eu fa fi fr gl gn ha hi hr hu id is it kk ky lg lt lv mk mn mr
    mt nl pl pt ro ru rw sah sk sl sr tr tt ug uk ur uz vi fy-NL:fy ga-IE:ga kmr:ku nb-NO:no ne-NP:ne sv-SE:sv"""
)
AFRISENTI = _codes("amh:am arq:ar ary:ar hau:ha ibo:ig kin:rw pcm por:pt swa:sw tso:ts twi:tw yor:yo")
ONLY_VALIDATED = {"afrisenti_tir": "ti", "afrisenti_orm": "om"}  # sets without a training part
NCHLT = _codes("afr:af nso sot:st tsn:tn tso:ts xho:xh zul:zu")
LEIPZIG = _codes("af az be cy ga kk lg mi mn mr om sn so sq st sw ti tn xh zu")
LABELLED = {
    "tweeteval_sentiment": "en", "umsab_en": "en", "goemotions": "en", "uci_sentences": "en", "banking77": "en",
    "nusax_en": "en", "umsab_ar": "ar", "smsa_id": "id", "nusax_id": "id", "nusax_jv": "jv", "nusax_su": "su",
}  # fmt: skip
DAKSHINA = ("hi", "mr", "sd", "ur")
TYPED_BENGALI_TEXTS = ("bn_drama", "bn_absa_cricket", "bn_absa_restaurant")
IN_LATIN = {"ar": "ar-Latn"}  # what the texts of a language that stand in Latin letters are
_SERBIAN = _codes(
    """dž:џ lj:љ nj:њ a:а b:б v:в g:г d:д đ:ђ e:е ž:ж z:з i:и j:ј k:к l:л m:м n:н o:о p:п r:р s:с t:т ć:ћ u:у f:ф h:х
    c:ц č:ч š:ш"""
)


class Material:
    """Texts by language, and word lists by language and source: the share of each word."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.lists: dict[str, dict[str, dict[str, float]]] = {}

    def add_texts(self, language: str, texts: Iterable[str]) -> None:
        """Adds the texts that stand in a script of the language."""
        kept = self.texts.setdefault(language, [])
        typed = self.texts.setdefault(IN_LATIN[language], []) if language in IN_LATIN else []
        for text in texts:
            script = _script(text)
            if script and language in WRITTEN_IN.get(script, ()):
                kept.append(text)
            elif script == "Latn":
                (typed if language in IN_LATIN else kept).append(text)

    def add_list(self, language: str, source: str, words: Mapping[str, float]) -> None:
        """Adds a list; of a source that is there already, their sum."""
        total = sum(words.values())
        there = self.lists.setdefault(language, {}).setdefault(source, {})
        for word, times in words.items():
            there[word] = there.get(word, 0.0) + times / total


def gather(corpora: Path, labelled: Path, seed: int) -> Material:
    """Reads all sources. The same folders and seed give the same."""
    chance = random.Random(seed)
    material = Material()
    for code, language in WORDFREQ.items():
        material.add_list(language, "wordfreq", _list(get_frequency_dict(code, "best").items()))
    for code, language in SUBTITLES.items():
        words = _list(_subtitles(corpora, code))
        material.add_list(language, "subtitles", words)
        if language == "sr":
            material.add_list(
                language, "subtitles in Cyrillic", {_cyrillic(word): share for word, share in words.items()}
            )
    for code, language in COMMON_VOICE.items():
        files = sorted((corpora / "common_voice" / code).glob("*.txt"))
        lines = sorted({line for file in files for line in _lines(file) if len(line) > 8})
        material.add_texts(language, _drawn(chance, lines, 4_000))
    for name, language in {f"afrisenti_{code}": language for code, language in AFRISENTI.items()}.items():
        material.add_texts(language, _texts(labelled, "train", name)[:12_000])
    for name, language in ONLY_VALIDATED.items():
        material.add_texts(language, _texts(labelled, "val", name))
    for code, language in NCHLT.items():
        lines = _lines(corpora / "nchlt" / code / f"improved_{code}.txt")
        material.add_texts(language, _drawn(chance, lines, 4_000))
    for code in LEIPZIG:
        material.add_texts(code, _lines(corpora / "leipzig" / "sentences" / f"{code}.txt")[::2])
    for name, language in LABELLED.items():
        material.add_texts(language, _texts(labelled, "train", name)[:12_000])
    for text, language in _subtitle_lines(labelled):
        material.add_texts(language, [text])
    for language in DAKSHINA:
        lines = [line.split("\t")[0] for line in _lines(_sentences(corpora, language)) if "\t" in line]
        material.add_texts(language, _drawn(chance, lines, 8_000))
    for language in ("bn", "hi"):
        _add_typed(material, corpora, labelled, language)
    for language, own in _own_words():
        material.add_list(language, "own", {word: (20 + rank) ** -0.5 for rank, word in enumerate(own)})
    return material


def _add_typed(material: Material, corpora: Path, labelled: Path, language: str) -> None:
    """Bengali or Hindi in Latin letters: sentences that people typed, and the words of posts and films as typed."""
    tag = f"{language}-Latn"
    lines = _lines(_sentences(corpora, language))
    material.add_texts(tag, [line.split("\t")[1] for line in lines if "\t" in line][:8_000])
    sources = [_list(get_frequency_dict(language, "best").items()), _list(_subtitles(corpora, language))]
    if language == "bn":
        heard = Counter(
            word
            for name in TYPED_BENGALI_TEXTS
            for text in _texts(labelled, "train", name)
            for word in _WORD.findall(text)
        )
        sources += [_list(heard.items())] * 2
    typist = Typist(language, corpora / "dakshina" / language / "lexicons")
    typed: Counter[str] = Counter()
    for source in sources:
        total = sum(source.values())
        for word, times in list(source.items())[:TYPED_FROM]:
            for spelling, share in typist.spellings(word).items():
                typed[spelling] += times / total * share
    material.add_list(tag, "typed", _list(typed.items()))


def _own_words() -> Iterator[tuple[str, list[str]]]:
    for section in OWN_WORDS.read_text("utf-8").split("\n[")[1:]:
        language, _, words = section.partition("]")
        yield language, words.split()


def _list(words: Iterable[tuple[str, float]]) -> dict[str, float]:
    kept: Counter[str] = Counter()
    for word, times in words:
        pieces = _WORD.findall(word.lower())
        if len(pieces) == 1:
            kept[pieces[0][:LONGEST]] += times
    return dict(kept.most_common(MOST_WORDS))


def _subtitles(corpora: Path, code: str) -> Iterator[tuple[str, float]]:
    folder = corpora / "frequency_words" / code
    file = folder / f"{code}_50k.txt"
    for line in _lines(file if file.exists() else folder / f"{code}_full.txt"):
        word, _, times = line.rpartition(" ")
        yield word, float(times)


def _cyrillic(word: str) -> str:
    for latin, cyrillic in _SERBIAN.items():
        word = word.replace(latin, cyrillic)
    return word


def _sentences(corpora: Path, language: str) -> Path:
    return corpora / "dakshina" / language / "romanized" / f"{language}.romanized.rejoined.tsv"


def _subtitle_lines(labelled: Path) -> Iterator[tuple[str, str]]:
    for cells in _rows(labelled, "train", "xed_30lang"):
        language = {"pt-BR": "pt"}.get(cells[2], cells[2])
        if language not in {"lang", "el", "zh"}:
            yield cells[0], language


def _texts(labelled: Path, part: str, name: str) -> list[str]:
    return [cells[0] for cells in _rows(labelled, part, name)]


def _rows(labelled: Path, part: str, name: str) -> list[list[str]]:
    with lzma.open(labelled / part / f"{name}.tsv.xz", "rt", encoding="utf-8", newline="\n") as opened:
        return [line.split("\t") for line in opened.read().split("\n")[1:] if line]


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text("utf-8", "replace").split("\n") if line.strip()]


def _drawn(chance: random.Random, lines: list[str], most: int) -> list[str]:
    return chance.sample(lines, min(most, len(lines)))


def _script(text: str) -> str:
    letters = letters_by_script(text)
    return SCRIPTS[max(letters, key=lambda script: letters[script])] if letters else ""
