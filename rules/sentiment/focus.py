"""How much each word of a text says about one brand, and not about the world."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from rules.sentiment.clauses import HARD_STOPS, Clause, clauses, writes_nouns_large
from rules.sentiment.deeds import opens
from rules.sentiment.grief import is_place_in_grief
from rules.sentiment.marks import GRIEVES, STANDS, bare, bare_words, marks_of
from rules.sentiment.stance import Stance
from rules.sentiment.stances import stance
from rules.sentiment.vader_scorer import scorer
from rules.sentiment.word_lists import LINKS, OPENERS

# What a word is worth: in a clause that names the brand, in one that goes on about it, before it in the sentence,
# in sentences before; on the other side of a contrast; in a clause about another.
_OWN, _GOES_ON, _NEXT_SENTENCE, _LED_UP, _SENTENCE_BEFORE = 1.0, 1.0, 0.8, 0.6, 0.35
_BEFORE_CONTRAST, _AFTER_CONTRAST, _OF_ANOTHER, _UNCLEAR = 0.4, 1.2, 0.1, 0.3
_SET_AGAINST = -0.4  # who praises one and then turns to the brand mostly blames it, and the other way round
_PLACE = 0.25  # "crying on the Acme ferry"
_NAME = 0.0
_TURNED = -1.0
_MOST_PIECES = 400
_HANDLE = re.compile(r"@\w")
_ENDINGS = frozenset("'’-")
_CONTRACTED = ("n't", "n’t", "'ll", "’ll", "'re", "’re", "'ve", "’ve")
_INFLECTED = ("ing", "ed", "ly", "est")


class Focus(Struct, frozen=True):
    """A worth for each piece, from -1 (it speaks against the brand) to 1.2, and where the text stands."""

    worth: list[float]
    stance: Stance | None

    @property
    def toward(self) -> float:
        """From 1, where a comparison, phrase or deed speaks for the brand, to -1 where against it; 0 without one."""
        return self.stance.toward if self.stance else 0.0


def focus(pieces: Sequence[str], names: Sequence[str]) -> Focus | None:
    """Gives what each piece is worth for the brand, or None where all of the text counts alike.

    `names` are the brand's, as the post spells them. A text without them, or of more than a few hundred words, is
    taken as a whole.
    """
    if not names or len(pieces) > _MOST_PIECES:
        return None
    words = bare_words(pieces)
    named = _places(words, names)
    if named is None:
        return None
    cut = clauses(pieces, words)
    worth = [_OWN] * len(pieces)
    if len(cut) > 1:
        _weigh_clauses(pieces, words, named, cut, worth)
    marks = marks_of(words)
    found = _stand(pieces, words, named, cut, worth) if marks & STANDS else None
    if found is None and marks & GRIEVES and is_place_in_grief(words, named, cut):
        worth = [_PLACE * one for one in worth]
    for at, is_name in enumerate(named):
        if is_name:
            worth[at] = _NAME
    return Focus(worth, found)


def _places(words: Sequence[str], names: Sequence[str]) -> list[bool] | None:
    """Which words belong to a name of the brand; None where none does."""
    by_first = _sought(names)
    named = [False] * len(words)
    for start, first in _begun(words, by_first):
        for one in by_first[first]:
            end = start + len(one)
            if end <= len(words) and all(map(_same, words[start:end], one)):
                named[start:end] = [True] * len(one)
    return named if True in named else None


def _sought(names: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """The bare words of names, by the first of each."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for one in {tuple(word for word in map(bare, name.split()) if word) for name in names} - {()}:
        by_first.setdefault(one[0], []).append(one)
    return by_first


