"""The facts of one brand in a digest, in words."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from alerts.alert import ReadMention
from alerts.digests.data import AuthorCount, BrandDigest
from alerts.digests.moved import WhyLine, why_lines
from alerts.digests.topics import TopicFacts, topic_facts
from alerts.escape import one_line, web_link
from alerts.excerpt import around, cut, plain
from alerts.facts import attributed, author_name, tier_words
from alerts.label_words import feeling_word
from alerts.language import Language
from alerts.reading_words import feeling, rule_words
from alerts.wording import change, language, service
from alerts.wording import share as share_of
from rules.movers import share_moved

FEW = 10
"""So few mentions, now and before, are told in numbers and not in percent."""

_QUOTE = 280
_LABELS = ("negative", "neutral", "positive", "unsure", "unread")


class ShareLine(Struct, frozen=True, kw_only=True):
    """How much of a brand's mentions read one way; `worse`: more is negative than before, and not by chance."""

    name: str  # "negative", in English
    label: str
    count: str
    share: str
    before: str  # the share before, "" where there was nothing to share
    worse: bool

    def told(self, words: Language) -> str:
        """Gives "negative 31 % (before: 11 %)"; of a few the count alone: "negative 1"."""
        return f"{self.label} {beside(self.share, self.before, words) if self.share else self.count}"


class QuoteLine(Struct, frozen=True, kw_only=True):
    """A mention worth reading: who, what, where, how it reads and why it is shown."""

    who: str
    badge: str  # "gold customer", "" for a stranger
    said: str
    lang: str
    link: str
    where: str
    feeling: str
    why: str


class CountLine(Struct, frozen=True, kw_only=True):
    """A story, an author or a ticket, with how much there is of it."""

    name: str
    link: str
    detail: str
    badge: str = ""  # "customer", "" for a stranger or a story


class BrandFacts(Struct, frozen=True, kw_only=True):
    brand: str
    mentions: int
    number: str  # the same as people write it
    change: str
    headline: str  # "132 mentions, +38 % against the day before (96)"
    why: tuple[WhyLine, ...]
    shares: tuple[ShareLine, ...]
    topics: TopicFacts
    stories: tuple[CountLine, ...]
    quotes: tuple[QuoteLine, ...]
    authors: tuple[CountLine, ...]
    sources: str
    languages: str
    held: str


def brand_facts(digest: BrandDigest, most: int, before: str, words: Language) -> BrandFacts:
    """Puts a brand into words, with at most `most` of each list; `before` is "the day before"."""
    moved = "" if _few(digest) else change(digest.mentions, digest.mentions_before, words)
    return BrandFacts(
        brand=cut(one_line(digest.brand), 80),
        mentions=digest.mentions,
        number=words.number(digest.mentions),
        change=moved,
        headline=_headline(digest, before, words),
        why=why_lines(digest, words),
        shares=_shares(digest, words),
        topics=topic_facts(digest, most, before, words),
        stories=tuple(
            CountLine(
                name=cut(one_line(story.title), 140) or words.say("A story without a title"),
                link=web_link(story.url),
                detail=words.count("{number} post", "{number} posts", story.mentions),
            )
            for story in digest.stories[:most]
        ),
        quotes=tuple(_quote(mention, words) for mention in digest.top_mentions[:most]),
        authors=tuple(_author(author, words) for author in digest.top_authors[:most]),
        sources=_counts([(service(one_line(name), words), count) for name, count in digest.sources], words),
        languages=_counts([(language(one_line(code), words), count) for code, count in digest.languages], words),
        held=_held(digest.held, words),
    )


def mentions_words(number: int, words: Language) -> str:
    """Gives "132 mentions"."""
    return words.count("{number} mention", "{number} mentions", number)


def beside(share: str, before: str, words: Language) -> str:
    """Gives "31 % (before: 11 %)", the first alone where nothing is known of before."""
    return words.say("{share} (before: {share_before})", share=share, share_before=before) if before else share


