"""Decides which language the evidence of a text stands for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules.language_memory import Evidence
from rules.language_scripts import SCRIPTS, TOLD_BY_TABLE, WRITTEN_IN
from rules.language_table import Floats, LanguageTable
from rules.row_products import row_products

_SURE = 0.35  # probability that an answer needs without a claim
_SURE_OF_A_WORD = 0.6  # and of one that rests on a single word
_SURE_AGAINST_STRANGER = 0.8  # and against the claim of a language that the table does not know
_LEAST_LETTERS = 3  # of a text in a script of several languages
_CLAIM = np.float32(np.log(8.0))  # a language becomes eight times likelier when the source claims it
_ENGLISH_FIRST = np.float32(np.log(2.0))  # the table was fitted on less English than there is in public posts
_CLAIM_NEAR = 0.2  # of the best one's probability: where the text is unsure, a claim this near is believed
_ASSAMESE = 1 / 40  # ৰ is every fifteenth letter of Assamese, as র is of Bengali; fewer are slips in a Bengali text
_TYPED_IN_LATIN = {"bn": "bn-Latn", "hi": "hi-Latn", "ur": "hi-Latn"}
"""What those who claim a language write when they type it in Latin letters; typed Urdu and Hindi are one language."""

_KIN = (("bs", "hr", "sr"), ("da", "no"), ("id", "ms"), ("nso", "st", "tn"), ("xh", "zu"), ("cs", "sk"))
"""Languages so near that a short text often is both: being sure of them together is enough, the likelier is told."""

_PLACE = {script: place for place, script in enumerate(SCRIPTS)}
_LATIN, _ASSAMESE_LETTERS, _BENGALI = _PLACE["Latn"], _PLACE["Asse"], _PLACE["Beng"]
_NO_SCRIPT = len(SCRIPTS)
_BY_TABLE = np.array([script in TOLD_BY_TABLE for script in SCRIPTS] + [False])
_IN_LATIN_TOO = frozenset({"sr"})
_IN_OTHERS = frozenset(code for codes in WRITTEN_IN.values() for code in codes) - _IN_LATIN_TOO

Places = NDArray[np.int64]


class Decision:
    """The rules by which languages are told apart, for one table. Keeps nothing of the texts."""

    def __init__(self, table: LanguageTable, unsure: str) -> None:
        self._table = table
        self._bias = table.bias + _ENGLISH_FIRST * np.array([code == "en" for code in table.languages], np.float32)
        self._codes = (*table.languages, unsure)
        self._unsure = len(table.languages)
        self._place = {code: place for place, code in enumerate(table.languages)}
        self._shut_out = np.full((len(SCRIPTS), len(table.languages)), -np.inf, np.float32)
        for script in TOLD_BY_TABLE:
            for code, place in self._place.items():
                if code not in _IN_OTHERS if script == "Latn" else code in WRITTEN_IN[script]:
                    self._shut_out[_PLACE[script], place] = 0.0
        self._kin = np.eye(len(table.languages), dtype=np.float32)
        for family in _KIN:
            known = [self._place[code] for code in family if code in self._place]
            self._kin[np.ix_(known, known)] = 1.0

    def decide(self, evidence: Evidence, claims: Sequence[str]) -> list[str]:
        """Gives the language of each text; `claims` has the primary subtag that its source says, "" for none."""
        scripts = main_scripts(evidence.letters)
        few = _BY_TABLE[scripts] & (evidence.letters.sum(axis=1) < _LEAST_LETTERS)
        scripts[few | (evidence.words <= 0)] = _NO_SCRIPT
        by_table = _BY_TABLE[scripts]
        if by_table.all():
            return self._by_table(evidence.said, evidence.words, scripts, claims)
        answers = [self._codes[self._unsure]] * len(claims)
        told = np.flatnonzero(by_table)
        if len(told):
            some = [claims[number] for number in told.tolist()]
            found = self._by_table(evidence.said[told], evidence.words[told], scripts[told], some)
            for number, answer in zip(told.tolist(), found, strict=True):
                answers[number] = answer
        for number in np.flatnonzero(~by_table & (scripts != _NO_SCRIPT)).tolist():
            candidates = WRITTEN_IN[SCRIPTS[scripts[number]]]
            answers[number] = claims[number] if claims[number] in candidates else candidates[0]
        return answers

    def chances(self, evidence: Evidence, claims: Sequence[str]) -> list[dict[str, float]]:
        """Gives how likely each text is in each language that its script allows; nothing where its script decides."""
        scripts = main_scripts(evidence.letters)
        found: list[dict[str, float]] = []
        for number, script in enumerate(scripts.tolist()):
            if not _BY_TABLE[script] or evidence.words[number] <= 0:
                found.append({})
                continue
            one = slice(number, number + 1)
            claimed = self._claimed(claims[one], scripts[one])
            likely = self._chances(evidence.said[one], evidence.words[one], scripts[one], claimed)[0]
            found.append({code: float(likely[place]) for code, place in self._place.items() if likely[place] > 0})
        return found

    def _chances(self, said: Floats, words: Floats, scripts: Places, claimed: Places) -> Floats:
        logits = row_products(np.asarray(said / np.sqrt(words)[:, None], np.float32), self._table.weights)
        logits += self._bias + self._shut_out[scripts]
        by_claim = claimed >= 0
        if by_claim.any():
            logits[by_claim, claimed[by_claim]] += _CLAIM
        return _softmax(np.asarray(logits, np.float32))

    def _by_table(self, said: Floats, words: Floats, scripts: Places, claims: Sequence[str]) -> list[str]:
        claimed = self._claimed(claims, scripts)
        chances = self._chances(said, words, scripts, claimed)
        by_claim = claimed >= 0
        best = chances.argmax(axis=1)
        sure = (chances * self._kin[best]).sum(axis=1)
        is_sure = sure >= np.where(words > 1, _SURE, _SURE_OF_A_WORD)
        answer = np.where(is_sure, best, self._unsure)
        if by_claim.any():
            every = np.arange(len(best))
            near = by_claim & (chances[every, claimed] >= _CLAIM_NEAR * chances[every, best])
            answer = np.where(is_sure | ~near, answer, claimed)
        answers = [self._codes[place] for place in answer.tolist()]
        for number in np.flatnonzero(claimed == _STRANGER).tolist():
            if sure[number] < _SURE_AGAINST_STRANGER:
                answers[number] = claims[number]
        return answers

    def _claimed(self, claims: Sequence[str], scripts: Places) -> Places:
        """The places of the claimed languages in the table; _NO_CLAIM where the script says that it is another."""
        claimed = np.full(len(claims), _NO_CLAIM)
        for number, claim in enumerate(claims):
            if claim:
                claimed[number] = self._claim(claim, int(scripts[number]))
        return claimed

    def _claim(self, claim: str, script: int) -> int:
        if script == _LATIN:
            claim = _TYPED_IN_LATIN.get(claim, claim)
            if claim not in self._place and claim not in _IN_OTHERS:
                return _STRANGER
        place = self._place.get(claim, _NO_CLAIM)
        return place if place >= 0 and self._shut_out[script, place] == 0.0 else _NO_CLAIM


_NO_CLAIM, _STRANGER = -1, -2


def main_scripts(letters: NDArray[np.int64]) -> Places:
    """Gives the main script of each text by its place in SCRIPTS; any where there are no letters (texts x SCRIPTS).

    Others than Latin win at a third, since brands are spelt in Latin everywhere. Japanese is told by its kana.
    """
    if not letters[:, _LATIN + 1 :].any():
        return np.full(len(letters), _LATIN)
    letters = letters.copy()
    total = letters.sum(axis=1)
    latin = letters[:, _LATIN] * 3 > total * 2
    assamese = letters[:, _ASSAMESE_LETTERS].copy()
    letters[:, _BENGALI] += assamese
    letters[:, [_LATIN, _ASSAMESE_LETTERS]] = 0
    kana, han = letters[:, _PLACE["Kana"]], letters[:, _PLACE["Hani"]]
    japanese = kana * 8 > kana + han
    kana += np.where(japanese, han, 0)
    han[japanese] = 0
    main: Places = letters.argmax(axis=1)
    main[(main == _BENGALI) & (assamese > letters[:, _BENGALI] * _ASSAMESE)] = _ASSAMESE_LETTERS
    main[latin | (letters.sum(axis=1) == 0)] = _LATIN
    return main


def _softmax(logits: Floats) -> Floats:
    chances: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return chances
