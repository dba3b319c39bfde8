"""The facts of a digest in words, before any channel lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo

from msgspec import Struct

from alerts.alert import Alert, ReadMention
from alerts.digest_data import AuthorCount, BrandDigest, DigestData, TicketLine, UnreadStretch
from alerts.digest_topics import TopicFacts, topic_facts
from alerts.escape import one_line, web_link
from alerts.excerpt import around, cut, plain
from alerts.facts import attributed, author_name
from alerts.reading_words import feeling
from alerts.wording import change, counted, language, listed, moment, period, service, share
from rules.reading import Severity

_FEW_BRANDS = 4  # with more of them each is told more briefly: some mail programs cut what is over 100 kB
_QUOTE = 280
_MOST_LINES = 10
_LABELS = ("negative", "neutral", "positive", "unsure", "unread")
_LABEL_WORDS = {"unread": "language not read"}


class ShareLine(Struct, frozen=True, kw_only=True):
    """How much of a brand's mentions read one way; `worse`: there is more that is negative than before."""

    label: str
    count: int
    share: str
    before: str  # the share before, "" where there was nothing to share
    worse: bool


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
    """A story or an author, with how much there is of it."""

    name: str
    link: str
    detail: str
    badge: str = ""  # "customer", "" for a stranger or a story


class AlertLine(Struct, frozen=True, kw_only=True):
    severity: Severity
    who: str
    said: str
    detail: str
    link: str


class BrandFacts(Struct, frozen=True, kw_only=True):
    brand: str
    mentions: int
    change: str
    headline: str  # "132 mentions, +38 % against the day before (96)"
    shares: tuple[ShareLine, ...]
    topics: TopicFacts
    stories: tuple[CountLine, ...]
    quotes: tuple[QuoteLine, ...]
    authors: tuple[CountLine, ...]
    sources: str
    languages: str
    held: str


class DigestFacts(Struct, frozen=True, kw_only=True):
    title: str
    period: str
    before: str  # "the day before"
    brands: tuple[BrandFacts, ...]
    alerts: tuple[AlertLine, ...]
    alerts_told: str
    tickets: tuple[CountLine, ...]
    tickets_told: str
    troubles: tuple[str, ...]


def digest_facts(data: DigestData, timezone: tzinfo, title: str | None) -> DigestFacts:
    """Puts a digest into words."""
    span, before = period(data.since, data.until, timezone), _name_of_before(data.until - data.since)
    most = 5 if len(data.brands) <= _FEW_BRANDS else 2
    brands = tuple(_brand(brand, most, before) for brand in data.brands)
    held = sum(brand.held for brand in data.brands)
    return DigestFacts(
        title=cut(one_line(title) if title else f"{_summary(brands)} \u00b7 {span}", 150),
        period=span,
        before=before,
        brands=brands,
        alerts=tuple(_alert(alert) for alert in data.alerts[:_MOST_LINES]),
        alerts_told=_alerts_told(len(data.alerts), held),
        tickets=tuple(_ticket(ticket, timezone) for ticket in data.open_tickets[:_MOST_LINES]),
        tickets_told=counted(len(data.open_tickets), "open ticket"),
        troubles=_troubles(data, timezone),
    )


def _summary(brands: Sequence[BrandFacts]) -> str:
    """The busiest brands with their counts, in as many words as a subject has room for."""
    told = []
    spoken_of = sorted((brand for brand in brands if brand.mentions), key=lambda brand: -brand.mentions)
    for brand in spoken_of[:3]:
        moved = f" ({brand.change})" if brand.change not in ("", "same") else ""
        told.append(f"{cut(brand.brand, 30)}: {counted(brand.mentions, 'mention')}{moved}")
    return ", ".join(told) or "No mentions"


def _brand(digest: BrandDigest, most: int, before: str) -> BrandFacts:
    moved = change(digest.mentions, digest.mentions_before)
    return BrandFacts(
        brand=cut(one_line(digest.brand), 80),
        mentions=digest.mentions,
        change=moved,
        headline=_headline(digest.mentions, digest.mentions_before, moved, before),
        shares=_shares(digest),
        topics=topic_facts(digest, most, before),
        stories=tuple(
            CountLine(
                name=cut(one_line(story.title), 140) or "A story without a title",
                link=web_link(story.url),
                detail=counted(story.mentions, "post"),
            )
            for story in digest.stories[:most]
        ),
        quotes=tuple(_quote(mention) for mention in digest.top_mentions[:most]),
        authors=tuple(_author(author) for author in digest.top_authors[:most]),
        sources=_counts([(service(one_line(name)), count) for name, count in digest.sources]),
        languages=_counts([(language(one_line(code)), count) for code, count in digest.languages]),
        held=f"{counted(digest.held, 'mention')} held back" if digest.held else "",
    )


def _name_of_before(length: timedelta) -> str:
    """Days and weeks vary by an hour where the clocks change."""
    for name, hours in (("the day before", 24), ("the week before", 168)):
        if abs(length - timedelta(hours=hours)) <= timedelta(hours=1):
            return name
    return "the period before"


def _headline(now: int, earlier: int, moved: str, before: str) -> str:
    if not now:
        return f"No mentions ({earlier:,} {before})" if earlier else "No mentions"
    if not earlier:
        return f"{counted(now, 'mention')}, none {before}"
    if moved == "same":
        return f"{counted(now, 'mention')}, as many as {before}"
    return f"{counted(now, 'mention')}, {moved} against {before} ({earlier:,})"


