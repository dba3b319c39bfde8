"""What the mentions of a brand talk about in a period, beside what they talk about otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from math import log, log10

from rules.topic import Said, Span, Topic, Trend
from rules.topic_choice import Voice, choose
from rules.topic_odds import Odds, Side, moved
from rules.topic_spelling import spelling
from rules.topic_words import can_name, spoken, terms_of
from sources.query.words import is_dense

MOST_TOPICS = 30
"""Topics named of a brand and a period."""

FEWEST_STORIES = 3
"""Posts, each story counted once, below which nothing is a topic."""

FEWEST_FALLEN = 5
"""The same of the period before for a topic that fell: what three people no longer say is not missed."""

FEWEST_POSTS = 10
"""Posts on either side below which nothing can be compared."""

BINS = 12
"""Parts of equal length of a topic's time line."""

EXAMPLES = 5

_LEAST_Z = 2.1  # for a long word among 200 candidates
_Z_A_TENFOLD = 1.4  # so that no more come up by chance among 20,000 candidates than among 200
_Z_BOUNDS = (1.7, 4.0)
_Z_A_LETTER = 0.3  # small words are short in every language (Zipf 1935): the shorter the more evidence
_LONG_ENOUGH = 6
_LETTERS_OF_DENSE = 3  # that a character of a script without spaces stands for, about
_LEAST_RATIO = log(1.5)  # what is said half as often again is worth a word, however sure a lesser change is
_USUAL = 0.05  # the share of earlier posts in which a word stands that opens and ends no phrase


def find_topics(
    posts: Iterable[Said],
    span: Span,
    *,
    name: str,
    matched: Collection[str] = (),
    background: Sequence[Said] | None = None,
) -> list[Topic]:
    """Names what was talked of more than otherwise, the surest first, then what fell; at most MOST_TOPICS of each.

    `posts` are the brand's, of the period and of the time before it, in any order, which changes nothing. `background`
    takes the place of the latter where they are too few (other brands' posts); nothing is then told of what fell.
    `name` is the brand's, `matched` are words that find it: no topic consists of these alone. No text is an error.
    """
    voices = _voices(posts)
    now = [voice for voice in voices if span.since <= voice.said.at < span.until]
    earlier = [voice for voice in voices if span.background_since <= voice.said.at < span.since]
    before = [voice for voice in earlier if voice.said.at >= span.before]
    other = earlier if background is None else _voices(background)
    words = _BrandWords(name, matched)
    describing = _Describing(now, before, span)
    trend: Trend | None = None if background is None else "typical"
    rose = [describing.topic(term, odds.z, trend) for term, odds in _rising(now, other, words)[:MOST_TOPICS]]
    fell: list[tuple[str, Odds]] = (
        [] if background is not None else _rising(before, now, words, FEWEST_FALLEN)[:MOST_TOPICS]
    )
    return rose + [describing.topic(term, -odds.z, "fell") for term, odds in fell]


def _voices(posts: Iterable[Said]) -> list[Voice]:
    """Each story once, as it was first told: a press release on thirty sites is one voice."""
    told: dict[str, Voice] = {}
    for said in sorted(posts, key=lambda one: (one.at, one.number)):
        key = said.story or f"\0{said.number}"
        if key not in told:
            words = spoken(said.text)
            told[key] = Voice(said, words, terms_of(words))
    return list(told.values())


class _BrandWords:
    """The words that name a brand or find it."""

    def __init__(self, name: str, matched: Collection[str]) -> None:
        self.name = _words([name])
        self.all = self.name | _words(matched)

    def hide(self, term: str) -> bool:
        """Whether a term says no more than the brand does."""
        words = term.split(" ")
        if words[0] in self.name or words[-1] in self.name:
            return True
        return all(word in self.all for word in words)