def _held(number: int, words: Language) -> str:
    return words.count("{number} mention held back", "{number} mentions held back", number) if number else ""


def _few(digest: BrandDigest) -> bool:
    """Of a handful against another a percentage would say more than there is: 1 against 2 is no fall by half."""
    return max(digest.mentions, digest.mentions_before) < FEW


def _headline(digest: BrandDigest, before: str, words: Language) -> str:
    now, earlier = digest.mentions, digest.mentions_before
    was = words.number(earlier)
    if not now and earlier:
        return words.say("No mentions ({number} {before})", number=was, before=before)
    if not now:
        return no_mentions(words)
    told = mentions_words(now, words)
    if not earlier:
        return words.say("{mentions}, none {before}", mentions=told, before=before)
    if now == earlier:
        return words.say("{mentions}, as many as {before}", mentions=told, before=before)
    if _few(digest):
        return words.say("{mentions}, {number} {before}", mentions=told, number=was, before=before)
    moved = change(now, earlier, words)
    return words.say(
        "{mentions}, {change} against {before} ({number})", mentions=told, change=moved, before=before, number=was
    )


def no_mentions(words: Language) -> str:
    """Gives "No mentions"."""
    return words.say("No mentions")


def _shares(digest: BrandDigest, words: Language) -> tuple[ShareLine, ...]:
    whole, whole_before = sum(digest.labels.values()), sum(digest.labels_before.values())
    few, lines = _few(digest), []
    for label in _LABELS:
        count, before = digest.labels.get(label, 0), digest.labels_before.get(label, 0)
        if count or (before and not few):
            worse = label == "negative" and count * whole_before > before * whole
            now_share, before_share = share_of(count, whole, words), share_of(before, whole_before, words)
            lines.append(
                ShareLine(
                    name=label,
                    label=feeling_word(label, words),
                    count=words.number(count),
                    share="" if few else now_share,
                    before=before_share if not few and whole_before and before_share != now_share else "",
                    worse=worse and share_moved(count, whole, before, whole_before),
                )
            )
    return tuple(lines) if whole else ()


def _quote(mention: ReadMention, words: Language) -> QuoteLine:
    post = mention.post
    spans = [(span.start, span.end) for span in mention.spans if span.field == "text"]
    said = one_line(plain(around(post.text, spans, _QUOTE))) or cut(one_line(post.title), _QUOTE)
    reasons = [rule_words(match, words) for match in mention.rules[:2]]
    return QuoteLine(
        who=author_name(mention, words),
        badge=cut(tier_words(mention.customer, words), 60) if mention.customer else "",
        said=said,
        lang=mention.lang,
        link=web_link(post.url),
        where=attributed(cut(service(one_line(post.source), words), 60), post.source),
        feeling=cut(feeling(mention.sentiment, mention.lang, words), 200),
        why=cut(one_line("; ".join(reasons)), 240),
    )


def _author(author: AuthorCount, words: Language) -> CountLine:
    details = [mentions_words(author.mentions, words)]
    if author.negative:
        details.append(words.say("{number} negative", number=words.number(author.negative)))
    if author.followers is not None:
        details.append(words.count("{number} follower", "{number} followers", author.followers))
    name, customer = cut(one_line(author.name), 80), cut(one_line(author.customer), 80)
    if customer and customer != name:
        details.insert(0, words.say("known as {name}", name=customer))
    details.append(cut(service(one_line(author.source), words), 60))
    return CountLine(
        name=name or words.say("Unknown author"),
        link=web_link(author.url),
        detail=", ".join(details),
        badge=words.say("customer") if customer else "",
    )


def _counts(named: Sequence[tuple[str, int]], words: Language) -> str:
    shown = [f"{cut(name, 40)} {words.number(count)}" for name, count in named[:6]]
    rest = sum(count for _, count in named[6:])
    return ", ".join([*shown, words.say("others {number}", number=words.number(rest))] if rest else shown)
