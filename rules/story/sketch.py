"""The numbers that stand for a text.

They are the smallest hashes of the text's shingles, stretches of three words (bottom-k sketch: Broder 1997, "On the
resemblance and containment of documents"). Two kinds of marks may stand among them, in a range that no hash falls in:
one for the figures in a short text, one for the article that a post links to.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, repeat
from operator import mul, xor

from rules.story.links import article_of
from rules.story.wording import FEWEST_WORDS, LEAD, own_words, words_of
from sources.query.words import dense_runs

SKETCH = 6  # hashes kept of a text
LONGEST = SKETCH + 2  # numbers of a fingerprint, its marks included
SHINGLE = 3  # words side by side that one hash stands for
SHORT = 40  # words below which a number names the event ("flight 123") rather than a detail
CHARACTERS_A_WORD = 2  # of scripts that set no spaces, about
INSIDE = 4  # shared numbers that show a text of few shingles inside a longer one

MASK = 2**64 - 1
MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)  # odd constants of splitmix64 and xxHash
BASE = 0xD1342543DE82EF95  # odd, so that it can be divided by: Steele and Vigna 2021, table 5
FINISH = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))  # of splitmix64
LAST_SHIFT = 31

_HALF = 2**41
FIRST_FIGURES = -(2**63) + _HALF
"""Numbers below are marks of articles, numbers from here on ..."""
FIRST_SHINGLE = FIRST_FIGURES + _HALF
"""... and below this are marks of figures, all others are shingles. Sorted, the marks come first."""
FIGURE_BITS = 40
FIGURE_SHIFTS = (0, 20, 40)  # of a figure's hash, each of which sets a bit
_DIGITS = frozenset(b"0123456789")


def fingerprint(title: str, text: str, link: str = "") -> tuple[int, ...]:
    """Gives the ascending signed 64-bit numbers that texts of the same story share, as `same_story` compares them.

    Up to SKETCH are hashes of shingles; fewer than FEWEST_WORDS words have none. One more stands for the figures in a
    text of less than SHORT words. One more stands for a title with the article that it names: `link`, or else the
    first address in the text. () is a story of its own. The same in every process and version; no text is an error.
    """
    own = own_words(title, text)
    words = words_of(own)
    article = article_mark(title, text, link, words)
    unspaced = is_unspaced(own, len(words))
    per_word = CHARACTERS_A_WORD if unspaced else 1
    count = len(words) // per_word
    if count < FEWEST_WORDS:
        return article
    figures = figures_mark(words) if count < SHORT else ()
    numbers = set(_shingles(words[: LEAD * per_word], unspaced))
    return (*article, *figures, *sorted(map(signed, sorted(numbers)[:SKETCH])))


def same_story(one: Sequence[int], other: Sequence[int]) -> bool:
    """Says whether two fingerprints tell the same text.

    They do where they link to the same article under the same title. Else they must share at least half of six
    hashes; INSIDE of them, where one text has fewer than six; all, where both have. And one of the two short texts
    must hold all figures of the other: "flight 123 is delayed" is not "flight 456 is delayed".
    """
    return shared(one, other) > 0


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How much two fingerprints of one story have in common, to find the nearest; 0: they are not of one story."""
    if not (one and other):
        return 0
    common = len(set(one).intersection(other))
    if one[0] >= FIRST_SHINGLE and other[0] >= FIRST_SHINGLE:  # no marks, as with most
        return common if common and common >= _needed(len(one), len(other)) else 0
    article, figures, hashes = _parts(one)
    other_article, other_figures, other_hashes = _parts(other)
    if article and article == other_article:
        return SKETCH + common
    if figures and other_figures:
        if figures & other_figures not in (figures, other_figures):
            return 0
        common -= figures == other_figures
    return common if common and common >= _needed(hashes, other_hashes) else 0


def _needed(size: int, other_size: int) -> int:
    """How many hashes must be the same."""
    more = max(size, other_size)
    if more < SKETCH:  # a text with so few shingles leaves no room for chance
        return more
    return INSIDE if min(size, other_size) < SKETCH else (more + 1) // 2