def _words(texts: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        said = spoken(text)
        found.update(word for stretch in said.stretches for word in stretch)
        found.update(terms_of(said))
    return frozenset(found)


def _rising(
    now: Sequence[Voice], other: Sequence[Voice], brand: _BrandWords, fewest: int = FEWEST_STORIES
) -> list[tuple[str, Odds]]:
    """The terms said more than otherwise, the surest first; of terms for one thing the best alone."""
    if min(len(now), len(other)) < FEWEST_POSTS:
        return []
    counts: Counter[str] = Counter()
    for voice in now:
        counts.update(voice.terms)
    usual = _usual(other)
    candidates = {
        term
        for term, count in counts.items()
        if count >= fewest and can_name(term) and not brand.hide(term) and not _framed(term, usual)
    }
    odds = moved(_side(now), _side(other), candidates)
    least = _LEAST_Z + _Z_A_TENFOLD * log10(max(len(candidates), 1) / 200)
    least = min(max(least, _Z_BOUNDS[0]), _Z_BOUNDS[1])
    sure = {
        term: one for term, one in odds.items() if one.ratio >= _LEAST_RATIO and one.z >= least + _more_if_short(term)
    }
    return [(name, sure[term]) for name, term in choose(sure, now)]


def _side(voices: Sequence[Voice]) -> Side:
    by_language: dict[str, list[Collection[str]]] = {}
    for voice in voices:
        by_language.setdefault(voice.said.lang, []).append(voice.terms)
    return Side(by_language)


def _usual(voices: Sequence[Voice]) -> set[str]:
    """The words that stand in many posts of their language."""
    found: set[str] = set()
    for posts in _side(voices).by_language.values():
        counts: Counter[str] = Counter()
        for terms in posts:
            counts.update(terms)
        least = max(2.0, _USUAL * len(posts))
        found.update(term for term, count in counts.items() if count >= least and " " not in term)
    return found


def _framed(term: str, usual: set[str]) -> bool:
    """Whether a phrase opens or ends with a usual word: "caught fire on" names no more than "caught fire"."""
    words = term.split(" ")
    return len(words) > 1 and (words[0] in usual or words[-1] in usual)


def _more_if_short(term: str) -> float:
    letters = len(term) * (_LETTERS_OF_DENSE if is_dense(term[0]) else 1)
    return _Z_A_LETTER * max(0, _LONG_ENOUGH - letters)


class _Describing:
    """Puts what was found into numbers for all posts, where a part of them was read."""

    def __init__(self, now: Sequence[Voice], before: Sequence[Voice], span: Span) -> None:
        self._now = now
        self._before = before
        self._span = span

    def topic(self, term: str, z: float, trend: Trend | None) -> Topic:
        """The topic as it is in both periods; `trend` None: new where nobody spoke of it before, else risen."""
        held = [voice for voice in self._now if voice.holds(term)]
        earlier = [voice for voice in self._before if voice.holds(term)]
        shown = earlier if trend == "fell" else held
        known = [voice.said.negative for voice in held if voice.said.negative is not None]
        return Topic(
            term=term,
            shown=spelling(term, [(voice.said.text, voice.said.author) for voice in shown]),
            trend=trend or ("rose" if earlier else "new"),
            mentions=round(len(held) / self._span.sampled),
            before=round(len(earlier) / self._span.sampled_before),
            share=len(held) / len(self._now),
            z=z,
            negative=sum(known) / len(known) if known else None,
            timeline=self._timeline(held),
            examples=_examples(shown),
        )

    def _timeline(self, held: Sequence[Voice]) -> tuple[int, ...]:
        counts = [0] * BINS
        for voice in held:
            part = (voice.said.at - self._span.since) / (self._span.until - self._span.since)
            counts[min(int(part * BINS), BINS - 1)] += 1
        return tuple(round(count / self._span.sampled) for count in counts)


def _examples(voices: Sequence[Voice]) -> tuple[int, ...]:
    """The newest, each of another author."""
    found: dict[str, int] = {}
    for voice in sorted(voices, key=lambda one: (one.said.at, one.said.number), reverse=True):
        found.setdefault(voice.said.author or f"\0{voice.said.number}", voice.said.number)
    return tuple(found.values())[:EXAMPLES]
