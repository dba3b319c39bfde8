"""Which posts tell the same text."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from datetime import datetime, timedelta
from functools import lru_cache
from operator import xor

from msgspec import Struct

from rules.text import clean
from sources.query.words import dense_runs, quick_cut

SKETCH = 6  # hashes kept of a text
SHINGLE = 3  # words side by side that one hash stands for
LEAD = 64  # words of a text that count: sites cut the same release at different lengths
SHORT = 40  # words below which a number names the event ("flight 123") rather than a detail
FEWEST_WORDS = 5  # below: "thanks!" is nobody's story
FEWEST_SHINGLED = 8  # below: the whole text must be the same
CHARACTERS_A_WORD = 2  # of scripts that set no spaces, about
MOST_HOLDERS = 64  # wordings remembered of one hash: the newest of a text that ten thousand people share

_MASK = 2**64 - 1
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)  # odd constants of splitmix64 and xxHash
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.(?:com|org|net|io|ly|co|me|gl)/\S*", re.IGNORECASE
)
_HANDLE = re.compile(r"(?<![\w.])@[\w.-]+(?:@[\w.-]+)?")
_REPOST = re.compile(r"^\s*(?:rt|qt|mt)\s+@?[\w.@-]+\s*:\s*|^\s*(?:rt|mt)\s+(?=@)", re.IGNORECASE)
_VIA = re.compile(r"[\s(\[]*\b(?:via|h/t|hat tip|credit|source)\s*:?\s+@?[\w.@-]+[)\]]?\s*$", re.IGNORECASE)
_LABEL = re.compile(
    r"^\s*(?:breaking|update[ds]?|watch|exclusive|news|press release|just in)\s*(?:news)?\s*[:|–—-]\s*", re.IGNORECASE
)
_SITE = re.compile(r"\s+[-–—|»·•:]+\s+[^-–—|»·•\n]{2,40}$")
_FORM = re.compile(r"^\s*(?:#{1,6}\s.*|[-*]\s*\[[ xX]\].*|\*\*[^*\n]{1,80}\*\*:?\s*)$", re.MULTILINE)
_PIPE = re.compile(r"\s+\|\s+[^|\n]{2,40}$")
_TAGS = re.compile(r"(?:\s+#\w+)+[\s\"'”’)]*$")
_END = 400  # characters in which what is put at a text's end is looked for
_VIA_CUES = ("via", "h/t", "hat tip", "credit", "source")
_OTHER_CASES = frozenset("ſı\u0307")  # what a pattern without case takes for s and i, and `lower` does not
_CUT = re.compile(r"\s*\S*(?:…|\.\.\.)\s*(?:\[\+?\d* ?(?:chars?)?\])?\s*$")


def fingerprint(title: str, text: str) -> tuple[int, ...]:
    """Gives up to SKETCH signed 64-bit numbers that texts of the same story share.

    They are the smallest hashes of the text's shingles (bottom-k sketch: Broder 1997, "On the resemblance and
    containment of documents"), the same in every process and version. A text of five to seven words gives
    one number for all of it; a shorter one gives none and is a story of its own.
    """
    tokens, unspaced = _tokens(title, text)
    words = len(tokens) // CHARACTERS_A_WORD if unspaced else len(tokens)
    if words < FEWEST_WORDS:
        return ()
    if words < FEWEST_SHINGLED:
        return (_signed(_hash("\x1f".join(tokens))),)
    width = SHINGLE * (CHARACTERS_A_WORD if unspaced else 1)
    tokens = tokens[: LEAD * (CHARACTERS_A_WORD if unspaced else 1)]
    salt = 0
    if words < SHORT:
        numbers = sorted({token for token in tokens if not token.isalpha() and any(map(str.isdigit, token))})
        salt = _hash("\x1f".join(numbers)) if numbers else 0
    return tuple(sorted(map(_signed, sorted(_shingles(tokens, width, salt))[:SKETCH])))


def same_story(shared: int, size_a: int, size_b: int) -> bool:
    """Says whether two fingerprints with `shared` numbers in common tell the same text: at least half of the larger."""
    larger = max(size_a, size_b)
    if larger < SKETCH:  # a text with so few shingles leaves no room for chance: all of it or nothing
        return shared == size_a == size_b and shared > 0
    return shared * 2 >= larger


def story_id(key: str) -> str:
    """Gives the name of the story that the post of `key` begins."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8, person=b"story").hexdigest()


class _Telling(Struct):
    """One distinct wording of a story, and when it was last met."""

    story: str
    size: int
    at: datetime
    order: int