def _parts(fingerprint: Sequence[int]) -> tuple[int, int, int]:
    """The mark of the article, the bits of the figures (0 where there is none), and how many hashes there are."""
    marks = bisect_left(fingerprint, FIRST_SHINGLE)
    if not marks:
        return 0, 0, len(fingerprint)
    first, last = fingerprint[0], fingerprint[marks - 1]
    article = first if first < FIRST_FIGURES else 0
    return article, last - FIRST_FIGURES if last >= FIRST_FIGURES else 0, len(fingerprint) - marks


def filed_under(fingerprint: Sequence[int]) -> Sequence[int]:
    """The numbers by which a fingerprint is found: no two of one story have none of these in common.

    Sets of six that share three must share one of their four smallest, in any one order (prefix filtering: Chaudhuri,
    Ganti, Kaushik 2006, "A primitive operator for similarity joins in data cleaning"); likewise for fewer.
    """
    marks = bisect_left(fingerprint, FIRST_SHINGLE)
    hashes = fingerprint[marks : marks + filed(len(fingerprint) - marks)]
    if not marks or fingerprint[0] >= FIRST_FIGURES:
        return hashes
    return (fingerprint[0], *hashes)


def filed(size: int) -> int:
    """How many of `size` hashes a fingerprint is filed under."""
    return size // 2 + 1 if size >= SKETCH else max(1, size - INSIDE + 1)


def story_id(key: str) -> str:
    """Gives the name of the story that the post of `key` begins."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8, person=b"story").hexdigest()


def is_unspaced(own: str, words: int) -> bool:
    """Whether most of a text's words are characters of a script without spaces."""
    return not own.isascii() and sum(map(len, dense_runs(own))) * 2 > words


def article_mark(title: str, text: str, link: str, words: list[bytes]) -> tuple[int, ...]:
    """The mark of the article that a post of these words names, () for none.

    A post with a title and a text of its own around an address is about more than that address.
    """
    article = article_of(link, text) if link or "://" in text else ""
    if not article:
        return ()
    heads = words_of(own_words(title, "")) if title else words
    if not heads or (title and not link and len(words) >= len(heads) + FEWEST_WORDS):
        return ()
    named = b"\x1f".join([article.encode("utf-8", "surrogatepass"), *heads[:LEAD]])
    return (-(2**63) + int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big") % _HALF,)


def figures_mark(words: Iterable[bytes]) -> tuple[int, ...]:
    """The mark of the words with a digit in them, a small Bloom filter of their hashes; () for none."""
    bits = 0
    for word in words:
        if not word.isalpha() and not _DIGITS.isdisjoint(word):
            number = hash_of(word)
            for shift in FIGURE_SHIFTS:
                bits |= 1 << (number >> shift) % FIGURE_BITS
    return (FIRST_FIGURES + bits,) if bits else ()


def hash_of(word: bytes) -> int:
    """64 bits for a word: a polynomial in BASE over its bytes (Karp and Rabin 1987), mixed as splitmix64 does."""
    number: int = sum(map(mul, word, powers(len(word)))) & MASK
    for shift, factor in FINISH:
        number = (number ^ number >> shift) * factor & MASK
    return number ^ number >> LAST_SHIFT


@lru_cache(maxsize=512)
def powers(count: int) -> Sequence[int]:
    """The first powers of BASE, modulo 2^64."""
    return list(accumulate(repeat(BASE, count - 1), lambda one, other: one * other & MASK, initial=1))


def signed(number: int) -> int:
    """An unsigned number as one that a database's 64-bit column can hold, out of the range of the marks."""
    number = number - 2**64 if number >= 2**63 else number
    return number if number >= FIRST_SHINGLE else number + 2 * _HALF


def _shingles(words: list[bytes], unspaced: bool) -> Iterable[int]:
    """Hashes of all stretches of three words, or of three pairs of characters."""
    step = CHARACTERS_A_WORD if unspaced else 1
    if unspaced:
        words = list(map(bytes.__add__, words, words[1:]))
    first, second, third = zip(*map(_mixed, words), strict=True)
    return map(xor, map(xor, first, second[step:]), third[2 * step :])


@lru_cache(maxsize=16_384)
def _mixed(word: bytes) -> tuple[int, int, int]:
    """What a word gives to a shingle as its first, second and third."""
    number = hash_of(word)
    first, second, third = MIX
    return number * first & MASK, number * second & MASK, number * third & MASK
