"""Lays a digest out for Slack, in short: the numbers, the alerts, and a few posts worth opening."""

from __future__ import annotations

from alerts.digests.brand import BrandFacts, CountLine, QuoteLine
from alerts.digests.facts import AlertLine, DigestFacts
from alerts.excerpt import cut
from alerts.language import Language
from alerts.rendering.slack import Block, context, header, quoted_link, within_limits, words

_MOST_BRANDS = 10
_MOST_ALERTS = 5
_MOST_FALLEN = 3
_MOST_NOISY = 3
_FEW_BRANDS = 3


def digest_blocks(facts: DigestFacts) -> list[Block]:
    """Gives the digest as blocks within Slack's limits; what does not fit is in the mail and in the file."""
    if facts.nothing:
        return [context(facts.nothing)]
    language = facts.words
    blocks = [header(facts.title), context(facts.period)]
    if facts.troubles:
        blocks.append(words(cut("\n".join(facts.troubles), 1_000)))
    for brand in facts.brands[:_MOST_BRANDS]:
        blocks.append(words(_brand(brand, language)))
        quotes = 3 if len(facts.brands) <= _FEW_BRANDS else 1
        blocks += [_quote(quote, language) for quote in brand.quotes[:quotes]]
    blocks.append(words(facts.alerts_told))
    blocks += [_alert(alert, language) for alert in facts.alerts[:_MOST_ALERTS]]
    told = (facts.kept_back_told, facts.tickets_told if facts.tickets else "", facts.desk, facts.survey)
    if any(told):
        blocks.append(context(*told))
    if facts.fallen:
        lines = [language.say("Customers whose health fell"), *map(_fallen, facts.fallen[:_MOST_FALLEN])]
        blocks.append(words("\n".join(lines)))
    if facts.noisy:
        blocks.append(words("\n".join((language.say("Rules that tell too much"), *facts.noisy[:_MOST_NOISY]))))
    return within_limits(blocks, language)


def _brand(brand: BrandFacts, language: Language) -> str:
    say = language.say
    lines = [f"{brand.brand}: {brand.headline}", *(cut(why.text, 500) for why in brand.why)]
    lines += [_capital(line.told(language)) for line in brand.shares if line.name in ("negative", "positive")]
    lines += [
        say("Talked of: {topic} ({detail})", topic=line.name, detail=line.detail) for line in brand.topics.lines[:3]
    ]
    lines += [brand.topics.fell] if brand.topics.fell else []
    lines += [say("Story: {title} ({detail})", title=story.name, detail=story.detail) for story in brand.stories[:2]]
    return "\n".join(lines)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _quote(quote: QuoteLine, language: Language) -> Block:
    badge = f" ({quote.badge})" if quote.badge else ""
    return quoted_link(quote.link, f"{quote.who}{badge}: \u201c{cut(quote.said, 160)}\u201d", language)


def _alert(alert: AlertLine, language: Language) -> Block:
    return quoted_link(alert.link, f"{alert.severity_word}: {alert.who}: {alert.said} ({alert.detail})", language)


def _fallen(line: CountLine) -> str:
    badge = f" ({line.badge})" if line.badge else ""
    return f"{line.name}{badge}: {line.detail}"