def _shares(digest: BrandDigest) -> tuple[ShareLine, ...]:
    whole, whole_before = sum(digest.labels.values()), sum(digest.labels_before.values())
    lines = []
    for label in _LABELS:
        count, before = digest.labels.get(label, 0), digest.labels_before.get(label, 0)
        if count or before:
            now_share, before_share = share(count, whole), share(before, whole_before)
            lines.append(
                ShareLine(
                    label=_LABEL_WORDS.get(label, label),
                    count=count,
                    share=now_share,
                    before=before_share if whole_before and before_share != now_share else "",
                    worse=label == "negative" and bool(whole_before) and count * whole_before > before * whole,
                )
            )
    return tuple(lines) if whole else ()


def _quote(mention: ReadMention) -> QuoteLine:
    post = mention.post
    spans = [(span.start, span.end) for span in mention.spans if span.field == "text"]
    said = one_line(plain(around(post.text, spans, _QUOTE))) or cut(one_line(post.title), _QUOTE)
    tier = f"{cut(one_line(mention.customer.tier), 40)} customer".strip() if mention.customer else ""
    reasons = [f"{match.name}: {match.reason}" if match.reason else match.name for match in mention.rules[:2]]
    return QuoteLine(
        who=author_name(mention),
        badge=tier,
        said=said,
        lang=mention.lang,
        link=web_link(post.url),
        where=attributed(cut(service(one_line(post.source)), 60), post.source),
        feeling=cut(feeling(mention.sentiment, mention.lang), 200),
        why=cut(one_line("; ".join(reasons)), 240),
    )


def _author(author: AuthorCount) -> CountLine:
    details = [counted(author.mentions, "mention")]
    if author.negative:
        details.append(f"{author.negative:,} negative")
    if author.followers is not None:
        details.append(counted(author.followers, "follower"))
    name, customer = cut(one_line(author.name), 80), cut(one_line(author.customer), 80)
    if customer and customer != name:
        details.insert(0, f"known as {customer}")
    details.append(cut(service(one_line(author.source)), 60))
    return CountLine(
        name=name or "Unknown author",
        link=web_link(author.url),
        detail=", ".join(details),
        badge="customer" if customer else "",
    )


def _counts(named: Sequence[tuple[str, int]]) -> str:
    shown = [f"{cut(name, 40)} {count:,}" for name, count in named[:6]]
    rest = sum(count for _, count in named[6:])
    return ", ".join([*shown, f"others {rest:,}"] if rest else shown)


def _alert(alert: Alert) -> AlertLine:
    lead = alert.lead
    where = attributed(service(one_line(lead.post.source)), lead.post.source)
    details = [where, listed([cut(one_line(brand), 40) for brand in alert.brands[:3]])]
    if alert.mentions > 1:
        details.append(counted(alert.mentions, "post"))
    if alert.ticket is not None:
        details.append(f"ticket #{alert.ticket}")
    return AlertLine(
        severity=alert.severity,
        who=author_name(lead),
        said=cut(one_line(lead.post.title or lead.post.text), 140),
        detail=", ".join(filter(None, details)),
        link=web_link(lead.post.url),
    )


def _alerts_told(told: int, held: int) -> str:
    sentence = counted(told, "alert") if told else "No alerts"
    return f"{sentence}; {counted(held, 'mention')} held back (own posts, too old, or noise)" if held else sentence


def _ticket(ticket: TicketLine, timezone: tzinfo) -> CountLine:
    details = [
        f"for {cut(one_line(ticket.assignee), 60)}" if ticket.assignee else "nobody has taken it",
        f"since {moment(ticket.opened_at, timezone)}",
    ]
    if ticket.customer:
        details.insert(0, cut(one_line(ticket.customer), 80))
    return CountLine(
        name=f"#{ticket.number} {cut(one_line(ticket.title), 120)}",
        link=web_link(ticket.url),
        detail=", ".join(details),
    )


def _troubles(data: DigestData, timezone: tzinfo) -> tuple[str, ...]:
    """What we may not have heard, so that a quiet day is not taken for a good one."""
    told = [
        f"We cannot read {cut(one_line(name), 80)} at the moment: {cut(one_line(why), 240)}"
        for name, why in data.failing_sources[:_MOST_LINES]
    ]
    told += [_unread(stretch, timezone) for stretch in data.unread[:_MOST_LINES]]
    rest = data.gaps - min(len(data.unread), _MOST_LINES)
    if rest > 0:
        more = "more " if data.unread else ""
        told.append(f"{counted(rest, f'{more}stretch', f'{more}stretches')} of time could not be read")
    return tuple(told)


def _unread(stretch: UnreadStretch, timezone: tzinfo) -> str:
    name, why = cut(one_line(stretch.source), 80), cut(one_line(stretch.why), 240)
    match (stretch.since, stretch.until):
        case (None, None):
            when = "some of the time"
        case (None, until):
            assert until is not None
            when = f"before {moment(until, timezone)}"
        case (since, None):
            when = f"since {moment(since, timezone)}"
        case (since, until):
            when = f"between {moment(since, timezone)} and {moment(until, timezone)}"
    return f"We could not read {name} {when}{': ' if why else ''}{why}"
