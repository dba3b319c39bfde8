"""The posts and the queries that the benchmarks share: seeded, shaped like a network's stream, in seven languages.

Words come by their frequency from `wordfreq` (pip install --group bench). A post has some 21 words; one in ten carries
a brand, famous ones more often (Zipf). Of the brands 60 % are coined, 25 % two words, 10 % rare words and 5 % common
words, which nobody searches bare. Of 10,000 queries 4,450 are AND, 1,859 OR, 1,769 a term, 706 a phrase, 560 NEAR,
351 a hashtag, 305 about an author.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

import msgspec
from msgspec import Struct

try:
    from wordfreq import get_frequency_dict
except ModuleNotFoundError:
    raise SystemExit("the words come from wordfreq: .venv/bin/python -m pip install --group bench") from None

from sources.post import Author, Engagement, Post

LANGUAGES = {"en": 62, "es": 11, "pt": 9, "fr": 5, "id": 5, "de": 4, "tr": 4}
MOST_WORDS = 60_000
USERS = 50_000
START = datetime(2026, 3, 1, tzinfo=UTC)
EMOJI = "😂❤😍🔥😭🙏👍🎉😊🚀💔👀✨💯🤔😡"
KINDS = {
    "coined": {"term": 1_519, "or": 1_249, "and": 2_571, "near": 308, "hashtag": 190, "author": 163},
    "two": {"phrase": 706, "or": 400, "and": 1_100, "near": 150, "hashtag": 79, "author": 65},
    "rare": {"term": 250, "or": 210, "and": 429, "near": 52, "hashtag": 32, "author": 27},
    "common": {"and": 350, "near": 50, "hashtag": 50, "author": 50},
}  # of 10,000


class Brand(Struct, frozen=True):
    words: tuple[str, ...]
    kind: str  # coined, two, rare, common
    asked: str  # the kind of its query

    @property
    def joined(self) -> str:
        return "".join(self.words)

    @property
    def sought(self) -> str:
        return f'"{" ".join(self.words)}"' if len(self.words) > 1 else self.words[0]


class Corpus:
    """Posts and queries over the same brands; the same seed gives the same ones, in whatever order they are asked for.

    `brand_rate`: the share of posts that carry a brand. `brands`: how many there are; beyond as many queries, several
    ask for the same brand.
    """

    def __init__(self, seed: int = 1, brand_rate: float = 0.1, brands: int = 10_000) -> None:
        self._seed = seed
        self._brand_rate = brand_rate
        self.brands = _brands(seed, brands)
        self._fame = list(accumulate(1 / rank for rank in range(1, brands + 1)))

    def posts(self, count: int, part: int = 0) -> list[Post]:
        """`count` posts; another `part` has others, with other ids."""
        chance = random.Random(f"{self._seed} posts {part}")
        return [self._post(chance, part * 100_000_000 + number) for number in range(count)]

    def lines(self, count: int, part: int = 0) -> list[bytes]:
        """The posts as JSON, each some 690 bytes."""
        encoder = msgspec.json.Encoder()
        return [encoder.encode(post) for post in self.posts(count, part)]

    def queries(self, count: int) -> dict[str, str]:
        """Query texts by name; fewer queries are the first of more."""
        chance = random.Random(f"{self._seed} queries")
        context = [word for word in _words("en")[0][50:3_000] if word.isascii() and word not in _OPERATORS]
        return {
            f"b{number}": _query(chance, self.brands[number % len(self.brands)], context) for number in range(count)
        }

    def _post(self, chance: random.Random, number: int) -> Post:
        (language,) = chance.choices(tuple(LANGUAGES), weights=tuple(LANGUAGES.values()))
        known, frequency = _words(language)
        length = min(60, max(3, round(chance.lognormvariate(2.833, 0.6))))  # 2.833 is ln 17
        words = chance.choices(known, cum_weights=frequency, k=length)
        words = [word.upper() if chance.random() < 0.03 else word for word in words]
        words.extend(self._extras(chance, known, frequency))
        if chance.random() < self._brand_rate:
            words.insert(chance.randint(0, length), self._carried(chance))
        if chance.random() < 0.25:
            words.append(f"https://t.co/{''.join(chance.choices(_LETTERS, k=10))}")
        writer = user(chance.randrange(USERS))
        return Post(
            source="stream",
            instance="bench.example",
            external_id=f"https://bench.example/statuses/{number:018d}",
            url=f"https://bench.example/users/{writer}/statuses/{number:018d}",
            text=" ".join(words),
            published_at=START + timedelta(milliseconds=number),
            lang=language,
            in_reply_to=f"https://bench.example/statuses/{number - 7:018d}" if chance.random() < 0.3 else "",
            author=Author(
                id=f"id-{writer}",
                handle=writer,
                name=f"{writer[:-2].title()} {language.upper()}",
                url=f"https://bench.example/users/{writer}",
                followers=chance.randrange(5_000),
            ),
            engagement=Engagement(likes=chance.randrange(40), replies=chance.randrange(5), reposts=chance.randrange(9)),
        )

    def _carried(self, chance: random.Random) -> str:
        """A brand as people write it."""
        (brand,) = chance.choices(self.brands, cum_weights=self._fame)
        written = " ".join(brand.words)
        forms = (written.title(), written, f"#{brand.joined}", f"@{brand.joined}")
        return chance.choices(forms, weights=(60, 15, 13, 12))[0]

    @staticmethod
    def _extras(chance: random.Random, known: list[str], frequency: list[float]) -> Iterator[str]:
        if chance.random() < 0.18:
            yield chance.choice(EMOJI)
        if chance.random() < 0.20:
            yield "#" + chance.choices(known, cum_weights=frequency)[0]
        if chance.random() < 0.25:
            yield "@" + user(chance.randrange(USERS))


@lru_cache(maxsize=USERS)
def user(number: int) -> str:
    """The handle of an account: some 12 letters and digits, the same for the same number."""
    return f"{_coin(random.Random(number), 4)}{number % 90 + 10}"


_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_OPERATORS = {"and", "or", "not", "near"}


def _coin(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice("bcdfgklmnprstvxz") + chance.choice("aeiouy") for _ in range(syllables))


@lru_cache(maxsize=8)
def _words(language: str) -> tuple[list[str], list[float]]:
    """The most frequent words of a language, and their frequencies summed up."""
    listed = get_frequency_dict(language, "best")
    known = [word for word in sorted(listed, key=lambda word: (-listed[word], word)) if word.isalpha()][:MOST_WORDS]
    return known, list(accumulate(listed[word] for word in known))


def _brands(seed: int, count: int) -> list[Brand]:
    """Distinct brands, the most famous first; which kind and which query each has is drawn."""
    chance = random.Random(f"{seed} brands")
    known = [word for word in _words("en")[0] if word.isascii() and len(word) > 2 and word not in _OPERATORS]
    taken = set(known[:10_000])
    deck = [(kind, asked) for kind, shares in KINDS.items() for asked, times in shares.items() for _ in range(times)]
    brands: list[Brand] = []
    while len(brands) < count:
        chance.shuffle(deck)
        for kind, asked in deck[: count - len(brands)]:
            words = _brand_words(chance, kind, known)
            while " ".join(words) in taken and kind != "common":
                words = _brand_words(chance, kind, known)
            taken.add(" ".join(words))
            brands.append(Brand(words, kind, asked))
    return brands


def _brand_words(chance: random.Random, kind: str, known: list[str]) -> tuple[str, ...]:
    if kind == "coined":
        return (_coin(chance, chance.randint(3, 4)) + chance.choice(("", "n", "x", "ly")),)
    if kind == "two":
        return chance.choice(known[300:6_000]), chance.choice(known[2_000:20_000])
    return (chance.choice(known[10_000:] if kind == "rare" else known[500:3_000]),)


def _query(chance: random.Random, brand: Brand, context: list[str]) -> str:
    one, two, three = chance.sample(context, 3)
    shape = chance.random()
    name = user(chance.randrange(USERS))
    if brand.asked == "and":
        if brand.kind == "common" or shape < 0.25:
            return f"{brand.sought} {one}"
        return f"{brand.sought} ({one} OR {two} OR {three})" if shape < 0.5 else f"{brand.sought} NOT ({one} OR {two})"
    if brand.asked == "or":
        return f"{brand.sought} OR #{brand.joined} OR @{brand.joined}"
    if brand.asked == "near":
        return f"{brand.sought} NEAR/5 {one}"
    if brand.asked == "hashtag":
        return f"#{brand.joined}"
    if brand.asked == "author":
        return (
            f"{brand.sought} NOT author:{brand.joined}" if brand.kind != "common" and shape < 0.5 else f"author:{name}"
        )
    return brand.sought