class StoryIndex:
    """Gives each post its story, in memory: what `window` and `most` wordings have passed is forgotten."""

    def __init__(self, window: timedelta = timedelta(days=7), most: int = 50_000) -> None:
        self._window = window
        self._most = most
        self._tellings: OrderedDict[tuple[int, ...], _Telling] = OrderedDict()
        self._holders: dict[int, list[tuple[int, ...]]] = {}
        self._order = 0

    def assign(self, key: str, fingerprint: tuple[int, ...], at: datetime) -> str:
        """Gives the story of the post `key`: that of the nearest wording within the window, else a new one."""
        if not fingerprint:
            return story_id(key)
        known = self._tellings.get(fingerprint)
        if known is not None and abs(at - known.at) <= self._window:
            known.at = max(known.at, at)
            self._tellings.move_to_end(fingerprint)
            return known.story
        nearest = self._nearest(fingerprint, at)
        story = story_id(key) if nearest is None else nearest.story
        self._remember(fingerprint, story, at)
        return story

    def _nearest(self, fingerprint: tuple[int, ...], at: datetime) -> _Telling | None:
        shared: dict[tuple[int, ...], int] = {}
        for holders in map(self._holders.get, fingerprint):
            for other in holders or ():
                shared[other] = shared.get(other, 0) + 1
        best: _Telling | None = None
        best_rank = (0, 0)
        for other, count in shared.items():
            telling = self._tellings[other]
            if not same_story(count, len(fingerprint), telling.size) or abs(at - telling.at) > self._window:
                continue
            rank = (count, -telling.order)  # a tie goes to the wording met first
            if best is None or rank > best_rank:
                best, best_rank = telling, rank
        return best

    def _remember(self, fingerprint: tuple[int, ...], story: str, at: datetime) -> None:
        self._forget(fingerprint)
        while len(self._tellings) >= self._most:
            self._forget(next(iter(self._tellings)))
        self._order += 1
        self._tellings[fingerprint] = _Telling(story, len(fingerprint), at, self._order)
        for number in fingerprint:
            holders = self._holders.setdefault(number, [])
            holders.append(fingerprint)
            if len(holders) > MOST_HOLDERS:
                del holders[0]

    def _forget(self, fingerprint: tuple[int, ...]) -> None:
        if self._tellings.pop(fingerprint, None) is None:
            return
        for number in fingerprint:
            holders = self._holders.get(number, [])
            if fingerprint in holders:
                holders.remove(fingerprint)
            if not holders:
                self._holders.pop(number, None)


def _tokens(title: str, text: str) -> tuple[list[str], bool]:
    """The words that count, and whether most of them are characters of a script without spaces."""
    heads = _words(_without_end(_SITE, title) if len(title.split()) > FEWEST_WORDS else title)
    body = _words(text)
    tokens = body if body[: len(heads)] == heads else heads + body
    if text.isascii() and title.isascii():
        return tokens, False
    return tokens, sum(map(len, dense_runs("".join(tokens)))) * 2 > len(tokens)


def _words(text: str) -> list[str]:
    """The author's words alone, folded: no addresses, names, repost marks, labels, forms or emoji."""
    if not text:
        return []
    text = clean(text[: LEAD * 60])[: LEAD * 40]
    if "\n" in text:
        text = _FORM.sub("", text)
    if "/" in text or "www." in text:
        text = _LINK.sub(" ", text)
    text = _via_gone(_marks_gone(_LABEL.sub("", _REPOST.sub("", text))))
    if "@" in text:
        text = _HANDLE.sub(" ", text)
    folded, words, _ = quick_cut(text.replace("#", " "))
    return words if folded.isascii() else [word for word in words if word.isalnum() or len(word) > 1]


def _marks_gone(text: str) -> str:
    """Drops a site's name, tags and cutting marks from the end; each is looked for only where its mark stands."""
    if "|" in text:
        text = _without_end(_PIPE, text)
    if "#" in text:
        text = _without_end(_TAGS, text)
    if "…" in text or "..." in text:
        text = _without_end(_CUT, text)
    return text


def _via_gone(text: str) -> str:
    """Drops "via @somebody" from the end. Most texts hold none of its words, and finding that out is much quicker."""
    end = text[-_END:].lower()
    if any(cue in end for cue in _VIA_CUES) or not (end.isascii() or _OTHER_CASES.isdisjoint(end)):
        text = _without_end(_VIA, text)
    return text


def _without_end(ending: re.Pattern[str], text: str) -> str:
    """Drops an ending; from each of a thousand brackets or tags before it, a look to the end would be its square."""
    return text[:-_END] + ending.sub("", text[-_END:])


def _shingles(tokens: list[str], width: int, salt: int) -> set[int]:
    """Hashes of all stretches of three words, or of three pairs of characters."""
    if width != SHINGLE:
        tokens = list(map(str.__add__, tokens, tokens[1:]))
    step = width // SHINGLE
    mixed = [_mix(_hash(token) ^ salt) for token in tokens] if salt else map(_mixed, tokens)
    first, second, third = zip(*mixed, strict=True)
    return set(map(xor, map(xor, first, second[step:]), third[2 * step :]))


def _mix(number: int) -> tuple[int, int, int]:
    """What a word's hash gives to a shingle as its first, second and third word."""
    first, second, third = _MIX
    return number * first & _MASK, number * second & _MASK, number * third & _MASK


@lru_cache(maxsize=32_768)
def _mixed(word: str) -> tuple[int, int, int]:
    return _mix(_hash(word))


def _hash(word: str) -> int:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number
