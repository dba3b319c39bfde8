"""The numbers that stand for a text.

They are the smallest hashes of the text's shingles, stretches of three words (bottom-k sketch: Broder 1997, "On the
resemblance and containment of documents"), and marks of what these cannot tell.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, repeat
from operator import mul, xor

from rules.story.links import article_of
from rules.story.marks import ARTICLE, FIGURES, MOST_MARKS, RANGE, SHAPE
from rules.story.wording import FEWEST_WORDS, LEAD, own_words, words_of
from sources.query.words import dense_runs

SKETCH = 6  # hashes kept of a text
LONGEST = SKETCH + MOST_MARKS  # numbers of a fingerprint, its marks included
SHINGLE = 3  # words side by side that one hash stands for
SHORT = 40  # words below which a number names the event ("flight 123") rather than a detail
CHARACTERS_A_WORD = 2  # of scripts that set no spaces, about

MASK = 2**64 - 1
MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)  # odd constants of splitmix64 and xxHash
BASE = 0xD1342543DE82EF95  # odd, so that it can be divided by: Steele and Vigna 2021, table 5
FINISH = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))  # of splitmix64
LAST_SHIFT = 31

SHAPE_BITS = 60
FIGURE_BITS = 60
FIGURE_SHIFTS = (0, 20, 40)  # of a figure's hash, each of which sets a bit
_DIGITS = frozenset(b"0123456789")
_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]+")

STOPS = frozenset(b'.!?:;\n\0"')
"""After one of these a capital may be that of any word."""
NAME_BYTES = 4
SHORTEST_NAME = 3


def fingerprint(title: str, text: str, link: str = "") -> tuple[int, ...]:
    """Gives the ascending signed 64-bit numbers that texts of the same story share, as `same_story` compares them.

    Up to SKETCH are hashes of shingles, and one stands for all of them; less than FEWEST_WORDS words have none. One
    stands for the figures in a text of less than SHORT words, and one for a title with the article that it names:
    `link`, or else the first address in the text. () is a story of its own. The same in every process and version; no
    text is an error.
    """
    own = own_words(title, text)
    words = words_of(own)
    article = article_mark(title, text, link, own)
    unspaced = is_unspaced(own, len(words))
    per_word = CHARACTERS_A_WORD if unspaced else 1
    count = len(words) // per_word
    if count < FEWEST_WORDS:
        return article
    figures = figures_mark(own) if count < SHORT else ()
    shingles = set(_shingles(words[: LEAD * per_word], unspaced))
    return (*article, *figures, shape_mark(shingles), *(number >> 1 for number in sorted(shingles)[:SKETCH]))


def story_id(key: str) -> str:
    """Gives the name of the story that the post of `key` begins."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8, person=b"story").hexdigest()


def is_unspaced(own: str, words: int) -> bool:
    """Whether most of a text's words are characters of a script without spaces."""
    return not own.isascii() and sum(map(len, dense_runs(own))) * 2 > words


def article_mark(title: str, text: str, link: str, own: str) -> tuple[int, ...]:
    """The mark of the article that a post of these own words names, () for none.

    A post with a title and a text of its own around an address is about more than that address.
    """
    article = article_of(link, text) if link or "://" in text else ""
    if not article:
        return ()
    heads = words_of(own_words(title, "") if title else own)
    if not heads or (title and not link and len(words_of(own)) >= len(heads) + FEWEST_WORDS):
        return ()
    named = b"\x1f".join([article.encode("utf-8", "surrogatepass"), *heads[:LEAD]])
    return (ARTICLE + (int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big") % RANGE or 1),)


def figures_mark(own: str) -> tuple[int, ...]:
    """The mark of what tells one event from another told in the same words: figures and names; () for none.

    A small Bloom filter of the hashes of the words with a digit, and of how the words begin that are names: those with
    a capital inside a sentence. Of these the first bytes alone count, so that a slip further on makes no other name.
    """
    bits = 0
    for word, is_name in telling_words(own):
        number = hash_of(word[:NAME_BYTES] if is_name else word)
        for shift in FIGURE_SHIFTS:
            bits |= 1 << (number >> shift) % FIGURE_BITS
    return (FIGURES + bits,) if bits else ()


def telling_words(own: str) -> Iterator[tuple[bytes, bool]]:
    """The words with a digit, and the names, in small letters, and whether each is one of these."""
    content = own.encode()
    before = 0
    for found in _WORD.finditer(content):
        word = found[0]
        if not _DIGITS.isdisjoint(word):
            yield word.lower(), False
        elif is_name(word, content[before : found.start()] if before else b"."):
            yield word.lower(), True
        before = found.end()


def is_name(word: bytes, gap: bytes) -> bool:
    """Whether a word begins with a capital of ASCII, and neither end of the gap before it begins a sentence."""
    return 65 <= word[0] <= 90 and len(word) >= SHORTEST_NAME and STOPS.isdisjoint((gap[0], gap[-1]))


def shape_mark(shingles: Iterable[int]) -> int:
    """The mark of all shingles, each as one of SHAPE_BITS bits."""
    bits = 0
    for number in shingles:
        bits |= 1 << number % SHAPE_BITS
    return SHAPE + bits


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
