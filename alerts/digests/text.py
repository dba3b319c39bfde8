"""Lays a digest out in plain words, for the text part of a mail and for channels without a form of their own."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.digests.brand import BrandFacts, CountLine, QuoteLine
from alerts.digests.facts import DigestFacts
from alerts.digests.topics import TopicFacts, TopicLine
from alerts.language import Language


def digest_text(facts: DigestFacts) -> str:
    """Gives the whole digest as text of short lines; links stand alone on theirs."""
    if facts.nothing:
        return facts.nothing
    say = facts.words.say
    parts = [facts.period]
    if facts.troubles:
        parts.append(_listing(say("What we may have missed"), facts.troubles))
    parts += [_brand(brand, facts.words) for brand in facts.brands]
    alerts = [
        f"{alert.severity_word}: {alert.who}: {alert.said} ({alert.detail}){_below(alert.link)}"
        for alert in facts.alerts
    ]
    parts.append(_listing(facts.alerts_told, alerts))
    if facts.kept_back_told:
        parts.append(_listing(facts.kept_back_told, map(_counted, facts.kept_back)))
    if facts.tickets:
        title = f"{facts.tickets_told}: {facts.desk}" if facts.desk else facts.tickets_told
        parts.append(_listing(title, map(_counted, facts.tickets)))
    elif facts.desk:
        parts.append(f"{say('Tickets')}: {facts.desk}")
    parts.append(facts.survey)
    if facts.fallen:
        parts.append(_listing(say("Customers whose health fell"), map(_counted, facts.fallen)))
    if facts.noisy:
        parts.append(_listing(say("Rules that tell too much"), facts.noisy))
    return "\n\n".join(filter(None, parts))


def _brand(brand: BrandFacts, words: Language) -> str:
    say = words.say
    if not brand.mentions:
        return "\n".join(
            (f"{brand.brand}: {say('{sentence}.', sentence=brand.headline)}", *(why.text for why in brand.why))
        )
    shares = [line.told(words) for line in brand.shares]
    lines = [f"== {brand.brand} ==", brand.headline, *(why.text for why in brand.why)]
    lines += [", ".join(shares)] if shares else []
    lines += [say("Sources: {names}", names=brand.sources)] if brand.sources else []
    lines += [say("Languages: {names}", names=brand.languages)] if brand.languages else []
    lines += [brand.held] if brand.held else []
    sections = [
        "\n".join(lines),
        _topics(brand.topics, words),
        _listing(say("Stories"), map(_counted, brand.stories)) if brand.stories else "",
        _listing(say("Worth reading"), (_quoted(quote, words) for quote in brand.quotes)) if brand.quotes else "",
        _listing(say("Who wrote most"), map(_counted, brand.authors)) if brand.authors else "",
    ]
    return "\n\n".join(filter(None, sections))


def _topics(topics: TopicFacts, words: Language) -> str:
    if not topics.lines and not topics.fell:
        return ""
    lines = [f"{line.name} ({line.detail}){_example(line)}{_below(line.link)}" for line in topics.lines]
    told = [_listing(words.say("What people talk about"), lines), topics.fell, topics.note]
    return "\n".join(filter(None, told))


def _example(line: TopicLine) -> str:
    return f"\n  {line.who}: \u201c{line.said}\u201d" if line.said else ""


def _quoted(quote: QuoteLine, words: Language) -> str:
    lines = [
        f"{_badged(quote.who, quote.badge)}, {quote.where}: \u201c{quote.said}\u201d",
        f"  {words.say('Feeling')}: {quote.feeling}",
        f"  {words.say('Why')}: {quote.why}" if quote.why else "",
    ]
    return "\n".join(filter(None, lines)) + _below(quote.link)


def _listing(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)])


def _counted(line: CountLine) -> str:
    return f"{_badged(line.name, line.badge)} ({line.detail}){_below(line.link)}"


def _badged(name: str, badge: str) -> str:
    return f"{name} ({badge})" if badge else name


def _below(link: str) -> str:
    return f"\n  {link}" if link else ""