def _begun(words: Sequence[str], firsts: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Which words begin as one of the firsts does, and as which."""
    joined = f" {' '.join(words)}"  # no word has a space
    for first in firsts:
        at = joined.find(f" {first}")
        while at >= 0:
            yield joined.count(" ", 0, at), first
            at = joined.find(f" {first}", at + 1)


def _same(piece: str, word: str) -> bool:
    """Whether the piece is the word, or a form of it: "acme's", "acme-style"."""
    return piece == word or (piece.startswith(word) and piece[len(word)] in _ENDINGS)


def _weigh_clauses(
    pieces: Sequence[str], words: Sequence[str], named: Sequence[bool], cut: Sequence[Clause], worth: list[float]
) -> None:
    capitals = not writes_nouns_large(words)
    about = [any(named[clause.start : clause.end]) for clause in cut]
    first = about.index(True)
    acts = _acts(words, named, cut[first])
    alone = all(named[at] for at in range(cut[first].start, cut[first].end))
    topic = False  # whether what is said goes on about the brand
    elsewhere = False  # ... or about another
    for number, clause in enumerate(cut):
        if about[number]:
            amount, topic, elsewhere = _OWN, True, False
        elif _names_another(pieces, clause, capitals):
            amount, topic, elsewhere = _SET_AGAINST if acts and number < first else _OF_ANOTHER, False, True
        elif elsewhere:
            goes_on = not clause.opens_sentence or words[clause.start] in LINKS
            amount = _OF_ANOTHER if goes_on else _UNCLEAR
        elif topic:
            amount = _NEXT_SENTENCE if clause.opens_sentence else _GOES_ON
            if clause.contrasts and not clause.opens_sentence:
                _lower(worth, cut[number - 1], _BEFORE_CONTRAST)
                amount = _AFTER_CONTRAST
        else:
            amount = _before(cut, number, first, alone)
        worth[clause.start : clause.end] = [amount] * (clause.end - clause.start)


def _acts(words: Sequence[str], named: Sequence[bool], clause: Clause) -> bool:
    """Whether the brand is what the clause is about: nothing but small words before its name, and something after."""
    name = named.index(True, clause.start, clause.end)
    after = next((at for at in range(name, clause.end) if not named[at]), clause.end)
    return after < clause.end and opens(words[clause.start : name])


def _before(cut: Sequence[Clause], number: int, first: int, alone: bool) -> float:
    """What a clause before the first that names the brand is worth.

    `alone`: that holds nothing but the name.
    """
    between = cut[number + 1 : first + 1]
    if any(clause.opens_sentence for clause in between):
        return _SENTENCE_BEFORE
    if cut[number].contrasts or any(clause.contrasts for clause in between):
        return _SET_AGAINST
    if alone:
        return _OWN
    return _LED_UP


def _lower(worth: list[float], clause: Clause, amount: float) -> None:
    worth[clause.start : clause.end] = [min(amount, one) for one in worth[clause.start : clause.end]]


def _names_another(pieces: Sequence[str], clause: Clause, capitals: bool) -> bool:
    """Whether the clause, which does not name the brand, names somebody else: a handle, or a capital that is a name.

    `capitals`: whether one tells a name.
    """
    words = pieces[clause.start : clause.end]
    if any(_HANDLE.match(word) for word in words):
        return True
    if not capitals or sum(word.isupper() and len(word) > 1 for word in words) * 2 > len(words):
        return False  # German, or shouted
    for at, word in enumerate(words):
        stripped = word.strip(".,!?;:…()[]{}\"'“”‘’«»*_~#")
        if not stripped[:1].isupper() or stripped[1:2] in {"'", "’"} or stripped == "I":
            continue
        begins = (at == 0 and clause.opens_sentence) or (at > 0 and words[at - 1][-1:] in HARD_STOPS)
        if not begins or _is_name(stripped, words[at + 1 : at + 2]):
            return True
    return False


def _is_name(opening: str, after: Sequence[str]) -> bool:
    """Whether a sentence's first word is a name: no common word, and a word in small letters follows."""
    lowered = opening.lower()
    if lowered in OPENERS or lowered.endswith(_CONTRACTED) or scorer().counts(lowered):
        return False
    return bool(after) and after[0][:1].islower() and not lowered.endswith(_INFLECTED)


def _stand(
    pieces: Sequence[str], words: Sequence[str], named: Sequence[bool], cut: Sequence[Clause], worth: list[float]
) -> Stance | None:
    """Finds where a clause about the brand stands; a comparison against it turns what is said there and what goes on.

    The words of a phrase that means the opposite of what they say count nothing.
    """
    stood: Stance | None = None
    for number, clause in enumerate(cut):
        own = named[clause.start : clause.end]
        if number == 0 and own[0] and pieces[0].startswith("@"):
            own = [False, *own[1:]]  # addressed, and no part of the sentence
        elif not any(own) and worth[clause.start] < _NEXT_SENTENCE:
            continue
        found = stance(pieces[clause.start : clause.end], words[clause.start : clause.end], own)
        if found is None:
            continue
        if found.how == "phrase":
            worth[clause.start + found.start : clause.start + found.end] = [_NAME] * (found.end - found.start)
        elif found.how == "comparison":
            if found.turns:
                _turn(cut, number, named, found, worth)
            return found
        stood = stood or found
    return stood


def _turn(cut: Sequence[Clause], number: int, named: Sequence[bool], found: Stance, worth: list[float]) -> None:
    """Takes what is said in a comparison's clause and goes on from it for the other side's: the opposite holds."""
    clause = cut[number]
    worth[clause.start : clause.end] = [_TURNED] * (clause.end - clause.start)
    after = cut[number + 1] if number + 1 < len(cut) else None  # "I prefer Bolt over Acme, so much nicer"
    if after and found.goes_on and not after.opens_sentence and not any(named[after.start : after.end]):
        worth[after.start : after.end] = [_TURNED] * (after.end - after.start)
    if number and found.goes_on and not clause.opens_sentence and not any(named[: clause.start]):
        _lower(worth, cut[number - 1], _OF_ANOTHER)
