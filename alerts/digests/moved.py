"""Why a brand's mentions became more or fewer, in the words of a digest."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from alerts.digests.data import BrandDigest, Moved
from alerts.escape import one_line, web_link
from alerts.excerpt import cut
from alerts.language import Language
from alerts.wording import language, service
from rules.movers import LEAST, moved
from rules.topic import Topic

_LONGEST_NAME = 80
_PART_OF_TOPIC = 0.25  # of a rise, that a topic must make up to be told beside it
_NOTICED = 2.0  # standard deviations by which a topic must stand out from chance


class Cause(Struct, frozen=True, kw_only=True):
    """One thing that moved a count, with how much: "the story “battery fire” (+31)"; `link` leads to it or is ""."""

    text: str
    link: str


class WhyLine(Struct, frozen=True, kw_only=True):
    """What was asked and its causes, the greatest first: "Why more:", ..."""

    label: str
    causes: tuple[Cause, ...]

    @property
    def text(self) -> str:
        """Gives the whole as one line."""
        return f"{self.label} {', '.join(cause.text for cause in self.causes)}"


def why_lines(digest: BrandDigest, words: Language) -> tuple[WhyLine, ...]:
    """Says why there is more of a brand or less, and why more of it is negative or less; nothing where it is noise."""
    more = digest.mentions > digest.mentions_before
    label = words.say("Why more:") if more else words.say("Why fewer:")
    causes = _causes(digest.moved, words)
    if more and (topic := _topic(digest)) is not None:
        causes += (_said_of(topic, words),)
    lines = [WhyLine(label=label, causes=causes)]
    if digest.moved_negative and digest.moved_negative != digest.moved:
        worse = sum(one.now - one.before for one in digest.moved_negative) > 0
        label = words.say("Why more of it is negative:") if worse else words.say("Why less of it is negative:")
        told = {one.name for one in digest.moved if one.what == "story"}
        lines.append(WhyLine(label=label, causes=_causes(digest.moved_negative, words, told)))
    return tuple(line for line in lines if line.causes)


def _causes(moved_by: Sequence[Moved], words: Language, told: Collection[str] = ()) -> tuple[Cause, ...]:
    """Stories that were `told` by their title are not told by it again."""
    return tuple(Cause(text=_text(one, words, told), link=web_link(one.url)) for one in moved_by)


def _text(one: Moved, words: Language, told: Collection[str]) -> str:
    change = _signed(one.now - one.before, words)
    if one.what == "story" and one.name in told:
        return words.say("the same story ({change})", change=change)
    name = cut(one_line(one.name), _LONGEST_NAME)
    match one.what:
        case "story":
            name = name or words.say("without a title")
            return words.say("the story “{title}” ({change})", title=name, change=change)
        case "author":
            return words.say("{author} ({change})", author=name or words.say("Unknown author"), change=change)
        case "language":
            return words.say("posts in {language} ({change})", language=language(name, words), change=change)
        case "source":
            return words.say("{service} ({change})", service=service(name, words), change=change)


def _topic(digest: BrandDigest) -> Topic | None:
    """The topic that rose most, where it explains a good part of a rise that no story of that name explains."""
    found = digest.topics
    rise = digest.mentions - digest.mentions_before
    if found is None or found.compared != "earlier" or not moved(digest.mentions, digest.mentions_before):
        return None
    rising = [one for one in found.rising if one.trend in ("new", "rose")]
    best = max(rising, key=lambda one: one.mentions - one.before, default=None)
    if best is None:
        return None
    by = best.mentions - best.before
    stands_out = by >= max(LEAST, _PART_OF_TOPIC * rise, _NOTICED * (best.mentions + best.before) ** 0.5)
    told = any(best.shown.casefold() in one.name.casefold() for one in digest.moved if one.what == "story")
    return best if stands_out and not told else None


def _said_of(topic: Topic, words: Language) -> Cause:
    shown = cut(one_line(topic.shown), _LONGEST_NAME)
    change = _signed(topic.mentions - topic.before, words)
    return Cause(text=words.say("talk of “{topic}” ({change})", topic=shown, change=change), link="")


def _signed(change: int, words: Language) -> str:
    return words.number(change, signed=True).replace("-", "\u2212")
