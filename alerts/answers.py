"""Prepared answers: what a file of one says, and which of them fit what somebody wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

from msgspec import Struct

from sources.query.words import quick_cut

LONGEST = 100_000
"""Characters of a file."""

_KEYS = ("title", "lang", "link", "tags")
_LINK = re.compile(r"https?://[^\s<>\"]{1,1000}")
_TAG_MARKS = re.compile(r"[\[\]\"']")
_TITLE_WEIGHT, _TAG_WEIGHT = 3, 4
_SATURATION, _LENGTH_PART = 1.2, 0.6  # k1 and b of BM25
_OTHER_LANGUAGE = 0.4
_LEAST = 2  # words of the body alone that must be shared: one says little
_ENDINGS = ("ing", "ies", "ed", "es", "s")
_BENGALI_ENDINGS = tuple(quick_cut("গুলোর গুলো গুলি দের টার টির টাকে টা টি েছে ের কে তে য় র")[1])
_SAYS_NOTHING = frozenset(
    quick_cut(
        """
    a an and any are as at be been but by can cannot could did do does doing dont for from get got had has have he her
    hello hey hi him his how i if im in is isnt it its just ive like me my no not now of off on or our out please she so
    some thank thanks that the their them then there they this those to too up us very was we what when where which who
    why will with wont would you your about after again all also am because being into more most only other over same
    still than these through under until while
    আমি আমার আমাকে আমাদের আপনি আপনার আপনাদের তুমি তোমার সে তার তাদের এই এটা ওই ওটা কি কী কেন কীভাবে কিভাবে
    কোন কোথায় কখন ও এবং বা কিন্তু যে যদি তাহলে না নাই নেই হয় হবে হচ্ছে হয়েছে
    করে করা করতে করুন আছে ছিল থেকে জন্য সাথে পর্যন্ত খুব আবার একটা একটি দয়া ধন্যবাদ
    """
    )[1]
)


class PreparedAnswer(Struct, frozen=True, kw_only=True):
    """One answer. `name` is its file's; `link` where it can be read by everybody; `lang` "" where it is in any."""

    name: str
    title: str
    text: str
    link: str = ""
    lang: str = ""
    tags: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The text with the link, where that is not in it."""
        return self.text if not self.link or self.link in self.text else f"{self.text}\n\n{self.link}"

    @property
    def short(self) -> str:
        """The title and the link alone, for services that take little."""
        return f"{self.title}: {self.link}" if self.link else self.title


class Suggested(Struct, frozen=True):
    """An answer that may fit, and the words of the post that say so, the most telling first."""

    answer: PreparedAnswer
    score: float
    because: tuple[str, ...]


class UnusableAnswer(ValueError):
    """A file that is no answer; the text says what is wrong with it, without its name."""


def read_answer(name: str, content: str) -> PreparedAnswer:
    """Reads Markdown with front matter between two lines of `---`: title, lang, link, tags. Raises UnusableAnswer.

    Without a `title` the first heading is it.
    """
    head, body = _parted(content.removeprefix("\ufeff").replace("\r\n", "\n"))
    told: dict[str, str] = {}
    for line in head:
        key, colon, value = line.partition(":")
        if not colon or key.strip() not in _KEYS:
            raise UnusableAnswer(f"line {line.strip()[:60]!r}: must be one of {', '.join(_KEYS)}, then a colon")
        told[key.strip()] = value.strip().strip("\"'")
    heading = re.match(r"\s*#\s+(.+)\n?", body)
    if heading and not told.get("title"):
        told["title"], body = heading[1].strip(), body[heading.end() :]
    text = body.strip()
    if not told.get("title"):
        raise UnusableAnswer("has no title: write one above, between two lines of ---")
    if not text:
        raise UnusableAnswer("has no text")
    if told.get("link") and not _LINK.fullmatch(told["link"]):
        raise UnusableAnswer("its link must begin with http:// or https://")
    tags = _TAG_MARKS.sub("", told.get("tags", "")).split(",")
    return PreparedAnswer(
        name=name,
        title=told["title"],
        text=text,
        link=told.get("link", ""),
        lang=told.get("lang", "").lower(),
        tags=tuple(tag.strip().lower() for tag in tags if tag.strip()),
    )


class AnswerIndex:
    """Answers, ready to be looked through; pure. Words are compared without the usual endings of English and Bengali.

    Ranked by BM25 (https://doi.org/10.1561/1500000019) over title, tags and text, the first two counting several times.
    """

    def __init__(self, answers: Iterable[PreparedAnswer]) -> None:
        self._answers = list(answers)
        self._words = [_weighed(answer) for answer in self._answers]
        self._prominent = [set(_stems(" ".join((one.title, *one.tags)))) for one in self._answers]
        holding = Counter(word for words in self._words for word in words)
        count = len(self._answers)
        self._rarity = {word: log(1 + (count - held + 0.5) / (held + 0.5)) for word, held in holding.items()}
        self._mean = sum(sum(words.values()) for words in self._words) / max(count, 1)

    def suggest(self, text: str, lang: str, about: Sequence[str] = (), most: int = 3) -> list[Suggested]:
        """The answers that fit, the best first. `about`: what is known of the post besides, as topics and intents."""
        asked = _stems(text) | {stem: word for word in about for stem in _stems(word)}
        found = []
        for answer, words, prominent in zip(self._answers, self._words, self._prominent, strict=True):
            shared = [stem for stem in asked if stem in words]
            if len(shared) < _LEAST and prominent.isdisjoint(shared):
                continue
            worth = {stem: self._worth(stem, words) for stem in shared}
            score = sum(worth.values()) * (1.0 if _same_language(answer.lang, lang) else _OTHER_LANGUAGE)
            because = sorted(shared, key=lambda stem: (-worth[stem], stem))
            found.append(Suggested(answer, score, tuple(asked[stem] for stem in because[:5])))
        found.sort(key=lambda one: (-one.score, one.answer.name))
        return found[:most]

    def _worth(self, stem: str, words: Counter[str]) -> float:
        often = words[stem]
        length = 1 - _LENGTH_PART + _LENGTH_PART * sum(words.values()) / self._mean
        return self._rarity[stem] * often * (_SATURATION + 1) / (often + _SATURATION * length)


def _parted(content: str) -> tuple[list[str], str]:
    lines = content.lstrip("\n").split("\n")
    if lines[0].strip() != "---":
        return [], content
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        raise UnusableAnswer("its front matter does not end: close it with a line of ---")
    head = [line for line in lines[1:end] if line.strip() and not line.lstrip().startswith("#")]
    return head, "\n".join(lines[end + 1 :])


def _weighed(answer: PreparedAnswer) -> Counter[str]:
    counts: Counter[str] = Counter()
    for weight, text in ((_TITLE_WEIGHT, answer.title), (_TAG_WEIGHT, " ".join(answer.tags)), (1, answer.text)):
        for word in _words(text):
            counts[_stem(word)] += weight
    return counts


def _stems(text: str) -> dict[str, str]:
    """Each stem with the first word of it that stands there."""
    found: dict[str, str] = {}
    for word in _words(text):
        found.setdefault(_stem(word), word)
    return found


def _words(text: str) -> list[str]:
    cut = quick_cut(text[:LONGEST])[1]
    return [word for word in cut if len(word) > 1 and word not in _SAYS_NOTHING and not word.isdigit()]


def _stem(word: str) -> str:
    endings, least = (_ENDINGS, 4) if word.isascii() else (_BENGALI_ENDINGS, 3)
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= least - (ending == "s"):
            word = word.removesuffix(ending)
            break
    return word[:-1] if word.isascii() and len(word) > 4 and word.endswith("e") else word


def _same_language(one: str, other: str) -> bool:
    return not one or other in ("", "und") or one.partition("-")[0] == other.lower().partition("-")[0]
