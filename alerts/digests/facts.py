"""The facts of a digest in words, before any channel lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo

from msgspec import Struct

from alerts.alert import Alert
from alerts.digests.brand import BrandFacts, CountLine, brand_facts, mentions_words, no_mentions
from alerts.digests.data import DigestData, FallenCustomer, KeptBack, NoisyRule, UnreadStretch
from alerts.digests.desk import desk_line, survey_line, ticket_lines
from alerts.escape import one_line, web_link
from alerts.excerpt import cut
from alerts.facts import attributed, author_name
from alerts.label_words import severity_word
from alerts.language import ENGLISH, Language, msgid
from alerts.wording import listed, moment, period, service
from rules.reading import Severity

_FEW_BRANDS = 4  # with more of them each is told more briefly: some mail programs cut what is over 100 kB
_MOST_LINES = 10
_MOST_KEPT_BACK = 5
_STAGES = {
    "inhibit": msgid("told by a greater alert"),
    "silence": msgid("silenced"),
    "campaign": msgid("a planned campaign"),
    "cooldown": msgid("told a short while ago"),
    "quiet hours": msgid("quiet hours"),
    "throttle": msgid("too many at once"),
}
"""What kept an alert back, by the stage that did."""


class AlertLine(Struct, frozen=True, kw_only=True):
    severity: Severity
    severity_word: str
    who: str
    said: str
    detail: str
    link: str


class DigestFacts(Struct, frozen=True, kw_only=True):
    """All that a digest tells. `nothing` is the one line of a period in which nothing was, "" for every other."""

    title: str
    name: str
    period: str
    before: str  # "the day before"
    nothing: str
    brands: tuple[BrandFacts, ...]
    alerts: tuple[AlertLine, ...]
    alerts_told: str
    kept_back: tuple[CountLine, ...]
    kept_back_told: str  # "" where nothing was
    tickets: tuple[CountLine, ...]
    tickets_told: str
    desk: str
    survey: str
    noisy: tuple[str, ...]
    fallen: tuple[CountLine, ...]
    troubles: tuple[str, ...]
    words: Language


def digest_facts(data: DigestData, timezone: tzinfo, title: str | None, words: Language = ENGLISH) -> DigestFacts:
    """Puts a digest into words."""
    span = period(data.since, data.until, timezone, words)
    before = _name_of_before(data.until - data.since, words)
    most = 5 if len(data.brands) <= _FEW_BRANDS else 2
    brands = tuple(brand_facts(brand, most, before, words) for brand in data.brands)
    held = sum(brand.held for brand in data.brands)
    return DigestFacts(
        title=cut(one_line(title) if title else f"{_summary(brands, words)} \u00b7 {span}", 150),
        name=cut(one_line(data.name), 80),
        period=span,
        before=before,
        nothing=_nothing(data, span, words),
        brands=brands,
        alerts=tuple(_alert(alert, words) for alert in data.alerts[:_MOST_LINES]),
        alerts_told=_alerts_told(data.alerts_count, held, words),
        kept_back=tuple(_kept_back(one, words) for one in data.kept_back[:_MOST_KEPT_BACK]),
        kept_back_told=words.count(
            "{number} alert was silenced or is held", "{number} alerts were silenced or are held", data.kept_back_count
        )
        if data.kept_back_count
        else "",
        tickets=ticket_lines(data, _MOST_LINES, timezone, words),
        desk=desk_line(data.desk, words),
        survey=survey_line(data.survey, words),
        noisy=tuple(_noisy(one, words) for one in data.noisy[:_MOST_LINES]),
        tickets_told=words.count("{number} open ticket", "{number} open tickets", len(data.open_tickets)),
        fallen=tuple(_fallen(one, words) for one in data.fallen[:_MOST_LINES]),
        troubles=_troubles(data, timezone, words),
        words=words,
    )


def _nothing(data: DigestData, span: str, words: Language) -> str:
    """A day of nothing is told in a line, unless it may be quiet because we did not hear."""
    spoken_of = any(brand.mentions or brand.held for brand in data.brands)
    worked = data.desk is not None and not data.desk.is_empty
    if spoken_of or data.alerts_count or data.open_tickets or data.fallen or data.failing_sources or data.gaps:
        return ""
    if worked or data.kept_back_count or data.noisy or data.survey:
        return ""
    if not data.brands:
        return words.say("{period}: no alerts.", period=span)
    few = [cut(one_line(brand.brand), 40) for brand in data.brands[:_FEW_BRANDS]]
    rest = len(data.brands) - len(few)
    if rest:
        few.append(words.count("{number} other", "{number} others", rest))
    return words.say(
        "{period}: nobody wrote about {brands}, and there were no alerts.", period=span, brands=listed(few, words)
    )


def _summary(brands: Sequence[BrandFacts], words: Language) -> str:
    """The busiest brands with their counts, in as many words as a subject has room for."""
    told = []
    same = words.say("same")
    spoken_of = sorted((brand for brand in brands if brand.mentions), key=lambda brand: -brand.mentions)
    for brand in spoken_of[:3]:
        moved = f" ({brand.change})" if brand.change not in ("", same) else ""
        told.append(f"{cut(brand.brand, 30)}: {mentions_words(brand.mentions, words)}{moved}")
    return ", ".join(told) or no_mentions(words)


def _name_of_before(length: timedelta, words: Language) -> str:
    """Days and weeks vary by an hour where the clocks change."""
    if abs(length - timedelta(days=1)) <= timedelta(hours=1):
        return words.say("the day before")
    if abs(length - timedelta(days=7)) <= timedelta(hours=1):
        return words.say("the week before")
    return words.say("the period before")


def _alert(alert: Alert, words: Language) -> AlertLine:
    lead = alert.lead
    where = attributed(service(one_line(lead.post.source), words), lead.post.source)
    details = [where, listed([cut(one_line(brand), 40) for brand in alert.brands[:3]], words)]
    if alert.mentions > 1:
        details.append(words.count("{number} post", "{number} posts", alert.mentions))
    if alert.ticket is not None:
        details.append(words.say("ticket #{number}", number=alert.ticket))
    return AlertLine(
        severity=alert.severity,
        severity_word=severity_word(alert.severity, words),
        who=author_name(lead, words),
        said=cut(one_line(lead.post.title or lead.post.text), 140),
        detail=", ".join(filter(None, details)),
        link=web_link(lead.post.url),
    )


def _alerts_told(told: int, held: int, words: Language) -> str:
    alerts = words.count("{number} alert", "{number} alerts", told) if told else words.say("No alerts")
    if not held:
        return alerts
    return words.count(
        "{alerts}; {number} mention held back (own posts, too old, or noise)",
        "{alerts}; {number} mentions held back (own posts, too old, or noise)",
        held,
        alerts=alerts,
    )


def _kept_back(one: KeptBack, words: Language) -> CountLine:
    stage = _STAGES.get(one.stage)
    why = cut(one_line(one.reason), 200)
    quoted = cut(one_line(one.alert.lead.post.title or one.alert.lead.post.text), 100)
    return CountLine(
        name=f"{author_name(one.alert.lead, words)}: {quoted}",
        link=web_link(one.alert.lead.post.url),
        detail=f"{words.say(stage)}: {why}" if stage else why,
        badge=severity_word(one.alert.severity, words).lower(),
    )


def _noisy(one: NoisyRule, words: Language) -> str:
    return words.say(
        "{rule}: {noise} of {told} alerts of the last 30 days were marked as noise",
        rule=cut(one_line(one.rule), 80),
        noise=words.number(one.noise),
        told=words.number(one.told),
    )


def _fallen(one: FallenCustomer, words: Language) -> CountLine:
    start, end = words.number(one.start), words.number(one.end)
    owner = cut(one_line(one.owner), 60)
    tier = cut(one_line(one.tier), 40)
    return CountLine(
        name=cut(one_line(one.name), 80),
        link="",
        detail=", ".join(
            (
                words.say("from {start} to {end} of 100 within a week", start=start, end=end),
                words.say("looked after by {owner}", owner=owner) if owner else words.say("nobody looks after them"),
            )
        ),
        badge=words.say("{tier} customer", tier=tier) if tier else "",
    )


def _troubles(data: DigestData, timezone: tzinfo, words: Language) -> tuple[str, ...]:
    """What we may not have heard, so that a quiet day is not taken for a good one."""
    told = [
        words.say(
            "We cannot read {source} at the moment: {why}", source=cut(one_line(name), 80), why=cut(one_line(why), 240)
        )
        for name, why in data.failing_sources[:_MOST_LINES]
    ]
    told += [_unread(stretch, timezone, words) for stretch in data.unread[:_MOST_LINES]]
    rest = data.gaps - min(len(data.unread), _MOST_LINES)
    if rest > 0 and data.unread:
        told.append(
            words.count(
                "{number} more stretch of time could not be read",
                "{number} more stretches of time could not be read",
                rest,
            )
        )
    elif rest > 0:
        told.append(
            words.count(
                "{number} stretch of time could not be read", "{number} stretches of time could not be read", rest
            )
        )
    return tuple(told)


def _unread(stretch: UnreadStretch, timezone: tzinfo, words: Language) -> str:
    name, why, say = cut(one_line(stretch.source), 80), cut(one_line(stretch.why), 240), words.say
    since = moment(stretch.since, timezone, words) if stretch.since else ""
    until = moment(stretch.until, timezone, words) if stretch.until else ""
    if since and until:
        told = say("We could not read {source} between {since} and {until}", source=name, since=since, until=until)
    elif until:
        told = say("We could not read {source} before {until}", source=name, until=until)
    elif since:
        told = say("We could not read {source} since {since}", source=name, since=since)
    else:
        told = say("We could not read {source} some of the time", source=name)
    return f"{told}{': ' if why else ''}{why}"
